"""Putting a new report in the place of an old one, so that nobody ever opens half of it."""

import logging
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from hansard.errors import DiskFullError, OutputError
from hansard.storage.files import advise, is_full

logger = logging.getLogger(__name__)

PAGE: Final = "index.html"
OWN: Final = (PAGE, "report.css", "report.js", "data", "audio")
"""All that a report consists of; whatever else lies in its folder stays there."""
MARK: Final = '<meta name="generator" content="Hansard evaluation report">'
_STALE: Final = 3600.0


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """A new folder beside `folder`, which takes its place when the block ends without an error.

    Files of the old folder that are not a report's stay. A killed process leaves the old report
    and a hidden folder, which the next one removes.

    Raises:
        OutputError: the folder holds files of the same names that are no report, or the disk
            refuses.
    """
    folder = folder.resolve()
    try:
        check_place(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        fresh = _beside(folder)
        fresh.mkdir()
        try:
            yield fresh
            _swap(fresh, folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        kind = DiskFullError if is_full(error) else OutputError
        raise kind(
            f"cannot write the report {str(folder)!r}: {error.strerror or error}",
            hint=advise(error),
        ) from error


def check_place(folder: Path) -> None:
    """See that a report may be written into a folder.

    Raises:
        OutputError: it is a file, or the current folder, or holds something else under the names of
            a report's files.
    """
    if folder.exists() and not folder.is_dir():
        raise OutputError(
            f"cannot write the report {str(folder)!r}: it is a file", hint="choose another folder"
        )
    here = Path.cwd()
    if folder == here or folder in here.parents:
        raise OutputError(
            f"cannot replace {str(folder)!r}, which is the current folder or holds it",
            hint="choose a folder below it for the report",
        )
    taken = [name for name in OWN if (folder / name).exists()]
    if taken and not _is_report(folder / PAGE):
        raise OutputError(
            f"{str(folder / taken[0])!r} is not part of a report, and would be replaced",
            hint="choose another folder for the report",
        )


def _is_report(page: Path) -> bool:
    try:
        with page.open(encoding="utf-8", errors="replace") as file:
            return MARK in file.read(4096)
    except OSError:
        return False


def _swap(fresh: Path, folder: Path) -> None:
    """Rename the new folder over the old one, and bring foreign files over."""
    if not folder.exists():
        fresh.rename(folder)
        return
    old = _beside(folder).with_suffix(".old")  # never swept: it may hold files of other makers
    folder.rename(old)
    try:
        fresh.rename(folder)
    except OSError:
        old.rename(folder)
        raise
    for entry in old.iterdir():
        if entry.name not in OWN:
            entry.rename(folder / entry.name)
    shutil.rmtree(old, ignore_errors=True)


def _beside(folder: Path) -> Path:
    return folder.with_name(f".{folder.name[:80]}.{secrets.token_hex(6)}.part")


def _sweep(folder: Path) -> None:
    """Remove what killed processes left an hour ago or earlier."""
    for path in folder.parent.iterdir():
        ours = path.name.startswith(f".{folder.name[:80]}.") and path.name.endswith(".part")
        with suppress(OSError):
            if ours and path.is_dir() and path.stat().st_mtime < time.time() - _STALE:
                logger.info("removing the unfinished report %s", path)
                shutil.rmtree(path)
