"""Whether the service lives, can be asked, and is well."""

import logging
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Literal

import msgspec
from litestar import Request, Response, get
from litestar.openapi.datastructures import ResponseSpec

from hansard.errors import HansardError
from hansard.jobs.values import Counts, WorkerNote
from hansard.server.access import PUBLIC
from hansard.server.desk import Desk, desk_of
from hansard.server.metrics import CONTENT_TYPE
from hansard.server.uploads import MEGABYTE

logger = logging.getLogger(__name__)


class Alive(msgspec.Struct, frozen=True):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Ready(msgspec.Struct, frozen=True):
    """Whether jobs that are submitted now will be worked on."""

    ready: bool
    ledger: bool
    worker: bool


class Disk(msgspec.Struct, frozen=True):
    """The disk that uploads lie on."""

    free_bytes: int | None
    used_percent: float | None
    low: bool
    """Whether uploads are refused for want of room."""


class Health(msgspec.Struct, frozen=True):
    """How the service is."""

    status: Literal["healthy", "unhealthy"]
    version: str
    ledger: bool
    """Whether the ledger answers."""
    queue_depth: int | None
    worker_active: bool
    """Whether a worker was seen in the last minute."""
    worker_ready: bool
    disk: Disk


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen; None where the ledger did not answer."""

    counts: Counts | None
    workers: tuple[WorkerNote, ...]


def look(desk: Desk) -> Look:
    """Ask the ledger; never raises."""
    ledger = desk.service.ledger
    try:
        return Look(ledger.count(), tuple(ledger.workers()))
    except HansardError as error:
        logger.info("the ledger does not answer: %s", error)
        return Look(None, ())


def disk_of(desk: Desk) -> Disk:
    """Look at the disk; never raises."""
    options = desk.service.options
    try:
        usage = shutil.disk_usage(options.data_dir.expanduser())
    except OSError:
        return Disk(None, None, low=True)
    percent = round(100 * (usage.total - usage.free) / usage.total, 1) if usage.total else None
    return Disk(usage.free, percent, low=usage.free < options.free_disk_mb * MEGABYTE)


@get(
    "/livez",
    opt={"scope": PUBLIC},
    security=[{}],
    summary="Does the process answer?",
    tags=["Health"],
)
async def livez() -> Alive:
    """Answers as long as the process can answer at all."""
    return Alive()


@get(
    "/readyz",
    opt={"scope": PUBLIC},
    security=[{}],
    summary="Will a job be worked on?",
    tags=["Health"],
    responses={503: ResponseSpec(Ready, description="It will not, for now")},
)
async def readyz(request: Request[Any, Any, Any]) -> Response[Ready]:
    """503 until the ledger answers and a worker has its models ready."""
    seen = await desk_of(request).quick.run(look, desk_of(request))
    worker = any(note.ready for note in seen.workers)
    ready = Ready(seen.counts is not None and worker, seen.counts is not None, worker)
    return Response(ready, status_code=200 if ready.ready else 503)


@get(
    "/health",
    opt={"scope": PUBLIC},
    security=[{}],
    summary="How is the service?",
    tags=["Health"],
    responses={503: ResponseSpec(Health, description="It is not well")},
)
async def health(request: Request[Any, Any, Any]) -> Response[Health]:
    """Really looks at the ledger, the workers and the disk; 503 where one of them is not well."""
    desk = desk_of(request)
    seen = await desk.quick.run(look, desk)
    disk = await desk.quick.run(disk_of, desk)
    worker = bool(seen.workers)
    well = seen.counts is not None and worker and not disk.low
    found = Health(
        status="healthy" if well else "unhealthy",
        version=version("hansard"),
        ledger=seen.counts is not None,
        queue_depth=seen.counts.queued if seen.counts else None,
        worker_active=worker,
        worker_ready=any(note.ready for note in seen.workers),
        disk=disk,
    )
    return Response(found, status_code=200 if well else 503)


@get(
    "/metrics",
    opt={"scope": "admin", "loopback": True, "polling": True},
    security=[{}, {"key": []}, {"bearer": []}],
    media_type=CONTENT_TYPE,
    summary="Measurements for Prometheus",
    tags=["Health"],
)
async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """For this machine itself, or with an admin's key."""
    desk = desk_of(request)
    seen = await desk.quick.run(look, desk)
    disk = await desk.quick.run(disk_of, desk)
    text = await desk.quick.run(desk.metrics.show, seen.counts, seen.workers, disk.free_bytes)
    return Response(text, media_type=CONTENT_TYPE)


ROUTES = (livez, readyz, health, metrics)
