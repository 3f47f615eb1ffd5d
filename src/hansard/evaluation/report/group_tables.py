"""Figures by language, speaker, length, noise and source."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hansard.evaluation.rates import ErrorRate
from hansard.evaluation.report.bands import band_rank, is_band
from hansard.evaluation.report.shades import shade_of
from hansard.evaluation.values import BY, LEVELS, By, Group, Level, Scores

_MOST: Final = 200
_NAMES: Final[dict[Level, str]] = {"raw": "WER raw", "normalised": "WER", "tolerant": "tolerant"}


@dataclass(frozen=True, slots=True)
class GroupCell:
    """A rate; None where a model was not given such utterances, or has no such level."""

    rate: ErrorRate | None
    shade: int | None
    """None for what is not coloured."""


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One group, and the rates of each model in the order of the columns."""

    value: str
    utterances: int
    hours: float | None
    words: int
    cells: tuple[GroupCell, ...]

    @property
    def rank(self) -> float:
        """Where a stretch such as `2-5 s` stands among others."""
        return band_rank(self.value)


@dataclass(frozen=True, slots=True)
class GroupTable:
    """All groups of one kind."""

    by: By
    columns: tuple[str, ...]
    """Of one model; every model has the same."""
    lines: tuple[GroupLine, ...]
    left_out: int

    @property
    def bands(self) -> bool:
        """Whether its groups are stretches of a measure."""
        return is_band(self.by)


def make_group_tables(scores: Sequence[Scores]) -> tuple[GroupTable, ...]:
    """A table for each kind of group that any model tells of."""
    tables = (_table(by, scores) for by in BY)
    return tuple(table for table in tables if table.lines)


def _table(by: By, scores: Sequence[Scores]) -> GroupTable:
    found: dict[str, list[Group | None]] = {}
    for place, model in enumerate(scores):
        for group in model.groups.get(by, ()):
            found.setdefault(group.value, [None] * len(scores))[place] = group
    # with many models, the table would be wider than any screen
    levels = LEVELS if len(scores) < 4 else ("normalised",)
    columns = (*(_NAMES[level] for level in levels), "CER")
    lines = [_line(value, groups, levels) for value, groups in found.items()]
    if is_band(by):
        lines.sort(key=lambda line: (band_rank(line.value), line.value))
    return GroupTable(by, columns, tuple(lines[:_MOST]), max(0, len(lines) - _MOST))


def _line(value: str, groups: Sequence[Group | None], levels: Sequence[Level]) -> GroupLine:
    known = next(group for group in groups if group is not None)
    cells: list[GroupCell] = []
    for group in groups:
        rates = [None if group is None else group.words.get(level) for level in levels]
        rates.append(None if group is None else group.characters.get("normalised"))
        coloured = [level == "normalised" for level in levels] + [False]
        for rate, colour in zip(rates, coloured, strict=True):
            shade = shade_of(rate.rate) if rate is not None and colour else None
            cells.append(GroupCell(rate, shade))
    words = known.words.get("normalised")
    count = 0 if words is None else words.reference_length
    return GroupLine(value, known.utterances, known.hours, count, tuple(cells))
