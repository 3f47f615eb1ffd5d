"""Waiting for a job with an open connection: the client's leaving cancels it, its end forgets it.

submitted ─ follow ─ final ─ transcript_of ─ dismiss
    └── the client goes, or time is over ──────┘
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing, suppress
from typing import Any, TypeVar

from litestar import Request

from hansard.errors import (
    Cancelled,
    HansardError,
    JobConflictError,
    JobNotFoundError,
    JobTimeoutError,
    LedgerUnavailableError,
)
from hansard.jobs import rules
from hansard.jobs.failures import error_of
from hansard.jobs.values import Job, State
from hansard.server.desk import Desk
from hansard.server.results import Results
from hansard.server.service import Service
from hansard.transcript import Transcript, formats

logger = logging.getLogger(__name__)

T = TypeVar("T")

TO_STOP = 30.0
"""Seconds after which a job that was told to stop is left to the clean-up."""


class TookTooLongError(JobTimeoutError):
    """What a client waits for was not ready in time; another try would wait as long."""

    code = "sync_timeout"


class ClientGoneError(Cancelled):
    """Nobody waits for the answer any more."""

    code = "client_gone"


async def follow(desk: Desk, job: str) -> AsyncGenerator[Job]:
    """The job at once, and again whenever there may be news, until it has ended.

    An outage of the ledger is waited out.

    Raises:
        JobNotFoundError: somebody has deleted it.
    """
    async with aclosing(desk.service.watch.news(job)) as news:
        async for _ in news:
            try:
                found = await desk.quick.run(desk.service.ledger.find, job)
            except LedgerUnavailableError as error:
                logger.info("waiting for the ledger: %s", error)
                continue
            yield found
            if found.state.final:
                return


async def wait_until(desk: Desk, job: str, enough: Callable[[Job], bool]) -> Job:
    """The job as soon as it has ended, or is as far as `enough` asks.

    Raises:
        JobNotFoundError: somebody has deleted it.
    """
    async with aclosing(follow(desk, job)) as states:
        async for found in states:
            if found.state.final or enough(found):
                return found
    raise JobNotFoundError(f"job {job!r} is gone")  # pragma: no cover - the loop ends when it does


async def wait_for_end(desk: Desk, job: str) -> Job:
    """The job when it has ended.

    Raises:
        JobNotFoundError: somebody has deleted it.
    """
    return await wait_until(desk, job, lambda _: False)


async def unless_gone(
    request: Request[Any, Any, Any], work: Coroutine[Any, Any, T], seconds: float
) -> T:
    """What `work` returns or raises, as long as the client stays and time is left.

    Raises:
        ClientGoneError: the client has closed the connection.
        TookTooLongError: so many seconds were not enough.
    """
    gone = asyncio.create_task(_gone(request))
    working = asyncio.create_task(work)
    tasks: set[asyncio.Task[Any]] = {gone, working}
    try:
        await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        if gone.done():
            raise ClientGoneError
        raise TookTooLongError(
            f"it was not ready within {seconds:g} s",
            hint="raise sync_timeout, or submit the recording as a task and ask for its status",
        )
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _gone(request: Request[Any, Any, Any]) -> None:
    """Returns when the client has closed the connection; the body must have been read before."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def transcript_of(desk: Desk, job: Job) -> Transcript:
    """What an ended job has come to.

    Raises:
        HansardError: what it failed with.
        Cancelled: it was cancelled.
    """
    if job.state is State.FAILED and job.failure is not None:
        raise error_of(job.failure)
    if job.result is None:
        raise Cancelled("the transcription was cancelled")
    return await desk.slow.run(_read, desk.results, job)


def _read(results: Results, job: Job) -> Transcript:
    return formats.read(results.content(job).decode(), "json")


async def dismiss(desk: Desk, job: str) -> None:
    """Nobody needs the job any more: stop it if it runs, and remove it and all its files.

    It goes on to the end though the caller is cancelled. What fails is left to the clean-up,
    because the job is ephemeral.
    """
    await asyncio.shield(asyncio.ensure_future(_dismiss(desk, job)))


async def _dismiss(desk: Desk, job: str) -> None:
    try:
        found = await desk.quick.run(desk.service.ledger.find, job)
        if not found.state.final:
            await _cancel(desk, job)
            async with asyncio.timeout(TO_STOP):
                found = await wait_for_end(desk, job)
        await desk.slow.run(forget, desk.service, found)
    except JobNotFoundError:
        pass
    except (HansardError, TimeoutError, RuntimeError) as error:  # Runtime: the threads have ended
        logger.warning("job %s is left to the clean-up: %s", job, error)


async def _cancel(desk: Desk, job: str) -> None:
    rule = rules.ask_cancel(desk.service.options.result_ttl)
    with suppress(JobConflictError):  # it has just ended
        await desk.quick.run(desk.service.ledger.change, job, rule)
        desk.service.bell.ring(job)


def forget(service: Service, job: Job) -> None:
    """Remove an ended job with its upload, its pieces, its result and its row.

    Raises:
        HansardError: ledger or store refuse.
    """
    if job.media is not None and job.media.key:
        service.store.delete(job.media.key)
    for room in ("jobs", "records"):
        service.store.delete_below(f"{room}/{job.id}/")
    service.ledger.delete(job.id)
