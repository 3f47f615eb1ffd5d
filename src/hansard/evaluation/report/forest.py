"""Word error rates with their intervals, one below the other."""

from collections.abc import Sequence
from typing import Final
from xml.etree.ElementTree import Element

from hansard.evaluation.report.measures import LEVEL_NAMES
from hansard.evaluation.report.numbers import isolate, percent, shorten
from hansard.evaluation.report.svg import Drawing, draw, drawing, explain, finish, write
from hansard.evaluation.values import LEVELS, Interval, Scores

_WIDTH: Final = 480
_LEFT: Final = 132
_RIGHT: Final = 62
_STEP: Final = 22


def draw_forest(scores: Sequence[Scores]) -> Drawing:
    """A dot for each model's rate at each level, in a line as long as its interval."""
    levels = [(level, _rates(scores, level)) for level in LEVELS]
    shown = [(level, rates) for level, rates in levels if rates]
    ends = [end for _, rates in shown for _, rate, i in rates for end in (rate, i and i.high)]
    top = max((end for end in ends if end), default=0.01)
    height = sum(_STEP * (1 + len(rates)) for _, rates in shown) + 26
    svg = drawing(_WIDTH, height, "Word error rates with intervals, as in the table")
    scale = (_WIDTH - _LEFT - _RIGHT) / top
    for part in range(5):
        x = _LEFT + scale * top * part / 4
        draw(svg, "line", "grid", x1=x, x2=x, y1=4, y2=height - 20)
        write(svg, "tick middle", x, height - 6, percent(top * part / 4))
    y = 0.0
    for level, rates in shown:
        y += _STEP
        write(svg, "tick", 0, y - 6, LEVEL_NAMES[level])
        for name, rate, interval in rates:
            y += _STEP
            _whisker(svg, y - 10, scale, (name, rate, interval))
    return finish(svg)


_Rate = tuple[str, float, Interval | None]


def _rates(scores: Sequence[Scores], level: str) -> list[_Rate]:
    found: list[_Rate] = []
    for model in scores:
        for name, rate in model.words.items():
            if name == level and rate.rate is not None:
                found.append((model.model, rate.rate, model.intervals.get(name)))
    return found


def _whisker(svg: Element, y: float, scale: float, shown: _Rate) -> None:
    name, rate, interval = shown
    group = draw(svg, "g", "whisker")
    explain(group, f"{isolate(name)}: {percent(rate, 2)} %")
    write(svg, "name end", _LEFT - 10, y + 4, isolate(shorten(name, 18)))
    if interval is not None:
        low, high = (_LEFT + scale * end for end in (interval.low, interval.high))
        draw(group, "line", "interval", x1=low, x2=high, y1=y, y2=y)
        for x in (low, high):
            draw(group, "line", "interval", x1=x, x2=x, y1=y - 4, y2=y + 4)
    draw(group, "circle", "mark", cx=_LEFT + scale * rate, cy=y, r=4.5)
    write(svg, "value", _WIDTH - _RIGHT + 10, y + 4, f"{percent(rate, 2)} %")
