"""Are a model's files what they should be? Every byte once, then only size and time.

The first check reads every file and leaves a stamp: SHA-256 with size and modification time. Later
a file is read again only where size or time differ, so loading costs a `stat` per file.
"""

import contextlib
import hashlib
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from hansard.errors import ModelDamagedError, OutputError
from hansard.models.hub.manifest import FileRecord
from hansard.storage.files import sha256_of, write_whole

logger = logging.getLogger(__name__)

STAMP = "hansard-verified.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamped:
    """A file as it was when every byte of it was read."""

    size: int
    mtime_ns: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What to check, and against what."""

    name: str
    """The model's name, for messages."""
    folder: Path
    files: tuple[str, ...]
    stamp: Path | None
    """Where the stamp is kept; None = read every byte each time."""
    truth: Mapping[str, FileRecord] | None = None
    """What the files must be; None for a user's own folder, whose files may change."""


def verify(check: Check, *, full: bool = False) -> dict[str, str]:
    """The SHA-256 of each file, read anew where the stamp does not vouch for it or `full` is asked.

    Raises:
        ModelDamagedError: a file is missing, or is not what it should be.
    """
    before = _read_stamp(check.stamp)
    after = {name: _look(check, name, before.get(name), full=full) for name in sorted(check.files)}
    if check.stamp is not None and after != before:
        with contextlib.suppress(OutputError):  # a shared, read-only store is in order
            write_whole(check.stamp, msgspec.json.encode(after))
    return {name: stamped.sha256 for name, stamped in after.items()}


def _look(check: Check, name: str, before: Stamped | None, *, full: bool) -> Stamped:
    path = check.folder / name
    try:
        stat = path.stat()
        known = before if before and _same(before, stat.st_size, stat.st_mtime_ns) else None
        sha256 = known.sha256 if known and not full else sha256_of(path)
    except OSError as error:
        raise damaged(check.name, f"{name} cannot be read: {error.strerror or error}") from error
    _compare(check, name, (stat.st_size, sha256), known)
    return Stamped(size=stat.st_size, mtime_ns=stat.st_mtime_ns, sha256=sha256)


def _same(stamped: Stamped, size: int, mtime_ns: int) -> bool:
    return (stamped.size, stamped.mtime_ns) == (size, mtime_ns)


def _compare(check: Check, name: str, found: tuple[int, str], known: Stamped | None) -> None:
    """Compare a file's size and hash with what they must be."""
    size, sha256 = found
    truth = check.truth.get(name) if check.truth is not None else None
    if truth is not None and size != truth.size:
        raise damaged(check.name, f"{name} has {size} bytes instead of {truth.size}")
    expected = truth.sha256 if truth else known.sha256 if known else sha256
    if sha256 == expected:
        return
    what = f"the SHA-256 of {name} is {sha256[:12]}… instead of {expected[:12]}…"
    if truth is not None:
        raise damaged(check.name, what)
    raise ModelDamagedError(
        f"model {check.name!r} has changed although its size and time have not: {what}",
        hint="the disk may be failing; copy the folder here anew from where it came",
    )


def damaged(name: str, what: str) -> ModelDamagedError:
    """The error for a model whose files are wrong, with the way out."""
    return ModelDamagedError(
        f"model {name!r} is damaged: {what}",
        hint=f"see what is wrong with `hansard models verify {name}`, "
        f"fetch it again with `hansard models pull {name} --force`",
    )


def stamp_for(models: Path, folder: Path) -> Path:
    """Where the stamp of a user's own folder is kept: in our store, for the folder is not ours."""
    key = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:24]
    return models / ".stamps" / f"{key}.json"


def write_stamp(folder: Path, hashes: Mapping[str, str], names: Iterable[str]) -> None:
    """Leave a stamp for files that were just read in full."""
    stamped = {}
    for name in names:
        stat = (folder / name).stat()
        stamped[name] = Stamped(size=stat.st_size, mtime_ns=stat.st_mtime_ns, sha256=hashes[name])
    write_whole(folder / STAMP, msgspec.json.encode(stamped))


def _read_stamp(path: Path | None) -> dict[str, Stamped]:
    """The stamp, or nothing where it is absent or unreadable: then every byte is read again."""
    if path is None:
        return {}
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Stamped])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.MsgspecError) as error:
        logger.debug("stamp %s cannot be used: %s", path, error)
        return {}
