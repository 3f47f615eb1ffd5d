"""What a long deed has done already, so that it goes on where it was stopped."""

import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from hansard.errors import DiskFullError, OutputError
from hansard.storage.files import advise, is_full

logger = logging.getLogger(__name__)


class Journal:
    """A file of JSON lines, one for each finished item: its key and what came of it.

    A key must name everything that the outcome depends on (the file's path, size and time, the
    options): what has another key is done again. A line that a kill cut short is ignored.
    """

    def __init__(self, path: Path) -> None:
        """Read what is there; the file is made with the first `put`.

        Raises:
            OutputError: it is there and cannot be read.
        """
        self._path = path
        self._done: dict[str, Mapping[str, Any]] = {}
        self._file: TextIO | None = None
        try:
            text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
        except OSError as error:
            raise OutputError(
                f"cannot read {str(path)!r}: {error.strerror or error}",
                hint="delete it to begin anew",
            ) from error
        for line in text.split("\n"):
            self._take(line)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self.close()

    def __len__(self) -> int:
        """How many items are done."""
        return len(self._done)

    def get(self, key: str) -> Mapping[str, Any] | None:
        """What came of the item with this key; None = it is not done."""
        return self._done.get(key)

    def put(self, key: str, outcome: Mapping[str, Any]) -> None:
        """Note an item as done; the line reaches the operating system before this returns.

        Raises:
            DiskFullError: there is no room.
            OutputError: the file cannot be written.
        """
        line = json.dumps({"key": key, "outcome": dict(outcome)})  # ASCII: any file name fits
        try:
            if self._file is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self._path.open("a", encoding="utf-8")
                self._file.write("\n" if self._path.stat().st_size else "")
            self._file.write(line + "\n")
            self._file.flush()
        except OSError as error:
            with suppress(OSError):  # half a line may be there: the next one begins anew
                self.close()
            kind = DiskFullError if is_full(error) else OutputError
            raise kind(
                f"cannot write {str(self._path)!r}: {error.strerror or error}", hint=advise(error)
            ) from error
        self._done[key] = dict(outcome)

    def close(self) -> None:
        """Close the file; `put` opens it again."""
        if self._file is not None:
            file, self._file = self._file, None
            file.close()

    def _take(self, line: str) -> None:
        try:
            item = json.loads(line)
            self._done[item["key"]] = dict(item["outcome"])
        except (ValueError, TypeError, KeyError):
            if line.strip():
                logger.debug("a line of %s is cut short", self._path.name)
