"""Times within a summary: they lie within the recording, in order, at lines that were said.

Models are bad at arithmetic and good at naming lines, so a time that cannot be right is taken from
the lines cited for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from hansard.models.llm import Schema
from hansard.models.llm.answering.json_text import join
from hansard.models.llm.shapes.schemas import problems_of
from hansard.writing.evidence.points import owner_of
from hansard.writing.lines import Line

STARTS: Final = ("start", "start_time", "start_seconds", "begin", "time", "timestamp")
ENDS: Final = ("end", "end_time", "end_seconds")
_SLACK: Final = 0.5
"""Seconds after the end of a recording that are rounding."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """An object of a summary that has times."""

    pointer: str
    start: float | None
    end: float | None
    names: tuple[str | None, str | None]
    """What its start and its end are called."""

    @property
    def row(self) -> str | None:
        """The array that it is an item of, where such items must follow one another."""
        array, _, step = self.pointer.rpartition("/")
        return array if step.isdecimal() and None not in (self.start, self.end) else None


def has_times(schema: Schema) -> bool:
    """Whether a schema asks for times: numbers of these names."""
    parts = schema.get("properties", {})
    named = any(name in (*STARTS, *ENDS) and _is_number(part) for name, part in parts.items())
    inner = [*parts.values(), *([schema["items"]] if "items" in schema else [])]
    return named or any(has_times(part) for part in inner)


def stretches(content: Any, schema: Schema, pointer: str = "") -> Iterator[Stretch]:
    """Every object with times, in the order of the content."""
    if isinstance(content, Mapping):
        parts = schema.get("properties", {})
        names = tuple(
            next(
                (n for n in kind if _is_number(parts.get(n, {})) and _is_moment(content.get(n))),
                None,
            )
            for kind in (STARTS, ENDS)
        )
        if any(names):
            start, end = (content[name] if name else None for name in names)
            yield Stretch(pointer, start, end, (names[0], names[1]))
        for name, part in content.items():
            yield from stretches(part, parts.get(name, {}), join(pointer, name))
    elif isinstance(content, list):
        for number, part in enumerate(content):
            yield from stretches(part, schema.get("items", {}), f"{pointer}/{number}")


@dataclass(frozen=True)
class Clock:
    """The times of a recording, by the lines of its transcript."""

    lines: Sequence[Line]
    duration: float

    def problems(
        self, content: Any, schema: Schema, cited: Mapping[str, Sequence[int]]
    ) -> Iterator[str]:
        """One sentence for each time that is wrong and that no cited line can put right."""
        last: dict[str, Stretch] = {}
        for stretch in stretches(content, schema):
            if self._is_wrong(stretch, last) and self._cited(stretch.pointer, cited) is None:
                yield (
                    f"{stretch.pointer}: its times must lie between 0 and {self.duration:g}, the "
                    "start before the end and after the start of the one before; write the times "
                    'of its lines, and name these lines in "evidence"'
                )
            if stretch.row is not None:
                last[stretch.row] = stretch

    def mended(
        self, content: Any, schema: Schema, cited: Mapping[str, Sequence[int]]
    ) -> tuple[Any, tuple[str, ...]]:
        """The content with times that can be, and JSON pointers of those that were changed.

        What no line was cited for is moved into the recording and behind the one before.
        """
        times: dict[str, float] = {}
        last: dict[str, Stretch] = {}
        for stretch in stretches(content, schema):
            right = self._right(stretch, last, cited)
            before = last.get(right.row or "") if right.row is not None else None
            if before and before.end is not None and right.start is not None:
                # Two chapters do not overlap.
                times |= _changes(before, replace(before, end=min(before.end, right.start)))
            times |= _changes(stretch, right)
            if right.row is not None:
                last[right.row] = right
        made = _with_times(content, schema, times)
        return (content, ()) if not times or problems_of(made, schema) else (made, tuple(times))

    def _right(
        self, stretch: Stretch, last: Mapping[str, Stretch], cited: Mapping[str, Sequence[int]]
    ) -> Stretch:
        if not self._is_wrong(stretch, last):
            return stretch
        found = self._cited(stretch.pointer, cited)
        if found:
            stretch = replace(
                stretch,
                start=None if stretch.start is None else found[0],
                end=None if stretch.end is None else found[1],
            )
        before = last.get(stretch.row or "") if stretch.row is not None else None
        least = before.start if before and before.start is not None else 0.0
        start = None if stretch.start is None else _within(stretch.start, least, self.duration)
        least = least if start is None else start
        end = None if stretch.end is None else _within(stretch.end, least, self.duration)
        return replace(stretch, start=start, end=end)

    def _is_wrong(self, stretch: Stretch, last: Mapping[str, Stretch]) -> bool:
        known = [moment for moment in (stretch.start, stretch.end) if moment is not None]
        if any(not 0 <= moment <= self.duration + _SLACK for moment in known):
            return True
        if len(known) == 2 and known[1] < known[0]:
            return True
        before = last.get(stretch.row) if stretch.row is not None else None
        return bool(before and (stretch.start or 0) < (before.start or 0))

    def _cited(
        self, pointer: str, cited: Mapping[str, Sequence[int]]
    ) -> tuple[float, float] | None:
        """From the first to the last of the lines cited for something, or for its parts."""
        wanted = set(owner_of(pointer, cited))
        for place, segments in cited.items():
            if place.startswith(f"{pointer}/"):
                wanted |= set(segments)
        found = [line for line in self.lines if line.segment in wanted]
        starts = [line.start for line in found if line.start is not None]
        ends = [line.end for line in found if line.end is not None]
        return (min(starts), max(ends)) if starts and ends else None


def _changes(old: Stretch, new: Stretch) -> dict[str, float]:
    pairs = zip(old.names, (old.start, old.end), (new.start, new.end), strict=True)
    return {
        join(old.pointer, name): after
        for name, before, after in pairs
        if name is not None and after is not None and after != before
    }


def _within(moment: float, least: float, most: float) -> float:
    return max(least, min(moment, most))


def _with_times(content: Any, schema: Schema, times: Mapping[str, float], pointer: str = "") -> Any:
    if pointer in times:
        return int(times[pointer]) if "integer" in _kinds(schema) else times[pointer]
    if isinstance(content, Mapping):
        parts = schema.get("properties", {})
        return {
            name: _with_times(part, parts.get(name, {}), times, join(pointer, name))
            for name, part in content.items()
        }
    if isinstance(content, list):
        inner = schema.get("items", {})
        return [
            _with_times(part, inner, times, f"{pointer}/{number}")
            for number, part in enumerate(content)
        ]
    return content


def _is_number(schema: Schema) -> bool:
    return bool({"number", "integer"} & set(_kinds(schema)))


def _kinds(schema: Schema) -> Sequence[str]:
    kinds = schema.get("type", ())
    return (kinds,) if isinstance(kinds, str) else kinds


def _is_moment(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
