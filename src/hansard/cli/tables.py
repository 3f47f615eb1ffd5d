"""Lists for people, and the same as JSON for programs."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text


class PipeConsole(Console):
    """A console that tells its program when the reader of a pipe has enough."""

    def on_broken_pipe(self) -> None:
        """Raise, where rich would end the program with an error."""
        raise BrokenPipeError


def print_json(value: Any) -> None:
    """Write a value as JSON on standard output."""
    print(json.dumps(value, indent=1, ensure_ascii=False, default=str))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Write rows under headings on standard output; plain text where it is no terminal."""
    table = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    console = PipeConsole()
    if not console.is_terminal:
        console = PipeConsole(width=200)
    console.print(table)


def print_facts(facts: Mapping[str, object]) -> None:
    """Write one fact a line, names aligned."""
    width = max((len(name) for name in facts), default=0)
    for name, value in facts.items():
        print(f"{name:<{width}}  {'' if value is None else value}".rstrip())


def show_time(seconds: float | None) -> str | None:
    """A moment, in seconds since 1970, for people and programs: ISO 8601 in UTC."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def show_bytes(count: int | None) -> str:
    """A size for people; empty where it is not known."""
    if count is None:
        return ""
    size = float(count)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
