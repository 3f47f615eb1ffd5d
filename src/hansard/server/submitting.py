"""From an upload to a job: probed, kept, written to the ledger, and the bell rung."""

import hashlib
import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from hansard.audio.info import MediaInfo
from hansard.errors import HansardError, LedgerUnavailableError, MediaLimitError
from hansard.jobs.values import Job, Media, Priority, Webhook
from hansard.library.records import media_key
from hansard.server.desk import Desk
from hansard.server.keys import Key
from hansard.server.uploads import Upload
from hansard.storage.names import checkpoints, reference_key

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a client wants done, checked."""

    request: Mapping[str, Any]
    """What is stored with the job: `options`, `features`, `task`; plain JSON."""
    kind: str = "transcribe"
    upload: Upload | None = None
    identity: str = ""
    """The id that the job gets, where it was given away before; by default a new one."""
    kept: Media | None = None
    """A recording that lies in the store already; it stays there if the job is refused."""
    references: tuple[bytes, ...] = ()
    """Clips of voices that came with it; `request` tells their names and hashes."""
    url: str = ""
    priority: Priority = Priority.NORMAL
    ephemeral: bool = False
    webhook: Webhook | None = None
    idempotency_key: str | None = None
    trace: Mapping[str, str] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """Hash of all that makes it another order."""
        told = {
            "kind": self.kind,
            "request": self.request,
            "sha256": recording.sha256 if (recording := self.upload or self.kept) else "",
            "url": self.url,
            "priority": int(self.priority),
            "ephemeral": self.ephemeral,
            "webhook": self.webhook.url if self.webhook else "",
        }
        return hashlib.sha256(msgspec.json.encode(told, order="deterministic")).hexdigest()


async def probe(desk: Desk, upload: Upload, shortest: float) -> MediaInfo:
    """What the headers of an upload claim, read in a process that may die of it.

    Raises:
        MediaError: no sound can be had from it, or it is shorter than `shortest` seconds.
    """
    with await desk.slow.run(upload.path.open, "rb") as file:
        info = await desk.service.media.probe(file, name=upload.name)
    if info.duration is not None and info.duration < shortest:
        raise MediaLimitError(
            f"the recording is {info.duration:.3f} s long, shorter than {shortest:g} s"
        )
    return info


async def submit(
    desk: Desk, key: Key, order: Order, duration: float | None = None
) -> tuple[Job, bool]:
    """Put an order into the ledger; returns the job and whether it is new.

    When it returns, the upload and the job are on the disk. Where the client has sent the same
    order under the same idempotency key before, the earlier job comes back.

    Raises:
        QueueFullError: too many jobs wait.
        KeyReusedError: the idempotency key came with another order.
        LedgerUnavailableError: the ledger does not answer; nothing is kept.
        OutputError: the store refuses.
    """
    return await desk.quick.run(_submit, desk, key, order, duration)


def _submit(desk: Desk, key: Key, order: Order, duration: float | None) -> tuple[Job, bool]:
    service = desk.service
    identity = order.identity or str(uuid.uuid4())
    place = media_key(identity) if order.upload is not None else ""
    job = Job(
        id=identity,
        kind=order.kind,
        owner=key.owner,
        request=order.request,
        media=media_of(order, place, duration),
        priority=order.priority,
        idempotency_key=order.idempotency_key,
        fingerprint=order.fingerprint,
        ephemeral=order.ephemeral or key.ephemeral,
        webhook=order.webhook,
        trace=order.trace,
    )
    if order.upload is not None:
        service.store.adopt(order.upload.path, place)
    for number, clip in enumerate(order.references):
        service.store.put(reference_key(identity, number), clip)
    try:
        kept, new = service.ledger.submit(job, most_queued=service.options.max_queue_depth)
    except LedgerUnavailableError:
        raise  # the job may be written all the same; if it is not, the clean-up takes the upload
    except HansardError:
        _forget_upload(desk, order, job)
        raise
    if new:
        service.bell.ring(kept.id)
    else:
        _forget_upload(desk, order, job)
    return kept, new


def media_of(order: Order, place: str, duration: float | None) -> Media | None:
    """What the job is about; `place` is where its upload lies in the store."""
    upload = order.upload
    if order.kept is not None:
        return order.kept
    if upload is not None:
        return Media(
            key=place,
            name=upload.name,
            size=upload.size,
            sha256=upload.sha256,
            duration=duration,
        )
    return Media(url=order.url) if order.url else None


def _forget_upload(desk: Desk, order: Order, job: Job) -> None:
    """Remove what no job will need; if that fails, the clean-up finds it."""
    if order.kept is not None:
        return
    try:
        if job.media is not None and job.media.key:
            desk.service.store.delete(job.media.key)
        desk.service.store.delete_below(checkpoints(job.id))
    except HansardError:
        logger.warning("an upload without a job could not be removed", exc_info=True)
