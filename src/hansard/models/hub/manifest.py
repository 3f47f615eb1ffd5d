"""The note beside fetched or converted weights: where they come from, and their hashes."""

import contextlib
import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import msgspec

from hansard.errors import ModelDamagedError, OutputError
from hansard.models.hub.files import Layout
from hansard.storage.files import write_whole

logger = logging.getLogger(__name__)

NAME = "hansard-manifest.json"
_USED_AT_MOST_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecord:
    """What a file must be."""

    size: int
    """Bytes."""
    sha256: str
    source: Literal["hub", "computed"]
    """Who said so: the hub before the download, or ourselves from what came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What is known of a model that Hansard put on the disk."""

    model: str
    """Its name, by which it can be asked for again; for a conversion, as it was asked for."""
    repo: str
    """Where it lies at the hub; for a converted folder, its path."""
    revision: str | None
    """The hub's commit."""
    layout: Layout
    files: Mapping[str, FileRecord]
    created_at: datetime
    last_used: datetime
    converted_from: str | None = None
    """The digest of the safetensors that it was converted from."""


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest in `folder`; None where there is none.

    Raises:
        ModelDamagedError: it cannot be read.
    """
    try:
        return msgspec.json.decode((folder / NAME).read_bytes(), type=Manifest)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, msgspec.MsgspecError) as error:
        raise ModelDamagedError(
            f"{NAME} in {str(folder)!r} cannot be read: {error}",
            hint="fetch the model again: hansard models pull NAME --force",
        ) from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write it, whole.

    Raises:
        OutputError: the disk refuses.
    """
    encoded = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    write_whole(folder / NAME, encoded)


def note_use(folder: Path, manifest: Manifest, now: datetime) -> None:
    """Note that the model is used; at most once an hour, and never where writing is refused."""
    if now - manifest.last_used < _USED_AT_MOST_EVERY:
        return
    with contextlib.suppress(OutputError):  # a shared, read-only store is in order
        write_manifest(folder, replace(manifest, last_used=now))


def digest_of(hashes: Mapping[str, str]) -> str:
    """One SHA-256 over the names and SHA-256 of all files, whatever their order."""
    lines = "".join(f"{name}\0{hashes[name]}\n" for name in sorted(hashes))
    return hashlib.sha256(lines.encode()).hexdigest()
