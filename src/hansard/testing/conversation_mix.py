"""Many utterances into one WAV file, with a room around them, a stretch at a time."""

import random
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from hansard.audio import SAMPLE_RATE
from hansard.transcript import Seconds

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEVEL: Final = 0.05
"""Root mean square in the file of what has 1 here, so that two loud voices at once fit."""
_DIRECT: Final = 8.0
"""By how many decibels the direct sound is stronger than the room's."""
_HISS: Final = 0.7
"""How dark the noise is: the pole of its filter, 0 is white."""


@dataclass(frozen=True, slots=True)
class Room:
    """How a room answers from one place."""

    response: "NDArray[np.float32]"

    def fill(self, sound: "NDArray[np.float32]") -> "NDArray[np.float32]":
        """The sound with the room's answer, which goes on after it."""
        from scipy.signal import fftconvolve

        return np.asarray(fftconvolve(sound, self.response), np.float32)


def make_room(reverberation: Seconds, seed: str) -> Room | None:
    """A room that falls silent by 60 dB in this time; None where that is no time at all.

    Its answer is noise that fades exponentially from 5 ms on, the simplest model of a diffuse
    sound field (Polack 1988).
    """
    if reverberation <= 0:
        return None
    rng = np.random.default_rng(random.Random(f"room {seed}").getrandbits(64))
    time = np.arange(int(reverberation * SAMPLE_RATE)) / SAMPLE_RATE
    answer = rng.standard_normal(len(time)) * 10 ** (-3 * time / reverberation)
    answer[: SAMPLE_RATE // 200] = 0
    answer *= 10 ** (-_DIRECT / 20) / np.sqrt((answer**2).sum())
    answer[0] = 1
    return Room(answer.astype(np.float32))


class Mixer:
    """Adds sounds at their places and writes what is finished; leave the `with` block to close."""

    def __init__(self, path: Path, channels: int, noise: float, seed: int) -> None:
        self._noise = noise
        self._rng = np.random.default_rng(random.Random(f"noise {seed}").getrandbits(64))
        self._memory = np.zeros((channels, 1))
        self._written = 0
        self._waiting = np.zeros((channels, 0), np.float32)
        self._file = wave.open(str(path), "wb")  # noqa: SIM115 - closed by __exit__
        self._file.setnchannels(channels)
        self._file.setsampwidth(2)
        self._file.setframerate(SAMPLE_RATE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, channel: int, first: int, sound: "NDArray[np.float32]") -> None:
        """Add a sound from sample `first` on, which must not have been written yet."""
        begin = first - self._written
        self._reach(begin + len(sound))
        self._waiting[channel, begin : begin + len(sound)] += sound

    def write(self, before: int) -> None:
        """Write everything before this sample; nothing more may be added there."""
        count = before - self._written
        self._reach(count)
        done, self._waiting = self._waiting[:, :count], self._waiting[:, count:].copy()
        mixed = np.clip((done + self._make_noise(count)) * _LEVEL, -1, 1) * 32767
        self._file.writeframes(np.round(mixed).astype("<i2").T.tobytes())
        self._written = before

    def finish(self, samples: int) -> int:
        """Write to the end, but let the room fall silent; returns how many samples there are."""
        self.write(max(samples, self._written + self._waiting.shape[1]))
        return self._written

    def _reach(self, count: int) -> None:
        missing = count - self._waiting.shape[1]
        if missing > 0:
            self._waiting = np.pad(self._waiting, ((0, 0), (0, missing)))

    def _make_noise(self, count: int) -> "NDArray[np.float32]":
        """The next stretch of the noise, of another kind in each channel."""
        from scipy.signal import lfilter

        channels = self._waiting.shape[0]
        if not self._noise or not count:
            return np.zeros((channels, count), np.float32)
        white = self._rng.standard_normal((count, channels)).T
        scale = self._noise * np.sqrt(1 - _HISS**2)
        noise, self._memory = lfilter([scale], [1, -_HISS], white, axis=1, zi=self._memory)
        return np.asarray(noise, np.float32)
