# ruff: noqa: RUF001 - letters and marks of many scripts are meant
from concurrent.futures import ThreadPoolExecutor

import pytest
import snowballstemmer
from hypothesis import given
from hypothesis import strategies as st

from hansard.writing.language.small_words import FILLERS, OWN
from hansard.writing.language.words import (
    SNOWBALL,
    content_words,
    count_words,
    fillers,
    guess_language,
    is_stop_word,
    spans,
    stem,
    words,
)

SAID = {
    "en": "We went to the city and then we had a meeting about the new product and its price.",
    "hr": "Išli smo u grad i onda smo imali sastanak o novom proizvodu i njegovoj cijeni.",
    "de": "Wir gingen in die Stadt und dann hatten wir ein Treffen über das neue Produkt.",
    "fr": "Nous sommes allés en ville et puis nous avons eu une réunion sur le nouveau produit.",
    "es": "Fuimos a la ciudad y luego tuvimos una reunión sobre el nuevo producto y su precio.",
    "it": "Siamo andati in città e poi abbiamo avuto una riunione sul nuovo prodotto.",
    "pt": "Fomos à cidade e depois tivemos uma reunião sobre o novo produto.",
    "sv": "Vi gick till staden och sedan hade vi ett möte om den nya produkten.",
    "ru": "Мы поехали в город, а потом у нас была встреча о новом продукте.",
    "tr": "Sonra bu yeni ürün için bir toplantı yaptık ama fiyatı çok yüksek değil.",
    "el": "Πήγαμε στην πόλη και μετά είχαμε μια συνάντηση για το νέο προϊόν.",
    "he": "אנחנו הלכנו אל העיר ואז היה לנו דיון על המחיר",
    "ja": "私たちは会議で予算について話しました。",
    "zh": "我们在会议上决定增加预算。",
    "th": "เราตัดสินใจเพิ่มงบประมาณ",
    "ko": "우리는 회의에서 예산을 늘리기로 했다",
}


def test_content_words_are_what_is_left_of_speech() -> None:
    """Small words, fillers, marks and single letters go; the rest is lower case and stemmed."""
    said = "Um, so I t- think, you know, the team’s Budgets (of 3.5 million) were, uh, cut!"
    assert content_words(said, "en") == ["team", "budget", "3.5", "million", "cut"]


@pytest.mark.parametrize("code", ["en", "EN", "en-US", "en_GB"])
def test_regions_are_ignored(code: str) -> None:
    """A language may be named with a region, in any case."""
    assert content_words("the meetings", code) == ["meet"]


def test_words_of_meaning_are_kept() -> None:
    """The package's English list holds words that meetings are about; ours does not."""
    kept = "research system problem computer important test bill Microsoft"
    assert len(content_words(kept, "en")) == 8


def test_serbian_has_two_alphabets() -> None:
    """Serbian, Croatian and Bosnian share their words, in Latin and Cyrillic letters."""
    latin = content_words("Ovaj, znači, na sastanku smo odlučili povećati budžet", "hr")
    cyrillic = content_words("Овај, значи, на састанку смо одлучили повећати буџет", "sr")
    assert latin == cyrillic == ["sastank", "odluč", "poveća", "budžet"]
    assert latin == content_words("Ovaj, znači, na sastanku smo odlučili povećati budžet", "bs")


def test_small_words_before_apostrophes_are_cut_off() -> None:
    """French and Italian write articles with an apostrophe in front of the word."""
    assert content_words("L’équipe", "fr") == content_words("équipe", "fr") != []
    assert content_words("dell'azienda", "it") == content_words("azienda", "it") != []


def test_unknown_languages_keep_their_words() -> None:
    """Without a language, or with one that has no list, only fillers go and nothing is stemmed."""
    said = "um the meetings"
    assert content_words(said, None) == content_words(said, "xx") == ["the", "meetings"]


def test_scripts_without_spaces_are_read_in_pairs() -> None:
    """Chinese becomes overlapping pairs; katakana is one word; Japanese endings are small words."""
    assert words("增加预算") == ["增加", "加预", "预算"]
    assert words("データベース 3.5") == ["データベース", "3.5"]
    assert "した" not in content_words("予算を話した", "ja")
    assert words("預") == ["預"]


def test_marks_belong_to_their_letters() -> None:
    """Vowel signs of Indic scripts and combining accents do not cut a word."""
    assert words("हमने बैठक की") == ["हमने", "बैठक", "की"]
    assert words("cafe\u0301 bar") == ["cafe\u0301", "bar"]


def test_length_counts_words_in_every_script() -> None:
    """Words between spaces, and two characters for one where there are none."""
    assert count_words("Five words, and no more.") == 5
    assert 4 <= count_words("我们决定增加预算。") <= 6
    assert count_words("  ") == 0


@pytest.mark.parametrize("code", SAID)
def test_languages_are_told_by_their_small_words(code: str) -> None:
    """One sentence is enough to guess the common languages."""
    assert guess_language([SAID[code]]) == code


def test_cyrillic_serbian_is_not_taken_for_russian() -> None:
    """Both alphabets are guessed as the same language."""
    assert guess_language(["Ми смо јуче били на састанку и рекли смо да је то њихова жеља"]) == "hr"


@pytest.mark.parametrize("texts", [[], [""], ["..."], ["remote control"], ["Xyzzy foo qwerty"]])
def test_no_language_is_guessed_without_evidence(texts: list[str]) -> None:
    """Nothing, marks and a few bare nouns are of no language."""
    assert guess_language(texts) is None


def test_stop_words_of_a_language_are_told() -> None:
    """Case and the kind of apostrophe do not matter; fillers and single letters are small."""
    assert all(is_stop_word(word, "en") for word in ("The", "don’t", "dont", "um", "yeah", "b"))
    assert not any(is_stop_word(word, "en") for word in ("budget", "7", "預"))
    assert is_stop_word("um", None)
    assert not is_stop_word("the", None)
    assert is_stop_word("אנחנו", "he")


def test_every_language_with_words_of_its_own_works() -> None:
    """Each stemmer and each list that is named here can be had."""
    for code in {*SNOWBALL, *OWN, *(code for code in FILLERS if code)}:
        assert content_words("zzzqq 12", code)[-1] == "12"
        assert all(is_stop_word(filler, code) for filler in fillers(code))


def test_stems_are_right_in_many_threads() -> None:
    """Stemmers hold state, and threads do not share it."""
    many = [f"{word}{number}ings" for word in ("meet", "talk") for number in "abcdefghijklmno"]
    alone = [snowballstemmer.stemmer("english").stemWord(word) for word in many]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda word: stem(word, "en"), many)) == alone


@given(st.text(), st.sampled_from([None, "en", "fr", "hr", "ja", "th", "xx"]))
def test_any_text_can_be_read(text: str, code: str | None) -> None:
    """No text breaks anything; words lie in order, and content words are never empty."""
    places = spans(text, code)
    assert all(begin < end for begin, end in places)
    assert places == sorted(places)
    assert all(content_words(text, code)) or content_words(text, code) == []
    assert count_words(text) >= len(text.split())
