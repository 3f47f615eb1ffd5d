"""People made of chords, and an engine that tells them apart by their spectrum.

It keeps the speaker protocol over real samples, so that deeds are tested with sounds on disk.
"""

import wave
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hansard.audio import SAMPLE_RATE, Sound
from hansard.errors import VoiceError
from hansard.models.speakers import (
    Diarisation,
    Embedding,
    SpeakerEngineInfo,
    SpeakerOptions,
    Voice,
    Watch,
)
from hansard.models.speakers.recognition import KnownVoice, combine, similarity
from hansard.models.vad import FRAME
from hansard.transcript import Span, Turn
from hansard.work.lending import SpeakersLent
from hansard.work.options import TranscribeOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray

ANA, ZOE = (220.0, 440.0, 660.0), (310.0, 930.0, 1550.0)
SILENCE: tuple[float, ...] = ()
DIGEST = "5" * 64


def speak(path: Path, *said: tuple[tuple[float, ...], float], level: float = 0.3) -> Path:
    """A WAV in which chords sound one after the other, each for so many seconds."""
    write_wave(path, [voiced(*said, level=level)])
    return path


def voiced(*said: tuple[tuple[float, ...], float], level: float = 0.3) -> "NDArray[np.float32]":
    """The samples of such chords; shape (n,)."""
    parts = [np.zeros(0)]
    for chord, seconds in said:
        clock = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
        tones = [np.sin(2 * np.pi * tone * clock) for tone in chord]
        parts.append(level * np.sum(tones, axis=0) / max(1, len(chord)) if tones else 0 * clock)
    return np.concatenate(parts).astype(np.float32)


def write_wave(path: Path, channels: Sequence["NDArray[np.float32]"]) -> None:
    """Samples as a file of 16 kHz."""
    frames = (np.stack(channels, axis=1) * 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(frames.tobytes())


class LoudDetector:
    """Takes whatever is not silent for speech."""

    def probabilities(
        self,
        sound: Sound,
        cancelled: Callable[[], bool],  # noqa: ARG002 - it is quick
    ) -> "NDArray[np.float32]":
        """1 in each frame that is loud; shape (frames,)."""
        samples = sound.read(sound.start, sound.end)
        hop = round(FRAME * SAMPLE_RATE)
        frames = -(-len(samples) // hop)
        padded = np.zeros(frames * hop, np.float32)
        padded[: len(samples)] = samples
        loud = np.abs(padded.reshape(frames, hop)).max(axis=1, initial=0) > 0.02
        return loud.astype(np.float32)


@dataclass
class SpectralEngine:
    """Tells chords apart: a voice is its spectrum, and noise, which has every tone, is none."""

    info: SpeakerEngineInfo = field(
        default_factory=lambda: SpeakerEngineInfo(
            name="spectral", version="1", model="chords", digest=DIGEST, threshold=0.8,
            overlaps=False,
        )
    )  # fmt: skip

    def diarise(
        self,
        sound: Sound,
        speech: Sequence[Span],
        options: SpeakerOptions,  # noqa: ARG002 - it counts by ear
        watch: Watch,
    ) -> Diarisation:
        """Half-second pieces of speech, each given to the first voice that is like it."""
        heard: list[tuple[str, Embedding]] = []
        turns: list[Turn] = []
        for piece in _pieces(speech):
            voice = _spectrum(sound, [piece])
            label = next((n for n, known in heard if similarity(known, voice) > 0.8), "")
            if not label:
                label = f"SPEAKER_{len(heard):02d}"
                heard.append((label, voice))
            turns.append(Turn(speaker=label, start=piece.start, end=piece.end))
        watch.on_progress(1.0)
        return Diarisation(
            turns=tuple(turns),
            voices=tuple(Voice(speaker=n, embedding=e, seconds=1.0) for n, e in heard),
        )

    def embed(self, sound: Sound, spans: Sequence[Span]) -> Embedding:
        """The spectrum.

        Raises:
            VoiceError: it is noise.
        """
        spectrum = _spectrum(sound, spans)
        if max(spectrum) < 0.3:
            raise VoiceError("there is nothing like a voice")
        return spectrum

    def close(self) -> None:
        """Nothing is loaded."""


@dataclass
class ChordWorkshop:
    """Lends the engine above, and counts."""

    engine: SpectralEngine = field(default_factory=SpectralEngine)
    known: tuple[KnownVoice, ...] = ()
    notes: tuple[str, ...] = ()
    open: int = 0

    @contextmanager
    def lend_speakers(self, options: TranscribeOptions) -> Iterator[SpeakersLent]:  # noqa: ARG002
        """The engine, for as long as the block lasts."""
        self.open += 1
        try:
            yield SpeakersLent(self.engine, LoudDetector(), self.known, self.notes)
        finally:
            self.open -= 1


def _pieces(speech: Sequence[Span]) -> Iterator[Span]:
    for span in speech:
        count = max(1, round(span.duration / 0.5))
        edges = np.linspace(span.start, span.end, count + 1).tolist()
        yield from map(Span, edges, edges[1:])


def _spectrum(sound: Sound, spans: Sequence[Span]) -> Embedding:
    found = []
    for span in spans:
        power = np.abs(np.fft.rfft(sound.read(span.start, span.end), n=SAMPLE_RATE * 4))
        found.append(tuple(power[:8000].reshape(100, -1).sum(axis=1).tolist()))
    return combine(found, [span.duration for span in spans])
