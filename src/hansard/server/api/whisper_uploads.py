"""Uploads that wait to be processed, for clients that first upload and then ask.

    records/<file_id>/media        the recording, where the job of the same id will want it
    records/<file_id>/upload.json  whose it is, and what it is

The first job of an upload has the upload's own id, so nothing is moved; another job, with another
model, gets a copy. What is never processed belongs to no job: after `LIFE` seconds nobody is shown
it any more, and the clean-up takes it as it takes what a crash left behind.
"""

import shutil
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec

from hansard.errors import (
    BlobExistsError,
    BlobNotFoundError,
    JobConflictError,
    JobNotFoundError,
    KeyReusedError,
    UsageError,
)
from hansard.jobs.cleaning import ORPHAN_AGE
from hansard.jobs.values import Job, Media
from hansard.server.desk import Desk
from hansard.server.keys import Key
from hansard.server.service import Service
from hansard.server.uploads import INCOMING, Upload, check_room, refused
from hansard.storage.names import media_key, record_prefix

UPLOAD_FILE = "upload.json"
LIFE = ORPHAN_AGE
"""Seconds for which an upload waits to be processed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An upload as `upload.json` has it."""

    file_id: str
    owner: str
    """Whose key it came with."""
    name: str
    """What the client calls it: data to show, never part of a path."""
    size: int
    """Bytes."""
    sha256: str
    duration: float | None
    """Seconds, as its header claims; None where it does not say."""
    uploaded: float
    """Seconds since 1970."""

    @property
    def expires(self) -> float:
        """When it goes unless it was processed, in seconds since 1970."""
        return self.uploaded + LIFE

    def media(self, identity: str) -> Media:
        """It as the recording of a job."""
        return Media(
            key=media_key(identity),
            name=self.name,
            size=self.size,
            sha256=self.sha256,
            duration=self.duration,
        )


def identity_of(key: Key, repeatable: str | None) -> str:
    """The id of a new upload: always the same for one idempotency key of one owner."""
    if repeatable is None:
        return str(uuid.uuid4())
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"hansard upload\0{key.owner}\0{repeatable}"))


def other_identity(file_id: str, fingerprint: str) -> str:
    """The id of a job that wants something else than the first job of an upload."""
    return str(uuid.uuid5(uuid.UUID(file_id), fingerprint))


def keep(service: Service, waiting: Waiting, upload: Upload) -> tuple[Waiting, bool]:
    """Put an upload into the store; returns what is there, and whether it is new. Blocks.

    Raises:
        KeyReusedError: its idempotency key came with another file, or with one that has expired.
        OutputError: the store refuses.
    """
    place = media_key(waiting.file_id)
    content = msgspec.json.encode(waiting)
    try:
        service.store.put(_key(waiting.file_id), content, absent=True)
    except BlobExistsError:
        earlier = _read(service, waiting.file_id)
        gone = earlier is not None and not is_here(service, earlier)
        if earlier is None or gone or earlier.sha256 != waiting.sha256:
            what = "has expired" if gone else "was another file"
            raise KeyReusedError(
                f"the upload that came with this idempotency key {what}",
                hint="use a new key for each new upload",
            ) from None
        if not _has_media(service, place):  # the service was killed before it came so far
            service.store.adopt(upload.path, place)
        return earlier, False
    service.store.adopt(upload.path, place)
    return waiting, True


def find(service: Service, key: Key, file_id: str) -> Waiting:
    """The upload of this id, if the caller may see it. Blocks.

    Raises:
        JobNotFoundError: there is none, it has expired, or it is somebody else's.
    """
    found = _read(service, file_id)
    if found is None or not key.sees(found.owner) or not is_here(service, found):
        raise JobNotFoundError(
            "there is no such upload",
            hint=f"what is not processed goes after {LIFE / 60:.0f} minutes; upload it again",
        )
    return found


def is_here(service: Service, waiting: Waiting) -> bool:
    """Whether it was processed, or still may be."""
    return service.ledger.now() < waiting.expires or find_job(service, waiting.file_id) is not None


def find_job(service: Service, identity: str) -> Job | None:
    """The job of this id, if there is one. Blocks."""
    try:
        return service.ledger.find(identity)
    except JobNotFoundError:
        return None


def provide(desk: Desk, waiting: Waiting, identity: str) -> Media:
    """The recording where the job of this id will look for it: in place, or a copy. Blocks.

    Raises:
        JobConflictError: it was not kept.
        OutputError: there is no room for a copy.
    """
    service, source = desk.service, media_key(waiting.file_id)
    media = waiting.media(identity)
    try:
        with service.store.open(source) as file:
            if identity != waiting.file_id and not _has_media(service, media.key):
                folder = service.options.data_dir.expanduser() / INCOMING
                check_room(folder, waiting.size, service.options.free_disk_mb)
                copy = folder / f"{uuid.uuid4().hex}.part"
                try:
                    _copy(file, copy)
                    service.store.adopt(copy, media.key)
                finally:
                    with suppress(OSError):
                        copy.unlink(missing_ok=True)
    except BlobNotFoundError as error:
        raise JobConflictError(
            "the recording of this upload is not kept any more", hint="upload it again"
        ) from error
    return media


def _copy(source: BinaryIO, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with target.open("xb") as file:
            shutil.copyfileobj(source, file, 1 << 20)
    except OSError as error:
        raise refused(error) from error


def _key(file_id: str) -> str:
    return record_prefix(file_id) + UPLOAD_FILE


def _has_media(service: Service, key: str) -> bool:
    try:
        service.store.open(key).close()
    except BlobNotFoundError:
        return False
    return True


def _read(service: Service, file_id: str) -> Waiting | None:
    try:
        return msgspec.json.decode(service.store.read(_key(file_id)), type=Waiting)
    except (BlobNotFoundError, UsageError, msgspec.MsgspecError):
        return None
