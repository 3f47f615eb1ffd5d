"""What was written about a transcript, for people to read."""

from collections.abc import Iterator, Mapping
from typing import Any

from hansard.models.llm.answering.json_text import join
from hansard.transcript.formats.clock import short_clock
from hansard.transcript.summaries import Citation, Summary
from hansard.writing.lines import Line


def to_markdown(summary: Summary) -> str:
    """A summary as Markdown: each field under its name, each point with its first time.

    Points that no segment supports are marked.
    """
    parts: list[str] = []
    for name, value in summary.content.items():
        if value is None or value in ([], {}):
            continue
        body = "\n".join(_show(value, join("", name), summary, 0))
        parts.append(f"## {name.replace('_', ' ').capitalize()}\n\n{body}\n")
    return "\n".join(parts)


def show_line(line: Line) -> str:
    """A line of a transcript with its time and speaker."""
    time = f"[{short_clock(line.start)}] " if line.start is not None else ""
    speaker = f"{line.speaker}: " if line.speaker else ""
    return f"{time}{speaker}{line.text}"


def _show(value: Any, pointer: str, summary: Summary, depth: int) -> Iterator[str]:
    indent = "  " * depth
    if isinstance(value, Mapping):
        for name, item in value.items():
            if item is not None:
                yield from _labelled(name, item, join(pointer, name), summary, depth)
    elif isinstance(value, list | tuple):
        if all(isinstance(item, str) for item in value) and pointer == "/tags":
            yield indent + ", ".join(value)
            return
        for number, item in enumerate(value):
            inner = list(_show(item, join(pointer, number), summary, depth))
            for row, line in enumerate(inner):
                yield f"{indent}- {line.strip()}" if row == 0 else f"  {line}"
    else:
        yield f"{indent}{_plain(value)}{_mark(summary.evidence.get(pointer, ()))}"


def _labelled(name: str, value: Any, pointer: str, summary: Summary, depth: int) -> Iterator[str]:
    indent = "  " * depth
    if isinstance(value, Mapping | list | tuple):
        if value:
            yield f"{indent}{name.replace('_', ' ')}:"
            yield from _show(value, pointer, summary, depth + 1)
        return
    shown = (
        short_clock(value) if name in TIMES and isinstance(value, float | int) else _plain(value)
    )
    mark = _mark(summary.evidence.get(pointer, ()))
    yield f"{indent}{name.replace('_', ' ')}: {shown}{mark}"


TIMES = frozenset({"start", "end"})


def _plain(value: Any) -> str:
    return " ".join(str(value).split())


def _mark(cited: "tuple[Citation, ...] | Any") -> str:
    """The time of the first segment that supports a point, or a warning."""
    for one in cited:
        if one.verdict == "supported":
            return f" [{short_clock(one.start)}]" if one.start is not None else ""
    return " [no evidence]" if cited else ""
