"""Latin and Cyrillic script: letters, capitals, foreign words, words of both scripts."""

# ruff: noqa: RUF001 - letters that look alike are what is tested
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.transcript.scripts import compose, mend_words, script_of, to_cyrillic, to_latin
from hansard.transcript.scripts_foreign import is_foreign
from hansard.transcript.scripts_pairs import BREAK, part_pairs

LETTERS = "a b c č ć d dž đ e f g h i j k l lj m n nj o p r s š t u v z ž".split()
CYRILLIC = "абвгдђежзијклљмнњопрстћуфхцчџш"
WORDS = st.lists(st.sampled_from(LETTERS), min_size=2, max_size=10).map("".join)
CASED = st.builds(
    lambda word, case: {"lower": word, "title": word.capitalize(), "upper": word.upper()}[case],
    WORDS.filter(lambda word: len(word) > 2),
    st.sampled_from(["lower", "title", "upper"]),
)


@given(CASED)
def test_latin_words_survive_cyrillic_and_back(word: str) -> None:
    """What becomes Cyrillic becomes the same Latin word again, in any capitals."""
    assert to_latin(to_cyrillic(word)) == word


@given(st.text(alphabet=CYRILLIC, min_size=2, max_size=10))
def test_cyrillic_words_survive_latin_and_back(word: str) -> None:
    """A Cyrillic word whose Latin form is neither ambiguous nor foreign comes back as it was."""
    latin = to_latin(word)
    ambiguous = any(pair in word for pair in ("лј", "нј", "дж")) or part_pairs(latin) != latin
    if not ambiguous and not is_foreign(latin) and len(latin) > 2:
        assert to_cyrillic(f"to {latin} to") == f"то {word} то"


@given(st.text(max_size=60))
def test_any_text_can_be_asked_for_either_script(text: str) -> None:
    """No text makes it fail, and what was asked for twice is as asked for once."""
    latin = to_latin(text)
    assert to_latin(latin) == latin
    assert BREAK not in to_cyrillic(text.replace(BREAK, ""))


def test_the_cyrillic_switch_gives_cyrillic() -> None:
    """Asked for Cyrillic, it is Cyrillic: no Latin letter is left, in lj, nj and dž neither."""
    made = to_cyrillic("Ljubazni fenjerdžija čađavog lica hoće da mi pokaže štos.")
    assert made == "Љубазни фењерџија чађавог лица хоће да ми покаже штос."
    assert script_of(made) == "cyrillic"


def test_all_letters_have_their_pair() -> None:
    """The thirty letters of the alphabet stand for each other, small and capital."""
    latin = "a b v g d đ e ž z i j k l lj m n nj o p r s t ć u f h c č dž š".split()
    for letter, pair in zip(latin, CYRILLIC, strict=True):
        assert to_cyrillic(f"o{letter}o") == f"о{pair}о"
        assert to_latin(f"о{pair}о") == f"o{letter}o"
        assert to_cyrillic(f"o{letter}o".upper()) == f"о{pair}о".upper()
        assert to_latin(f"о{pair}о".upper()) == f"o{letter}o".upper()


@pytest.mark.parametrize(
    ("cyrillic", "latin"),
    [
        ("ЉУБАВ", "LJUBAV"),
        ("Љубав", "Ljubav"),
        ("КОЊ", "KONJ"),
        ("Коњ", "Konj"),
        ("ЏЕП и Џеп", "DŽEP i Džep"),
        ("Љ. Поповић", "Lj. Popović"),
        ("ПЕТАР Љ. ПЕТРОВИЋ", "PETAR LJ. PETROVIĆ"),
        ("ЊЕГОШ, Његош", "NJEGOŠ, Njegoš"),
        ("слово Џ је", "slovo Dž je"),
        ("ЈЊА", "JNJA"),
    ],
)
def test_capitals_follow_their_neighbours(cyrillic: str, latin: str) -> None:
    """A capital letter of two becomes two capitals among capitals, else one."""
    assert to_latin(cyrillic) == latin
    assert to_cyrillic(latin) == cyrillic


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("ǆep ǅep Ǆep", "džep Džep DŽep"),
        ("ǉubav ǈubav ǇUBAV", "ljubav Ljubav LJUBAV"),
        ("ǌiva ǋiva ǊIVA", "njiva Njiva NJIVA"),
        ("c\u030cas\u030ca c\u0301uti z\u030caba", "čaša ćuti žaba"),
    ],
)
def test_letters_are_composed(written: str, plain: str) -> None:
    """Letters of Unicode that are two, and letters with loose marks, are as people type them."""
    assert compose(written) == plain
    assert to_cyrillic(written) == to_cyrillic(plain)


def test_dj_is_not_one_letter() -> None:
    """The letters d and j stay two letters, and the Icelandic letter that looks like Đ is ours."""
    assert to_cyrillic("djeca i đaci, odjek, Ðoković") == "дјеца и ђаци, одјек, Ђоковић"
    assert to_latin("дјеца и ђаци") == "djeca i đaci"


def test_montenegrin_letters_keep_their_mark() -> None:
    """ś and ź are letters with a mark in Cyrillic, and come back whole."""
    assert to_cyrillic("śutra iźelica") == "с\u0301утра из\u0301елица"
    assert to_latin("с\u0301утра из\u0301елица") == "śutra iźelica"


@pytest.mark.parametrize(
    ("latin", "cyrillic"),
    [
        ("Windows i New York", "Windows и New York"),
        ("na Facebooku, WhatsApp-om", "на Facebooku, WhatsApp-ом"),
        ("iPhone iz BiH", "iPhone из БиХ"),
        ("vidi www.primjer.hr/nj i @ljubo", "види www.primjer.hr/nj и @ljubo"),
        ("na ana@posta.rs, u primjer.hr", "на ana@posta.rs, у primjer.hr"),
        ("Petar I. i Petar II u XX. stoljeću", "Петар I. и Петар II у XX. стољећу"),
        ("I ja. Vi i mi. V razred", "И ја. Ви и ми. V разред"),
        ("MI SMO LI VI?", "МИ СМО ЛИ ВИ?"),
        ("KRALJ PETAR II KARAĐORĐEVIĆ", "КРАЉ ПЕТАР II КАРАЂОРЂЕВИЋ"),
        ("5 km, 3 h, 10 kg, 90 km/h i 20 °C", "5 km, 3 h, 10 kg, 90 km/h и 20 °C"),
        ("s njim u g. 5", "с њим у г. 5"),
        ("B2B, mp3, 5G, 90-ih", "B2B, mp3, 5G, 90-их"),
        ("Bill Clinton i Barroso", "Bill Clinton и Barroso"),
        ("vannastavni, najjači, poddirektor", "ваннаставни, најјачи, поддиректор"),
        ("neophodan, posttranzicijski", "неопходан, посттранзицијски"),
        ("EU, UN i NATO", "ЕУ, УН и НАТО"),
        ("C++ i c#", "C++ и c#"),
        ("München i Curaçao", "München и Curaçao"),
        ("ceo led na dnu", "цео лед на дну"),
    ],
)  # fmt: skip
def test_what_is_not_ours_stays_latin(latin: str, cyrillic: str) -> None:
    """Foreign words, addresses, Roman numerals and units stay; words like them go over."""
    assert to_cyrillic(latin) == cyrillic


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("Dobar dan", "latin"),
        ("Добар дан", "cyrillic"),
        ("Имам Windows и iPhone, XX век", "cyrillic"),
        ("Dobar dan, Београде", "mixed"),
        ("Београде, dobar dan i laku noć", "mixed"),
        ("Beogr\u0430d", "mixed"),
        ("12 - 5!", "none"),
        ("", "none"),
    ],
)
def test_the_script_of_a_text_is_told(text: str, script: str) -> None:
    """Foreign words do not make a Cyrillic text mixed; a word of both scripts does."""
    assert script_of(text) == script


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("Beogr\u0430d", "Beograd"),
        ("\u0421av\u0430", "Cava"),
        ("Беогр\u0061д", "Београд"),
        ("\u004aуче", "Јуче"),
        ("kuć\u0443", "kuću"),
        ("Google\u0432и", "Google\u0432и"),
        ("a\u0441", "ac"),
    ],
)
def test_words_of_both_scripts_are_mended(broken: str, whole: str) -> None:
    """Letters that look alike are put into the script of the rest; a true mixture stays."""
    assert mend_words(broken) == whole


def test_a_word_without_a_majority_goes_with_its_text() -> None:
    """One Latin and one Cyrillic letter that both have a twin follow the text around them."""
    assert mend_words("kažem o\u0435") == "kažem oe"
    assert mend_words("кажем o\u0435") == "кажем \u043e\u0435"


def test_letters_that_serbian_does_not_have_stay() -> None:
    """A Russian or Macedonian word is not half turned into Latin."""
    assert to_latin("Хрущев и Ѓорѓи") == "Хрущев i Ѓорѓи"
