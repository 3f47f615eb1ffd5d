"""A transcript as those read it who write about it: numbered lines, each said by one speaker."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import isfinite

from hansard.errors import UsageError
from hansard.transcript import Seconds, Transcript
from hansard.writing.language.words import spans


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One segment with text."""

    segment: int
    """The segment's id, which citations name."""
    text: str
    """On one line, without space around it."""
    speaker: str | None = None
    start: Seconds | None = None
    """None where nobody knows when it was said (a plain text)."""
    end: Seconds | None = None


def lines_of(transcript: Transcript) -> tuple[Line, ...]:
    """Every segment that has text, in order; segment ids are made unique where a file's are not."""
    ids = [segment.id for segment in transcript.segments]
    unique = len(set(ids)) == len(ids)
    return tuple(
        Line(
            segment=segment.id if unique else number,
            text=" ".join(segment.text.split()),
            speaker=segment.speaker,
            start=_known(segment.start, timed=transcript.duration > 0),
            end=_known(segment.end, timed=transcript.duration > 0),
        )
        for number, segment in enumerate(transcript.segments)
        if segment.text.strip()
    )


def spoken_lines(transcript: Transcript) -> tuple[Line, ...]:
    """The lines of a transcript that is to be summarised.

    Raises:
        UsageError: it has no words.
    """
    lines = lines_of(transcript)
    if not any(spans(line.text) for line in lines):
        raise UsageError(
            "the transcript has no words, so there is nothing to summarise",
            hint="see whether the recording has speech",
        )
    return lines


def turns_of(lines: Sequence[Line]) -> Iterator[tuple[Line, ...]]:
    """Neighbouring lines of one speaker, together; without speakers each line is a turn."""
    if all(line.speaker is None for line in lines):
        yield from ((line,) for line in lines)
        return
    for _, turn in groupby(lines, key=lambda line: line.speaker):
        yield tuple(turn)


def split_lines(
    lines: Sequence[Line], budget: int, cost: Callable[[Line], int]
) -> list[tuple[Line, ...]]:
    """Consecutive parts of at most `budget`, cut between turns where that is possible.

    Nothing is dropped and nothing is there twice: a turn longer than the budget is cut between its
    lines, and a line that is longer by itself is a part of its own.
    """
    parts: list[tuple[Line, ...]] = []
    part: list[Line] = []
    used = 0
    for turn in turns_of(lines):
        costs = [cost(line) for line in turn]
        if part and used + sum(costs) > budget:
            parts.append(tuple(part))
            part, used = [], 0
        for line, needed in zip(turn, costs, strict=True):
            if part and used + needed > budget:
                parts.append(tuple(part))
                part, used = [], 0
            part.append(line)
            used += needed
    return [*parts, tuple(part)] if part else parts


def _known(moment: Seconds, *, timed: bool) -> Seconds | None:
    return round(moment, 3) if timed and isfinite(moment) else None
