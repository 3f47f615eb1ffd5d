"""The store in a folder: one file for each blob, the key being its path.

    a hidden file beside it ── fsync ── rename or link ── fsync of every folder above

Several processes, and machines that share the folder, may work in it at once. It needs a POSIX file
system with hard links.
"""

import errno
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import BinaryIO

from hansard.errors import BlobExistsError, BlobNotFoundError, UsageError
from hansard.storage.names import folders_of, is_part, parts_of
from hansard.storage.store import Blob
from hansard.storage.tree import Tree, descriptor, explained, open_plain

MARK = (".hansard-", ".part")
"""How the names of unfinished files begin and end."""
_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENXIO})


class FolderStore:
    """Blobs in a folder, kept by the protocol `Store`."""

    def __init__(self, root: Path) -> None:
        """Use the folder `root`, which is made, for this user only, if it is not there.

        Raises:
            OutputError: it cannot be made, or is no folder.
        """
        with explained(f"cannot make the folder {str(root)!r}"):
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.root = root.resolve()
            with suppress(PermissionError), descriptor(self.root.parent) as above:
                os.fsync(above)
        self._tree = Tree(self.root)

    def put(self, key: str, content: bytes, *, absent: bool = False) -> None:
        """Write a blob, in place of what was there.

        Raises:
            BlobExistsError: `absent` is set, and something is there.
        """
        *folders, name = parts_of(key)
        with explained(f"cannot write {key!r}"), self._tree.place(folders, MARK) as place:
            place.file.write(content)
            place.flush()
            if absent:
                try:
                    place.link(name)
                except FileExistsError as error:
                    raise BlobExistsError(f"something lies under {key!r} already") from error
            else:
                place.rename(name)
            place.sync()

    def adopt(self, path: Path, key: str) -> None:
        """Move a finished local file into the store; the file is gone afterwards."""
        *folders, name = parts_of(key)
        with (
            explained(f"cannot move {path.name!r} to {key!r}"),
            open_plain(path) as source,
            self._tree.place(folders, MARK) as place,
        ):
            os.fsync(source.fileno())
            try:
                os.rename(path, name, dst_dir_fd=place.folders[-1])
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                shutil.copyfileobj(source, place.file, 2**20)
                place.flush()
                place.rename(name)
                path.unlink()
            place.sync()

    def read(self, key: str) -> bytes:
        """The whole blob.

        Raises:
            BlobNotFoundError: nothing is there.
        """
        with self.open(key) as file, explained(f"cannot read {key!r}"):
            return file.read()

    def open(self, key: str) -> BinaryIO:
        """The blob as an open regular file with a descriptor, to be closed by the caller.

        Raises:
            BlobNotFoundError: nothing is there.
        """
        *folders, name = parts_of(key)
        with explained(f"cannot read {key!r}"):
            try:
                return self._tree.read(folders, name)
            except OSError as error:
                if error.errno in _ABSENT:
                    raise BlobNotFoundError(f"nothing lies under {key!r}") from error
                raise

    def list(self, prefix: str = "") -> Iterator[Blob]:
        """Blobs whose keys begin with `prefix`, in order of their keys.

        The prefix is made of whole parts: it ends with `/` or is empty. What is written or deleted
        meanwhile may or may not be among them.
        """
        return self._walk(folders_of(prefix))

    def delete(self, key: str) -> None:
        """Remove a blob; one that is not there is no error."""
        *folders, name = parts_of(key)
        with explained(f"cannot remove {key!r}"):
            self._tree.remove(folders, [name])

    def delete_below(self, prefix: str) -> int:
        """Remove every blob under a prefix that ends with `/`; returns how many there were."""
        if not folders_of(prefix):
            raise UsageError("a store is not emptied as a whole")
        keys = [parts_of(blob.key) for blob in self.list(prefix)]
        with explained(f"cannot remove what is under {prefix!r}"):
            return sum(
                self._tree.remove(folders, [key[-1] for key in these])
                for folders, these in groupby(keys, lambda parts: parts[:-1])
            )

    def free(self) -> int | None:
        """Bytes that still fit; None where nobody can tell."""
        try:
            return shutil.disk_usage(self.root).free
        except OSError:
            return None

    def sweep_temporaries(self, older_than: float = 3600.0) -> int:
        """Remove what killed writers left; returns how many files.

        Those that were written to within `older_than` seconds stay: their writer may live.
        """
        with explained(f"cannot tidy {str(self.root)!r}"):
            return self._tidy((), time.time() - older_than)

    def _walk(self, folders: tuple[str, ...]) -> Iterator[Blob]:
        with explained(f"cannot list {'/'.join(folders)!r}"):
            entries = self._tree.look(folders)
        for entry in entries:
            if is_part(entry.name):
                if entry.folder:
                    yield from self._walk((*folders, entry.name))
                elif entry.regular:
                    yield Blob("/".join((*folders, entry.name)), entry.size, entry.modified)

    def _tidy(self, folders: tuple[str, ...], limit: float) -> int:
        entries = self._tree.look(folders)
        inner = [entry.name for entry in entries if entry.folder and is_part(entry.name)]
        left = [
            entry.name
            for entry in entries
            if entry.name.startswith(MARK[0])
            and entry.name.endswith(MARK[1])
            and entry.modified < limit
        ]
        below = sum(self._tidy((*folders, name), limit) for name in inner)
        return below + self._tree.remove(folders, left)
