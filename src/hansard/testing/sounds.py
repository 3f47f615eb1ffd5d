"""Sounds and detectors for tests of everything above `audio`."""

import wave
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hansard.audio import SAMPLE_RATE, Sound
from hansard.models.vad import FRAME
from hansard.transcript import Seconds, Span, Word

if TYPE_CHECKING:
    from numpy.typing import NDArray


def make_sound(samples: "NDArray[np.float32]", folder: Path, *, start: Seconds = 0.0) -> Sound:
    """A Sound of these samples (float32 in -1 to 1, 16 kHz), in a new file in `folder`."""
    path = folder / f"{len(list(folder.iterdir()))}.pcm"
    path.write_bytes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return Sound(path, 0, len(samples), start)


def make_noise(seconds: Seconds, folder: Path, *, seed: int = 0, level: float = 0.01) -> Sound:
    """A Sound of white noise, for tests in which only the clock matters."""
    count = round(seconds * SAMPLE_RATE)
    noise = np.random.default_rng(seed).normal(0, level, count)
    return make_sound(noise.astype(np.float32), folder)


def repeat_sample(sample: Path, seconds: Seconds, folder: Path) -> Path:
    """A WAV file that says what `sample`, another one, says, over and over; returns its path."""
    with wave.open(str(sample)) as source:
        frames = source.readframes(source.getnframes())
        shape = source.getparams()
    wanted = round(seconds * shape.framerate) * shape.nchannels * shape.sampwidth
    target = folder / f"long-{seconds:g}.wav"
    with wave.open(str(target), "wb") as copy:
        copy.setparams(shape)
        whole, part = divmod(wanted, len(frames))
        for _ in range(whole):
            copy.writeframesraw(frames)
        copy.writeframesraw(frames[:part])
    return target


@dataclass(frozen=True, slots=True)
class ScriptedDetector:
    """Hears speech where it is told to."""

    speech: Sequence[Span]
    sure: float = 0.95
    unsure: float = 0.02

    def probabilities(self, sound: Sound, cancelled: Callable[[], bool]) -> "NDArray[np.float32]":
        """`sure` in frames whose middle lies in speech, `unsure` elsewhere; shape (frames,)."""
        del cancelled
        frames = int(np.ceil(sound.duration / FRAME))
        middles = sound.start + (np.arange(frames) + 0.5) * FRAME
        heard = np.full(frames, self.unsure, dtype=np.float32)
        for span in self.speech:
            heard[(middles >= span.start) & (middles < span.end)] = self.sure
        return heard


def make_script(text: str, start: Seconds, *, pace: Seconds = 0.3) -> tuple[Word, ...]:
    """The words of a text, one every `pace` seconds from `start` on."""
    return tuple(
        Word(
            text=" " + word,
            start=round(start + number * pace, 3),
            end=round(start + (number + 1) * pace, 3),
            probability=0.9,
        )
        for number, word in enumerate(text.split())
    )


def speech_of(words: Sequence[Word]) -> tuple[Span, ...]:
    """Where a detector would hear these words: runs without a pause of half a second."""
    from hansard.transcript.spans import merge

    return merge((Span(word.start, word.end) for word in words), gap=0.5)
