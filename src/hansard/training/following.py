"""Reads the log of a training while it is being written."""

import json
from pathlib import Path
from typing import Any, BinaryIO

Line = dict[str, Any]
TAIL = 1 << 18
"""Bytes at the end of a log that are read; close to a thousand lines."""


class LogFollower:
    """Gives the lines that came since the last look; a half-written one is kept for later."""

    def __init__(self, path: Path, offset: int = 0) -> None:
        """Begin at `offset` bytes. The file may not be there yet."""
        self._path = path
        self._offset = offset
        self._half = b""

    def news(self) -> list[Line]:
        """The lines that are new; those that are no JSON objects are left out."""
        try:
            with self._path.open("rb") as file:
                self._restart_if_shorter(file)
                file.seek(self._offset)
                come = file.read()
        except OSError:
            return []
        self._offset += len(come)
        *whole, self._half = (self._half + come).split(b"\n")
        return parse_lines(whole)

    def _restart_if_shorter(self, file: BinaryIO) -> None:
        """A log that was cut or made anew is read from its beginning."""
        if file.seek(0, 2) < self._offset:
            self._offset, self._half = 0, b""


def read_tail(path: Path, most: int = TAIL) -> list[Line]:
    """The last lines of a log, at most `most` bytes of it; none where there is no such file."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - most))
            come = file.read(most)
    except OSError:
        return []
    lines = come.split(b"\n")
    return parse_lines(lines[1:] if size > most else lines)


def parse_lines(lines: list[bytes]) -> list[Line]:
    """JSON objects out of lines; what is none, or was cut short, is left out."""
    found: list[Line] = []
    for line in lines:
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict):
            found.append(value)
    return found
