"""A manifest in parts for training, validation and test: seeded, disjoint, alike. Pure."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import log2
from typing import Any, Final

from hansard.errors import DataError, UsageError
from hansard.training.checks.grouping import (
    By,
    Group,
    group,
    seconds_of,
    speaker_of,
)
from hansard.training.checks.together import WORDS, comparable
from hansard.training.manifest import Entry
from hansard.transcript import Seconds

PARTS: Final = ("train", "validation", "test")
TOTAL = "all"
WEIGHT_OF_ALL = 4.0
"""A part's length counts so much more than that of one language in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How a manifest is to be split."""

    validation: float = 0.1
    test: float = 0.1
    """Shares of all sound; the rest is for training."""
    seed: int = 0
    by: By = "speaker"

    @property
    def shares(self) -> dict[str, float]:
        """The share of each part that is wanted at all.

        Raises:
            UsageError: they do not add up.
        """
        for name, share in (("validation", self.validation), ("test", self.test)):
            if not 0 <= share < 1:
                raise UsageError(f"{name} is {share:g}", hint="give a share, 0 to 1")
        rest = 1 - self.validation - self.test
        if rest <= 1e-9:
            raise UsageError(
                f"validation ({self.validation:g}) and test ({self.test:g}) leave nothing to "
                "train on",
                hint="together they must be less than 1",
            )
        every = zip(PARTS, (rest, self.validation, self.test), strict=True)
        return {part: share for part, share in every if share > 0}


@dataclass(frozen=True, slots=True)
class Split:
    """A manifest's entries by part, each in the order of their ids."""

    parts: Mapping[str, tuple[Entry, ...]]
    notes: tuple[str, ...]


def split(entries: Sequence[Entry], wanted: Wanted) -> Split:
    """Split entries: the same for the same entries and seed, whatever their order.

    Groups of entries that belong together go, the long ones first, each to the part that then is
    least off in its length, its languages and the lengths of its clips.

    Raises:
        UsageError: the shares do not add up.
        DataError: there are too few speakers (or sources, or entries) for so many parts.
    """
    shares = wanted.shares
    grouped = group(entries, wanted.by, len(shares), min(shares.values()))
    _check_enough(grouped.groups, wanted, len(shares), len(entries))
    placed = _fill(_assign(_ordered(grouped.groups, wanted.seed), shares), shares)
    parts = {
        part: tuple(sorted((e for g in groups for e in g.entries), key=lambda entry: entry.id))
        for part, groups in placed.items()
    }
    return Split(parts=parts, notes=(*grouped.notes, *_tell_shares(placed, shares)))


def _check_enough(groups: Sequence[Group], wanted: Wanted, parts: int, entries: int) -> None:
    if len(groups) >= parts:
        return
    if wanted.by == "none" or entries < parts:
        raise DataError(f"{entries} entries cannot be split into {parts} parts")
    raise DataError(
        f"{len(groups)} {wanted.by}s are too few for {parts} parts that share none",
        hint="fetch more of them, ask for fewer parts (--test 0), or split with --by none",
    )


def _ordered(groups: Sequence[Group], seed: int) -> list[Group]:
    """The long ones first, those of about the same length as the seed has it."""

    def place(one: Group) -> tuple[int, str]:
        drawn = sha256(f"{seed} {one.key}".encode()).hexdigest()
        return -round(log2(max(one.seconds, 0.01))), drawn

    return sorted(groups, key=place)


def _assign(groups: Sequence[Group], shares: Mapping[str, float]) -> dict[str, list[Group]]:
    whole: dict[Hashable, Seconds] = defaultdict(float)
    filled: dict[str, dict[Hashable, Seconds]] = {part: defaultdict(float) for part in shares}
    for one in groups:
        _add(whole, one)
    placed: dict[str, list[Group]] = {part: [] for part in shares}
    for one in groups:
        amounts = _amounts(one)
        best = min(shares, key=lambda part: _cost(amounts, filled[part], whole, shares[part]))
        placed[best].append(one)
        _add(filled[best], one)
    return placed


def _add(amounts: dict[Hashable, Seconds], one: Group) -> None:
    for stratum, seconds in _amounts(one).items():
        amounts[stratum] += seconds


def _amounts(one: Group) -> dict[Hashable, Seconds]:
    return {TOTAL: one.seconds, **one.strata}


def _cost(
    amounts: Mapping[Hashable, Seconds],
    filled: Mapping[Hashable, Seconds],
    whole: Mapping[Hashable, Seconds],
    share: float,
) -> float:
    """How much worse a part gets by these amounts: the growth of its squared deviation."""
    cost = 0.0
    for stratum, seconds in amounts.items():
        # deviations are measured in the part's own target, so that small parts count as much
        target = share * whole[stratum]
        before = (filled[stratum] - target) / target if target else 0.0
        after = (filled[stratum] + seconds - target) / target if target else 0.0
        cost += (WEIGHT_OF_ALL if stratum == TOTAL else 1.0) * (after**2 - before**2) * share
    return cost


def _fill(placed: dict[str, list[Group]], shares: Mapping[str, float]) -> dict[str, list[Group]]:
    """No part stays empty: the shortest group of the part with the most of them moves there."""
    for part in shares:
        if not placed[part]:
            richest = max(placed, key=lambda name: (len(placed[name]), shares[name]))
            least = min(placed[richest], key=lambda one: (one.seconds, one.key))
            placed[richest].remove(least)
            placed[part].append(least)
    return placed


def _tell_shares(placed: Mapping[str, Sequence[Group]], shares: Mapping[str, float]) -> list[str]:
    whole = sum(one.seconds for groups in placed.values() for one in groups)
    notes = []
    for part, groups in placed.items():
        got = sum(one.seconds for one in groups) / whole
        if abs(got - shares[part]) > max(0.05, 0.25 * shares[part]):
            notes.append(
                f"{part} has {100 * got:.0f} % of the sound, not {100 * shares[part]:.0f} %: the "
                "groups that stay together are large"
            )
    return notes


def describe(made: Split, wanted: Wanted) -> dict[str, Any]:
    """The facts of a split as JSON's values."""
    every = [entry for entries in made.parts.values() for entry in entries]
    seconds = seconds_of(every)
    return {
        "seed": wanted.seed,
        "by": wanted.by,
        "wanted": {part: round(share, 6) for part, share in wanted.shares.items()},
        "counts": {part: len(entries) for part, entries in made.parts.items()},
        "hours": {
            part: round(sum(seconds[e.id] for e in entries) / 3600, 4)
            for part, entries in made.parts.items()
        },
        "speakers": {
            part: len({speaker_of(e) for e in entries} - {""})
            for part, entries in made.parts.items()
        },
        "languages": {part: _languages(entries, seconds) for part, entries in made.parts.items()},
        "leakage": leakage(made.parts),
        "notes": list(made.notes),
    }


def _languages(entries: Sequence[Entry], seconds: Mapping[str, Seconds]) -> dict[str, float]:
    hours: dict[str, float] = defaultdict(float)
    for entry in entries:
        hours[entry.language or "unknown"] += seconds[entry.id] / 3600
    return {language: round(hours[language], 4) for language in sorted(hours)}


def leakage(parts: Mapping[str, Sequence[Entry]]) -> dict[str, int]:
    """How many speakers, recordings and texts (of three words or more) are in two parts."""
    return {
        "speakers": _shared(parts, speaker_of),
        "recordings": _shared(parts, lambda entry: str(entry.audio)),
        "texts": _shared(parts, _text),
    }


def _text(entry: Entry) -> str:
    text = comparable(entry.transcript)
    return text if len(text.split()) >= WORDS else ""


def _shared(parts: Mapping[str, Sequence[Entry]], key: Callable[[Entry], str]) -> int:
    seen: Counter[str] = Counter()
    for entries in parts.values():
        seen.update({key(entry) for entry in entries} - {""})
    return sum(count > 1 for count in seen.values())
