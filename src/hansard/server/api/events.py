"""`GET /v1/tasks/{id}/events`: news of a task as server-sent events, until it has ended."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Stream
from litestar.response.sse import ServerSentEventMessage

from hansard.errors import HansardError, JobNotFoundError
from hansard.jobs.values import Job
from hansard.server.access import caller_of
from hansard.server.api.tasks import etag_of, look, own_job, status_json
from hansard.server.desk import Desk, desk_of
from hansard.server.keys import Key
from hansard.server.openapi import answers

HEARTBEAT = 15.0
"""Seconds without news after which a comment is sent, so that nobody takes the line for dead."""
UNBUFFERED = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


@get(
    "/v1/tasks/{task_id:str}/events",
    opt={"scope": "read", "polling": True},
    media_type="text/event-stream",
    tags=["Tasks"],
    summary="Follow a task",
    responses=answers(404, 503),
)
async def events(task_id: FromPath[str], request: Request[Any, Any, Any]) -> Stream:
    """Each event `status` holds what `GET /v1/status/{id}` says, without the results.

    The stream ends after a final status. `Last-Event-ID` leaves out what was seen already.
    """
    job = await own_job(request, task_id)
    seen = request.headers.get("last-event-id", "")
    return Stream(
        tell(desk_of(request), caller_of(request), job, seen),
        media_type="text/event-stream",
        headers=UNBUFFERED,
    )


async def tell(desk: Desk, key: Key, job: Job, seen: str) -> AsyncIterator[bytes]:
    """The events of a job; `seen` is the id of the last one that the client has."""
    clock = asyncio.get_running_loop().time
    quiet = clock()
    async with aclosing(desk.service.watch.news(job.id)) as news:
        async for _ in news:
            try:
                job, queue = await desk.looks.run(look, desk, key, job.id)
            except JobNotFoundError:
                yield ServerSentEventMessage(data="{}", event="deleted", sep="\n").encode()
                return
            except HansardError:  # the ledger is away; it will be back
                continue
            tag = etag_of(job, queue).removeprefix("W/").strip('"')
            if tag != seen:
                seen, quiet = tag, clock()
                text = status_json(job, desk, queue)
                yield ServerSentEventMessage(data=text, event="status", id=tag, sep="\n").encode()
            elif clock() - quiet >= HEARTBEAT:
                quiet = clock()
                yield b": still here\n\n"
            if job.state.final:
                return


ROUTES = (events,)
