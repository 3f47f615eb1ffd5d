"""Chapters: found where the talk turns to something else, and written as podcast players read."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from hansard.transcript import Seconds
from hansard.transcript.summaries import Chapter, Summary
from hansard.writing.lines import Line
from hansard.writing.quoting.fields import guess_method, role_of
from hansard.writing.quoting.talk import Talk

VERSION: Final = "1.2.0"
"""Of the JSON Chapters format of the Podcasting 2.0 namespace."""


def extract_chapters(lines: Sequence[Line], language: str | None) -> tuple[Chapter, ...]:
    """The parts of a recording that are each about one thing, titled by a few words said in it.

    Start times rise strictly, the first at or after 0; each chapter ends where the next begins.
    Nothing where the lines have no times.
    """
    return chapters_among(Talk(lines, language).topics)


def chapters_among(topics: Sequence[Talk]) -> tuple[Chapter, ...]:
    """One chapter for each topic that has a time and a word."""
    found: list[tuple[Seconds, Seconds, str]] = []
    for topic in topics:
        span = span_of(topic.lines)
        if span is None or topic.title is None:
            continue
        if not found or span[0] > found[-1][0]:
            found.append((*span, topic.title.text))
    return _joined(found)


def span_of(lines: Sequence[Line]) -> tuple[Seconds, Seconds] | None:
    """When lines begin and end, in seconds; None where nobody knows."""
    starts = [line.start for line in lines if line.start is not None]
    if not starts:
        return None
    ends = [line.end for line in lines if line.end is not None]
    start = max(0.0, min(starts))
    return start, max(start, *ends) if ends else start


def chapters_of(summary: Summary) -> tuple[Chapter, ...]:
    """The chapters that a summary has, in order of time, or none.

    They are the objects with a start time in `chapters`, or in a property of like meaning.
    """
    for name, value in sorted(summary.content.items(), key=lambda item: item[0] != "chapters"):
        if guess_method(name, {}) == "chapters" and isinstance(value, Sequence):
            found = [told for item in value if (told := _told(item)) is not None]
            found.sort(key=lambda one: one[0])
            rising = [one for n, one in enumerate(found) if n == 0 or one[0] > found[n - 1][0]]
            if rising:
                return _joined(rising)
    return ()


def to_podcast_json(chapters: Sequence[Chapter]) -> str:
    """Chapters as the JSON of Podcasting 2.0 (`application/json+chapters`), version 1.2.0."""
    listed = [
        {"startTime": chapter.start}
        | ({"endTime": chapter.end} if chapter.end > chapter.start else {})
        | {"title": chapter.title}
        for chapter in chapters
    ]
    return json.dumps({"version": VERSION, "chapters": listed}, ensure_ascii=False, indent=2) + "\n"


def _joined(found: Sequence[tuple[Seconds, Seconds, str]]) -> tuple[Chapter, ...]:
    """Chapters that follow each other without a gap."""
    starts = [start for start, _, _ in found[1:]]
    ends = [*starts, max(found[-1][:2])] if found else []
    return tuple(
        Chapter(start=start, end=end, title=title)
        for (start, _, title), end in zip(found, ends, strict=True)
    )


def _told(item: Any) -> tuple[Seconds, Seconds, str] | None:
    """Start, end and title of an item of a summary."""
    if not isinstance(item, Mapping):
        return None
    told = {role_of(name, {}, "chapters"): value for name, value in reversed(list(item.items()))}
    start, title = _seconds(told.get("start")), told.get("title")
    if start is None or not isinstance(title, str) or not title.strip():
        return None
    end = _seconds(told.get("end"))
    return start, start if end is None else end, title


def _seconds(value: Any) -> Seconds | None:
    """Seconds of a number or of `HH:MM:SS`."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        parts = value.strip().split(":")
        if not 2 <= len(parts) <= 3 or not all(part.isascii() and part.isdigit() for part in parts):
            return None
        value = sum(int(part) * 60**place for place, part in enumerate(reversed(parts)))
    return float(value) if isinstance(value, int | float) and value >= 0 else None
