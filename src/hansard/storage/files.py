"""Writing a file so that nobody ever sees half of it."""

import errno
import hashlib
import os
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hansard.errors import DiskFullError, OutputError


def write_whole(path: Path, content: str | bytes) -> Path:
    """Write `content` to `path` whole or not at all; returns the path.

    The bytes go to a hidden file in the same folder, reach the disk, and are renamed over `path`,
    so a reader, a full disk or a killed process never leaves a half-written file under the name.

    Raises:
        OutputError: the folder or the disk refuses.
    """
    data = content.encode() if isinstance(content, str) else content
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".hansard-", suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o666 & ~current_umask())
        Path(temporary).replace(path)
    except OSError as error:
        kind = DiskFullError if is_full(error) else OutputError
        raise kind(
            f"cannot write {str(path)!r}: {error.strerror or error}", hint=advise(error)
        ) from error
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
    return path


@contextmanager
def temporary_folder(prefix: str) -> Iterator[Path]:
    """A new folder in the system's temporary folder, gone afterwards whatever happens.

    Unlike `tempfile.TemporaryDirectory`, an interrupt between making and entering it, or while it
    is removed, leaves nothing behind.

    Raises:
        OutputError: it cannot be made.
    """
    folder = Path(tempfile.gettempdir()) / f"{prefix}{secrets.token_hex(8)}"
    try:
        try:
            folder.mkdir(mode=0o700)
        except OSError as error:
            raise OutputError(
                f"cannot make a folder in {str(folder.parent)!r}: {error.strerror or error}",
                hint="set TMPDIR to a folder that you may write to",
            ) from error
        yield folder
    finally:
        try:
            shutil.rmtree(folder, ignore_errors=True)
        except KeyboardInterrupt:
            shutil.rmtree(folder, ignore_errors=True)
            raise


def remove_stale(folder: Path, pattern: str = "*.part", older_than: float = 3600.0) -> int:
    """Remove files right in `folder` that a killed process left; returns how many.

    Only those that match `pattern` and were not written to within `older_than` seconds go. A folder
    that is not there holds none; a file that cannot be removed stays.
    """
    limit = time.time() - older_than
    removed = 0
    for path in folder.glob(pattern):
        with suppress(OSError):
            if stat.S_ISREG((seen := path.lstat()).st_mode) and seen.st_mtime < limit:
                path.unlink()
                removed += 1
    return removed


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def current_umask() -> int:
    """The process's file mode mask (reading it means setting it for a moment)."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def is_full(error: OSError) -> bool:
    """Whether a write failed for want of room."""
    return error.errno in {errno.ENOSPC, errno.EDQUOT}


def advise(error: OSError) -> str:
    """What a person can do about a failed write."""
    if is_full(error):
        return "the disk is full; free some space or choose another folder with -o"
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return "choose a folder that you may write to with -o"
    if error.errno == errno.ENAMETOOLONG:
        return "the input's name is too long for this file system; rename it"
    return ""
