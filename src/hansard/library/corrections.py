"""What people corrected, kept beside the runs that it is about.

    records/<id>/corrections.jsonl    a line for each correction, oldest first

Runs are never changed: `hansard.transcript.overlay` lays the corrections over one. A store can
only replace a blob whole, so two writers take turns: whoever made the blob `corrections.lock`,
which can be made once only, may write, and takes it away. One that is a minute old belongs to a
writer that was killed.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from hansard.errors import BlobExistsError, BlobNotFoundError, HansardError, UsageError
from hansard.storage.names import RECORDS, owner_of, record_key, record_prefix
from hansard.storage.store import Store
from hansard.transcript.overlay import Correction, Overlay, decode, encode

logger = logging.getLogger(__name__)

CORRECTIONS_FILE = "corrections.jsonl"
LOCK_FILE = "corrections.lock"
_STALE = 60.0
"""Seconds after which the writer that holds a lock is taken to be dead; writing takes far less."""
_TRIES = 200
_PAUSE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedRecord:
    """A record that has corrections."""

    id: str
    overlay: Overlay
    faults: tuple[str, ...] = ()
    """Lines that make no sense, each with what is wrong."""


def corrections_key(id: str) -> str:  # noqa: A002 - the field's own name
    """Where the corrections of a record lie."""
    return record_prefix(id) + CORRECTIONS_FILE


def append_correction(store: Store, record_id: str, correction: Correction) -> None:
    """Add a correction to a record; it is on the disk when this returns.

    Raises:
        UsageError: `record_id` is none.
        BlobNotFoundError: there is no such record.
        HansardError: another writer does not come to an end.
        OutputError: the store refuses.
    """
    store.open(record_key(record_id)).close()
    key = corrections_key(record_id)
    with _turn(store, record_prefix(record_id) + LOCK_FILE):
        before = _content(store, key)
        if before and not before.endswith(b"\n"):
            before += b"\n"
        store.put(key, before + encode(correction).encode() + b"\n")


def read_corrections(store: Store, record_id: str) -> Overlay:
    """The corrections of a record; none where nobody made one.

    A last line that was cut short is no correction; other lines that make no sense are logged.

    Raises:
        UsageError: `record_id` is none.
    """
    found = _read(store, record_id)
    for fault in found.faults:
        logger.warning("%s: %s", corrections_key(record_id), fault)
    return found.overlay


def corrected_records(store: Store) -> Iterator[CorrectedRecord]:
    """Every record that has corrections, in the order of their ids, with its bad lines.

    Raises:
        OutputError: the store cannot be listed.
    """
    for blob in store.list(RECORDS):
        owner = owner_of(blob.key)
        if owner and blob.key == corrections_key(owner):
            found = _read(store, owner)
            if found.overlay.corrections or found.faults:
                yield found


def _read(store: Store, record_id: str) -> CorrectedRecord:
    lines = _content(store, corrections_key(record_id)).split(b"\n")
    corrections: list[Correction] = []
    faults: list[str] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            corrections.append(decode(line))
        except UsageError as error:
            if number < len(lines):  # a whole line ends with a line feed, so the last one is empty
                faults.append(f"line {number}: {error}")
    return CorrectedRecord(id=record_id, overlay=Overlay(tuple(corrections)), faults=tuple(faults))


def _content(store: Store, key: str) -> bytes:
    try:
        return store.read(key)
    except BlobNotFoundError:
        return b""


@contextmanager
def _turn(store: Store, lock: str) -> Iterator[None]:
    """The sole right to write, for as long as the block lasts."""
    for _ in range(_TRIES):
        try:
            store.put(lock, b"", absent=True)
        except BlobExistsError:
            _break_stale(store, lock)
            time.sleep(_PAUSE)
        else:
            break
    else:
        raise HansardError(
            "another correction of this record is being written, and does not come to an end",
            hint="try again in a minute",
        )
    try:
        yield
    finally:
        with suppress(BlobNotFoundError):
            store.delete(lock)


def _break_stale(store: Store, lock: str) -> None:
    folder = lock.rpartition("/")[0] + "/"
    held = next((blob for blob in store.list(folder) if blob.key == lock), None)
    if held is not None and time.time() - held.modified > _STALE:
        logger.warning("%s was left by a writer that was killed", lock)
        store.delete(lock)
