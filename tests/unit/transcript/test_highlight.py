"""Words lit as they are spoken."""

from itertools import pairwise

import pytest
from hypothesis import given
from transcript_samples import one, patient, transcripts

from hansard.transcript import Segment, Transcript, Word, formats
from hansard.transcript.subtitles import SubtitleOptions, cues_of
from hansard.transcript.subtitles.highlight import frames_of, still

LIT = SubtitleOptions(highlight_words=True)


def words(*parts: tuple[str, float, float]) -> Transcript:
    """A transcript of one segment with these words."""
    said = tuple(Word(text=text, start=start, end=end) for text, start, end in parts)
    return Transcript(segments=(Segment(id=0, text="", start=0, end=9, words=said),))


def test_each_word_is_lit_from_its_start_to_its_end() -> None:
    """Between words, before the first and after the last nothing is lit."""
    (cue,) = cues_of(words((" one", 1.0, 1.4), (" two", 1.5, 2.0)))
    assert list(frames_of(cue)) == [
        (1.0, 1.4, ((("one", True), (" two", False)),)),
        (1.4, 1.5, ((("one two", False),),)),
        (1.5, 2.0, ((("one ", False), ("two", True)),)),
    ]


def test_a_word_without_a_length_is_shown_and_never_lit() -> None:
    """No frame of no time is made for it."""
    (cue,) = cues_of(words((" one", 1.0, 1.5), (" two", 1.5, 1.5), (" three", 1.5, 2.0)))
    lit = [text for frame in frames_of(cue) for line in frame.lines for text, on in line if on]
    assert lit == ["one", "three"]


def test_a_cue_without_words_stays_as_it_is() -> None:
    """Where nobody knows when a word was said, none is lit."""
    (cue,) = cues_of(Transcript(segments=(Segment(id=0, text="No words.", start=0, end=2),)))
    assert list(frames_of(cue)) == [still(cue)]


def test_a_chinese_word_that_is_broken_over_two_lines_is_lit_on_both() -> None:
    """Light goes by character, not by line."""
    (cue,) = cues_of(words(("我" * 30, 0, 2)))
    (frame, *_) = frames_of(cue)
    assert list(frame.lines) == [(("我" * len(line), True),) for line in cue.lines]


def test_the_speakers_name_is_never_lit() -> None:
    """The label before the text is not a word."""
    yes = Word(text=" Yes", start=0, end=1)
    said = Segment(id=0, text="", start=0, end=1, speaker="Ann", words=(yes,))
    transcript = Transcript(segments=(said,))
    assert "Ann: <u>Yes</u>\n" in formats.render(transcript, "srt", LIT)
    assert "<v Ann><u>Yes</u>\n" in formats.render(transcript, "vtt", LIT)


@pytest.mark.parametrize("name", ["srt", "vtt"])
def test_lit_files_read_back_as_the_same_words(name: str) -> None:
    """The underlines are dropped when the file is read."""
    transcript = one("Every word is lit in turn.")
    cues = formats.read_cues(formats.render(transcript, name, LIT), name)
    assert len(cues) == 6
    assert {cue.text for cue in cues} == {"Every word is lit in turn."}


@patient
@given(transcripts())
def test_frames_fill_the_time_of_their_cue(transcript: Transcript) -> None:
    """Frames follow each other without a hole from the cue's start to its end."""
    for cue in cues_of(transcript, labels=True):
        frames = list(frames_of(cue))
        assert (frames[0].start, frames[-1].end) == (cue.start, cue.end)
        assert all(left.end == right.start for left, right in pairwise(frames))
        assert all(frame.end > frame.start for frame in frames)
        for frame in frames:
            assert tuple("".join(text for text, _ in line) for line in frame.lines) == cue.lines
