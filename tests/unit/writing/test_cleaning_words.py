# ruff: noqa: RUF001 - letters and marks of many scripts are meant
"""Where the words of a rewritten segment take their times from."""

import math
from itertools import pairwise

import pytest
from cleaning_samples import timed_words
from hypothesis import given
from hypothesis import strategies as st

from hansard.transcript import Word
from hansard.writing.cleaning.words import realign


def word(text: str, start: float, end: float) -> Word:
    """A word with times."""
    return Word(text=text, start=start, end=end)


def plain(words: tuple[Word, ...]) -> list[tuple[str, float, float]]:
    """Text and times."""
    return [(word.text, round(word.start, 3), round(word.end, 3)) for word in words]


def test_marks_and_capitals_leave_times_alone() -> None:
    """A word that was said keeps all that was known of it; only its text is another."""
    words = timed_words("and so my fellow americans", 1.0, 6.0, "A")
    made = realign(words, "And so, my fellow Americans,")
    assert [word.text for word in made] == [" And", " so,", " my", " fellow", " Americans,"]
    for old, new in zip(words, made, strict=True):
        assert (new.start, new.end, new.probability) == (old.start, old.end, old.probability)
        assert (new.speakers, new.method) == (old.speakers, old.method)
        assert (new.confidence, new.tokens) == (old.confidence, old.tokens)


def test_two_words_written_as_one_span_both() -> None:
    """A merged word begins with the first, ends with the last, and has the tokens of both."""
    words = timed_words("we met some one today", 0.0, 5.0, "A")
    made = realign(words, "We met someone today.")
    assert plain(made)[2] == (" someone", 2.0, 4.0)
    assert made[2].tokens == (2, 3)
    assert made[2].probability == pytest.approx((0.502 + 0.503) / 2)


def test_speakers_of_both_stand_at_a_merged_word() -> None:
    """Where two people said the parts of a word, both are named."""
    words = (
        *timed_words("some", 0.0, 1.0, "A"),
        *timed_words("one", 1.0, 2.0, "B"),
    )
    assert realign(words, "Someone.")[0].speakers == ("A", "B")


def test_one_word_written_as_two_is_shared_by_letters() -> None:
    """The parts of a split word share its time by their letters, and its tokens are not doubled."""
    made = realign((word(" alright", 2.0, 9.0),), "All right.")
    assert [w.text for w in made] == [" All", " right."]
    assert made[0].start == 2.0
    assert made[0].end == made[1].start == pytest.approx(2.0 + 7 * 2 / 7, abs=1.01)
    assert made[1].end == 9.0
    tokens = realign(timed_words("wellknown", 0.0, 9.0, None), "well known")
    assert [w.tokens for w in tokens] == [(0,), ()]
    assert plain(tokens) == [(" well", 0.0, 4.0), (" known", 4.0, 9.0)]


def test_a_word_that_nobody_said_stands_with_its_neighbour() -> None:
    """An added word gets no time of its own."""
    words = timed_words("we go home", 0.0, 3.0, None)
    assert plain(realign(words, "We will go home.")) == [
        (" We will", 0.0, 1.0),
        (" go", 1.0, 2.0),
        (" home.", 2.0, 3.0),
    ]
    assert plain(realign(words, "So we go home."))[0] == (" So we", 0.0, 1.0)


def test_the_time_of_a_dropped_word_is_dropped() -> None:
    """A filler that is no longer written leaves a gap."""
    words = timed_words("so um we go", 0.0, 4.0, None)
    assert plain(realign(words, "So we go."))[:2] == [(" So", 0.0, 1.0), (" we", 2.0, 3.0)]


def test_a_mended_spelling_keeps_its_place() -> None:
    """Words of other spelling next to each other each keep their own time."""
    words = timed_words("teh quik fox", 0.0, 3.0, None)
    assert plain(realign(words, "The quick fox.")) == [
        (" The", 0.0, 1.0),
        (" quick", 1.0, 2.0),
        (" fox.", 2.0, 3.0),
    ]


def test_dashes_that_stand_alone() -> None:
    """A dash between spaces belongs to the word before it, and a dash that was a word stays one."""
    words = timed_words("we go home", 0.0, 3.0, None)
    assert [w.text for w in realign(words, "We go – home.")] == [" We", " go –", " home."]
    dashed = timed_words("we – go", 0.0, 3.0, None)
    assert plain(realign(dashed, "We – go."))[1] == (" –", 1.0, 2.0)


def test_scripts_without_spaces_keep_the_recognisers_words() -> None:
    """Characters stay in the words they were recognised in, marks at the word before them."""
    words = (word("今日", 0, 1), word("は", 1, 2), word("雨", 2, 3), word("です", 3, 4))
    assert plain(realign(words, "今日は、雨です。")) == [
        ("今日", 0, 1),
        ("は、", 1, 2),
        ("雨", 2, 3),
        ("です。", 3, 4),
    ]
    mixed = (word("私の", 0, 1), word("iphone", 1, 2), word("です", 2, 3))
    assert plain(realign(mixed, "「私の」iPhoneです。")) == [
        ("「私の」", 0, 1),
        ("iPhone", 1, 2),
        ("です。", 2, 3),
    ]


def test_a_space_put_into_thai_keeps_the_order() -> None:
    """A space that a model puts between words of a script without any stays in the text."""
    words = (word("สวัสดี", 0, 1), word("ครับ", 1, 2), word("วันนี้", 2, 3))
    made = realign(words, "สวัสดีครับ วันนี้")
    assert [w.text for w in made] == ["สวัสดี", "ครับ", " วันนี้"]
    assert plain(made)[2][1:] == (2, 3)


def test_words_without_a_time_stay_without() -> None:
    """A word that could not be placed is not placed by clean-up, and spoils no neighbour."""
    nowhere = Word(text=" two", start=math.nan, end=math.nan, method="none")
    words = (word(" one", 0, 1), nowhere, word(" three", 2, 3))
    made = realign(words, "One, two, three.")
    assert made[1].method == "none"
    assert math.isnan(made[1].start)
    merged = realign((word(" some", 0, 1), nowhere), "Sometwo")
    assert plain(merged) == [(" Sometwo", 0, 1)]


def test_nothing_in_common() -> None:
    """Words that spell nothing become one word from the first to the last."""
    words = (word(" ", 1.0, 2.0), word(" ", 2.0, 3.0))
    assert plain(realign(words, "Well, yes.")) == [(" Well, yes.", 1.0, 3.0)]


def test_no_words_stay_no_words() -> None:
    """Where nobody knows when words were said, or there is no text, no word is made up."""
    assert realign((), "Hello.") == ()
    assert realign(timed_words("hello", 0, 1, None), " ") == ()


LETTERS = st.text(alphabet="abcAB .,?–-'12äčß今日はです。、สวัที่नहीं", max_size=40)


@given(st.lists(LETTERS.filter(str.strip), min_size=1, max_size=8), LETTERS, st.data())
def test_any_rewrite_keeps_the_order(texts: list[str], text: str, data: st.DataObject) -> None:
    """Whatever the words and the new text: words spell it, in order, within the old ones' time."""
    moments = sorted(
        data.draw(st.lists(st.floats(0, 100), min_size=2 * len(texts), max_size=2 * len(texts)))
    )
    pairs = zip(moments[::2], moments[1::2], strict=True)
    words = tuple(word(t, start, end) for t, (start, end) in zip(texts, pairs, strict=True))
    made = realign(words, text)
    assert "".join(w.text for w in made).split() == text.split()
    assert all(w.text.strip() for w in made)
    assert all(moments[0] <= w.start <= w.end <= moments[-1] for w in made)
    assert all(a.start <= b.start and a.end <= b.end for a, b in pairwise(made))
    if words[0].text == words[0].text.lstrip():
        assert "".join(w.text for w in made) == " ".join(text.split())
