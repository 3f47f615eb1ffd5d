"""Turns onto words: who said which, and where a sentence is cut."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.pipeline.labelling import ISLAND, REACH, cut_slices, label, whose
from hansard.testing.sounds import make_script
from hansard.transcript import Segment, Transcript, Turn, Word


def turn(speaker: str, start: float, end: float, confidence: float | None = None) -> Turn:
    return Turn(speaker=speaker, start=start, end=end, confidence=confidence)


def sentence(text: str, start: float) -> Segment:
    words = tuple(make_script(text, start))
    return Segment(
        id=0,
        text=text,
        start=words[0].start,
        end=words[-1].end,
        words=tuple(replace(word, tokens=(n,)) for n, word in enumerate(words)),
        tokens=tuple(range(len(words))),
        avg_logprob=-0.2,
    )


def spoken(segments: tuple[Segment, ...]) -> list[tuple[str | None, str]]:
    return [(segment.speaker, segment.text) for segment in segments]


def test_words_get_the_speaker_whose_turn_they_lie_in() -> None:
    """Two sentences in two turns are two speakers' sentences, and so are their words."""
    first, second = sentence("Good morning everyone.", 0.0), sentence("Hello, Maria.", 5.0)
    made = label([first, second], [turn("A", 0, 3), turn("B", 4.9, 8)], 0.0)
    assert spoken(made) == [("A", "Good morning everyone."), ("B", "Hello, Maria.")]
    assert {word.speakers for word in made[0].words} == {("A",)}
    assert not any(segment.continues for segment in made)


def test_a_sentence_is_cut_where_the_speaker_changes() -> None:
    """Each part has its own words, times and tokens; the later one goes on with the sentence."""
    whole = sentence("We could publish it on Friday or rather on Monday next week.", 0.0)
    border = whole.words[6].start
    made = label([whole], [turn("A", 0, border), turn("B", border, 60)], 0.0)
    assert spoken(made) == [
        ("A", "We could publish it on Friday"),
        ("B", "or rather on Monday next week."),
    ]
    assert [segment.continues for segment in made] == [False, True]
    assert [segment.id for segment in made] == [0, 1]
    assert made[1].start == border
    assert made[0].tokens + made[1].tokens == whole.tokens
    assert made[1].avg_logprob == whole.avg_logprob


def test_an_island_inside_a_sentence_is_no_change_of_speaker() -> None:
    """A border placed a little early or late does not tear a word off its sentence."""
    whole = sentence("We could publish it on Friday.", 0.0)
    last = whole.words[-1]
    assert last.end - last.start <= ISLAND
    made = label([whole], [turn("A", 0, last.start), turn("B", last.start, 9)], 0.0)
    assert spoken(made) == [("A", whole.text)]


def test_a_short_sentence_of_its_own_keeps_its_speaker() -> None:
    """`Yes.` between two sentences of another person is not swallowed."""
    segments = [
        sentence("Shall we begin with the report?", 0.0),
        sentence("Yes.", 4.0),
        sentence("Then let us begin.", 5.0),
    ]
    turns = [turn("A", 0, 3.9), turn("B", 3.95, 4.6), turn("A", 4.9, 9)]
    assert [speaker for speaker, _ in spoken(label(segments, turns, 0.0))] == ["A", "B", "A"]


def test_overlapped_speech_keeps_both_speakers() -> None:
    """A word said by two at once has both, the one whose sentence it is first."""
    whole = sentence("We could publish it on Friday.", 0.0)
    turns = [turn("A", 0, 9), turn("B", whole.words[3].start, whole.words[4].end)]
    made = label([whole], turns, 0.0)
    assert spoken(made) == [("A", whole.text)]
    assert [word.speakers for word in made[0].words][3:5] == [("A", "B"), ("A", "B")]
    assert made[0].words[0].speakers == ("A",)


def test_below_the_margin_nobody_is_named() -> None:
    """Where the diariser can hardly tell two voices apart, no label is better than a wrong one."""
    whole = sentence("We could publish it on Friday.", 0.0)
    made = label([whole], [turn("A", 0, 9, confidence=0.04)], 0.05)
    assert spoken(made) == [(None, whole.text)]
    assert label([whole], [turn("A", 0, 9, confidence=0.06)], 0.05)[0].speaker == "A"


def test_a_word_just_outside_a_turn_belongs_to_it() -> None:
    """Turns end a little early; far from all turns nobody is named."""
    slices = cut_slices([turn("A", 1, 2), turn("B", 6, 7)], 0.0)
    assert whose(2.1, 2.3, slices) == ("A",)
    assert whose(5.7, 5.8, slices) == ("B",)
    assert whose(2 + REACH + 0.1, 3.0, slices) == ()
    assert whose(0.0, 0.0, ()) == ()


def test_a_segment_without_timed_words_is_labelled_whole() -> None:
    """Where words have no times, whoever speaks longest in a segment has it."""
    bare = Segment(id=0, text="Guten Tag", start=0.0, end=4.0)
    made = label([bare], [turn("A", 0, 1), turn("B", 1, 4)], 0.0)
    assert spoken(made) == [("B", "Guten Tag")]


moments = st.floats(0, 30, allow_nan=False).map(lambda value: round(value, 2))
turns_of = st.lists(
    st.builds(
        lambda speaker, start, length, confidence: turn(speaker, start, start + length, confidence),
        st.sampled_from("ABC"),
        moments,
        st.floats(0, 6),
        st.one_of(st.none(), st.floats(0, 1)),
    ),
    max_size=12,
)
texts = st.lists(
    st.lists(st.sampled_from([" a", " b,", " c.", "日", "本", " ž"]), min_size=1, max_size=8),
    max_size=5,
)


@st.composite
def transcripts(draw: st.DrawFn) -> tuple[Segment, ...]:
    segments = []
    clock = 0.0
    for number, words in enumerate(draw(texts)):
        timed = []
        for text in words:
            start = clock + draw(st.sampled_from([0.0, 0.1, 0.7]))
            clock = start + draw(st.sampled_from([0.0, 0.2, 0.6]))
            timed.append(Word(text=text, start=start, end=clock))
        text = "".join(words).strip()
        segments.append(
            Segment(id=number, text=text, start=timed[0].start, end=clock, words=tuple(timed))
        )
    return tuple(segments)


@given(transcripts(), turns_of, st.floats(0, 1))
def test_labels_never_change_what_was_said(
    segments: tuple[Segment, ...], turns: list[Turn], margin: float
) -> None:
    """Text and words, to the letter and in order, are those from before."""
    made = label(segments, turns, margin)
    before, after = Transcript(segments=segments), Transcript(segments=made)
    assert after.text == before.text
    assert [(w.text, w.start, w.end) for w in after.words] == [
        (w.text, w.start, w.end) for w in before.words
    ]
    assert [segment.id for segment in made] == list(range(len(made)))
    for segment in made:
        for word in segment.words:
            assert len(word.speakers) <= 2
            assert set(word.speakers) <= {one.speaker for one in turns}
            assert segment.speaker is None or not word.speakers or segment.speaker in word.speakers


@given(turns_of)
def test_slices_cover_the_turns_and_nothing_else(turns: list[Turn]) -> None:
    """At any moment the slices name who the turns name."""
    slices = cut_slices(turns, 0.0)
    assert all(one.start < one.end for one in slices)
    assert all(left.end <= right.start for left, right in pairwise(slices))
    for moment in [n * 0.37 for n in range(100)]:
        at = [one for one in slices if one.start <= moment < one.end]
        there = {one.speaker for one in turns if one.start <= moment < one.end}
        assert {name for one in at for name in one.speakers} <= there
        assert bool(at) == bool(there)


def test_an_exact_margin_of_nought_trusts_any_confidence_above_it() -> None:
    """With a margin of 0 only turns of confidence 0 are doubted."""
    assert cut_slices([turn("A", 0, 1, confidence=0.0)], 0.0)[0].unsure
    assert not cut_slices([turn("A", 0, 1, confidence=0.001)], 0.0)[0].unsure
    assert not cut_slices([turn("A", 0, 1)], 1.0)[0].unsure


def test_times_of_a_word_may_be_one_moment() -> None:
    """A word without a length has the speaker of that moment."""
    assert whose(1.5, 1.5, cut_slices([turn("A", 1, 2)], 0.0)) == ("A",)
    assert pytest.approx(0.5) == REACH
