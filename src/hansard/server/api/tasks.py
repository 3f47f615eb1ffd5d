"""A task's status, the list of tasks, and what can be done to one."""

from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter

from hansard.errors import JobConflictError, JobNotFoundError
from hansard.jobs import rules
from hansard.jobs.values import Job, State
from hansard.server.access import caller_of
from hansard.server.api.process import queue_of
from hansard.server.api.shapes import (
    Accepted,
    CleaningMetrics,
    Evidence,
    Queue,
    Results,
    Status,
    Tasks,
    TaskStatus,
    iso,
    iso_or_none,
    links_of,
    states_of,
    status_of_job,
    task_of,
)
from hansard.server.api.waiting import forget
from hansard.server.desk import Desk, desk_of
from hansard.server.forecast import remaining
from hansard.server.keys import Key
from hansard.server.openapi import answers
from hansard.transcript import Transcript
from hansard.transcript.summaries import Summary

AnyRequest = Request[Any, Any, Any]
MOST_LISTED = 200
WITH_TRANSCRIPT = frozenset({"transcribe", "process_text"})
"""Kinds of jobs whose result is a transcript."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a complete job has come to."""

    transcript: Transcript
    summary: Summary | None


def read_made(desk: Desk, job: Job) -> Made:
    """What a complete job has come to; blocks.

    Raises:
        JobNotFoundError: it was deleted meanwhile.
        HansardError: what lies in the store is not what the job committed.
    """
    return Made(desk.results.transcript(job), desk.results.summary(job))


@get(
    "/v1/status/{task_id:str}",
    opt={"scope": "read", "polling": True},
    tags=["Tasks"],
    summary="How a task is",
    responses=answers(304, 404, 500, 503),
)
async def status(task_id: FromPath[str], request: AnyRequest) -> Response[TaskStatus | None]:
    """With its results once it is complete. Send `If-None-Match` to be told 304 if nothing changed.

    A task that waits, fails or was cancelled is no error of this request: its status is 200.
    """
    desk = desk_of(request)
    job, queue = await desk.looks.run(look, desk, caller_of(request), task_id)
    tag = etag_of(job, queue)
    if tag in request.headers.get("if-none-match", ""):
        return Response(None, status_code=304, headers={"ETag": tag})
    found = None
    if job.state is State.COMPLETE and job.kind in WITH_TRANSCRIPT:
        found = await desk.slow.run(read_made, desk, job)
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    return Response(full_status(job, desk, queue, found), headers=headers)


@get(
    "/v1/tasks",
    opt={"scope": "read"},
    tags=["Tasks"],
    summary="List tasks, the newest first",
    responses=answers(400, 404, 503),
)
async def tasks(
    request: AnyRequest,
    status: Annotated[
        Status | None, QueryParameter(description="Only tasks with this status")
    ] = None,
    after: Annotated[
        str, QueryParameter(max_length=100, description="`next` of the page before")
    ] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=MOST_LISTED, description="Tasks on a page")] = 50,
) -> Tasks:
    """Those of the key's owner; an admin sees all."""
    desk, key = desk_of(request), caller_of(request)
    try:
        found = await desk.quick.run(
            desk.service.ledger.list,
            owner=None if key.may("admin") else key.owner,
            states=states_of(status),
            limit=limit + 1,
            after=after,
        )
    except JobNotFoundError as error:
        raise NotFoundException("after names no task; begin with the first page") from error
    page = found[:limit]
    more = page[-1].id if len(found) > limit else None
    shown = [task_of(job) for job in page]
    return Tasks(tasks=[t for t in shown if status in {None, t.status}], next=more)


@delete(
    "/v1/tasks/{task_id:str}",
    opt={"scope": "submit"},
    status_code=202,
    tags=["Tasks"],
    summary="Cancel a task, or delete one that has ended",
    responses=answers(204, 404, 409, 503),
)
async def remove(task_id: FromPath[str], request: AnyRequest) -> Response[Accepted | None]:
    """202 where it is being cancelled, 204 where it and all its files are gone."""
    desk = desk_of(request)
    job = await own_job(request, task_id)
    if not job.state.final:
        try:
            return await cancel(desk, job)
        except JobConflictError:  # it has ended between two looks
            job = await own_job(request, task_id)
    desk.results.forget(job)
    await desk.slow.run(forget, desk.service, job)
    return Response(None, status_code=204)


async def cancel(desk: Desk, job: Job) -> Response[Accepted | None]:
    """Ask the worker to stop, or take a job that waits out of the queue."""
    rule = rules.ask_cancel(desk.service.options.failed_ttl)
    asked = await desk.quick.run(desk.service.ledger.change, job.id, rule)
    desk.service.bell.ring(job.id)
    accepted = Accepted(task_id=job.id, status=status_of_job(asked), links=links_of(job))
    return Response(accepted, status_code=202)


@post(
    "/v1/tasks/{task_id:str}/retry",
    opt={"scope": "admin"},
    status_code=202,
    tags=["Tasks"],
    summary="Begin a failed or cancelled task anew",
    responses=answers(404, 409, 503),
)
async def retry(task_id: FromPath[str], request: AnyRequest) -> Accepted:
    """For admins."""
    desk = desk_of(request)
    job = await own_job(request, task_id)
    again = await desk.quick.run(desk.service.ledger.change, job.id, rules.requeue())
    desk.service.bell.ring(job.id)
    return Accepted(task_id=job.id, status=status_of_job(again), links=links_of(job))


async def own_job(request: AnyRequest, task_id: str) -> Job:
    """The job of this id, if the caller may see it.

    Raises:
        JobNotFoundError: there is none, or it is somebody else's, which must look the same.
        LedgerUnavailableError: the ledger does not answer.
    """
    desk = desk_of(request)
    return await desk.quick.run(find_own, desk, caller_of(request), task_id)


def find_own(desk: Desk, key: Key, task_id: str) -> Job:
    """As `own_job`; blocks."""
    try:
        job = desk.service.ledger.find(task_id)
    except JobNotFoundError as error:
        raise unknown_task() from error
    if not key.sees(job.owner):
        raise unknown_task()
    return job


def look(desk: Desk, key: Key, task_id: str) -> tuple[Job, Queue | None]:
    """A caller's job and its place in the queue, in one go because many ask often; blocks."""
    job = find_own(desk, key, task_id)
    return job, queue_of(desk, job)


def unknown_task() -> JobNotFoundError:
    """The error for a task that is not there, or is none of the caller's business."""
    return JobNotFoundError(
        "there is no such task", hint="it may have been deleted, or have expired; GET /v1/tasks"
    )


def etag_of(job: Job, queue: Queue | None) -> str:
    """Changes with what a client sees; weak, because estimates may differ all the same."""
    place = f"-{queue.ahead}" if queue else ""
    return f'W/"{job.version}{place}"'


def full_status(job: Job, desk: Desk, queue: Queue | None, made: Made | None = None) -> TaskStatus:
    """Everything about a job that its owner may know."""
    failed = job.failure if job.state is State.FAILED else None
    return TaskStatus(
        task_id=job.id,
        status=status_of_job(job),
        submitted_at=iso(job.submitted),
        started_at=iso_or_none(job.started),
        completed_at=iso_or_none(job.finished),
        stage=job.stage,
        progress=job.progress,
        eta_seconds=remaining(job, desk.service.ledger.now()),
        queue=queue,
        attempt=job.attempt,
        file_name=job.media.name if job.media else "",
        versions=versions_of(made) if made else None,
        metrics=metrics_of(made) if made else None,
        results=results_of(job, made) if made else None,
        error=failed.message if failed else None,
        error_code=failed.code if failed else None,
        retry=failed.retry if failed else None,
        hint=failed.hint if failed else None,
        links=links_of(job),
    )


def versions_of(made: Made) -> dict[str, Any]:
    """What made the transcript and its summary: enough to make them again."""
    return {**made.transcript.versions, **(made.summary.versions if made.summary else {})}


def metrics_of(made: Made) -> dict[str, Any]:
    """What both cost."""
    summary = {"summary": dict(made.summary.metrics)} if made.summary else {}
    return {**made.transcript.metrics, **summary}


def results_of(job: Job, made: Made) -> Results:
    """What was asked for."""
    features, transcript, summary = job.request.get("features", ()), made.transcript, made.summary
    edit_rate = float(transcript.metrics.get("edit_rate_cleaning", 0.0))
    return Results(
        transcript=f"/v1/tasks/{job.id}/files/transcript.json",
        raw_transcript=transcript.raw_text if "raw_transcript" in features else None,
        clean_transcript=transcript.text if "clean_transcript" in features else None,
        enhancement_metrics=CleaningMetrics(edit_rate=edit_rate)
        if "enhancement_metrics" in features
        else None,
        summary=dict(summary.content) if summary else None,
        evidence=evidence_of(summary) if summary else None,
        flagged=list(summary.flagged) if summary else None,
    )


def evidence_of(summary: Summary) -> dict[str, list[Evidence]]:
    """Each point with the segments that it rests on."""
    return {
        pointer: [
            Evidence(segment=one.segment, start=one.start, end=one.end, verdict=one.verdict)
            for one in cited
        ]
        for pointer, cited in summary.evidence.items()
    }


def status_json(job: Job, desk: Desk, queue: Queue | None) -> bytes:
    """The status without results, as the events carry it."""
    return msgspec.json.encode(full_status(job, desk, queue), enc_hook=str)


ROUTES = (status, tasks, remove, retry)
