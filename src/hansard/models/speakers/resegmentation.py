"""Who speaks in each frame, once it is known about whom there is to choose from.

Each speaker is a mixture of Gaussians, adapted from one of the whole recording (Reynolds, Quatieri
and Dunn, 2000); the best path through frames and speakers pays for every change (Viterbi).
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import logsumexp
from sklearn.cluster import KMeans

from hansard.errors import Cancelled
from hansard.models.speakers.features import Frames
from hansard.models.speakers.features_units import Units
from hansard.models.speakers.protocol import Watch
from hansard.models.speakers.turns import NOBODY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

SOUNDS: Final = 24
"""Gaussians of a mixture."""
LEARNT_FROM: Final = 20_000
"""Frames that the mixture of the recording is made from at most, evenly spaced."""
RELEVANCE: Final = 16.0
"""Frames of a speaker that count as much as what all speakers have in common."""
ROUNDS: Final = 2
STEP: Final = 4
"""Frames (80 ms) that are decided together."""
STAY: Final = 70.0
"""What a change of speaker costs, in nats: neighbouring frames say much the same."""
STAY_OVER_PAUSE: Final = 20.0
"""... and where speech pauses."""
BLOCK: Final = 16_000
"""Frames worked on at one go."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Who speaks when, and how clear that is."""

    labels: "NDArray[np.int64]"
    """The speaker of each frame; shape (frames,)."""
    steps: "NDArray[np.int64]"
    """Where each step begins in the list of frames; shape (steps,)."""
    scores: "NDArray[np.float32]"
    """Log-likelihood of each step by each speaker; shape (steps, speakers)."""


def resegment(frames: Frames, units: Units, groups: "NDArray[np.int64]", watch: Watch) -> Decision:
    """The speaker of each frame, from the group of each unit.

    Every speaker keeps some frames. Progress is told from 0 to 1.

    Raises:
        Cancelled: `watch.cancelled` said so.
    """
    first = _by_unit(len(frames), units.places, groups)
    again = _by_unit(len(frames), units.places[::-1], groups[::-1])
    speakers = int(groups.max()) + 1
    sure = np.where(first == again, first, NOBODY)
    sure = _restore(sure, first, speakers)
    steps = np.flatnonzero(np.diff(frames.index // STEP, prepend=-1))
    everybody = _Mixture.learn(frames)
    labels, scores = sure, np.zeros((len(steps), speakers), dtype=np.float32)
    for turn in range(ROUNDS):
        means, weights = everybody.adapt(frames, labels, speakers, watch)
        for place, block in _score(everybody, means, weights, (frames, steps)):
            _report(watch, (turn + place / len(steps)) / ROUNDS)
            scores[place : place + len(block)] = block
        pauses = np.diff(frames.index[steps], prepend=frames.index[0]) > 2 * STEP
        path = _best_path(scores, np.where(pauses, STAY_OVER_PAUSE, STAY))
        labels = np.repeat(path, np.diff(steps, append=len(frames)))
        labels = _restore(labels, first, speakers)
    watch.on_progress(1.0)
    return Decision(labels, steps, scores)


def _report(watch: Watch, share: float) -> None:
    if watch.cancelled():
        raise Cancelled
    watch.on_progress(share)


def _by_unit(
    count: int, places: "NDArray[np.int64]", groups: "NDArray[np.int64]"
) -> "NDArray[np.int64]":
    """The group of the last of the units that cover a frame."""
    labels = np.full(count, NOBODY, dtype=np.int64)
    for (start, end), group in zip(places, groups, strict=True):
        labels[start:end] = group
    return labels


def _restore(
    labels: "NDArray[np.int64]", before: "NDArray[np.int64]", speakers: int
) -> "NDArray[np.int64]":
    """Speakers that lost all their frames get back what they had before."""
    gone = np.setdiff1d(np.arange(speakers), labels)
    return np.where(np.isin(before, gone), before, labels)


def _rows(frames: Frames, chosen: slice) -> "NDArray[np.float32]":
    return np.column_stack([frames.cepstra[chosen], frames.pitch[chosen]])


@dataclass(frozen=True, slots=True)
class _Mixture:
    """What all speakers of the recording have in common: its sounds."""

    middle: "NDArray[np.float32]"
    scale: "NDArray[np.float32]"
    weights: "NDArray[np.float64]"
    """Shape (sounds,)."""
    means: "NDArray[np.float64]"
    """Of features that are centred and scaled; shape (sounds, numbers)."""
    variances: "NDArray[np.float64]"
    """Shape (sounds, numbers)."""

    @classmethod
    def learn(cls, frames: Frames) -> "_Mixture":
        """Sounds found by k-means (of a fixed seed), with the spread of the frames of each."""
        some = _rows(frames, slice(None, None, -(-len(frames) // LEARNT_FROM)))
        middle, scale = some.mean(axis=0), some.std(axis=0) + np.float32(1e-3)
        # Frames that are all alike would make fewer sounds than asked for: nothing is.
        jitter = np.random.default_rng(0).normal(scale=1e-3, size=some.shape)
        rows = (some - middle) / scale + jitter
        sounds = min(SOUNDS, len(rows))
        found = KMeans(sounds, n_init=1, max_iter=30, random_state=0).fit(rows)
        members = found.labels_[:, None] == np.arange(sounds)
        sizes = members.sum(axis=0) + 1e-9
        means = members.T @ rows / sizes[:, None]
        spread = members.T @ np.square(rows) / sizes[:, None] - np.square(means)
        few = 20.0
        variances = (sizes[:, None] * spread + few * 0.5) / (sizes[:, None] + few)
        return cls(middle, scale, sizes / len(rows), means, np.maximum(variances, 0.02))

    def features(self, frames: Frames, chosen: slice) -> "NDArray[np.float64]":
        """Frames centred and scaled as the mixture is."""
        return np.asarray((_rows(frames, chosen) - self.middle) / self.scale, dtype=np.float64)

    def likelihoods(
        self,
        rows: "NDArray[np.float64]",
        means: "NDArray[np.float64]",
        weights: "NDArray[np.float64]",
    ) -> "NDArray[np.float64]":
        """Log-likelihood of each row by each Gaussian, weighted; shape (n, sounds)."""
        inverse = 1.0 / self.variances
        fixed = np.log(weights) - 0.5 * (
            np.log(2 * np.pi * self.variances) + np.square(means) * inverse
        ).sum(axis=1)
        return np.asarray(
            fixed - 0.5 * np.square(rows) @ inverse.T + rows @ (means * inverse).T, dtype=np.float64
        )

    def adapt(
        self, frames: Frames, labels: "NDArray[np.int64]", speakers: int, watch: Watch
    ) -> "tuple[NDArray[np.float64], NDArray[np.float64]]":
        """Means and weights of each speaker: shapes (speakers, sounds, numbers), (.., sounds)."""
        sounds, numbers = self.means.shape
        counts = np.zeros((speakers, sounds))
        sums = np.zeros((speakers, sounds, numbers))
        for first in range(0, len(frames), BLOCK):
            if watch.cancelled():
                raise Cancelled
            block = slice(first, first + BLOCK)
            rows = self.features(frames, block)
            likely = self.likelihoods(rows, self.means, self.weights)
            shares = np.exp(likely - logsumexp(likely, axis=1, keepdims=True))
            for speaker in np.unique(labels[block][labels[block] >= 0]):
                own = labels[block] == speaker
                counts[speaker] += shares[own].sum(axis=0)
                sums[speaker] += shares[own].T @ rows[own]
        means = (sums + RELEVANCE * self.means) / (counts + RELEVANCE)[:, :, None]
        weights = counts + RELEVANCE * self.weights
        return means, weights / weights.sum(axis=1, keepdims=True)


def _score(
    mixture: _Mixture,
    means: "NDArray[np.float64]",
    weights: "NDArray[np.float64]",
    stepped: "tuple[Frames, NDArray[np.int64]]",
) -> "Iterator[tuple[int, NDArray[np.float64]]]":
    """Blocks of (first step, log-likelihood of each step by each speaker)."""
    frames, steps = stepped
    places = list(range(0, len(steps), BLOCK // STEP))
    for first, last in pairwise([*places, len(steps)]):
        begin = int(steps[first])
        end = int(steps[last]) if last < len(steps) else len(frames)
        rows = mixture.features(frames, slice(begin, end))
        by_speaker = [
            logsumexp(mixture.likelihoods(rows, mean, weight), axis=1)
            for mean, weight in zip(means, weights, strict=True)
        ]
        yield first, np.add.reduceat(np.column_stack(by_speaker), steps[first:last] - begin)


def _best_path(scores: "NDArray[np.float32]", costs: "NDArray[np.float64]") -> "NDArray[np.int64]":
    """The speaker of each step on the best path; `costs` are those of a change before a step."""
    steps, speakers = scores.shape
    came = np.zeros(steps, dtype=np.int64)
    changed = np.zeros((steps, speakers), dtype=bool)
    total = scores[0].astype(np.float64)
    for step in range(1, steps):
        best = int(total.argmax())
        entry = total[best] - costs[step]
        came[step] = best
        np.less(total, entry, out=changed[step])
        total = np.maximum(total, entry) + scores[step]
        total -= total.max()
    path = np.empty(steps, dtype=np.int64)
    speaker = int(total.argmax())
    for step in range(steps - 1, -1, -1):
        path[step] = speaker
        if changed[step, speaker]:
            speaker = int(came[step])
    return path
