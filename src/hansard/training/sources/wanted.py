"""Lists of addresses: plain text, tables, JSON lines."""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from hansard.errors import DataError

FIELDS = ("url", "licence", "source", "language", "speaker")
_LARGEST = 16 * 2**20
_SYNONYMS = {"license": "licence", "address": "url", "link": "url", "lang": "language"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A recording to fetch, and what is known of it."""

    url: str
    licence: str | None = None
    source: str | None = None
    language: str | None = None
    speaker: str | None = None


def read_list(path: Path) -> tuple[Wanted, ...]:
    """The addresses in a file.

    Plain text has one a line, after it, parted by tabs, its licence and its source; a line that
    begins with `#` says nothing. CSV and TSV files have a row of headings, JSONL files an object a
    line, with `url` and perhaps `licence`, `source`, `language`, `speaker`.

    Raises:
        DataError: the file cannot be read, or a line has no address.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise DataError(f"{str(path)!r} is too large for a list of addresses")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"the list {str(path)!r} cannot be read: {error}", hint="it is text in UTF-8"
        ) from error
    kind = path.suffix.lower()
    if kind in {".jsonl", ".ndjson"}:
        found = _json_rows(text)
    elif kind in {".csv", ".tsv"} and _has_headings(text):
        found = _table_rows(text, "\t" if kind == ".tsv" else ",")
    else:
        found = _plain_rows(text)
    return tuple(_wanted(number, row, path) for number, row in found)


def _plain_rows(text: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            cells = (cell.strip() for cell in line.split("\t"))
            yield number, dict(zip(FIELDS, cells, strict=False))


def _has_headings(text: str) -> bool:
    first = next((line for line in text.splitlines() if line.strip()), "")
    return "://" not in first


def _table_rows(text: str, mark: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    reader = csv.DictReader(text.splitlines(), delimiter=mark)
    for row in reader:
        cells = {str(name): cell.strip() for name, cell in row.items() if isinstance(cell, str)}
        if any(cells.values()):
            yield reader.line_num, cells


def _json_rows(text: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise DataError(f"line {number} of the list is not JSON: {error}") from error
        fields = row.items() if isinstance(row, dict) else ()
        yield number, {name: value.strip() for name, value in fields if isinstance(value, str)}


def _wanted(number: int, row: Mapping[str, str], path: Path) -> Wanted:
    named = {_SYNONYMS.get(n.strip().lower(), n.strip().lower()): v for n, v in row.items()}
    known = {name: named[name] for name in FIELDS if named.get(name)}
    if "url" not in known:
        raise DataError(f"line {number} of {str(path)!r} has no address")
    return Wanted(**known)


def completed(wanted: Wanted, defaults: Wanted) -> Wanted:
    """A recording to fetch with what is told for all of them, where it says nothing itself."""
    return replace(
        wanted,
        licence=wanted.licence or defaults.licence,
        source=wanted.source or defaults.source,
        language=wanted.language or defaults.language,
        speaker=wanted.speaker or defaults.speaker,
    )
