"""What clients that upload first are answered, as JSON."""

from typing import Final, Literal

from msgspec import Struct

from hansard.jobs.values import Job, State
from hansard.server.api.shapes import Queue, Status, TaskId, iso, iso_or_none, status_of_job
from hansard.server.api.whisper_uploads import Waiting
from hansard.transcript import Transcript

UPLOADED: Final = "UPLOADED"
FILES = {"json": "", "lrc": "lrc", "sync": "sync", "srt": "srt", "vtt": "vtt", "text": "txt"}
"""Files that a result names, and the `format` of each."""


class UploadLinks(Struct, frozen=True, kw_only=True):
    """Where to go on."""

    process: str
    status: str
    download: str


class WhisperUpload(Struct, frozen=True, kw_only=True):
    """A recording was taken in and waits to be processed."""

    file_id: TaskId
    filename: str
    """What the client called it."""
    size: int
    """Bytes."""
    sha256: str
    duration: float | None
    """Seconds, as its header claims."""
    status: Literal["UPLOADED"] = UPLOADED
    message: str = "uploaded; process it next"
    expires_at: str
    """When it goes unless it is processed before."""
    links: UploadLinks


class WhisperResult(Struct, frozen=True, kw_only=True):
    """What was heard."""

    model: str | None
    """What heard it."""
    transcription: str
    language: str | None
    segments: int
    files: dict[str, str]
    """Where the transcript lies in several formats."""


class WhisperTask(Struct, frozen=True, kw_only=True):
    """How an upload, or what was asked about it, is."""

    file_id: str
    """The upload. What was submitted in another way has its own id here."""
    task_id: str | None
    """The task: the upload's own id for what was asked first, another one for what was asked
    otherwise, such as with another model; null as long as nothing was asked."""
    status: Literal["UPLOADED"] | Status
    model: str | None
    """What was asked for; null = the service's own choice."""
    filename: str
    stage: str
    progress: float | None
    """0 to 1."""
    queue: Queue | None
    submitted_at: str | None
    completed_at: str | None
    expires_at: str | None
    """When an upload goes unless it is processed before."""
    result: WhisperResult | None
    error: str | None
    error_code: str | None
    hint: str | None
    links: UploadLinks


def links_of(file_id: str, task_id: str) -> UploadLinks:
    """Where to go on with a task of an upload."""
    return UploadLinks(
        process=f"/process/whisper/{file_id}",
        status=f"/status/{task_id}",
        download=f"/download/{task_id}",
    )


def upload_of(waiting: Waiting) -> WhisperUpload:
    """The answer to an upload."""
    return WhisperUpload(
        file_id=waiting.file_id,
        filename=waiting.name,
        size=waiting.size,
        sha256=waiting.sha256,
        duration=waiting.duration,
        expires_at=iso(waiting.expires),
        links=links_of(waiting.file_id, waiting.file_id),
    )


def task_of_upload(waiting: Waiting) -> WhisperTask:
    """An upload that nobody has asked anything about."""
    return WhisperTask(
        file_id=waiting.file_id,
        task_id=None,
        status=UPLOADED,
        model=None,
        filename=waiting.name,
        stage="",
        progress=None,
        queue=None,
        submitted_at=None,
        completed_at=None,
        expires_at=iso(waiting.expires),
        result=None,
        error=None,
        error_code=None,
        hint=None,
        links=links_of(waiting.file_id, waiting.file_id),
    )


def task_of_job(job: Job, queue: Queue | None, made: Transcript | None) -> WhisperTask:
    """What was asked, and what it has come to."""
    failed = job.failure if job.state is State.FAILED else None
    file_id = file_id_of(job)
    return WhisperTask(
        file_id=file_id,
        task_id=job.id,
        status=status_of_job(job),
        model=job.request.get("options", {}).get("model"),
        filename=job.media.name if job.media else "",
        stage=job.stage,
        progress=job.progress,
        queue=queue,
        submitted_at=iso(job.submitted),
        completed_at=iso_or_none(job.finished),
        expires_at=None,
        result=None if made is None else result_of(job, made),
        error=failed.message if failed else None,
        error_code=failed.code if failed else None,
        hint=failed.hint if failed else None,
        links=links_of(file_id, job.id),
    )


def file_id_of(job: Job) -> str:
    """The upload that a job is about."""
    return str(job.request.get("file_id", job.id))


def result_of(job: Job, made: Transcript) -> WhisperResult:
    """What was heard, and where its files are."""
    told = made.versions.get("model")
    name = told.get("name") if isinstance(told, dict) else None
    path = f"/download/{job.id}"
    return WhisperResult(
        model=str(name) if name else job.request.get("options", {}).get("model"),
        transcription=made.text,
        language=made.language,
        segments=len(made.segments),
        files={n: f"{path}?format={kind}" if kind else path for n, kind in FILES.items()},
    )
