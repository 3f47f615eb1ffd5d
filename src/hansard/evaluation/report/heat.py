"""Error rates of utterances that share two features, such as the speaker and the length."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hansard.evaluation.rates import ErrorRate, pool
from hansard.evaluation.report.bands import Feature, feature_of, in_order, is_band
from hansard.evaluation.report.rows import Row, rate_of
from hansard.evaluation.report.shades import shade_of

_MOST_LINES: Final = 25
_MOST_COLUMNS: Final = 12


@dataclass(frozen=True, slots=True)
class HeatCell:
    """The normalised word error rate of some utterances."""

    rate: ErrorRate
    utterances: int
    shade: int


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A table of rates for one model."""

    columns: tuple[str, ...]
    lines: tuple[tuple[str, tuple[HeatCell | None, ...]], ...]
    """A label and its cells; None where no utterance is."""


@dataclass(frozen=True, slots=True)
class HeatFigure:
    """One choice of two features, for every model."""

    down: Feature
    across: Feature
    maps: tuple[HeatMap, ...]
    left_out: int
    """Values of `down` for which there is no room."""


def make_heat(rows: Sequence[Row], models: int) -> tuple[HeatFigure, ...]:
    """All tables that the utterances have features for."""
    length: Feature = "length" if all(r.utterance.duration is not None for r in rows) else "words"
    wanted: tuple[tuple[Feature, Feature], ...] = (
        ("speaker", length),
        ("language", length),
        ("source", length),
        ("language", "noise"),
        ("speaker", "noise"),
        ("noise", length),
    )
    figures = (_figure(rows, models, down, across) for down, across in wanted)
    return tuple(figure for figure in figures if figure is not None)


def _figure(rows: Sequence[Row], models: int, down: Feature, across: Feature) -> HeatFigure | None:
    """A figure; None where it would have no more than one cell."""
    weights: defaultdict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        one, other = feature_of(row, down), feature_of(row, across)
        if one is not None and other is not None:
            weights[one, other] += 1 + len(row.utterance.reference.split())
    lines = _order(weights, 0, down, _MOST_LINES)
    columns = _order(weights, 1, across, _MOST_COLUMNS)
    if len(lines) * len(columns) < 2:
        return None
    maps = tuple(_map(rows, model, (down, across), lines, columns) for model in range(models))
    return HeatFigure(down, across, maps, len({one for one, _ in weights}) - len(lines))


def _order(
    weights: dict[tuple[str, str], int], side: int, feature: Feature, most: int
) -> tuple[str, ...]:
    """The values of one side: bands in their order, names with the most words first."""
    sums: defaultdict[str, int] = defaultdict(int)
    for pair, weight in weights.items():
        sums[pair[side]] += weight
    if is_band(feature):
        return tuple(in_order(sums))[:most]
    return tuple(sorted(sums, key=lambda name: (-sums[name], name)))[:most]


def _map(
    rows: Sequence[Row],
    model: int,
    features: tuple[Feature, Feature],
    lines: tuple[str, ...],
    columns: tuple[str, ...],
) -> HeatMap:
    rates: defaultdict[tuple[str | None, str | None], list[ErrorRate]] = defaultdict(list)
    for row in rows:
        scored = row.scored[model]
        if scored is not None:
            key = (feature_of(row, features[0]), feature_of(row, features[1]))
            rates[key].append(rate_of(scored, "normalised"))
    cells = {key: _cell(found) for key, found in rates.items()}
    return HeatMap(
        columns, tuple((line, tuple(cells.get((line, c)) for c in columns)) for line in lines)
    )


def _cell(rates: list[ErrorRate]) -> HeatCell:
    pooled = pool(rates)
    # words where nobody spoke have no rate, and are no small matter
    shade = shade_of(1.0 if pooled.rate is None else pooled.rate)
    return HeatCell(pooled, len(rates), shade)
