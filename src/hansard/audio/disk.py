"""Watching that the disk does not fill up."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hansard.audio.names import printable
from hansard.errors import DiskFullError, OutputError
from hansard.storage.files import advise, is_full

_STEP = 1 << 24
"""Bytes written between two looks at the free space."""


class FreeSpace:
    """Counts what is written to a folder's disk and stops before nothing is left for others."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._written = 0
        self._next_look = _STEP

    def take(self, size: int) -> None:
        """Accounts for `size` more bytes.

        Raises:
            DiskFullError: fewer than 32 MiB are free (seen after each 16 MiB).
        """
        self._written += size
        if self._written < self._next_look:
            return
        self._next_look = self._written + _STEP
        with refuse_write(self._folder):
            free = shutil.disk_usage(self._folder).free
        if free < 2 * _STEP:
            raise DiskFullError(
                f"only {free >> 20} MiB are free in '{printable(self._folder)}'",
                hint="decoded audio takes 115 MB an hour; free some space",
            )


@contextmanager
def refuse_write(folder: Path | None) -> Iterator[None]:
    """Turns a failed write to `folder` into an OutputError that says what to do."""
    try:
        yield
    except OSError as error:
        where = f" in '{printable(folder)}'" if folder else ""
        kind = DiskFullError if is_full(error) else OutputError
        raise kind(
            f"cannot write decoded audio{where}: {error.strerror or error}",
            hint=advise(error) or "decoded audio takes 115 MB an hour of disk space",
        ) from error
