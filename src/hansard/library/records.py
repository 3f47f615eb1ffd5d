"""Records: the truth about recordings. One folder of the store for each.

    records/<id>/record.json                   what the recording is, and which run counts
    records/<id>/media                         the recording, unless it is not kept
    records/<id>/runs/<token>/transcript.json  a run: one machine result, never changed
    records/<id>/runs/<token>/summary.json     what was written about it, in the same run

A run is written whole under its own token. Then the ledger commits it, fenced by the lease of that
token, and only then `switch` makes `record.json` name it. Whoever is killed in between leaves a
run that nothing names, or a commit whose switch the sweep repeats; never a record of half a run.
The id of a record is that of the job that made it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import msgspec

from hansard.errors import BlobExistsError, BlobNotFoundError, HansardError
from hansard.storage.names import media_key, record_key, record_prefix, run_key
from hansard.storage.store import Store

__all__ = [
    "Record",
    "Recording",
    "Run",
    "media_key",
    "read_record",
    "read_run",
    "record_key",
    "remove_record",
    "run_key",
    "switch",
    "write_run",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """The sound that a record is about."""

    key: str = ""
    """Where it lies in the store; empty where it is not kept."""
    size: int = 0
    """Bytes."""
    sha256: str = ""
    duration: float | None = None
    """Seconds; None where nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One machine result."""

    token: str
    key: str
    """Where it lies in the store."""
    sha256: str
    size: int
    """Bytes."""
    parts: Mapping[str, str] = field(default_factory=dict)
    """Other files of this run, beside the transcript: name to SHA-256."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What `record.json` says."""

    id: str
    created: float
    """Seconds since 1970."""
    owner: str
    """Whose key it came with."""
    name: str = ""
    """What the client calls the recording: data to show, never part of a path."""
    media: Recording | None = None
    run: Run | None = None
    """The run that counts."""
    versions: Mapping[str, Any] = field(default_factory=dict)
    """What made that run: program, engine, model."""


def write_run(
    store: Store,
    id: str,  # noqa: A002 - the field's own name
    token: str,
    content: bytes,
    parts: Mapping[str, bytes] | None = None,
) -> Run:
    """Write a run, and `parts` beside it, by name. Writing the same again is no error.

    Raises:
        UsageError: `id` or `token` is none.
        BlobExistsError: another run was written under this token.
        OutputError: the store refuses.
    """
    hashes = {
        name: _write_once(store, run_key(id, token, name), part)
        for name, part in (parts or {}).items()
    }
    key = run_key(id, token)
    digest = _write_once(store, key, content)
    return Run(token=token, key=key, sha256=digest, size=len(content), parts=hashes)


def _write_once(store: Store, key: str, content: bytes) -> str:
    """Write a blob that never changes; returns its SHA-256."""
    try:
        store.put(key, content, absent=True)
    except BlobExistsError:
        if store.read(key) != content:
            raise
    return sha256(content).hexdigest()


def read_run(store: Store, run: Run) -> bytes:
    """The content of a run, checked against its SHA-256.

    Raises:
        BlobNotFoundError: it is gone.
        HansardError: it is not what was written.
    """
    content = store.read(run.key)
    if sha256(content).hexdigest() != run.sha256:
        raise HansardError(
            f"{run.key!r} is not what was written", hint="restore it from a backup of the store"
        )
    return content


def switch(store: Store, record: Record) -> None:
    """Make `record.json` say this; saying the same again writes nothing.

    Raises:
        BlobNotFoundError: the run that it names is not in the store.
        OutputError: the store refuses.
    """
    content = msgspec.json.format(msgspec.json.encode(record)) + b"\n"
    key = record_key(record.id)
    if record.run is not None:
        store.open(record.run.key).close()
    try:
        if store.read(key) == content:
            return
    except BlobNotFoundError:
        pass
    store.put(key, content)


def read_record(store: Store, id: str) -> Record:  # noqa: A002 - the field's own name
    """What is known about a recording.

    Raises:
        UsageError: `id` is none.
        BlobNotFoundError: there is no such record.
        HansardError: its file is damaged.
    """
    key = record_key(id)
    try:
        return msgspec.json.decode(store.read(key), type=Record)
    except msgspec.MsgspecError as error:
        raise HansardError(
            f"{key!r} is damaged: {error}", hint="restore it from a backup of the store"
        ) from error


def remove_record(store: Store, id: str) -> int:  # noqa: A002 - the field's own name
    """Remove a record and all that belongs to it; returns how many blobs there were.

    Its file goes first: should this be interrupted, what is left belongs to no record, and is
    cleaned up.
    """
    blobs = sum(1 for _ in store.list(record_prefix(id)))
    store.delete(record_key(id))
    store.delete_below(record_prefix(id))
    return blobs
