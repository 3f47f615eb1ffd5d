"""Units: stretches of about 1.5 s of one voice, and the numbers that describe each.

A unit is described by means and deviations of its cepstra and its log pitch, over voiced frames,
where the throat and mouth of a speaker show most.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from hansard.models.speakers.features import CEPSTRA, FRAME, Frames

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNIT: Final = 75
"""Frames of a unit: 1.5 s."""
STEP: Final = 38
"""Frames from one unit to the next at most: 0.76 s."""
VOICED: Final = 0.5
"""Harmonicity from which on a frame counts as voiced."""
FEWEST: Final = 10
"""Voiced frames (0.2 s) without which all frames of a unit describe it."""
NUMBERS: Final = 2 * (CEPSTRA + 1)
"""How many numbers describe a unit."""


@dataclass(frozen=True, slots=True)
class Units:
    """Units in order of time."""

    places: "NDArray[np.int64]"
    """(first, last + 1) in the list of frames; shape (n, 2)."""
    stretch: "NDArray[np.int64]"
    """The stretch of speech without a pause that each lies in; shape (n,)."""

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, chosen: "slice | NDArray[np.int64]") -> "Units":
        return Units(self.places[chosen], self.stretch[chosen])

    @property
    def seconds(self) -> "NDArray[np.float64]":
        """How long each is; shape (n,)."""
        return np.asarray((self.places[:, 1] - self.places[:, 0]) * FRAME, dtype=np.float64)


def cut(index: "NDArray[np.int64]") -> Units:
    """Units of the frames at these times.

    Frames that follow each other without a gap make stretches. One of little more than `UNIT` is a
    unit; longer ones are covered by units that overlap by half.
    """
    breaks = np.flatnonzero(np.diff(index) > 1) + 1
    places: list[tuple[int, int]] = []
    stretches: list[int] = []
    for stretch, (first, last) in enumerate(pairwise([0, *breaks.tolist(), len(index)])):
        if last <= first:
            continue
        count = 1
        if last - first > UNIT * 1.3:
            count += -(-(last - first - UNIT) // STEP)
        length = last - first if count == 1 else UNIT
        starts = np.linspace(first, last - length, count).astype(int).tolist()
        places.extend((start, start + length) for start in starts)
        stretches.extend([stretch] * count)
    return Units(
        np.array(places, dtype=np.int64).reshape(-1, 2), np.array(stretches, dtype=np.int64)
    )


def describe(frames: Frames, units: Units) -> "NDArray[np.float64]":
    """The numbers of each unit; shape (n, `NUMBERS`)."""
    rows = np.empty((len(units), NUMBERS))
    for row, (first, last) in zip(rows, units.places, strict=True):
        voiced = frames.harmonicity[first:last] > VOICED
        chosen = voiced if np.count_nonzero(voiced) >= FEWEST else np.ones_like(voiced)
        cepstra = frames.cepstra[first:last][chosen].astype(np.float32)
        pitch = frames.pitch[first:last][chosen]
        row[:] = (*cepstra.mean(0), pitch.mean(), *cepstra.std(0), pitch.std())
    return rows
