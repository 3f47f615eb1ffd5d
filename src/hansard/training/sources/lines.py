"""Files of JSON lines that only grow: a record a line."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hansard.errors import DiskFullError, OutputError
from hansard.storage.files import advise, is_full


def append_line(path: Path, record: Mapping[str, Any]) -> None:
    """Add a record; it is on the disk when this returns.

    Raises:
        OutputError: the file cannot be written (`DiskFullError` where that is why).
    """
    line = json.dumps(dict(record), ensure_ascii=False).encode() + b"\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            if file.tell() and not _ends_whole(file.fileno(), file.tell()):
                line = b"\n" + line
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        kind = DiskFullError if is_full(error) else OutputError
        raise kind(
            f"cannot write {str(path)!r}: {error.strerror or error}", hint=advise(error)
        ) from error


def _ends_whole(descriptor: int, size: int) -> bool:
    return os.pread(descriptor, 1, size - 1) == b"\n"


def read_lines(path: Path) -> list[dict[str, Any]]:
    """All records; lines that are none, such as one that was cut short, are left out.

    Raises:
        OutputError: the file is there and cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise OutputError(f"cannot read {str(path)!r}: {error.strerror or error}") from error
    records: list[dict[str, Any]] = []
    for line in text.split("\n"):
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            records.append(record)
    return records
