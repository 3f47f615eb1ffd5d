"""Uploads: how many at once, how fast they must come, and the file that one becomes."""

import hashlib
import os
import shutil
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hansard.audio.names import printable
from hansard.errors import DiskFullError, OutputError, QueueFullError
from hansard.jobs.options import ServiceOptions
from hansard.jobs.threads import Threads
from hansard.storage.files import advise

INCOMING = "incoming"
"""The folder in `data_dir` for uploads that are not yet whole."""
MEGABYTE = 1_048_576
BUFFER = MEGABYTE
"""Bytes that are gathered before a thread writes them."""
WINDOW = 30.0
"""Seconds over which an upload's speed is averaged, and without a byte after which it is cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that a client sent, whole and on the disk."""

    path: Path
    name: str
    """What the client calls it, made harmless to show; never a path."""
    content_type: str
    """What the client says it is."""
    size: int
    """Bytes."""
    sha256: str


class Gate:
    """Lets so many uploads in at once. Only for the event loop's thread."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.inside = 0

    @contextmanager
    def enter(self) -> Iterator[None]:
        """A place for as long as the upload lasts.

        Raises:
            QueueFullError: all places are taken.
        """
        if self.inside >= self._most:
            raise QueueFullError(
                f"{self._most} uploads are being received already", hint="try again in a moment"
            )
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1


class Pace:
    """Whether bytes come fast enough.

    Only time spent waiting for the client counts: a slow disk here is not held against it.
    """

    def __init__(self, floor: float, window: float = WINDOW) -> None:
        """`floor` is in bytes a second; 0 = only silence is too slow."""
        self._floor = floor
        self._window = window
        self._waited = 0.0
        self._last = 0.0
        self._came: deque[tuple[float, int]] = deque()
        self._sum = 0

    def patience(self) -> float:
        """Seconds to wait for the next bytes before asking `too_slow` again."""
        silence = self._window - (self._waited - self._last)
        trial = self._window - self._waited if self._floor and self._waited < self._window else 1.0
        return max(0.05, min(silence, trial))

    def came(self, size: int, waited: float) -> None:
        """So many bytes came after waiting so many seconds; 0 bytes where none did."""
        self._waited += waited
        if size:
            self._last = self._waited
            self._came.append((self._waited, size))
            self._sum += size
        while self._came and self._came[0][0] <= self._waited - self._window:
            self._sum -= self._came.popleft()[1]

    def too_slow(self) -> bool:
        """Whether the client has had its chance."""
        if self._waited - self._last >= self._window:
            return True
        return self._waited >= self._window and self._sum < self._floor * self._window


class Incoming:
    """A file that is being received, under a name of our own in `data_dir`."""

    def __init__(self, options: ServiceOptions, data_dir: Path, slow: Threads) -> None:
        self.path = data_dir / INCOMING / f"{uuid.uuid4().hex}.part"
        self.size = 0
        self._options = options
        self._slow = slow
        self._hash = hashlib.sha256()
        self._buffer = bytearray()
        self._file: int | None = None

    @property
    def sha256(self) -> str:
        """Of everything that was written, in hexadecimal."""
        return self._hash.hexdigest()

    async def take(self, data: bytes) -> None:
        """Add bytes.

        Raises:
            DiskFullError: too little room would stay free.
            OutputError: the disk refuses.
        """
        self._buffer += data
        self.size += len(data)
        if len(self._buffer) >= BUFFER:
            await self._flush()

    async def finish(self) -> None:
        """Bring everything to the disk, for good.

        Raises:
            OutputError: the disk refuses.
        """
        await self._flush()
        await self._slow.run(self._close, sync=True)

    async def discard(self) -> None:
        """Remove the file, unless it has gone elsewhere."""
        await self._slow.run(self._remove)

    async def _flush(self) -> None:
        data, self._buffer = bytes(self._buffer), bytearray()
        await self._slow.run(self._write, data)

    def _write(self, data: bytes) -> None:
        try:
            if self._file is None:
                self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
                self._file = os.open(self.path, flags, 0o600)
            check_room(self.path.parent, len(data), self._options.free_disk_mb)
            self._hash.update(data)
            view = memoryview(data)
            while view:
                view = view[os.write(self._file, view) :]
        except OSError as error:
            raise refused(error) from error

    def _close(self, *, sync: bool) -> None:
        file, self._file = self._file, None
        if file is None:
            return
        try:
            if sync:
                os.fsync(file)
        except OSError as error:
            raise refused(error) from error
        finally:
            os.close(file)

    def _remove(self) -> None:
        self._close(sync=False)
        self.path.unlink(missing_ok=True)


def check_room(folder: Path, size: int, floor_mb: int) -> None:
    """See that `size` bytes still fit and leave the floor free.

    Raises:
        DiskFullError: they do not.
    """
    here = next((place for place in (folder, *folder.parents) if place.exists()), Path("/"))
    if shutil.disk_usage(here).free - size < floor_mb * MEGABYTE:
        raise DiskFullError(
            "the disk of the service is nearly full", hint="try again later, or tell its operator"
        )


def refused(error: OSError) -> OutputError:
    """What a failed write means to a client; says nothing of paths."""
    if isinstance(error, OutputError):
        return error
    kind = DiskFullError if advise(error).startswith("the disk is full") else OutputError
    return kind(f"the upload cannot be kept: {error.strerror or error}")


def display_name(name: str | None) -> str:
    """A client's file name as it may be shown: its last part, on one line, not too long."""
    last = (name or "").replace("\\", "/").rpartition("/")[2].strip()
    return printable(last) if last.strip(". ") else "upload"


def clock() -> Callable[[], float]:
    """A stopwatch: seconds since it was made."""
    begin = time.monotonic()
    return lambda: time.monotonic() - begin
