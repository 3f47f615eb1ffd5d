"""A finished transcript gets its speakers, and never loses its words to them."""

from dataclasses import replace
from pathlib import Path

import pytest

from hansard.errors import Cancelled, EngineError
from hansard.models.engines.fake import FakeEngine
from hansard.models.speakers import SpeakerOptions, Watch
from hansard.models.speakers.recognition import KnownVoice
from hansard.pipeline import PipelineOptions, Recognised, SpeakerTools, Tools, run
from hansard.pipeline.speakers import tell_apart
from hansard.testing.sounds import ScriptedDetector, make_noise, make_script, speech_of
from hansard.testing.voices import ScriptedSpeakers, direction
from hansard.transcript import Transcript, Turn

FIRST = make_script("Good morning everyone, let's start the meeting.", 1.0)
SECOND = make_script("We need two more days to prepare the release.", 8.0)
SCRIPT = (*FIRST, *SECOND)
TURNS = (
    Turn(speaker="SPEAKER_00", start=0.9, end=6.0),
    Turn(speaker="SPEAKER_01", start=7.9, end=20.0),
)


@pytest.fixture
def recognised(tmp_path: Path) -> Recognised:
    sound = make_noise(20, tmp_path)
    tools = Tools(FakeEngine(SCRIPT), ScriptedDetector(speech_of(SCRIPT)))
    return run(sound, tools, PipelineOptions())


def tell(
    recognised: Recognised, tools: SpeakerTools, folder: Path, watch: Watch | None = None
) -> Transcript:
    sound = make_noise(1, folder)
    return tell_apart(recognised, sound, tools, SpeakerOptions(diarize=True), watch or Watch())


def notes_of(transcript: Transcript) -> tuple[str, ...]:
    assert transcript.trust is not None
    return transcript.trust.notes


def test_words_segments_turns_and_speakers_are_filled(
    recognised: Recognised, tmp_path: Path
) -> None:
    """Every place of a transcript that can name a speaker does."""
    made = tell(recognised, SpeakerTools(ScriptedSpeakers(TURNS)), tmp_path)
    assert [segment.speaker for segment in made.segments] == ["SPEAKER_00", "SPEAKER_01"]
    assert {word.speakers for word in made.segments[1].words} == {("SPEAKER_01",)}
    assert made.turns == TURNS
    assert made.speakers == ("SPEAKER_00", "SPEAKER_01")
    assert made.versions["diarisation"]["name"] == "scripted"
    assert made.metrics["speakers"] == 2
    assert made.text == recognised.transcript.text


def test_known_voices_give_their_names_and_strangers_keep_their_label(
    recognised: Recognised, tmp_path: Path
) -> None:
    """A voice near an enrolled one has its name everywhere; one that is near none does not."""
    engine = ScriptedSpeakers(TURNS, {"SPEAKER_00": direction(10), "SPEAKER_01": direction(170)})
    tools = SpeakerTools(engine, (KnownVoice("Maria", direction(0)),))
    made = tell(recognised, tools, tmp_path)
    assert made.speakers == ("Maria", "SPEAKER_01")
    assert made.turns[0].speaker == made.segments[0].speaker == "Maria"
    assert made.words[0].speakers == ("Maria",)
    assert any("Maria recognised by voice" in note for note in notes_of(made))


@pytest.mark.parametrize("fault", [EngineError("no room"), ValueError("odd"), MemoryError()])
def test_a_failure_never_loses_the_transcript(
    recognised: Recognised, tmp_path: Path, fault: Exception
) -> None:
    """Whatever goes wrong, the words are all there, and the report says what is missing."""
    made = tell(recognised, SpeakerTools(ScriptedSpeakers(fault=fault)), tmp_path)
    assert made.segments == recognised.transcript.segments
    assert any("speakers could not be told apart" in note for note in notes_of(made))


def test_a_cancel_is_no_failure(recognised: Recognised, tmp_path: Path) -> None:
    """Who asks to stop is obeyed while speakers are told apart, too."""
    tools = SpeakerTools(ScriptedSpeakers(TURNS))
    with pytest.raises(Cancelled):
        tell(recognised, tools, tmp_path, Watch(cancelled=lambda: True))


def test_what_a_reader_should_know_is_in_the_report(recognised: Recognised, tmp_path: Path) -> None:
    """Notes on the engine, and how many words nobody could be named for."""
    unsure = (TURNS[0], replace(TURNS[1], confidence=0.0))
    tools = SpeakerTools(ScriptedSpeakers(unsure), notes=("it is a baseline",))
    made = tell(recognised, tools, tmp_path)
    assert "it is a baseline" in notes_of(made)
    assert f"nobody could be named for {len(SECOND)} of {len(SCRIPT)} words" in notes_of(made)
    assert made.segments[1].speaker is None
