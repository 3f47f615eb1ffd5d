"""From a speaker for each frame to turns: pure functions that all speaker engines share.

Frames carry labels 0, 1, ... for speakers and `NOBODY` where nobody speaks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hansard.transcript import Seconds, Turn

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOBODY = -1
"""The label of a frame in which nobody speaks."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """One speaker's stretch of talk, before speakers have names."""

    label: int
    start: Seconds
    end: Seconds
    confidence: float | None = None


def name(index: int) -> str:
    """What the speaker heard as number `index` (from 0) is called."""
    return f"SPEAKER_{index:02d}"


def relabel(labels: "NDArray[np.int64]") -> "NDArray[np.int64]":
    """The same groups as 0, 1, ... in order of first appearance; `NOBODY` stays."""
    spoken = labels[labels >= 0]
    values, firsts = np.unique(spoken, return_index=True)
    order = np.full(int(values.max(initial=-1)) + 1, NOBODY, dtype=np.int64)
    order[values[np.argsort(firsts)]] = np.arange(len(values))
    result = np.full(len(labels), NOBODY, dtype=np.int64)
    result[labels >= 0] = order[spoken]
    return result


def runs(labels: "NDArray[np.int64]") -> "NDArray[np.int64]":
    """Stretches of one label, silence too: rows of (first, last + 1, label); shape (n, 3)."""
    if not len(labels):
        return np.zeros((0, 3), dtype=np.int64)
    starts = np.concatenate([[0], np.flatnonzero(np.diff(labels)) + 1])
    ends = np.concatenate([starts[1:], [len(labels)]])
    return np.stack([starts, ends, labels[starts]], axis=1)


def drop_islands(labels: "NDArray[np.int64]", shortest: int) -> "NDArray[np.int64]":
    """Give stretches of fewer than `shortest` frames to the longer of the speakers they touch.

    A short stretch with silence on both sides stays whose it is: no speech is lost. The shortest
    go first, so that a cluster of islands does not win over the land around it.
    """
    result = labels.copy()
    while True:
        table = runs(result)
        lengths = table[:, 1] - table[:, 0]
        spoken = table[:, 2] >= 0
        touched = np.zeros(len(table), dtype=bool)
        touched[1:] |= spoken[:-1]
        touched[:-1] |= spoken[1:]
        islands = np.flatnonzero(spoken & touched & (lengths < shortest))
        if not len(islands):
            return result
        shortest_now = islands[lengths[islands] == lengths[islands].min()]
        taken = -2
        for i in shortest_now:
            if i == taken + 1:  # its neighbour has just changed: it waits for the next round
                continue
            taken = i
            sides = [j for j in (i - 1, i + 1) if 0 <= j < len(table) and spoken[j]]
            best = max(sides, key=lambda j: int(lengths[j]))
            result[table[i, 0] : table[i, 1]] = table[best, 2]


def turns_of(stretches: Sequence[Stretch], *, gap: Seconds = 0.0) -> tuple[Turn, ...]:
    """Turns named `SPEAKER_00`, `SPEAKER_01` ... in order of first start, sorted by their start.

    Stretches of one speaker that overlap, or that lie at most `gap` seconds apart, become one, with
    the mean confidence of their time. Stretches of different speakers may overlap.
    """
    names: dict[int, str] = {}
    merged: dict[int, list[list[Stretch]]] = {}
    for stretch in sorted(stretches, key=lambda s: (s.start, s.end)):
        if stretch.end <= stretch.start:
            continue
        names.setdefault(stretch.label, name(len(names)))
        groups = merged.setdefault(stretch.label, [])
        if groups and stretch.start - max(s.end for s in groups[-1]) <= gap:
            groups[-1].append(stretch)
        else:
            groups.append([stretch])
    turns = [_join(names[label], group) for label, groups in merged.items() for group in groups]
    return tuple(sorted(turns, key=lambda turn: (turn.start, turn.end, turn.speaker)))


def _join(speaker: str, group: Sequence[Stretch]) -> Turn:
    known = [(s.confidence, s.end - s.start) for s in group if s.confidence is not None]
    weight = sum(duration for _, duration in known)
    confidence = sum(c * duration for c, duration in known) / weight if weight else None
    return Turn(
        speaker=speaker,
        start=min(s.start for s in group),
        end=max(s.end for s in group),
        confidence=confidence,
    )
