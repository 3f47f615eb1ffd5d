"""The scale that cells are coloured by; the same on every page, so that pages can be compared."""

from bisect import bisect_left
from typing import Final

EDGES: Final = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5)
"""The upper ends of the shades; what is above the last has the darkest one."""


def shade_of(rate: float | None) -> int:
    """The number of a rate's shade, 0 (no errors, or unknown) to 8."""
    return 0 if rate is None else bisect_left(EDGES, rate)


def legend() -> tuple[tuple[int, str], ...]:
    """Each shade with the rates that it stands for, in percent."""
    inner = zip(EDGES[1:], EDGES, strict=False)
    labels = [f"{100 * low:g}\u2013{100 * high:g}" for high, low in inner]
    return tuple(enumerate(("0", *labels, f"over {100 * EDGES[-1]:g}")))
