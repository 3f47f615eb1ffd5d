"""The rows of the inventory, and the two files that hold it.

    manifests/dataset_inventory.csv     a row for each recording
    manifests/dataset_inventory.json    sums, and what is wrong

A cell of the CSV file that begins with `=`, `+`, `-`, `@`, a tab, a carriage return or `'` has one
`'` before it, so that no spreadsheet takes it for a formula; reading takes it off again.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from hansard.errors import DataError
from hansard.storage.files import write_whole
from hansard.training.project import Project
from hansard.training.sources.walking import Problem, plain
from hansard.transcript import Seconds

COLUMNS = (
    "filename", "path", "size_bytes", "duration_seconds", "sha256", "transcript_path",
    "language_guess", "duplicate", "words", "script", "language_probability", "sample_rate",
    "channels", "codec", "modified", "duplicate_of", "acoustic_duplicate_of", "similarity",
    "error", "transcript_error", "notes",
)  # fmt: skip
T = TypeVar("T")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A recording of the inventory."""

    path: Path
    """Absolute."""
    size: int
    """Bytes."""
    mtime: float
    """When it was last changed, in seconds since 1970."""
    duration: Seconds | None
    """As decoded; None where it cannot be."""
    sha256: str
    sample_rate: int | None = None
    """In Hz, as its header says."""
    channels: int | None = None
    codec: str = ""
    transcript_path: Path | None = None
    words: int | None = None
    """None where there is no transcript that can be read."""
    language: str | None = None
    """As guessed from the transcript; never from a name."""
    language_probability: float | None = None
    script: str = ""
    """`latin`, `cyrillic`, `mixed` or `none`; empty where there is no transcript."""
    duplicate_of: Path | None = None
    """The recording that has the same bytes."""
    acoustic_duplicate_of: Path | None = None
    """The recording that sounds the same."""
    similarity: float | None = None
    """How much alike they sound, 0 to 1."""
    error: str = ""
    """Why it cannot be used."""
    transcript_error: str = ""
    """Why its transcript cannot be used."""
    notes: tuple[str, ...] = ()
    """What was noticed while it was decoded."""

    @property
    def is_duplicate(self) -> bool:
        """Whether another recording takes its place."""
        return self.duplicate_of is not None or self.acoustic_duplicate_of is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """What the folders of a project hold."""

    folders: tuple[Path, ...]
    items: tuple[Item, ...]
    lonely: tuple[Path, ...] = ()
    """Transcripts without a recording."""
    problems: tuple[Problem, ...] = ()
    acoustic: str = "checked"
    """Or why recordings were not compared by how they sound."""
    measured: int = 0
    """Recordings that were decoded this time; the others were known."""


def csv_path(project: Project) -> Path:
    """Where the rows are."""
    return project.manifests / "dataset_inventory.csv"


def json_path(project: Project) -> Path:
    """Where the sums are."""
    return project.manifests / "dataset_inventory.json"


def write_inventory(project: Project, inventory: Inventory) -> None:
    """Write both files.

    Raises:
        OutputError: they cannot be written.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for item in inventory.items:
        row = _row(item, project.root)
        writer.writerow([defuse(row[column]) for column in COLUMNS])
    write_whole(csv_path(project), text.getvalue())
    summary = json.dumps(summarise(inventory, project.root), indent=1, ensure_ascii=False)
    write_whole(json_path(project), summary + "\n")


def read_inventory(project: Project) -> tuple[Item, ...]:
    """The recordings as the last `hansard data inventory` found them.

    Raises:
        DataError: there is no inventory, or it is damaged.
    """
    path = csv_path(project)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return tuple(
                _item({name: restore(cell or "") for name, cell in row.items()}, project.root)
                for row in csv.DictReader(file)
            )
    except FileNotFoundError as error:
        raise DataError(
            f"there is no inventory {str(path)!r}", hint="hansard data inventory makes it"
        ) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, csv.Error) as error:
        raise DataError(
            f"the inventory {str(path)!r} cannot be read: {error}",
            hint="hansard data inventory makes it anew",
        ) from error


def read_folders(project: Project) -> tuple[Path, ...]:
    """The folders that the last inventory was made of; `uploads` where there was none."""
    try:
        known = json.loads(json_path(project).read_text(encoding="utf-8"))["folders"]
        return tuple(absolute(folder, project.root) for folder in known)
    except (OSError, ValueError, KeyError, TypeError):
        return (project.uploads,)


def defuse(cell: str) -> str:
    """The cell as it is written, so that no spreadsheet runs it."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def restore(cell: str) -> str:
    """The cell that `defuse` made this of."""
    return cell.removeprefix("'")


def relative(path: Path | None, root: Path) -> str:
    """A path as files of the project hold it: relative to its folder where it lies below."""
    if path is None:
        return ""
    base = plain(root)
    return path.relative_to(base).as_posix() if path.is_relative_to(base) else str(path)


def absolute(text: str, root: Path) -> Path:
    """The path that `relative` made this of."""
    return plain(root) / text


def _row(item: Item, root: Path) -> dict[str, str]:
    return {
        "filename": item.path.name,
        "path": relative(item.path, root),
        "size_bytes": str(item.size),
        "duration_seconds": _number(item.duration, 3),
        "sha256": item.sha256,
        "transcript_path": relative(item.transcript_path, root),
        "language_guess": item.language or "",
        "duplicate": "true" if item.is_duplicate else "false",
        "words": _number(item.words, 0),
        "script": item.script,
        "language_probability": _number(item.language_probability, 3),
        "sample_rate": _number(item.sample_rate, 0),
        "channels": _number(item.channels, 0),
        "codec": item.codec,
        "modified": repr(item.mtime),
        "duplicate_of": relative(item.duplicate_of, root),
        "acoustic_duplicate_of": relative(item.acoustic_duplicate_of, root),
        "similarity": _number(item.similarity, 3),
        "error": item.error,
        "transcript_error": item.transcript_error,
        "notes": json.dumps(item.notes, ensure_ascii=False) if item.notes else "",
    }


def _item(row: Mapping[str, str], root: Path) -> Item:
    def path(name: str) -> Path | None:
        return absolute(row[name], root) if row[name] else None

    return Item(
        path=absolute(row["path"], root),
        size=int(row["size_bytes"]),
        mtime=float(row["modified"]),
        duration=_read(row["duration_seconds"], float),
        sha256=row["sha256"],
        sample_rate=_read(row["sample_rate"], int),
        channels=_read(row["channels"], int),
        codec=row["codec"],
        transcript_path=path("transcript_path"),
        words=_read(row["words"], int),
        language=row["language_guess"] or None,
        language_probability=_read(row["language_probability"], float),
        script=row["script"],
        duplicate_of=path("duplicate_of"),
        acoustic_duplicate_of=path("acoustic_duplicate_of"),
        similarity=_read(row["similarity"], float),
        error=row["error"],
        transcript_error=row["transcript_error"],
        notes=tuple(json.loads(row["notes"])) if row["notes"] else (),
    )


def _number(value: float | None, places: int) -> str:
    return "" if value is None else f"{value:.{places}f}"


def _read(text: str, kind: Callable[[str], T]) -> T | None:
    return kind(text) if text else None


def summarise(inventory: Inventory, root: Path) -> dict[str, Any]:
    """The sums of an inventory, and what is wrong, as JSON can hold it."""
    items = inventory.items
    usable = [item for item in items if not item.error]
    unique = [item for item in usable if not item.is_duplicate]
    told = [item for item in unique if item.words]
    return {
        "made_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "folders": [relative(folder, root) or "." for folder in inventory.folders],
        "recordings": len(items),
        "bytes": sum(item.size for item in items),
        "hours": _hours(usable),
        "unique_hours": _hours(unique),
        "with_transcript": sum(1 for item in items if item.transcript_path is not None),
        "usable": len(told),
        "usable_hours": _hours(told),
        "unreadable": sum(1 for item in items if item.error),
        "by_language": _shares(told, lambda item: item.language or "unknown"),
        "by_script": _shares(told, lambda item: item.script),
        "by_sample_rate": dict(Counter(str(item.sample_rate) for item in usable)),
        "duplicates": {
            "exact": sum(1 for item in items if item.duplicate_of is not None),
            "acoustic": sum(1 for item in items if item.acoustic_duplicate_of is not None),
            "acoustic_check": inventory.acoustic,
        },
        "transcripts_without_audio": [relative(path, root) for path in inventory.lonely],
        "problems": [
            {"path": problem.path, "problem": problem.message} for problem in inventory.problems
        ],
    }


def _hours(items: Iterable[Item]) -> float:
    return round(sum(item.duration or 0.0 for item in items) / 3600, 4)


def _shares(items: Sequence[Item], key: Callable[[Item], str]) -> dict[str, Any]:
    shares: dict[str, Any] = {}
    for name in sorted({key(item) for item in items}):
        mine = [item for item in items if key(item) == name]
        shares[name] = {"recordings": len(mine), "hours": _hours(mine)}
    return shares
