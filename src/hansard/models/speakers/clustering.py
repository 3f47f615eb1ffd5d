"""Groups of embeddings that are one voice: average-linkage clustering on cosine distance.

Average linkage is what VBx, pyannote and others begin with (Han et al., "BUT System for the DIHARD
Speech Diarization Challenges", 2020). Memory and time are bounded: beyond `MOST_AT_ONCE` points a
sample is clustered and the others join the nearest group.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import pdist

from hansard.errors import UsageError
from hansard.models.speakers.options import SpeakerOptions
from hansard.models.speakers.turns import relabel

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_AT_ONCE = 2000
"""Points clustered pair by pair: their distances take 16 MB, as does each copy."""

TINY_SECONDS = 4.0
"""A group with less speech than this is no speaker of its own, unless the count asks for it."""

SHARES = (0.1, 0.2, 0.35)
"""Shares of an equal part of the speech that are tried as the least size of an asked-for group."""

MOVES = 10
"""How often points may move to a nearer group."""

BLOCK = 8192
"""Points that join their groups at one go."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many speakers to tell apart."""

    exact: int | None = None
    least: int = 1
    most: int | None = None

    @classmethod
    def of(cls, options: SpeakerOptions) -> "Wanted":
        """What the options ask for.

        Raises:
            UsageError: no number can satisfy all of them.
        """
        exact, least, most = options.num_speakers, options.min_speakers, options.max_speakers
        if least is not None and most is not None and least > most:
            raise UsageError(
                f"min_speakers {least} is more than max_speakers {most}",
                hint="swap them, or leave one out",
            )
        if exact is not None and not (least or 1) <= exact <= (most or exact):
            raise UsageError(
                f"num_speakers {exact} lies outside {least or 1} to {most or 'any'}",
                hint="with num_speakers leave min_speakers and max_speakers out",
            )
        return cls(exact, least or 1, most)


def cluster(
    points: "NDArray[np.float32]", seconds: "NDArray[np.floating]", wanted: Wanted, threshold: float
) -> "NDArray[np.int64]":
    """Label each point with its group: 0, 1 ... in order of first appearance; shape (n,).

    Args:
        points: Embeddings of length 1, in order of time; shape (n, d). Memory is bounded for n up
            to 200,000 and beyond.
        seconds: How much speech each is made from; shape (n,).
        wanted: How many groups. An exact count is kept wherever there are so many points.
        threshold: Mean cosine similarity at which groups are one where no count is given.
    """
    if not len(points):
        return np.zeros(0, dtype=np.int64)
    weights = np.asarray(seconds, dtype=np.float64)
    chosen = _sample(weights)
    groups = _Tree.grow(unit(points[chosen]), weights[chosen]).pick(wanted, threshold)
    return _spread(points, weights, chosen, groups)


def cluster_into(
    points: "NDArray[np.float32]", seconds: "NDArray[np.floating]", counts: Iterable[int]
) -> Iterator["NDArray[np.int64]"]:
    """As `cluster` with each of several exact counts in turn, at the cost of one."""
    weights = np.asarray(seconds, dtype=np.float64)
    chosen = _sample(weights)
    tree = _Tree.grow(unit(points[chosen]), weights[chosen])
    for count in counts:
        yield _spread(points, weights, chosen, tree.pick(Wanted(exact=count), 0.0))


def _spread(
    points: "NDArray[np.float32]",
    weights: "NDArray[np.float64]",
    chosen: "NDArray[np.int64]",
    groups: "NDArray[np.int64]",
) -> "NDArray[np.int64]":
    """Labels for all points from the groups of the chosen ones: the others join the nearest."""
    if len(chosen) == len(points):
        return relabel(groups)
    centres = _centres(unit(points[chosen]), weights[chosen], groups)
    labels = np.empty(len(points), dtype=np.int64)
    for first in range(0, len(points), BLOCK):
        rows = unit(points[first : first + BLOCK])
        labels[first : first + BLOCK] = np.argmax(rows @ centres.T, axis=1)
    labels[chosen] = groups
    return relabel(labels)


def unit(points: "NDArray[np.floating]") -> "NDArray[np.float32]":
    """The rows scaled to length 1; what is not a number becomes 0, and rows of zeros stay."""
    rows = np.nan_to_num(np.asarray(points, dtype=np.float32))
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-12), dtype=np.float32)


def _centres(
    rows: "NDArray[np.float32]", weights: "NDArray[np.float64]", groups: "NDArray[np.int64]"
) -> "NDArray[np.float32]":
    """The mean direction of each group, by speech; shape (groups, d)."""
    members = groups[:, None] == np.arange(int(groups.max()) + 1)
    return unit((members * weights[:, None]).T @ rows)


def _settle(
    rows: "NDArray[np.float32]", weights: "NDArray[np.float64]", groups: "NDArray[np.int64]"
) -> "tuple[NDArray[np.int64], float]":
    """Move each point to the nearest group until none moves: the last step of spherical k-means.

    Points of no group (-1) join one. No group is left empty. Returns the groups and how near to
    them their points are: the mean cosine, by speech.
    """
    count = int(groups.max()) + 1
    for _ in range(MOVES):
        near = rows @ _centres(rows, weights, groups).T
        moved = np.asarray(np.argmax(near, axis=1), dtype=np.int64)
        if len(np.unique(moved)) < count:
            homeless = groups < 0
            moved = np.where(homeless, moved, groups)
        done = bool(np.array_equal(moved, groups))
        groups = moved
        if done:
            break
    near = rows @ _centres(rows, weights, groups).T
    return groups, float(np.average(near[np.arange(len(rows)), groups], weights=weights + 1e-9))


def _sample(seconds: "NDArray[np.float64]") -> "NDArray[np.int64]":
    """Indices of at most `MOST_AT_ONCE` points: of each stretch of time the one with most speech.

    More speech makes an embedding less noisy, and stretches of equal size keep rare speakers in.
    """
    if len(seconds) <= MOST_AT_ONCE:
        return np.arange(len(seconds))
    edges = np.linspace(0, len(seconds), MOST_AT_ONCE + 1).astype(np.int64)
    picked = [a + int(np.argmax(seconds[a:b])) for a, b in pairwise(edges)]
    return np.array(picked, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class _Tree:
    """A dendrogram: node i < n is point i, node n + i is made by row i of `merges`."""

    rows: "NDArray[np.float32]"
    weights: "NDArray[np.float64]"
    """How much speech each point is made from; shape (n,)."""
    merges: "NDArray[np.float64]"
    """Rows of (node, node, distance, points), nearest first; shape (n - 1, 4)."""
    seconds: "NDArray[np.float64]"
    """How much speech lies under each node; shape (2n - 1,)."""

    @classmethod
    def grow(cls, rows: "NDArray[np.float32]", weights: "NDArray[np.float64]") -> "_Tree":
        count = len(rows)
        if count == 1:
            return cls(rows, weights, np.zeros((0, 4)), weights)
        # Between rows of length 1, half the squared distance is 1 - cosine.
        merges = linkage(pdist(rows, "sqeuclidean") / 2, method="average")
        total = np.concatenate([weights, np.zeros(count - 1)])
        for i, (left, right) in enumerate(merges[:, :2].astype(np.int64)):
            total[count + i] = total[left] + total[right]
        return cls(rows, weights, merges, total)

    def pick(self, wanted: Wanted, threshold: float) -> "NDArray[np.int64]":
        """The group of each point."""
        if wanted.exact is not None:
            return self._exactly(wanted.exact)
        pieces = 1 + int(np.count_nonzero(self.merges[:, 2] > 1.0 - threshold))
        nodes = next(nodes for count, nodes in self._cuts() if count == pieces)
        floor = min(TINY_SECONDS, float(self.seconds[nodes].max()) / 2)
        large = nodes[self.seconds[nodes] >= floor]
        if len(large) < wanted.least:
            return self._exactly(wanted.least)
        if wanted.most is not None and len(large) > wanted.most:
            return self._exactly(wanted.most)
        return _settle(self.rows, self.weights, self._label(large))[0]

    def _exactly(self, count: int) -> "NDArray[np.int64]":
        """As many groups as asked for, none tiny if that can be.

        Outliers part early from a tree: cut into k pieces it has a few speakers in one and a second
        of noise in another. So it is cut until k pieces of a speaker's size have appeared. What
        size that is, nobody knows; of several answers the one with the nearest points is taken.
        """
        count = min(count, len(self.rows))
        fair = float(self.weights.sum()) / count
        floors = [min(TINY_SECONDS, fair / 4), *(share * fair for share in SHARES)]
        found = [nodes for floor in floors if len(nodes := self._cut_into(count, floor))]
        if not found:
            found = [self._cut_into(count, 0.0)]
        settled = [_settle(self.rows, self.weights, self._label(nodes)) for nodes in found]
        return max(settled, key=lambda answer: answer[1])[0]

    def _cut_into(self, count: int, floor: float) -> "NDArray[np.int64]":
        """The first `count` pieces of `floor` seconds or more; empty where it never has so many."""
        for _, nodes in self._cuts():
            large = nodes[self.seconds[nodes] >= floor]
            if len(large) == count:
                return large
        return np.zeros(0, dtype=np.int64)

    def _cuts(self) -> Iterator[tuple[int, "NDArray[np.int64]"]]:
        """The nodes that the tree falls into when cut into 1, 2, ... n pieces."""
        points = len(self.rows)
        nodes = np.array([2 * points - 2])
        yield 1, nodes
        for i in range(points - 2, -1, -1):
            kept = nodes[nodes != points + i]
            nodes = np.concatenate([kept, self.merges[i, :2].astype(np.int64)])
            yield points - i, nodes

    def _label(self, nodes: "NDArray[np.int64]") -> "NDArray[np.int64]":
        """Each point's place in `nodes`, -1 for points under none of them."""
        points = len(self.rows)
        owner = np.full(2 * points - 1, -1, dtype=np.int64)
        owner[nodes] = np.arange(len(nodes))
        for i in range(points - 2, -1, -1):
            if owner[points + i] >= 0:
                owner[self.merges[i, :2].astype(np.int64)] = owner[points + i]
        return owner[:points]
