"""How sure an error rate is, and whether one model is better than another.

Intervals are percentiles of a bootstrap over utterances (Bisani and Ney 2004, "Bootstrap estimates
for confidence intervals in ASR performance evaluation"). Errors within one recording, or of one
speaker, come together: where there are at least `ENOUGH_BLOCKS` recordings, else speakers, whole
ones are drawn. Two models are compared on the same utterances, by how many errors more the second
one makes in each: signs are changed at random, and p is how often the sum is as far from 0 as it is
(the paired permutation test; for matched pairs see Gillick and Cox 1989, "Some statistical issues
in the comparison of speech recognition algorithms"). All draws come from a seed.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from hansard.errors import DataError
from hansard.evaluation.values import Comparison, Interval, Level, Scored, Scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

Unit = Literal["recording", "speaker", "utterance"]

ENOUGH_BLOCKS: Final = 10
"""Fewer recordings or speakers than these tell little of all others."""
FEWEST: Final = 5
"""Fewer utterances than these give no interval and no p-value."""
_EXACT: Final = 12
"""Up to so many differing blocks every change of signs is tried."""
_PERMUTATIONS: Final = 10_000
_CELLS: Final = 1 << 22
"""Random numbers that are held at once."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """What is drawn together."""

    unit: Unit
    index: "NDArray[np.int64]"
    """The block of each utterance. Shape: (utterances,)."""
    count: int

    def sum(self, values: Sequence[int]) -> "NDArray[np.int64]":
        """The sum of each block. Shape: (count,)."""
        summed = np.bincount(self.index, weights=np.asarray(values, float), minlength=self.count)
        return np.rint(summed).astype(np.int64)


def make_blocks(scored: Sequence[Scored]) -> Blocks:
    """Recordings where there are enough, else speakers, else single utterances."""
    utterances = [each.utterance for each in scored]
    choices: tuple[tuple[Unit, list[Hashable]], ...] = (
        ("recording", [one.audio for one in utterances]),
        ("speaker", [one.speaker for one in utterances]),
    )
    for unit, names in choices:
        distinct = len(set(names))
        if None not in names and ENOUGH_BLOCKS <= distinct < len(names):
            _, index = np.unique([str(name) for name in names], return_inverse=True)
            return Blocks(unit, index.astype(np.int64), distinct)
    return Blocks("utterance", np.arange(len(scored), dtype=np.int64), len(scored))


def find_interval(
    scored: Sequence[Scored], level: Level, *, bootstrap: int = 1000, seed: int = 0
) -> Interval | None:
    """Where the word error rate of all utterances lies; None where they are too few."""
    blocks = make_blocks(scored)
    errors = blocks.sum([each.words[level].errors for each in scored])
    return _interval(errors, _lengths(scored, level, blocks), len(scored), bootstrap, seed)


def compare(
    first: Scores,
    second: Scores,
    *,
    level: Level = "normalised",
    bootstrap: int = 1000,
    seed: int = 0,
) -> Comparison:
    """Whether `second` is better or worse than `first`, by word errors on the same utterances.

    Raises:
        DataError: their utterances or references are not the same; names the first that differ.
    """
    one, other = _match(first, second)
    blocks = make_blocks(one)
    lengths = _lengths(one, level, blocks)
    differences = blocks.sum([b.words[level].errors for b in other]) - blocks.sum(
        [a.words[level].errors for a in one]
    )
    total = int(lengths.sum())
    return Comparison(
        first=first.model,
        second=second.model,
        level=level,
        difference=float(differences.sum() / total) if total else 0.0,
        interval=_interval(differences, lengths, len(one), bootstrap, seed),
        p_value=_permute(differences, len(one), seed),
    )


def correct(comparisons: Sequence[Comparison]) -> tuple[Comparison, ...]:
    """Holm's correction (1979) of several comparisons; a single one stays as it is.

    Comparisons without a p-value do not count.
    """
    known = sorted(
        (each.p_value, place) for place, each in enumerate(comparisons) if each.p_value is not None
    )
    if len(known) < 2:
        return tuple(comparisons)
    corrected = list(comparisons)
    highest = 0.0
    for rank, (value, place) in enumerate(known):
        highest = max(highest, min(1.0, value * (len(known) - rank)))
        corrected[place] = replace(comparisons[place], corrected=highest)
    return tuple(corrected)


def _match(first: Scores, second: Scores) -> tuple[list[Scored], list[Scored]]:
    """The utterances of both, in one order."""
    one = {each.utterance.id: each for each in first.scored}
    other = {each.utterance.id: each for each in second.scored}
    for model, missing in (
        (second.model, [ident for ident in one if ident not in other]),
        (first.model, [ident for ident in other if ident not in one]),
    ):
        if missing:
            named = ", ".join(repr(ident) for ident in missing[:3])
            raise DataError(
                f"{first.model!r} and {second.model!r} were not scored on the same utterances: "
                f"{model!r} lacks {len(missing)}, the first are {named}",
                hint="give both models the same utterances",
            )
    for ident, each in one.items():
        if each.utterance.reference != other[ident].utterance.reference:
            raise DataError(
                f"the reference of {ident!r} is not the same for {first.model!r} and "
                f"{second.model!r}",
                hint="score both models against the same references",
            )
    return list(one.values()), [other[ident] for ident in one]


def _lengths(scored: Sequence[Scored], level: Level, blocks: Blocks) -> "NDArray[np.int64]":
    return blocks.sum([each.words[level].reference_length for each in scored])


def _interval(
    errors: "NDArray[np.int64]",
    lengths: "NDArray[np.int64]",
    utterances: int,
    bootstrap: int,
    seed: int,
) -> Interval | None:
    """The middle 95 % of errors per word over draws of as many blocks as there are."""
    count = len(errors)
    if utterances < FEWEST or bootstrap < 1 or not lengths.sum():
        return None
    rng = np.random.default_rng(seed)
    rates = []
    step = max(1, _CELLS // count)
    for begin in range(0, bootstrap, step):
        drawn = rng.integers(0, count, (min(step, bootstrap - begin), count))
        summed = lengths[drawn].sum(axis=1)
        rates.append(errors[drawn].sum(axis=1)[summed > 0] / summed[summed > 0])
    low, high = np.percentile(np.concatenate(rates), [2.5, 97.5])
    return Interval(float(low), float(high))


def _permute(differences: "NDArray[np.int64]", utterances: int, seed: int) -> float | None:
    """How often changed signs bring the sum as far from 0 as it is; exact where blocks are few."""
    moved = differences[differences != 0]
    if not len(moved):
        return 1.0
    if utterances < FEWEST:
        return None
    seen = abs(int(moved.sum()))
    if len(moved) <= _EXACT:
        codes = np.arange(1 << len(moved))[:, None] >> np.arange(len(moved)) & 1
        return float((np.abs((1 - 2 * codes) @ moved) >= seen).mean())
    rng = np.random.default_rng(seed)
    as_far = 0
    step = max(1, _CELLS // len(moved))
    for begin in range(0, _PERMUTATIONS, step):
        signs = rng.integers(0, 2, (min(step, _PERMUTATIONS - begin), len(moved)), np.int8)
        as_far += int((np.abs((1 - 2 * signs.astype(np.int64)) @ moved) >= seen).sum())
    # the observed signs are one of the possible ones, so that p is never 0
    return (as_far + 1) / (_PERMUTATIONS + 1)
