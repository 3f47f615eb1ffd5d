"""How many utterances have which error rate, and which length."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hansard.evaluation.report.numbers import plural, whole
from hansard.evaluation.report.rows import Row, rate_of, sort_value
from hansard.evaluation.report.svg import Drawing, draw, drawing, explain, finish, write

_WIDTH: Final = 480
_HEIGHT: Final = 210
_LEFT: Final = 46
_RIGHT: Final = 10
_TOP: Final = 16
_BOTTOM: Final = 40
_WIDTHS: Final = (1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10)
"""Of bars, or tenths, tenfolds ...; a tick stands at every fifth bar."""


@dataclass(frozen=True, slots=True)
class Bar:
    """How many values lie in a range."""

    label: str
    count: int
    tick: str = ""
    """What stands below it; not all bars have something."""


def rate_bars(rows: Sequence[Row], model: int) -> tuple[Bar, ...]:
    """Utterances by normalised word error rate: none, in steps of five points, over 100."""
    edges = [0.0, *(step / 20 for step in range(1, 21))]
    counts = [0] * (len(edges) + 1)
    for row in rows:
        scored = row.scored[model]
        if scored is not None:
            counts[bisect_left(edges, sort_value(rate_of(scored, "normalised")) - 1e-9)] += 1
    labels = ["0 %", *(f"over {5 * i} up to {5 * i + 5} %" for i in range(20)), "over 100 %"]
    ticks = ["0", *(f"{5 * i + 5}" if i % 4 == 3 else "" for i in range(19)), "", ">100"]
    return tuple(Bar(*bar) for bar in zip(labels, counts, ticks, strict=True))


def length_bars(rows: Sequence[Row]) -> tuple[tuple[Bar, ...], str]:
    """Utterances by length, and its unit: seconds, or words where no duration is known."""
    durations = [row.utterance.duration for row in rows]
    known = [each for each in durations if each is not None and 0 <= each < math.inf]
    if known:
        return _even(known), "seconds"
    return _even([float(len(row.utterance.reference.split())) for row in rows]), "words"


def draw_histogram(bars: Sequence[Bar], title: str, axis: str) -> Drawing:
    """A histogram whose bars tell their counts."""
    svg = drawing(_WIDTH, _HEIGHT, f"{title}: {_tell(bars)}")
    top = max((bar.count for bar in bars), default=0) or 1
    floor, room = _HEIGHT - _BOTTOM, _HEIGHT - _BOTTOM - _TOP
    for count in _ticks(top):
        y = floor - room * count / top
        draw(svg, "line", "grid", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=y, y2=y)
        write(svg, "tick end", _LEFT - 6, y + 4, whole(count))
    step = (_WIDTH - _LEFT - _RIGHT) / max(1, len(bars))
    for place, bar in enumerate(bars):
        x, height = _LEFT + step * place, room * bar.count / top
        shown = max(height, 1.5) if bar.count else 0.0
        group = draw(svg, "g", "bar")
        explain(group, f"{bar.label}: {plural(bar.count, 'utterance')}")
        draw(group, "rect", "hit", x=x, y=_TOP, width=step, height=room)
        draw(group, "rect", "fill", x=x + 1, y=floor - shown, width=step - 2, height=shown, rx=1.5)
        if bar.tick:
            write(svg, "tick middle", x + step / 2, floor + 15, bar.tick)
    draw(svg, "line", "axis", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=floor, y2=floor)
    write(svg, "tick middle", (_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 6, axis)
    return finish(svg)


def _even(values: Sequence[float]) -> tuple[Bar, ...]:
    """Twenty bars of equal width for all but the longest hundredth, and one for that."""
    if not values:
        return ()
    ordered = sorted(values)
    width = _nice(ordered[math.ceil(0.99 * len(ordered)) - 1] / 20, _WIDTHS)
    counts = [0] * 21
    for value in values:
        counts[min(20, int(value / width))] += 1
    bars = [
        Bar(f"{i * width:g} to {(i + 1) * width:g}", n, f"{i * width:g}" if i % 5 == 0 else "")
        for i, n in enumerate(counts[:20])
    ]
    if not counts[20]:
        return tuple(bars)
    return (*bars, Bar(f"{20 * width:g} and more", counts[20], f"\u2265{20 * width:g}"))


def _nice(step: float, round_ones: Sequence[float] = (1, 2, 5, 10)) -> float:
    """The next round number (or tenth, tenfold ... of one) that is at least `step`."""
    if step <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(step))
    return next(power * factor for factor in round_ones if power * factor >= step * 0.999)


def _ticks(top: int) -> list[int]:
    step = max(1, round(_nice(top / 4)))
    return list(range(0, top + 1, step))


def _tell(bars: Sequence[Bar]) -> str:
    return ", ".join(f"{bar.label} {bar.count}" for bar in bars if bar.count)
