"""What letters a CTC model hears in any length of sound, in bounded memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hansard.audio import SAMPLE_RATE, Sound
from hansard.transcript import Seconds, Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

CHUNK: Seconds = 30.0
"""The longest stretch that a model hears at once."""
OVERLAP: Seconds = 2.0
"""How far neighbouring stretches overlap; each gives up half of it, where it heard an edge."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How a model's frames lie on its samples."""

    step: int
    """Samples from one frame to the next."""
    field: int
    """Samples that one frame sees."""

    @property
    def seconds(self) -> Seconds:
        """The length of a frame."""
        return self.step / SAMPLE_RATE

    @property
    def lead(self) -> Seconds:
        """Where the first frame's own time begins: its middle less half a step."""
        return (self.field - self.step) / 2 / SAMPLE_RATE

    def frames(self, samples: int) -> int:
        """How many frames a model without padding makes of so many samples."""
        return max(0, (samples - self.field) // self.step + 1)


@dataclass(frozen=True, slots=True)
class Listener:
    """A model as a function, and what must be known to feed it."""

    hear: "Callable[[Floats], Floats]"
    """Samples, shape (n,), to logits, shape (frames, letters)."""
    rate: Rate
    normalise: bool
    """Whether it wants samples of zero mean and unit variance."""

    def listen(self, sound: Sound, span: Span) -> "Floats":
        """Natural logarithms of posteriors; shape (frames, letters), none where `span` is short.

        Frame i is at `span.start + rate.lead + i * rate.seconds`; what the span ends with that is
        less than a frame is left out.
        """
        wanted = self.rate.frames(round((span.end - span.start) * SAMPLE_RATE))
        parts = [
            self._hear(sound, span.start, first, last)[keep]
            for first, last, keep in _chunks(wanted, self.rate)
        ]
        if not parts:
            return np.zeros((0, 0), np.float32)
        return np.concatenate(parts)

    def _hear(self, sound: Sound, start: Seconds, first: int, last: int) -> "Floats":
        """The log-probabilities of frames from `first` to before `last`."""
        wanted = (last - first - 1) * self.rate.step + self.rate.field
        begin = start + first * self.rate.seconds
        samples = sound.read(begin, begin + wanted / SAMPLE_RATE)
        samples = np.pad(samples[:wanted], (0, max(0, wanted - len(samples))))
        if self.normalise:
            samples = (samples - samples.mean()) / np.sqrt(samples.var() + 1e-7)
        logits = self.hear(samples.astype(np.float32))[: last - first]
        if len(logits) < last - first:
            logits = np.pad(logits, ((0, last - first - len(logits)), (0, 0)), mode="edge")
        top = logits.max(axis=1, keepdims=True)
        scaled = logits - top
        return np.asarray(
            scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True)), dtype=np.float32
        )


def _chunks(frames: int, rate: Rate) -> Iterator[tuple[int, int, slice]]:
    """First and last frame of each stretch, and which of its frames are kept."""
    size, half = int(CHUNK / rate.seconds), int(OVERLAP / 2 / rate.seconds)
    first = 0
    while first < frames:
        last = min(first + size, frames)
        head = half if first else 0
        tail = 0 if last == frames else half
        yield first, last, slice(head, last - first - tail)
        if last == frames:
            return
        first = last - 2 * half
