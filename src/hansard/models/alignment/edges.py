"""Where words begin and end, given where their letters were heard.

A CTC model tends to name a letter at one moment of its sound, so that a word's letters cover less
than the word. What lies between two words' letters goes to them as far as it is loud: a pause
belongs to nobody, and where there is none the words meet in the middle.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hansard.audio import SAMPLE_RATE
from hansard.transcript import Seconds, Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

STEP: Seconds = 0.01
REACH: Seconds = 0.15
"""How far beyond its letters a word may go on."""
CONTRAST = 10.0
"""Decibels between loud and quiet below which pauses cannot be told from speech."""


def measure_quiet(samples: "Floats") -> "NDArray[np.bool_]":
    """Which hundredths of a second are pauses; shape (n,)."""
    size = int(STEP * SAMPLE_RATE)
    count = len(samples) // size
    if not count:
        return np.zeros(0, bool)
    power = np.square(samples[: count * size]).reshape(count, size).mean(axis=1)
    levels = 10 * np.log10(power + 1e-10)
    top = np.percentile(levels, 95)
    floor = max(np.percentile(levels, 5), top - 60)
    if top - floor < CONTRAST:
        return np.zeros(count, bool)
    return np.asarray(levels < floor + max(6.0, 0.3 * (top - floor)))


def widen(
    spans: Sequence[Span | None], quiet: "NDArray[np.bool_]", within: Span
) -> tuple[Span | None, ...]:
    """The spans grown over what is loud beside them, in order and without overlaps.

    `spans` are in order, None where a word was not found; `quiet` begins with `within`.
    """
    grown: list[Span | None] = list(spans)
    latest = within.start
    for index, span in enumerate(spans):
        if span is not None:
            floor = max(latest, span.start - REACH, _floor(spans, index, span, within))
            ceiling = min(span.end + REACH, _ceiling(spans, index, span, within))
            start = _back(span.start, floor, quiet, within)
            latest = max(start, _ahead(span.end, ceiling, quiet, within))
            grown[index] = Span(start, latest)
    return tuple(grown)


def _floor(spans: Sequence[Span | None], index: int, span: Span, within: Span) -> Seconds:
    """The earliest that a word may begin; after a lost word, where its letters do."""
    if index == 0:
        return within.start
    before = spans[index - 1]
    return span.start if before is None else before.end


def _ceiling(spans: Sequence[Span | None], index: int, span: Span, within: Span) -> Seconds:
    """The latest that a word may end: half-way to its neighbour."""
    if index == len(spans) - 1:
        return within.end
    after = spans[index + 1]
    return span.end if after is None else (span.end + after.start) / 2


def _back(start: Seconds, limit: Seconds, quiet: "NDArray[np.bool_]", within: Span) -> Seconds:
    frame = int((start - within.start) / STEP)
    while start - STEP >= limit and 0 < frame <= len(quiet) and not quiet[frame - 1]:
        start -= STEP
        frame -= 1
    return start


def _ahead(end: Seconds, limit: Seconds, quiet: "NDArray[np.bool_]", within: Span) -> Seconds:
    frame = int((end - within.start) / STEP)
    while end + STEP <= limit and 0 <= frame < len(quiet) and not quiet[frame]:
        end += STEP
        frame += 1
    return end
