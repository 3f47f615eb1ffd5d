"""The subtitle score: what it finds wrong, and what that costs."""

import pytest
from hypothesis import given
from transcript_samples import OPTIONS, patient, sample, transcripts

from hansard.transcript import Segment, Transcript, formats
from hansard.transcript.subtitles import (
    PROFILES,
    Cue,
    Fault,
    SubtitleOptions,
    cues_of,
    profile_of,
    score,
    score_of,
)

PLAIN = PROFILES["plain"]
NETFLIX = PROFILES["netflix"]


def cue(start: float, end: float, *lines: str, speaker: str | None = None) -> Cue:
    """A cue without words."""
    return Cue(start=start, end=end, lines=lines, speaker=speaker)


GOOD = (
    cue(0, 3, "This is easy to read,", "and in good time."),
    cue(3.5, 6, "And so is this."),
)


def faults(*cues: Cue, profile: str = "plain") -> list[tuple[str, int]]:
    """The names of the faults and the cues they are in."""
    return [(fault.name, fault.cue) for fault in score(cues, PROFILES[profile]).faults]


def test_good_subtitles_have_no_faults() -> None:
    """Subtitles within every limit score 1."""
    result = score(GOOD, PLAIN)
    assert (result.value, result.faults) == (1.0, ())
    assert result.summarise() == "1.00 (no faults)"


def test_nothing_to_read_has_no_faults() -> None:
    """A file without subtitles scores 1."""
    assert score((), PLAIN).value == 1.0


def test_a_fault_says_where_and_by_how_much() -> None:
    """A fault carries the cue's number and time, what was measured, and the limit."""
    result = score((GOOD[0], cue(4, 5, "x" * 42)), PLAIN)
    assert result.faults == (Fault(name="too_fast", cue=2, start=4, measured=42.0, limit=21),)


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        ((cue(0, 1, "This is far too much to read."),), ("too_fast", 1)),
        ((cue(0, 6, "x" * 43),), ("too_long_line", 1)),
        ((cue(0, 6, "One,", "two,", "three."),), ("too_many_lines", 1)),
        ((cue(0, 0.5, "Yes."),), ("too_short", 1)),
        ((cue(0, 7.5, "A long time."),), ("too_long", 1)),
        ((cue(0, 3, "One thing."), cue(2.5, 5, "And another.")), ("overlap", 2)),
        ((cue(0, 4, "Here four words stand", "alone."),), ("orphan_word", 1)),
        ((cue(0, 2, "It breaks"), cue(2.1, 4, "off here.")), ("mid_sentence", 1)),
    ],
)
def test_each_fault_is_found_and_nothing_else(
    bad: tuple[Cue, ...], expected: tuple[str, int]
) -> None:
    """Every kind of fault is found in the cue that has it."""
    assert faults(*bad) == [expected]


def test_a_gap_of_less_than_two_frames_is_a_fault_for_netflix() -> None:
    """Touching cues are fine for `plain` and too close for `netflix`."""
    cues = (cue(0, 2, "One thing."), cue(2, 4, "And another."))
    assert faults(*cues) == []
    assert faults(*cues, profile="netflix") == [("small_gap", 1)]
    apart = (cues[0], cue(2.083, 4, "And another."))
    assert faults(*apart, profile="netflix") == []


def test_one_word_in_mid_sentence_is_an_orphan() -> None:
    """A cue of one word counts when the sentence began before it."""
    cues = (cue(0, 2, "We will see you"), cue(2, 3, "tomorrow."))
    assert faults(*cues) == [("mid_sentence", 1), ("orphan_word", 2)]


def test_another_voice_may_cut_in() -> None:
    """A sentence that another speaker breaks is no fault of the subtitles."""
    cues = (cue(0, 2, "We will see", speaker="Ann"), cue(2, 4, "Never.", speaker="Bo"))
    assert faults(*cues) == []


def test_sentences_are_not_judged_where_nothing_is_punctuated() -> None:
    """Without full stops nobody can tell where a sentence ends."""
    assert faults(cue(0, 2, "we will see"), cue(2, 4, "what happens then")) == []


def test_a_fault_costs_more_the_further_it_goes() -> None:
    """A quarter of the weight just beyond the limit, the whole of it at half as much again."""
    costs = [
        Fault(name="too_fast", cue=1, start=0, measured=measured, limit=20).cost
        for measured in (20.0, 25.0, 30.0, 90.0)
    ]
    assert costs == pytest.approx([0.15, 0.375, 0.6, 0.6])
    short = Fault(name="too_short", cue=1, start=0, measured=0.0, limit=0.7)
    assert short.cost == pytest.approx(0.4)


def test_a_cue_can_lose_no_more_than_itself() -> None:
    """One terrible cue among four costs a quarter."""
    terrible = cue(2.0, 2.1, "x" * 100, "y" * 100, "z" * 100)
    cues = (GOOD[0], terrible, cue(4, 6, "This is fine."), cue(6, 8, "And this."))
    assert score(cues, PLAIN).value == pytest.approx(0.75)


def test_summary_names_the_commonest_fault_first() -> None:
    """One line tells how many faults of each kind there are."""
    result = score((cue(0, 0.3, "a."), cue(1, 1.3, "b."), cue(2, 2.3, "c" * 43 + ".")), PLAIN)
    assert result.summarise().endswith("(3 too short, 1 too long line, 1 too fast)")


def test_bbc_counts_words_and_asian_counts_full_width_characters() -> None:
    """Each profile measures reading speed in its own unit."""
    bbc, asian = PROFILES["bbc"], PROFILES["asian"]
    assert bbc.load("three short words") == 3
    assert bbc.load("我们在这里说 in English") == 3 + 2
    assert asian.load("我们在这里说") == 6
    assert asian.load("abcd") == 2
    assert PLAIN.load("我们") == 4


@pytest.mark.parametrize("name", ["note", "podcast", "standup"])
def test_the_samples_score_well(name: str) -> None:
    """Real talk, laid out by default, has no fault at all."""
    assert score_of(sample(name)).value == 1.0
    assert score_of(sample(name, words=False)).value == 1.0


@pytest.mark.parametrize("name", ["srt", "vtt"])
@pytest.mark.parametrize("profile", list(PROFILES))
def test_a_file_scores_what_its_transcript_scores(name: str, profile: str) -> None:
    """Written, read back and scored, subtitles have the same faults."""
    options = SubtitleOptions(subtitle_profile=PROFILES[profile].name)
    transcript = sample("podcast")
    cues = formats.read_cues(formats.render(transcript, name, options), name)
    before = score(cues_of(transcript, options, labels=name == "srt"), profile_of(options))
    after = score(cues, profile_of(options))
    assert [(each.name, each.cue) for each in after.faults] == [
        (each.name, each.cue) for each in before.faults
    ]
    assert after.value == pytest.approx(before.value, abs=0.001)


def test_segments_as_cues_score_worse_than_laid_out_text() -> None:
    """The score tells a wall of text from readable subtitles."""
    text = "A wall of text that nobody can read in time because it never ends. " * 4
    wall = Segment(id=0, text=text, start=0, end=10)
    raw = score((cue(0, 10, text),), PLAIN)
    assert raw.value < 0.2
    assert score_of(Transcript(segments=(wall,))).value > raw.value + 0.4


@patient
@given(transcripts(), OPTIONS)
def test_the_score_is_between_nothing_and_one(
    transcript: Transcript, options: SubtitleOptions
) -> None:
    """Whatever comes in, there is a score, and our own cues never overlap."""
    result = score_of(transcript, options)
    assert 0.0 <= result.value <= 1.0
    assert "overlap" not in {fault.name for fault in result.faults}
