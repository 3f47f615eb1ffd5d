"""Getting hold of the bytes of a recording: a path, a file object or standard input.

What comes out is always a file that can be sought in and whose `read` is written in C: FFmpeg
calls it back, and an exception raised there by Python code (such as Ctrl-C) would be lost.
"""

import io
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from hansard.audio.disk import FreeSpace, refuse_write
from hansard.audio.listening import Listener
from hansard.audio.names import printable
from hansard.errors import (
    MediaAccessError,
    MediaError,
    MediaNotFoundError,
    UnreadableMediaError,
    UsageError,
)

Source = str | os.PathLike[str] | BinaryIO
"""A path (`-` is standard input) or a file object opened in binary mode."""

_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Recording:
    """The bytes of a recording, open for reading."""

    file: BinaryIO
    name: str
    """As it was given; whoever shows it uses `shown`."""
    shown: str
    """The name, safe to print."""
    size: int
    path: Path | None = None


@contextmanager
def open_recording(
    source: Source, folder: Path | None = None, cancelled: Callable[[], bool] | None = None
) -> Iterator[Recording]:
    """Opens `source` for as long as the context lasts; a file object of the caller stays open.

    File objects are read from their beginning. What cannot be sought in (a pipe) is first copied
    to a nameless file in `folder`, or in the system's folder for temporary files.

    Raises:
        MediaNotFoundError: no file has this name.
        MediaAccessError: it may not be read.
        UnreadableMediaError: it is a folder, a pipe, a device, empty, or fails to be read.
        OutputError: the copy does not fit on the disk.
        Cancelled: the caller asked to stop while it was copied.
    """
    if isinstance(source, str) and source == "-":
        source = sys.stdin.buffer
    if isinstance(source, str | os.PathLike):
        with _open_path(os.fspath(source)) as file:
            yield _measured(file, os.fspath(source), Path(source))
        return
    name = _name(source)
    if _is_direct(source):
        yield _measured(source, name)
        return
    with _copy(source, printable(name), folder, Listener(cancelled=cancelled)) as file:
        yield _measured(file, name)


def unreadable(shown: str, error: OSError) -> UnreadableMediaError:
    """The error for a file that fails while it is read, such as on a broken disk."""
    return UnreadableMediaError(f"'{shown}' cannot be read: {error.strerror or error}")


def _name(file: BinaryIO) -> str:
    if file is sys.stdin.buffer:
        return "standard input"
    name = getattr(file, "name", None)
    return name if isinstance(name, str) else "recording"


def _open_path(name: str) -> BinaryIO:
    shown = printable(name)
    hint = "give a file, not a web address" if "://" in name else "check the name"
    try:
        # Looked at before and after: a device may act on being opened, and names can be swapped.
        _refuse_special(Path(name).stat(), shown)
        # Never waits for a pipe's other end; means nothing for regular files.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        file = open(os.open(name, flags), "rb", buffering=0)  # noqa: SIM115, PTH123 - by descriptor
    except MediaError:
        raise
    except PermissionError as error:
        raise MediaAccessError(
            f"'{shown}' may not be read", hint="check the file's and its folder's permissions"
        ) from error
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        raise MediaNotFoundError(f"'{shown}' does not exist", hint=hint) from error
    except OSError as error:
        raise MediaNotFoundError(
            f"'{shown}' cannot be opened: {error.strerror}", hint=hint
        ) from error
    try:
        _refuse_special(os.fstat(file.fileno()), shown)
    except MediaError:
        file.close()
        raise
    return file


def _refuse_special(status: os.stat_result, shown: str) -> None:
    if stat.S_ISREG(status.st_mode):
        return
    if stat.S_ISDIR(status.st_mode):
        raise UnreadableMediaError(f"'{shown}' is a folder, not a file")
    raise UnreadableMediaError(
        f"'{shown}' is a pipe or a device, not a file", hint="write to standard input and give -"
    )


def _is_direct(file: BinaryIO) -> bool:
    """Whether FFmpeg may read this object itself: memory, or a regular file, in pure C."""
    if type(file) is io.BytesIO:
        return True
    raw = file.raw if type(file) in {io.BufferedReader, io.BufferedRandom} else file  # type: ignore[attr-defined]
    return (
        type(raw) is io.FileIO and raw.readable() and stat.S_ISREG(os.fstat(raw.fileno()).st_mode)
    )


def _measured(file: BinaryIO, name: str, path: Path | None = None) -> Recording:
    shown = printable(name)
    try:
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
    except OSError as error:
        raise unreadable(shown, error) from error
    if size == 0:
        raise UnreadableMediaError(f"'{shown}' is empty")
    return Recording(file, name, shown, size, path)


def _copy(file: BinaryIO, shown: str, folder: Path | None, listener: Listener) -> BinaryIO:
    if getattr(file, "seekable", lambda: False)():
        file.seek(0)
    with refuse_write(folder):
        spool = tempfile.TemporaryFile(dir=folder, prefix="hansard-in-", buffering=0)  # noqa: SIM115
    try:
        space = FreeSpace(folder or Path(tempfile.gettempdir()))
        for chunk in _chunks(file, shown):
            listener.poll()
            space.take(len(chunk))
            with refuse_write(folder):
                _write_all(spool, chunk)
    except BaseException:
        spool.close()
        raise
    return spool


def _chunks(file: BinaryIO, shown: str) -> Iterator[bytes]:
    # read1 gives what has come, instead of waiting for a full chunk.
    read: Callable[[int], bytes] = getattr(file, "read1", file.read)
    while True:
        try:
            chunk = read(_CHUNK)
        except OSError as error:
            raise unreadable(shown, error) from error
        if not chunk:
            return
        if not isinstance(chunk, bytes):
            raise UsageError(f"'{shown}' does not give bytes", hint="open it in binary mode, 'rb'")
        yield chunk


def _write_all(file: BinaryIO, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]
