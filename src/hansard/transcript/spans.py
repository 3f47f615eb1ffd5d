"""Stretches of time on a recording's clock, in seconds, and their arithmetic."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

Seconds = float


class Span(NamedTuple):
    """A stretch of time from `start` to `end`, in seconds."""

    start: Seconds
    end: Seconds

    @property
    def duration(self) -> Seconds:
        """Its length in seconds."""
        return self.end - self.start


def merge(spans: Iterable[Span], *, gap: Seconds = 0.0) -> tuple[Span, ...]:
    """The same time in order, with spans that touch or lie at most `gap` apart made one."""
    merged: list[Span] = []
    for span in sorted(spans):
        if span.end <= span.start:
            continue
        if merged and span.start - merged[-1].end <= gap:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)


def intersect(left: Sequence[Span], right: Sequence[Span]) -> tuple[Span, ...]:
    """The time that lies in both; each side must be in order and free of overlaps."""
    common: list[Span] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start = max(left[i].start, right[j].start)
        end = min(left[i].end, right[j].end)
        if start < end:
            common.append(Span(start, end))
        if left[i].end < right[j].end:
            i += 1
        else:
            j += 1
    return tuple(common)


def subtract(left: Sequence[Span], right: Sequence[Span]) -> tuple[Span, ...]:
    """The time of `left` that is not in `right`; each side in order and free of overlaps."""
    rest: list[Span] = []
    j = 0
    for span in left:
        start = span.start
        while j < len(right) and right[j].end <= start:
            j += 1
        k = j
        while k < len(right) and right[k].start < span.end:
            if right[k].start > start:
                rest.append(Span(start, right[k].start))
            start = max(start, right[k].end)
            k += 1
        if start < span.end:
            rest.append(Span(start, span.end))
    return tuple(rest)


def total(spans: Iterable[Span]) -> Seconds:
    """The summed length in seconds."""
    return sum((span.end - span.start for span in spans), 0.0)
