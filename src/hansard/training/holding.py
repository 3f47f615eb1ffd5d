"""Who works on a folder: one process at a time, and others can tell whether it lives."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from hansard.errors import OutputError, TrainingError
from hansard.storage.files import advise
from hansard.transcript import Seconds

_LOCK = ".lock"
_GLANCE: Seconds = 0.5
"""Somebody who only looks holds the lock for a moment, which must not refuse a start."""


@contextmanager
def holding(
    folder: Path, *, name: str = _LOCK, patience: Seconds = _GLANCE, busy: str = ""
) -> Iterator[None]:
    """Have a folder for oneself; however the process ends, the system gives it free.

    `name` is that of the lock file, `busy` what is said where somebody else has it.

    Raises:
        TrainingError: another process has it, and still does after `patience`.
        OutputError: the lock file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / name)
        lock.acquire(timeout=patience)
    except Timeout as error:
        raise TrainingError(
            busy or f"another process works on {folder.name!r} already",
            hint="hansard train status shows how far it is",
        ) from error
    except OSError as error:
        raise OutputError(
            f"cannot write {str(folder / name)!r}: {error.strerror or error}", hint=advise(error)
        ) from error
    try:
        yield
    finally:
        lock.release()


def is_held(folder: Path) -> bool | None:
    """Whether a process works on a folder; None where none ever said so, so nobody can tell."""
    if not (folder / _LOCK).exists():
        return None
    lock = FileLock(folder / _LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    except OSError:  # another user's, or a read-only disk
        return None
    lock.release()
    return False
