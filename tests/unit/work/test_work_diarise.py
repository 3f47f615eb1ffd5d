"""Who spoke when, without transcribing: turns, names, notes."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from spectral_voices import (
    ANA,
    SILENCE,
    ZOE,
    ChordWorkshop,
    SpectralEngine,
    speak,
    voiced,
    write_wave,
)

from hansard.errors import Cancelled, MediaLimitError, UsageError
from hansard.models.speakers.recognition import KnownVoice
from hansard.pipeline import Advanced, Event, Staged
from hansard.settings import Options
from hansard.testing.sounds import make_sound
from hansard.transcript import Span, Transcript
from hansard.work.diarise import diarise
from hansard.work.wires import Wires

OPTIONS = Options()


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    return speak(tmp_path / "talk.wav", (ANA, 2.0), (SILENCE, 1.0), (ZOE, 2.0), (ANA, 1.0))


def speakers_at(transcript: Transcript, *times: float) -> list[set[str]]:
    return [
        {turn.speaker for turn in transcript.turns if turn.start <= time < turn.end}
        for time in times
    ]


def test_turns_say_who_spoke_when(talk: Path) -> None:
    """Speakers are labelled in the order in which they are heard, and silence is nobody's."""
    told: list[Event] = []
    found = diarise(talk, OPTIONS, ChordWorkshop(), Wires(on_event=told.append))
    assert speakers_at(found, 1.0, 2.5, 4.0, 5.5) == [
        {"SPEAKER_00"}, set(), {"SPEAKER_01"}, {"SPEAKER_00"},
    ]  # fmt: skip
    assert found.speakers == ("SPEAKER_00", "SPEAKER_01")
    assert found.segments == ()
    assert found.duration == pytest.approx(6.0)
    assert found.versions["source"] == "talk"
    assert found.versions["diarisation"]["name"] == "spectral"
    assert Staged("telling speakers apart") in told
    assert Advanced(1.0) in told


def test_known_voices_have_their_names(talk: Path) -> None:
    """An enrolled voice is called by name, and a note says why; a stranger keeps the label."""
    sound = make_sound(voiced((ZOE, 3.0)), talk.parent)
    voice = SpectralEngine().embed(sound, [Span(0.0, 3.0)])
    workshop = ChordWorkshop(known=(KnownVoice("Zoë", voice),), notes=("a baseline",))
    found = diarise(talk, OPTIONS, workshop, Wires())
    assert found.speakers == ("SPEAKER_00", "Zoë")
    assert found.metrics["notes"][0] == "a baseline"
    assert found.metrics["notes"][1].startswith("Zoë recognised by voice (similarity ")


def test_channels_can_be_speakers(tmp_path: Path) -> None:
    """Each channel is one speaker, whatever the voices, and nobody is recognised."""
    left = voiced((ANA, 2.0), (SILENCE, 2.0))
    right = voiced((SILENCE, 2.0), (ANA, 2.0))
    write_wave(tmp_path / "call.wav", [left, right])
    options = replace(OPTIONS, channel_speakers=True)
    found = diarise(tmp_path / "call.wav", options, ChordWorkshop(notes=("unused",)), Wires())
    assert speakers_at(found, 1.0, 3.0) == [{"SPEAKER_00"}, {"SPEAKER_01"}]
    assert found.versions["diarisation"]["name"] == "channels"
    assert found.metrics["notes"] == []


def test_channels_that_cannot_be_speakers_are_refused(talk: Path) -> None:
    """One channel is no conversation, and one chosen channel excludes the others."""
    options = replace(OPTIONS, channel_speakers=True)
    with pytest.raises(MediaLimitError, match="channels"):
        diarise(talk, options, ChordWorkshop(), Wires())
    with pytest.raises(UsageError, match="all of them"):
        diarise(talk, replace(options, channel="left"), ChordWorkshop(), Wires())


def test_silence_has_no_speakers(tmp_path: Path) -> None:
    """Where nobody speaks there are no turns, and a note says so."""
    quiet = speak(tmp_path / "quiet.wav", (SILENCE, 2.0))
    found = diarise(quiet, OPTIONS, ChordWorkshop(), Wires())
    assert (found.turns, found.speakers) == ((), ())
    assert found.metrics["notes"] == ["no speech heard"]


def test_a_stream_is_read_too(talk: Path) -> None:
    """A file object gives the same turns; it has no name."""
    found = diarise(io.BytesIO(talk.read_bytes()), OPTIONS, ChordWorkshop(), Wires())
    assert found.turns == diarise(talk, OPTIONS, ChordWorkshop(), Wires()).turns
    assert found.versions["source"] == ""


def test_it_can_be_stopped(talk: Path) -> None:
    """A caller that stops is obeyed, and the engine is handed back."""
    workshop = ChordWorkshop()
    with pytest.raises(Cancelled):
        diarise(talk, OPTIONS, workshop, Wires(cancelled=lambda: True))
    assert workshop.open == 0
