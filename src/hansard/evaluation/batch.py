"""Tables of recordings: tab-separated values that transcripts are written back into.

The first row names the columns: `audio_path`, `txt` (what is said; may be missing or empty), and
any others, which are kept. Where a cell begins with a quotation mark, cells are quoted as RFC 4180
says, with tabs in the place of commas; where none does, or a mark is never closed, all marks are
plain characters.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hansard.errors import DataError
from hansard.evaluation.reading_items import read_text
from hansard.storage.files import write_whole

AUDIO: Final = "audio_path"
TEXT: Final = "txt"
HYPOTHESIS: Final = "hypothesis"
_LONGEST_CELL: Final = 1 << 24
_QUOTED: Final = re.compile(r'(?:^|\t)"', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under named columns."""

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...]
    quoted: bool = True
    """Whether cells may be quoted; else no cell can hold a tab or a line feed."""


def read_table(path: Path) -> Table:
    """The table in a file.

    Raises:
        DataError: it cannot be read, has no column `audio_path`, or a row has too many cells.
    """
    text = read_text(path)
    if not text.strip():
        raise DataError(f"{str(path)!r} is empty", hint=f"its first row must name {AUDIO!r}")
    rows, quoted = _parse(text)
    head = [name.strip() for name in rows[0][1]]
    if AUDIO not in head:
        raise DataError(
            f"{str(path)!r} has no column {AUDIO!r}, but {', '.join(map(repr, head))}",
            hint=f"name the columns in its first row: {AUDIO}, {TEXT}",
        )
    if len(set(head)) < len(head):
        raise DataError(f"{str(path)!r} has two columns of one name: {', '.join(head)}")
    found = []
    for number, cells in rows[1:]:
        if len(cells) > len(head):
            raise DataError(
                f"line {number} of {str(path)!r} has {len(cells)} cells, and there are "
                f"{len(head)} columns"
            )
        cells = cells + [""] * (len(head) - len(cells))  # noqa: PLW2901 - what is left out is empty
        found.append(dict(zip(head, cells, strict=True)))
    return Table(tuple(head), tuple(found), quoted)


def write_table(path: Path, table: Table) -> Path:
    """Write a table whole or not at all; white space in cells becomes single spaces if need be.

    Raises:
        OutputError: it cannot be written.
    """
    stream = io.StringIO()
    rows = [list(table.columns), *([row[name] for name in table.columns] for row in table.rows)]
    if table.quoted:
        writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
        writer.writerows(rows)
    else:
        for row in rows:
            stream.write("\t".join(" ".join(cell.split("\t")) for cell in row) + "\n")
    return write_whole(path, stream.getvalue())


def add_columns(table: Table, columns: Mapping[str, Sequence[str]]) -> Table:
    """The table with other or more columns, one text for each row; lines become one."""
    names = dict.fromkeys((*table.columns, *columns))
    rows = [
        {**row, **{name: " ".join(texts[place].split()) for name, texts in columns.items()}}
        for place, row in enumerate(table.rows)
    ]
    return Table(tuple(names), tuple(rows), table.quoted)


def name_columns(models: Sequence[str]) -> list[str]:
    """The column for each model: `hypothesis`, or `hypothesis_NAME` where there are several."""
    if len(models) == 1:
        return [HYPOTHESIS]
    return [f"{HYPOTHESIS}_{'_'.join(name.split())}" for name in models]


def _parse(text: str) -> tuple[list[tuple[int, list[str]]], bool]:
    """The rows that are not empty, each with the line it ends in."""
    if _QUOTED.search(text):
        csv.field_size_limit(_LONGEST_CELL)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t", strict=True)
        with suppress(csv.Error):
            return [(reader.line_num, row) for row in reader if any(row)], True
    lines = text.replace("\r\n", "\n").split("\n")
    rows = [(number, line.split("\t")) for number, line in enumerate(lines, start=1)]
    return [(number, row) for number, row in rows if any(row)], False
