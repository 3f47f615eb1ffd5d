"""Jobs and workers' notes as JSON bytes, readable by the versions before and after this one.

A field that a reader does not know is left out; one that the writer did not know has its default.
"""

from dataclasses import fields

import msgspec

from hansard.errors import LedgerUnavailableError
from hansard.jobs.values import Job, WorkerNote

_KNOWN = frozenset(field.name for field in fields(Job))


def pack(job: Job, before: bytes = b"") -> bytes:
    """A job as JSON; what only a newer version understands in `before` is kept as it is."""
    body = msgspec.json.encode(job)
    unknown = {name: raw for name, raw in _raw(before).items() if name not in _KNOWN}
    return msgspec.json.encode({**_raw(body), **unknown}) if unknown else body


def unpack(body: bytes) -> Job:
    """The job that `pack` wrote.

    Raises:
        LedgerUnavailableError: a newer version wrote something that this one cannot understand.
    """
    try:
        return msgspec.json.decode(body, type=Job)
    except msgspec.DecodeError as error:
        raise _strange("a job", error) from error


def pack_note(note: WorkerNote) -> bytes:
    """A worker's note as JSON."""
    return msgspec.json.encode(note)


def unpack_note(body: bytes) -> WorkerNote:
    """The note that `pack_note` wrote.

    Raises:
        LedgerUnavailableError: a newer version wrote something that this one cannot understand.
    """
    try:
        return msgspec.json.decode(body, type=WorkerNote)
    except msgspec.DecodeError as error:
        raise _strange("a worker's note", error) from error


def _raw(body: bytes) -> dict[str, msgspec.Raw]:
    return msgspec.json.decode(body, type=dict[str, msgspec.Raw]) if body else {}


def _strange(what: str, error: Exception) -> LedgerUnavailableError:
    return LedgerUnavailableError(
        f"the ledger holds {what} that this version cannot read: {error}",
        hint="upgrade Hansard on this machine to the version that the others run",
    )
