"""What goes out to a child and what comes back: the media's descriptor, a folder, a Sound."""

import logging
import math
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from hansard.audio import wav
from hansard.audio.child_messages import Decoded
from hansard.audio.disk import refuse_write
from hansard.audio.names import printable
from hansard.audio.sound import Sound
from hansard.errors import OutputError, UnreadableMediaError, UsageError

logger = logging.getLogger(__name__)


@contextmanager
def borrow(file: BinaryIO, shown: str) -> Iterator[int]:
    """A descriptor of an open file, for reading only and with a position of its own.

    Where the system cannot do that the position is shared with `file`.

    Raises:
        UsageError: it is not an open file.
        UnreadableMediaError: it is a folder, a pipe or a device.
    """
    try:
        given = file.fileno()
        mode = os.fstat(given).st_mode
    except (OSError, ValueError) as error:
        raise UsageError(f"'{shown}' is not an open file", hint="give a file on disk") from error
    if not stat.S_ISREG(mode):
        raise UnreadableMediaError(f"'{shown}' is a folder, a pipe or a device, not a file")
    try:
        handle = os.open(f"/proc/self/fd/{given}", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        handle = os.dup(given)
    try:
        yield handle
    finally:
        os.close(handle)


@dataclass(frozen=True, slots=True)
class Room:
    """A folder for one child, inside the caller's."""

    path: Path
    handle: int
    """Its descriptor."""

    @property
    def outer(self) -> Path:
        """The caller's folder."""
        return self.path.parent

    @property
    def free(self) -> int:
        """Bytes that are free on its disk."""
        with refuse_write(self.outer):
            return shutil.disk_usage(self.path).free

    def clear(self) -> None:
        """Removes what another child left in it."""
        for left in self.path.iterdir():
            left.unlink()

    def adopt(self, said: Decoded, shown: str) -> Sound:
        """Moves the Sound out into the caller's folder, if it is what the child says it is.

        The name is made here: a child that was taken over shall not choose one.

        Raises:
            UnreadableMediaError: there is something else.
            OutputError: the folder refuses.
        """
        with refuse_write(self.outer):
            found = list(self.path.iterdir())
            if len(found) != 1 or not _is_true(found[0].lstat(), said):
                logger.warning("a media child left something else than it said")
                raise UnreadableMediaError(
                    f"'{shown}' ended its decoder (it left no sound)", hint="it is damaged"
                )
            path = self.outer / f"hansard-{secrets.token_hex(8)}.wav"
            found[0].rename(path)
        return Sound(path, wav.HEADER_BYTES, said.samples, said.start)

    def blame(self, error: OutputError) -> OutputError:
        """The same error with the caller's folder, which a child knows as `.`, named."""
        message = str(error).replace("'.'", f"'{printable(self.outer)}'")
        return type(error)(message, hint=error.hint)


@contextmanager
def make_room(folder: Path) -> Iterator[Room]:
    """A new folder in `folder` for one child; it is gone afterwards with all that is in it.

    Raises:
        OutputError: the folder refuses.
    """
    with refuse_write(folder):
        path = Path(tempfile.mkdtemp(dir=folder, prefix="hansard-media-"))
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            yield Room(path, handle)
        finally:
            os.close(handle)
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _is_true(status: os.stat_result, said: Decoded) -> bool:
    """Whether this is a file of its own, as long as was said."""
    size = wav.HEADER_BYTES + 2 * said.samples
    plain = stat.S_ISREG(status.st_mode) and status.st_nlink == 1
    return plain and status.st_size == size and 0 <= said.start < math.inf
