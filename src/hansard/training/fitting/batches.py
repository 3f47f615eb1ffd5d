"""Which windows make a batch: alike in length, so that little is padding; few distinct shapes."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from hansard.training.fitting.windows import Window
from hansard.transcript import Seconds

FULL: Seconds = 30.0
SHORT_CONTEXTS: tuple[Seconds, ...] = (10.5, 20.0, FULL)
"""What the engine `faster-whisper` pads windows to, for a model that is used to short contexts."""
STEP: Seconds = 1.0
"""Lengths are rounded up to whole steps, since each new shape costs time to prepare for."""
_POOL = 50
"""Batches that are sorted by length together; more would make batches less mixed."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows that are computed together."""

    windows: tuple[Window, ...]
    seconds: Seconds
    """The length that all of them are padded to."""


@dataclass(frozen=True, slots=True)
class Lengths:
    """What windows are padded to."""

    served: tuple[Seconds, ...] = (FULL,)
    """The lengths that the model is served with, shortest first; the last one is 30 s."""
    short: bool = False
    """Whether windows may be padded to less than that while it learns."""
    served_share: float = 1.0
    """How many windows are padded as when serving all the same, so that it stays used to that."""

    def of(self, window: Window, draw: float) -> Seconds:
        """The length of one window; `draw` is random, 0 to 1."""
        if self.short and draw >= self.served_share:
            return min(FULL, max(STEP, math.ceil(window.duration / STEP - 1e-6) * STEP))
        fitting = (length for length in self.served if length >= window.duration - 1e-6)
        return next(fitting, FULL)


def plan_batches(
    windows: Sequence[Window], batch_seconds: Seconds, lengths: Lengths, seed: str
) -> tuple[Batch, ...]:
    """Batches of at most `batch_seconds` of sound with its padding, in random order.

    Windows of a batch are padded to the same length. A window that is longer than `batch_seconds`
    makes a batch of its own.
    """
    dice = random.Random(f"batches {seed}")
    padded = [(lengths.of(window, dice.random()), window) for window in windows]
    mean = sum(length for length, _ in padded) / max(1, len(padded))
    pool = max(1, round(_POOL * batch_seconds / max(mean, STEP)))
    batches: list[Batch] = []
    for first in range(0, len(padded), pool):
        batches += _cut(padded[first : first + pool], batch_seconds)
    dice.shuffle(batches)
    return tuple(batches)


def _cut(padded: Sequence[tuple[Seconds, Window]], batch_seconds: Seconds) -> list[Batch]:
    batches: list[Batch] = []
    held: list[Window] = []
    length = 0.0
    for own, window in sorted(padded, key=lambda pair: (pair[0], pair[1].key)):
        if held and own * (len(held) + 1) > batch_seconds:
            batches.append(Batch(tuple(held), length))
            held = []
        held.append(window)
        length = own
    if held:
        batches.append(Batch(tuple(held), length))
    return batches
