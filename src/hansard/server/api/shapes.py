"""What the job API answers, as JSON. Times of day are ISO 8601 in UTC; durations are seconds."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from hansard.jobs.values import Job, State
from hansard.transcript.summaries import Verdict

Status = Literal[
    "PENDING",
    "PREPROCESSING",
    "PROCESSING_ASR",
    "PROCESSING_LLM",
    "COMPLETE",
    "FAILED",
    "CANCELLED",
]
FINAL: frozenset[Status] = frozenset({"COMPLETE", "FAILED", "CANCELLED"})
STATES: dict[State, Status] = {
    State.QUEUED: "PENDING",
    State.COMPLETE: "COMPLETE",
    State.FAILED: "FAILED",
    State.CANCELLED: "CANCELLED",
}
PREPARING = frozenset({"", "preprocessing", "fetching"})
"""Stages of a running job before anything is recognised; the first has no name yet."""
WRITING = frozenset({"cleaning", "summarising"})
"""Stages in which something is written about a transcript."""

TaskId = Annotated[
    str, Meta(description="The task's id", examples=["0b6b9f0e-7c1c-4f0a-9d42-6c1d1f6ad6c5"])
]


class Problem(Struct, frozen=True, kw_only=True):
    """Why a request failed."""

    error: str
    error_code: str
    """Stable: made for programs."""
    hint: str
    """What to do about it."""
    retry: Literal["permanent", "transient", "resource"]
    """Whether the same request may succeed later."""
    request_id: str
    attempts: list[str] | None = None
    """What was tried, where memory ran out."""


class Links(Struct, frozen=True, kw_only=True):
    """Where to go on."""

    self: str
    events: str
    files: str
    cancel: str


class Queue(Struct, frozen=True, kw_only=True):
    """What stands before a task that waits; both are estimates."""

    ahead: int
    estimated_wait_seconds: float | None


class Accepted(Struct, frozen=True, kw_only=True):
    """A recording was taken in, and is on the disk."""

    task_id: TaskId
    status: Status
    links: Links
    queue: Queue | None = None


class CleaningMetrics(Struct, frozen=True, kw_only=True):
    """What cleaning the text changed."""

    edit_rate: float


class Evidence(Struct, frozen=True, kw_only=True):
    """A segment that a point of a summary rests on."""

    segment: int | None
    start: float | None
    end: float | None
    verdict: Verdict


class Results(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was asked for and made; only what was asked for is there."""

    transcript: str
    """Where the whole transcript lies, with words, times and what it can be trusted for."""
    raw_transcript: str | None = None
    clean_transcript: str | None = None
    enhancement_metrics: CleaningMetrics | None = None
    summary: dict[str, Any] | None = None
    """Valid against the schema of its template."""
    evidence: dict[str, list[Evidence]] | None = None
    """JSON pointer of each point in the summary to the segments that it rests on."""
    flagged: list[str] | None = None
    """The points that no segment supports."""


class TaskStatus(Struct, frozen=True, kw_only=True):
    """How a task is."""

    task_id: TaskId
    status: Status
    submitted_at: str
    started_at: str | None
    completed_at: str | None
    stage: str
    """What is being done, in more detail than the status."""
    progress: float | None
    """0 to 1."""
    eta_seconds: float | None
    queue: Queue | None
    attempt: int
    file_name: str
    """What the client called the recording."""
    versions: dict[str, Any] | None
    """What made the transcript: enough to make it again."""
    metrics: dict[str, Any] | None
    """What it cost: durations, stage times, real-time factor, coverage."""
    results: Results | None
    error: str | None
    error_code: str | None
    retry: str | None
    hint: str | None
    links: Links


class Task(Struct, frozen=True, kw_only=True):
    """A task in a list."""

    task_id: TaskId
    status: Status
    submitted_at: str
    started_at: str | None
    completed_at: str | None
    progress: float | None
    file_name: str
    error_code: str | None
    links: Links


class Tasks(Struct, frozen=True, kw_only=True):
    """A page of tasks, the newest first."""

    tasks: list[Task]
    next: str | None
    """What to give as `after` for the next page; null on the last one."""


def status_of_job(job: Job) -> Status:
    """The public name of a job's state."""
    if job.state is State.RUNNING:
        if job.stage in PREPARING:
            return "PREPROCESSING"
        return "PROCESSING_LLM" if job.stage in WRITING else "PROCESSING_ASR"
    return STATES[job.state]


def states_of(status: Status | None) -> tuple[State, ...]:
    """The states that a status may stand for; all where it is None."""
    if status is None:
        return ()
    states = [state for state, name in STATES.items() if name == status]
    return tuple(states) or (State.RUNNING,)


def links_of(job: Job) -> Links:
    """Where to go on with a job."""
    return Links(
        self=f"/v1/status/{job.id}",
        events=f"/v1/tasks/{job.id}/events",
        files=f"/v1/tasks/{job.id}/files/{{name}}",
        cancel=f"/v1/tasks/{job.id}",
    )


def task_of(job: Job) -> Task:
    """A job as an entry of a list."""
    return Task(
        task_id=job.id,
        status=status_of_job(job),
        submitted_at=iso(job.submitted),
        started_at=iso_or_none(job.started),
        completed_at=iso_or_none(job.finished),
        progress=job.progress,
        file_name=job.media.name if job.media else "",
        error_code=job.failure.code if job.failure and job.state is State.FAILED else None,
        links=links_of(job),
    )


def iso(seconds: float) -> str:
    """A time as ISO 8601, to the millisecond."""
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def iso_or_none(seconds: float | None) -> str | None:
    """A time that may not have come yet."""
    return None if seconds is None else iso(seconds)
