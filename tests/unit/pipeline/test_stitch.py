"""Words into sentences, and word times that keep to the speech."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.audio import Sound
from hansard.models.engines import Hypothesis, Piece, Window
from hansard.pipeline.guard import Verdict
from hansard.pipeline.reading import Reading
from hansard.pipeline.stitch import ends_sentence, stitch
from hansard.pipeline.timing import settle
from hansard.transcript import Span, Word

NOWHERE = Sound(Path("nowhere"), 0, 16000 * 600)


def reading(words: list[Word], start: float = 0.0, end: float = 30.0) -> Reading:
    text = "".join(word.text for word in words)
    hypothesis = Hypothesis(
        pieces=(Piece(text=text, start=start, end=end, tokens=(7,)),), language="en"
    )
    window = Window(NOWHERE, start, end)
    return Reading(
        window=window, hypothesis=hypothesis, verdict=Verdict((), 1.1), words=tuple(words)
    )


def say(text: str, start: float, pace: float = 0.4) -> list[Word]:
    return [
        Word(text=" " + word, start=start + i * pace, end=start + (i + 1) * pace, tokens=(i,))
        for i, word in enumerate(text.split())
    ]


def test_sentences_end_at_their_marks() -> None:
    """A full stop or question mark ends a segment; the segment has its words, times and tokens."""
    first, second = stitch([reading(say("Is it ready? We still have to test it.", 1.0))])
    assert (first.text, second.text) == ("Is it ready?", "We still have to test it.")
    assert first.start == 1.0
    assert first.end == pytest.approx(2.2)
    assert first.tokens == (0, 1, 2)
    assert (first.id, second.id) == (0, 1)


@pytest.mark.parametrize("text", ["Mr.", "J.", "e.g.", "vs.", "half", "3,5"])
def test_abbreviations_end_no_sentence(text: str) -> None:
    """Titles, initials and abbreviations are not the end of a sentence."""
    assert not ends_sentence(text)


@pytest.mark.parametrize("text", ["done.", 'said."', "what?", "ja!", "会议。", "да…", "ready.)"])
def test_final_marks_end_a_sentence(text: str) -> None:
    """Final marks of several scripts count, also before a closing quote."""
    assert ends_sentence(text)


def test_a_long_pause_ends_a_segment() -> None:
    """Without punctuation, a pause of more than a second and a half begins a new segment."""
    words = [*say("one two three", 1.0), *say("four five", 5.0)]
    assert [s.text for s in stitch([reading(words)])] == ["one two three", "four five"]


def test_a_sentence_goes_on_across_windows() -> None:
    """A sentence that a window's end cut is one segment, if no pause lies between."""
    first = reading(say("We need two", 28.0), 0, 29.3)
    second = reading(say("more days.", 29.3), 29.3, 40)
    assert [s.text for s in stitch([first, second])] == ["We need two more days."]
    late = reading(say("more days.", 30.2), 29.3, 40)
    assert len(stitch([first, late])) == 2


def test_pieces_stand_in_where_words_were_not_timed() -> None:
    """Without word times each piece is a segment with the model's own times."""
    made = stitch([reading([], 3.0, 9.0)])
    assert made == ()
    piece = Piece(text=" Good morning.", start=3.5, end=5.0, tokens=(1, 2))
    untimed = Reading(
        window=Window(NOWHERE, 3, 9),
        hypothesis=Hypothesis(pieces=(piece,), language="en"),
        verdict=Verdict((), None),
    )
    (segment,) = stitch([untimed])
    assert (segment.text, segment.start, segment.end) == ("Good morning.", 3.5, 5.0)
    assert segment.words == ()
    assert segment.tokens == (1, 2)


@given(st.lists(st.tuples(st.sampled_from(["a", "b.", "c?", "d,"]), st.floats(0, 4)), max_size=30))
def test_no_word_is_lost_or_doubled(pairs: list[tuple[str, float]]) -> None:
    """The segments' words are the readings' words, in order, and segments are in order."""
    words: list[Word] = []
    at = 0.0
    for text, pause in pairs:
        at += pause
        words.append(Word(text=" " + text, start=at, end=at + 0.3))
        at += 0.3
    segments = stitch([reading(words)]) if words else ()
    assert [word for segment in segments for word in segment.words] == words
    assert all(early.start <= late.start for early, late in pairwise(segments))


def test_a_word_is_trimmed_to_heard_speech() -> None:
    """A word that reaches over a pause keeps the larger part of speech."""
    (word,) = settle([Word(text=" morning", start=0.0, end=2.0)], [Span(1.4, 2.0)])
    assert (word.start, word.end) == (1.4, 2.0)


def test_a_stretched_word_is_shortened() -> None:
    """A word longer than can be said is cut: a first word's start, a later word's end."""
    words = [Word(text=" So", start=0.0, end=5.0), Word(text=" we", start=5.0, end=12.0)]
    first, second = settle(words, [Span(0, 12)])
    assert first.end == 5.0
    assert first.end - first.start < 1.2
    assert second.start == 5.0
    assert second.end - second.start < 1.2


@given(st.lists(st.tuples(st.floats(0, 20), st.floats(0, 5)), max_size=15))
def test_settled_words_are_in_order(times: list[tuple[float, float]]) -> None:
    """Whatever the aligner says, no word ends before it begins or begins before the last ended."""
    words = [Word(text=" x", start=start, end=start + length) for start, length in times]
    settled = settle(words, [Span(2, 9), Span(11, 25)])
    flat = [time for word in settled for time in (word.start, word.end)]
    assert flat == sorted(flat)
    assert len(settled) == len(words)
