"""How many speakers there are, and which unit is whose, where voices are told by `describe`.

Silhouettes (Rousseeuw, 1987) say how many groups there are at first sight. Then each group is
looked at on its own, with directions learnt from it alone: one that falls apart is split, and two
that do not lie apart are made one. The units of one speaker never reach the silhouette of two.
"""

from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np
from sklearn.metrics import silhouette_score

from hansard.models.speakers.clustering import TINY_SECONDS, Wanted, cluster, cluster_into
from hansard.models.speakers.counting_axes import discriminate
from hansard.models.speakers.features_units import Units
from hansard.models.speakers.turns import relabel, runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST: Final = 26
"""Speakers looked for where no count is given."""
PATIENCE: Final = 6
"""Counts that may be worse than the best so far before the search ends."""
PARTS: Final = 4
"""Parts that a group is split into at one go."""
ROUNDS: Final = 3
LOOKED_AT: Final = 1000
"""Units that a count is made from at most, evenly spaced over the recording."""
APART: Final = 0.32
"""Silhouette from which on units are of more than one speaker, where there are many of them ..."""
SHORT: Final = 5.0
"""... and this, divided by the number of units, is added where they are few."""
AGAIN: Final = 0.02
"""What is added before a group is split, and taken off before two are made one: what was found at
first sight changes on plain evidence only."""
BRIEF: Final = 2
"""Units in a row (2.3 s at most) that may be a moment between two speakers."""
MIXED: Final = 0.6
"""The share of such units from which on a group is no speaker."""
FEWEST: Final = 8
"""Units in which two speakers can be told apart."""


def group(rows: "NDArray[np.float64]", units: Units, wanted: Wanted) -> "NDArray[np.int64]":
    """Which speaker each unit is of: 0, 1 ... in order of first appearance; shape (n,).

    `rows` are what `describe` says of `units`. An exact count is kept wherever there are so many
    units.
    """
    if len(rows) < 2:
        return np.zeros(len(rows), dtype=np.int64)
    exact = wanted.exact
    if exact is None:
        found = count(rows, units)
        exact = max(wanted.least, min(found, wanted.most or found))
    return cluster(discriminate(rows, units), units.seconds, Wanted(exact=exact), APART)


def count(rows: "NDArray[np.float64]", units: Units) -> int:
    """How many speakers there are; at least one."""
    labels = _part(rows, units, MOST)
    for _ in range(ROUNDS):
        before = int(labels.max())
        labels = _split(labels, rows, units)
        if int(labels.max()) == before:
            break
    labels = _merge(labels, rows, units)
    return int(labels.max()) + 1 - _mixtures(labels, units)


def _mixtures(labels: "NDArray[np.int64]", units: Units) -> int:
    """How many groups are no speaker, but moments at which one follows, or talks over, another.

    Their units come one or two at a time, right beside another group's without a pause.
    """
    places = runs(labels * (int(units.stretch.max()) + 1) + units.stretch)
    first, last = places[:, 0], places[:, 1]
    stretch = units.stretch[first]
    joined = np.concatenate([[False], stretch[1:] == stretch[:-1], [False]])
    brief = (last - first <= BRIEF) & (joined[:-1] | joined[1:])
    groups = labels[first]
    whole = np.bincount(groups, weights=last - first)
    mixed = np.bincount(groups, weights=(last - first) * brief, minlength=len(whole))
    return min(int(np.count_nonzero(mixed > MIXED * whole)), len(whole) - 1)


def _needed(size: int, extra: float = 0.0) -> float:
    """The silhouette that so many units of several speakers have at least."""
    return APART + SHORT / size + extra


def _part(
    rows: "NDArray[np.float64]", units: Units, most: int, extra: float = 0.0
) -> "NDArray[np.int64]":
    """The groups of the best silhouette; one group where none is good enough."""
    whole = np.zeros(len(rows), dtype=np.int64)
    if len(rows) < FEWEST:
        return whole
    points = discriminate(rows, units)
    few = slice(None, None, -(-len(rows) // LOOKED_AT))
    best = _best_count(points[few], units[few].seconds, most, _needed(len(rows), extra))
    return cluster(points, units.seconds, Wanted(exact=best), APART)


def _best_count(
    points: "NDArray[np.float32]", seconds: "NDArray[np.float64]", most: int, needed: float
) -> int:
    counts = range(2, min(most, len(points) // 4) + 1)
    best, best_score, worse = 1, needed, 0
    for labels in cluster_into(points, seconds, counts):
        score = float(silhouette_score(points, labels, metric="cosine"))
        worse += 1
        if score > best_score and np.bincount(labels, weights=seconds).min() >= TINY_SECONDS:
            best, best_score, worse = int(labels.max()) + 1, score, 0
        if worse > PATIENCE:
            break
    return best


def _split(
    labels: "NDArray[np.int64]", rows: "NDArray[np.float64]", units: Units
) -> "NDArray[np.int64]":
    """Each group in as many as it is made of, seen on its own."""
    result = labels.copy()
    for each in range(int(labels.max()) + 1):
        members = np.flatnonzero(labels == each)
        parts = _part(rows[members], units[members], PARTS, AGAIN)
        result[members[parts > 0]] = int(result.max()) + parts[parts > 0]
    return relabel(result)


def _merge(
    labels: "NDArray[np.int64]", rows: "NDArray[np.float64]", units: Units
) -> "NDArray[np.int64]":
    """Pairs of groups that do not lie apart made one, the nearest first."""
    while labels.max() > 0:
        pairs = list(combinations(range(int(labels.max()) + 1), 2))
        spare = [_lie_apart(labels, pair, rows, units) for pair in pairs]
        nearest = int(np.argmin(spare))
        if spare[nearest] >= 0:
            break
        left, right = pairs[nearest]
        labels = relabel(np.where(labels == right, left, labels))
    return labels


def _lie_apart(
    labels: "NDArray[np.int64]", pair: tuple[int, int], rows: "NDArray[np.float64]", units: Units
) -> float:
    """By how much the silhouette of two groups exceeds what two speakers have."""
    members = np.flatnonzero(np.isin(labels, pair))
    points = discriminate(rows[members], units[members])
    few = slice(None, None, -(-len(members) // LOOKED_AT))
    score = float(silhouette_score(points[few], labels[members][few], metric="cosine"))
    return score - _needed(len(members), -AGAIN)
