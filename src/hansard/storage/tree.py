"""A tree of folders walked by descriptors, part by part, and never through a symbolic link.

That keeps every call inside the root, whatever others do to the folders meanwhile.
"""

import errno
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from hansard.errors import DiskFullError, HansardError, OutputError
from hansard.storage.files import is_full

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
_ATTEMPTS = 1000
"""Times that a folder may be taken away by others before something is put into it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What lies in a folder."""

    name: str
    folder: bool
    regular: bool
    """Whether it is a plain file: no folder, link, pipe or device."""
    size: int
    modified: float

    @property
    def order(self) -> str:
        """What entries are sorted by, so that whole keys come in order."""
        return self.name + "/" * self.folder


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is being written: an open hidden file in an open folder."""

    folders: Sequence[int]
    """Descriptors of the root and of each folder below it, the innermost last."""
    name: str
    file: BinaryIO

    def flush(self) -> None:
        """Have the file's content on the disk."""
        self.file.flush()
        os.fsync(self.file.fileno())

    def rename(self, name: str) -> None:
        """Give the file its name, in place of what was there."""
        folder = self.folders[-1]
        os.rename(self.name, name, src_dir_fd=folder, dst_dir_fd=folder)

    def link(self, name: str) -> None:
        """Give the file its name, unless there is one of that name.

        Raises:
            FileExistsError: there is.
        """
        folder = self.folders[-1]
        try:
            os.link(self.name, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        except OSError:
            # A network file system that lost the first answer asks again, and finds it done.
            if os.fstat(self.file.fileno()).st_nlink != 2:
                raise

    def sync(self) -> None:
        """Have the names in the folders on the disk: those above too, whoever made them."""
        for folder in reversed(self.folders):
            os.fsync(folder)


class Tree:
    """The folders under a root."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @contextmanager
    def open(self, folders: Sequence[str], *, make: bool = False) -> Iterator[list[int]]:
        """Descriptors of the root and of each folder below it, the innermost last."""
        with ExitStack() as stack:
            fds = [stack.enter_context(descriptor(self._root))]
            for name in folders:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(name, dir_fd=fds[-1])
                fds.append(os.open(name, _FOLDER, dir_fd=fds[-1]))
                stack.callback(os.close, fds[-1])
            yield fds

    @contextmanager
    def place(self, folders: Sequence[str], mark: tuple[str, str]) -> Iterator[Place]:
        """A hidden file in a folder, which is made if need be; it is gone afterwards.

        While it is there, nobody can take the folder away, because it is not empty.
        """
        name = secrets.token_hex(12).join(mark)
        with ExitStack() as stack:
            fds, fd = self._claim(folders, name, stack)
            with os.fdopen(fd, "w+b") as file:
                try:
                    yield Place(fds, name, file)
                finally:
                    with suppress(FileNotFoundError):
                        os.unlink(name, dir_fd=fds[-1])
                    _prune(fds, folders)

    def _claim(self, folders: Sequence[str], name: str, stack: ExitStack) -> tuple[list[int], int]:
        for _ in range(_ATTEMPTS):
            with ExitStack() as attempt, suppress(FileNotFoundError):
                fds = attempt.enter_context(self.open(folders, make=True))
                fd = os.open(name, _NEW, 0o666, dir_fd=fds[-1])
                stack.enter_context(attempt.pop_all())
                return fds, fd
            # Another call found a folder empty and took it away before we put anything in: again.
        raise OutputError(f"the folder {'/'.join(folders)!r} does not stay")

    def read(self, folders: Sequence[str], name: str) -> BinaryIO:
        """A plain file, open for reading.

        Raises:
            OSError: there is none.
        """
        with self.open(folders) as fds:
            return open_plain(name, fds[-1])

    def look(self, folders: Sequence[str]) -> list[Entry]:
        """What is in a folder, in order; nothing where there is no such folder."""
        found = []
        with (
            suppress(FileNotFoundError, NotADirectoryError),
            self.open(folders) as fds,
            os.scandir(fds[-1]) as entries,
        ):
            for entry in entries:
                with suppress(FileNotFoundError):
                    seen = entry.stat(follow_symlinks=False)
                    kinds = stat.S_ISDIR(seen.st_mode), stat.S_ISREG(seen.st_mode)
                    found.append(Entry(entry.name, *kinds, seen.st_size, seen.st_mtime))
        return sorted(found, key=lambda entry: entry.order)

    def remove(self, folders: Sequence[str], names: Sequence[str]) -> int:
        """Remove files of one folder, then the folders that are empty; returns how many files."""
        removed = 0
        with suppress(FileNotFoundError, NotADirectoryError), self.open(folders) as fds:
            for name in names:
                with suppress(FileNotFoundError, IsADirectoryError):
                    os.unlink(name, dir_fd=fds[-1])
                    removed += 1
            if removed:
                os.fsync(fds[-1])
            _prune(fds, folders)
        return removed


@contextmanager
def descriptor(folder: Path) -> Iterator[int]:
    """An open folder."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield fd
    finally:
        os.close(fd)


def open_plain(path: Path | str, folder: int | None = None) -> BinaryIO:
    """Open a plain file, and nothing else, for reading.

    Raises:
        OSError: there is none.
    """
    fd = os.open(path, _FILE, dir_fd=folder)
    if stat.S_ISREG(os.fstat(fd).st_mode):
        os.set_blocking(fd, True)
        return os.fdopen(fd, "rb")
    os.close(fd)
    raise FileNotFoundError(errno.ENOENT, "not a plain file")


def _prune(fds: Sequence[int], folders: Sequence[str]) -> None:
    """Take away the innermost folders as far as they are empty."""
    with suppress(OSError):
        for fd, name in reversed(tuple(zip(fds, folders, strict=False))):
            os.rmdir(name, dir_fd=fd)


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Turn what the system says into our own errors.

    Raises:
        DiskFullError: there is no room, or the quota is used up.
        OutputError: anything else.
    """
    try:
        yield
    except HansardError:
        raise
    except OSError as error:
        kind, hint = OutputError, ""
        if is_full(error):
            kind, hint = DiskFullError, "free some space on the disk that the store is on"
        elif error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
            hint = "the folder of the store must be writable for this user, and allow hard links"
        raise kind(f"{what}: {error.strerror or error}", hint=hint) from error
