# ruff: noqa: RUF001 - letters and marks of many scripts are meant
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.writing.language.keyphrases import keyphrases
from hansard.writing.language.words import content_words, is_stop_word

TALK = [
    "We talk about the remote control, and about Voice Recognition.",
    "The remote control needs voice recognition because remote controls get lost.",
    "Voice recognition is in the budget, um, the budget of the remote control.",
    "Yeah, yeah, yeah, yeah, yeah.",
    "The battery is in the budget too, you know, with 25 and 25 and 25.",
]


def test_phrases_are_what_is_said_most_as_it_is_written() -> None:
    """Phrases of more than one word come first, in their most frequent form, not as stems."""
    assert keyphrases(TALK, "en", 3) == ("remote control", "voice recognition", "budget")


def test_phrases_neither_begin_nor_end_with_small_words() -> None:
    """Small words, fillers and bare numbers are no part of a phrase."""
    for phrase in keyphrases(TALK, "en", 50):
        assert 1 <= len(phrase.split()) <= 3
        assert not any(is_stop_word(word, "en") for word in phrase.split())
        assert not phrase.isdigit()


def test_no_phrase_holds_another() -> None:
    """`remote` and `remote controls` are left out beside `remote control`."""
    found = [set(content_words(phrase, "en")) for phrase in keyphrases(TALK, "en", 50)]
    assert not any(a <= b for a in found for b in found if a is not b)


def test_marks_part_phrases() -> None:
    """Words on both sides of a comma are no phrase; a hyphen joins."""
    found = keyphrases(["solar, wind, follow-up"] * 3, "en", 9)
    assert set(found) == {"solar", "wind", "follow-up"}


def test_phrases_need_no_language() -> None:
    """A language that is not given is guessed from all texts."""
    assert keyphrases(TALK, None, 5) == keyphrases(TALK, "en", 5)


def test_articles_before_apostrophes_are_left_out() -> None:
    """French phrases begin with the noun."""
    said = ["L’équipe est grande.", "C'est l'équipe de l’entreprise."]
    assert keyphrases(said, "fr", 1) == ("équipe",)


def test_croatian_forms_are_counted_together() -> None:
    """Cases of one noun are one phrase, in its most frequent form."""
    said = ["Proračun je mali.", "Govorimo o proračunu.", "Proračun raste, a grad ne."]
    assert keyphrases(said, "hr", 1) == ("Proračun",)


@pytest.mark.parametrize("texts", [["Um"], ["so"], ["X"], ["", "Yes."], ["Budget"], ["42"]])
def test_one_word_is_the_phrase(texts: list[str]) -> None:
    """A transcript with any word has a phrase, even if it is a small one."""
    assert keyphrases(texts, "en", 5) == ("".join(texts).strip("."),)


@pytest.mark.parametrize("texts", [[], [""], ["...", "?!"]])
def test_no_word_no_phrase(texts: list[str]) -> None:
    """Nothing is made up where nothing was said."""
    assert keyphrases(texts, None, 5) == ()


def test_scripts_without_spaces_have_phrases() -> None:
    """Short words between particles and marks are found in Japanese and Chinese."""
    said = ["私たちは会議で予算について話しました。", "次の会議は金曜日です。"]
    assert keyphrases(said, "ja", 1) == ("会議",)
    assert "预算" in keyphrases(["预算很少。", "我们要讨论预算的问题，预算。"], "zh", 3)


@given(st.lists(st.text(max_size=40), max_size=8), st.integers(0, 6))
def test_any_text_gives_at_most_so_many_phrases_of_its_own(texts: list[str], count: int) -> None:
    """Every phrase stands in a text, apart from the width of its spaces; none is there twice."""
    found = keyphrases(texts, None, count)
    assert len(found) == len(set(found)) <= count
    flat = [" ".join(text.split()) for text in texts]
    assert all(any(phrase in text for text in flat) for phrase in found)
