"""A recording made ready: 16 kHz, one channel, 16 bits, on disk."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hansard.transcript.spans import Seconds

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLE_RATE = 16_000
"""Samples a second in every Sound."""


@dataclass(frozen=True)
class Sound:
    """Decoded audio on disk, read a stretch at a time, so that length costs no memory.

    The file at `path` is a WAV (RF64 beyond 4 GiB) of 16 kHz mono 16-bit samples, so engines
    that want a file get one, and other processes get the audio by its path.
    """

    path: Path
    offset: int
    """Where the samples begin in the file, in bytes."""
    samples: int
    """How many samples there are."""
    start: Seconds = 0.0
    """The time of the first sample on the recording's clock (not 0 for a clip)."""

    @property
    def duration(self) -> Seconds:
        """How many seconds of audio there are."""
        return self.samples / SAMPLE_RATE

    @property
    def end(self) -> Seconds:
        """The time after the last sample, on the recording's clock."""
        return self.start + self.duration

    def read(self, start: Seconds, end: Seconds) -> "NDArray[np.float32]":
        """The samples from `start` to `end` on the recording's clock, as float32 in -1 to 1.

        What lies outside the Sound is left out, not padded. Shape: (n,).
        """
        first = max(0, round((start - self.start) * SAMPLE_RATE))
        last = min(self.samples, round((end - self.start) * SAMPLE_RATE))
        # Not a memory map: its pages would count as this process's memory for as long as it lives,
        # and it would travel with every pickled copy.
        pcm = np.fromfile(
            self.path, dtype="<i2", count=max(0, last - first), offset=self.offset + 2 * first
        )
        samples = pcm.astype(np.float32)
        samples /= 32768.0
        return samples
