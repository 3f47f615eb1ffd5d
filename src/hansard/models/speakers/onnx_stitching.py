"""What was heard in overlapping windows, joined into stretches of the whole recording. Pure.

In each window a model tells up to three local speakers apart; clustering says which speaker of the
recording each of them is. Here the windows vote on every frame: how many speak (the mean of what
the windows hear, rounded), and who (those with the most votes), as pyannote's pipeline does. So
overlapping speech stays, and speech is not lost where windows disagree about who it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment

from hansard.models.speakers.turns import runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 16384
"""Frames voted on at one go: about 4.6 minutes."""
LEAST = 0.1
"""A speaker with a smaller share of the votes than this does not speak."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the model heard in one window."""

    first: int
    """The frame of the recording that its first frame is."""
    activity: "NDArray[np.uint8]"
    """How probably each local speaker speaks, 0 to 255; shape (frames, speakers)."""


@dataclass(frozen=True, slots=True)
class Named:
    """Who the local speakers of all windows are; arrays of shape (windows, speakers)."""

    labels: "NDArray[np.int64]"
    """A speaker of the recording, or -1."""
    margins: "NDArray[np.float32]"
    """How much nearer the voice is to that speaker than to any other, 0 to 1."""
    speakers: int


@dataclass(slots=True)
class Run:
    """Frames in a row in which one speaker speaks."""

    label: int
    first: int
    last: int
    """The frame after its last."""
    margin: float
    """Summed over its frames."""


def separate(
    labels: "NDArray[np.int64]", similarity: "NDArray[np.float32]", windows: "NDArray[np.int64]"
) -> "NDArray[np.int64]":
    """The same labels, but different ones within a window, as far as there are enough.

    Args:
        labels: The label of each voice; shape (n,).
        similarity: Of each voice to each label's centre; shape (n, labels).
        windows: The window of each voice, rising; shape (n,).
    """
    result = labels.copy()
    edges = np.flatnonzero(np.diff(windows, prepend=-1, append=-1))
    for first, last in pairwise(edges.tolist()):
        here = result[first:last]
        if len(set(here.tolist())) < len(here):
            rows, columns = linear_sum_assignment(similarity[first:last], maximize=True)
            result[first + rows] = columns
    return result


def vote(heard: Sequence[Heard], named: Named, frames: int) -> list[Run]:
    """Who speaks in each of `frames` frames, as runs, by label and then by time."""
    found: dict[int, list[Run]] = {}
    firsts = np.array([one.first for one in heard], dtype=np.int64)
    longest = max((len(one.activity) for one in heard), default=0)
    for begin in range(0, frames, BLOCK):
        end = min(frames, begin + BLOCK)
        inside = range(
            int(np.searchsorted(firsts, begin - longest)), int(np.searchsorted(firsts, end))
        )
        active, margins = _vote_block(heard, named, inside, (begin, end))
        for label in range(named.speakers):
            rows = found.setdefault(label, [])
            for first, last, speaks in runs(active[:, label].astype(np.int64)):
                if speaks:
                    margin = float(margins[first:last, label].sum())
                    _append(rows, Run(label, begin + int(first), begin + int(last), margin))
    return [run for label in sorted(found) for run in found[label]]


def _append(rows: list[Run], run: Run) -> None:
    """Add a run; one that goes on at the seam of two blocks becomes longer."""
    if rows and rows[-1].last == run.first:
        rows[-1].last = run.last
        rows[-1].margin += run.margin
    else:
        rows.append(run)


def _vote_block(
    heard: Sequence[Heard], named: Named, inside: range, block: tuple[int, int]
) -> "tuple[NDArray[np.bool_], NDArray[np.float32]]":
    """Who speaks, and the margins of their voices; both of shape (frames, labels)."""
    begin, end = block
    votes = np.zeros((end - begin, named.speakers), dtype=np.float32)
    margins, all_ = np.zeros_like(votes), np.full(end - begin, 1e-6, dtype=np.float32)
    for index in inside:
        first = heard[index].first
        a, b = max(begin, first), min(end, first + len(heard[index].activity))
        if a >= b:
            continue
        weights = _weights(len(heard[index].activity))[a - first : b - first]
        all_[a - begin : b - begin] += weights
        rows = heard[index].activity[a - first : b - first].astype(np.float32) / 255
        for slot, label in enumerate(named.labels[index]):
            if label >= 0:
                said = rows[:, slot] * weights
                votes[a - begin : b - begin, label] += said
                margins[a - begin : b - begin, label] += said * named.margins[index, slot]
    margins /= np.maximum(votes, 1e-6)
    votes /= all_[:, None]
    return _winners(votes), margins


def _weights(frames: int) -> "NDArray[np.float32]":
    """What a window's vote counts: less at its edges, where it knows less."""
    ramp = np.minimum(np.arange(1, frames + 1), np.arange(frames, 0, -1)) / max(1, frames // 8)
    return np.minimum(ramp, 1).astype(np.float32)


def _winners(votes: "NDArray[np.float32]") -> "NDArray[np.bool_]":
    """In each frame as many as speak there, those with most votes."""
    active = np.zeros(votes.shape, dtype=np.bool_)
    count = np.floor(votes.sum(axis=1) + 0.5).astype(np.int64)
    order = np.argsort(-votes, axis=1, kind="stable")
    for place in range(min(int(count.max(initial=0)), votes.shape[1])):
        rows = np.flatnonzero(count > place)
        labels = order[rows, place]
        active[rows, labels] = votes[rows, labels] > LEAST
    return active


def smooth(rows: Sequence[Run], gap: int, shortest: int) -> Iterator[Run]:
    """Runs of one label with pauses of at most `gap` frames filled and short runs left out.

    A short run stays where it is all that this speaker says.
    """
    joined: dict[int, list[Run]] = {}
    for run in rows:
        mine = joined.setdefault(run.label, [])
        if mine and run.first - mine[-1].last <= gap:
            mine[-1].margin += run.margin + mine[-1].margin / max(
                1, mine[-1].last - mine[-1].first
            ) * (run.first - mine[-1].last)
            mine[-1].last = run.last
        else:
            mine.append(Run(run.label, run.first, run.last, run.margin))
    for mine in joined.values():
        long = [run for run in mine if run.last - run.first >= shortest]
        yield from long or mine
