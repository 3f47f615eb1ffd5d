"""The store: named blobs that appear whole or not at all, in a folder or (later) in S3.

A key is a path of plain parts, such as `records/4f.../runs/9c.../transcript.json`. What lies under
it is never half-written, and is on the disk when the call that wrote it returns.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol


@dataclass(frozen=True, slots=True)
class Blob:
    """What lies under a key."""

    key: str
    size: int
    """Bytes."""
    modified: float
    """Seconds since 1970, by the store's clock."""


class Store(Protocol):
    """Blobs by key; safe to share between threads.

    Calls block, so async code runs them in a thread. Every method raises `UsageError` for a key
    that is none, and `OutputError` (`DiskFullError` where that is why) where the store refuses.
    """

    def put(self, key: str, content: bytes, *, absent: bool = False) -> None:
        """Write a blob, in place of what was there.

        Raises:
            BlobExistsError: `absent` is set, and something is there.
        """
        ...

    def adopt(self, path: Path, key: str) -> None:
        """Move a finished local file into the store; the file is gone afterwards."""
        ...

    def read(self, key: str) -> bytes:
        """The whole blob.

        Raises:
            BlobNotFoundError: nothing is there.
        """
        ...

    def open(self, key: str) -> BinaryIO:
        """The blob as an open regular file with a descriptor, to be closed by the caller.

        Raises:
            BlobNotFoundError: nothing is there.
        """
        ...

    def list(self, prefix: str = "") -> Iterator[Blob]:
        """Blobs whose keys begin with `prefix`, in the order of their keys.

        The prefix is whole parts: it ends with `/`, or is empty.
        """
        ...

    def delete(self, key: str) -> None:
        """Remove a blob; one that is not there is no error."""
        ...

    def delete_below(self, prefix: str) -> int:
        """Remove every blob under a prefix that ends with `/`; returns how many there were."""
        ...

    def sweep_temporaries(self, older_than: float = 3600.0) -> int:
        """Remove what killed writers left, if it is so many seconds old; returns how many."""
        ...

    def free(self) -> int | None:
        """Bytes that still fit; None where nobody can tell."""
        ...
