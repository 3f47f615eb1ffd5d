"""A square in which every dot stands for things that two models do equally well."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal
from xml.etree.ElementTree import Element

from hansard.evaluation.report.numbers import isolate, percent, shorten
from hansard.evaluation.report.svg import Drawing, draw, drawing, explain, finish, write

_SIZE: Final = 460
_LEFT: Final = 52
_BOTTOM: Final = 48
_EDGE: Final = 14
_ROOM: Final = _SIZE - _LEFT - _EDGE


@dataclass(frozen=True, slots=True)
class Dot:
    """Things at one place of the plot; both coordinates are 0 to 1."""

    x: float
    y: float
    count: int
    text: str
    rows: tuple[int, ...]
    """Numbers of utterances to show when it is chosen."""


def draw_scatter(
    dots: Sequence[Dot], title: str, names: tuple[str, str], better: Literal["high", "low"]
) -> Drawing:
    """The plot: the first model to the right, the second upwards."""
    told = f"{title}: {isolate(names[0])} to the right, {isolate(names[1])} upwards"
    svg = drawing(_SIZE, _EDGE + _ROOM + _BOTTOM, told)
    # a group, not a picture: the dots within can be chosen
    svg.set("role", "group")
    svg.set("class", "scatter")
    _frame(svg, names)
    largest = max((dot.count for dot in dots), default=1)
    # small dots last, so that none is hidden
    for dot in sorted(dots, key=lambda each: -each.count):
        side = "even" if dot.x == dot.y else "second" if _wins(dot, better) else "first"
        _dot(draw(svg, "a", f"dot {side}", href="#utterances"), dot, names, largest)
    return finish(svg)


def _frame(svg: Element, names: tuple[str, str]) -> None:
    for step in range(6):
        x, y = _across(step / 5), _up(step / 5)
        draw(svg, "line", "grid", x1=x, x2=x, y1=_up(1), y2=_up(0))
        draw(svg, "line", "grid", x1=_across(0), x2=_across(1), y1=y, y2=y)
        write(svg, "tick middle", x, _up(0) + 20, f"{20 * step}")
        write(svg, "tick end", _across(0) - 12, y + 4, f"{20 * step}")
    draw(svg, "line", "even", x1=_across(0), y1=_up(0), x2=_across(1), y2=_up(1))
    write(svg, "name middle", _across(0.5), _up(0) + 38, isolate(shorten(names[0], 44)))
    label = write(svg, "name middle", 0, 0, isolate(shorten(names[1], 44)))
    label.set("transform", f"translate(13 {_up(0.5):.0f}) rotate(-90)")


def _wins(dot: Dot, better: Literal["high", "low"]) -> bool:
    """Whether the second model does better."""
    return dot.y > dot.x if better == "high" else dot.y < dot.x


def _dot(link: Element, dot: Dot, names: tuple[str, str], largest: int) -> None:
    where = f"{isolate(names[0])} {percent(dot.x, 0)} %, {isolate(names[1])} {percent(dot.y, 0)} %"
    link.set("aria-label", f"{where}: {dot.text}")
    if dot.rows:
        link.set("data-rows", " ".join(map(str, dot.rows)))
        link.set("data-about", f"{where}: {dot.text}")
    explain(link, f"{where}\n{dot.text}")
    radius = 3.5 + 9.5 * math.sqrt(max(0, dot.count - 1) / max(1, largest - 1))
    draw(link, "circle", "", cx=_across(dot.x), cy=_up(dot.y), r=radius)


def _across(share: float) -> float:
    return _LEFT + _ROOM * share


def _up(share: float) -> float:
    return _EDGE + _ROOM * (1 - share)
