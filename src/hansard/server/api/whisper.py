"""For clients that first upload, then have it processed: thin routes over the job API.

    POST /upload/whisper             a file -> its file_id
    POST /process/whisper/{file_id}  have it transcribed -> a task
    GET  /status/{id}                how the upload or the task is
    GET  /download/{id}              the transcript, with a time for each word

Keys, limits, the queue and what is stored are those of `/v1/process`, `/v1/status` and
`/v1/tasks/{id}/files`; a task that was submitted there can be followed here, and the reverse.
"""

from dataclasses import replace
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, QueryParameter

from hansard.errors import JobConflictError, JobNotFoundError, UsageError
from hansard.jobs.values import Job, State
from hansard.server.access import caller_of
from hansard.server.api.asking import Asked, read_asked, read_idempotency_key, refuse_unknown
from hansard.server.api.files import SUBTITLES, check_complete, disposition, rendered
from hansard.server.api.process import check_choices, queue_of, webhook_of
from hansard.server.api.shapes import Queue
from hansard.server.api.tasks import WITH_TRANSCRIPT, etag_of, find_own, look, unknown_task
from hansard.server.api.whisper_docs import PROCESS, UPLOAD, ProcessingUpload, Uploading
from hansard.server.api.whisper_shapes import (
    WhisperTask,
    WhisperUpload,
    task_of_job,
    task_of_upload,
    upload_of,
)
from hansard.server.api.whisper_uploads import (
    Waiting,
    find,
    find_job,
    identity_of,
    keep,
    other_identity,
    provide,
)
from hansard.server.desk import Desk, desk_of
from hansard.server.forms import Form, receive
from hansard.server.keys import Key
from hansard.server.openapi import answers
from hansard.server.submitting import Order, probe, submit
from hansard.settings import Options
from hansard.transcript.formats import find as find_format
from hansard.transcript.subtitles import SubtitleOptions

AnyRequest = Request[Any, Any, Any]
BASE = "words"
"""The format that is downloaded where none is named: text, segments and words with times."""
NAMES = {BASE: "transcription_base.json", "txt": "transcription_base.txt", "lrc": "karaoke.lrc"}
"""What clients call these files."""
SYNONYMS = {"model_variant": "model", "variation": "model"}


@post(
    "/upload/whisper",
    opt={"scope": "submit"},
    status_code=201,
    operation_class=Uploading,
    tags=["Tasks"],
    summary="Upload a recording, to be processed later",
    description=UPLOAD,
)
async def upload(request: AnyRequest) -> Response[WhisperUpload]:
    """Take a recording in, and do nothing with it yet."""
    desk, key = desk_of(request), caller_of(request)
    identity = identity_of(key, read_idempotency_key(request.headers.get("idempotency-key")))
    async with receive(request) as form:
        refuse_unknown(form, ())
        file = form.files.get("file")
        if file is None:
            raise UsageError(
                "there is no recording", hint="send it in the field file: curl -F file=@talk.mp3"
            )
        info = await probe(desk, file, desk.service.options.min_duration)
        waiting = Waiting(
            file_id=identity,
            owner=key.owner,
            name=file.name,
            size=file.size,
            sha256=file.sha256,
            duration=info.duration,
            uploaded=await desk.quick.run(desk.service.ledger.now),
        )
        kept, new = await desk.slow.run(keep, desk.service, waiting, file)
    headers = {"Location": f"/status/{kept.file_id}"}
    headers |= {} if new else {"Idempotent-Replayed": "true"}
    return Response(upload_of(kept), status_code=201, headers=headers)


@post(
    "/process/whisper/{file_id:str}",
    opt={"scope": "submit"},
    status_code=202,
    operation_class=ProcessingUpload,
    tags=["Tasks"],
    summary="Have an upload transcribed",
    description=PROCESS,
)
async def process(file_id: FromPath[str], request: AnyRequest) -> Response[WhisperTask]:
    """Submit an upload, once for each way in which it is to be processed."""
    desk, key = desk_of(request), caller_of(request)
    repeatable = read_idempotency_key(request.headers.get("idempotency-key"))
    waiting = await desk.quick.run(find, desk.service, key, file_id)
    async with receive(request, files=()) as form:
        asked = read_process(with_query(form, request), desk.service.options)
        await check_choices(desk, asked)
        order = Order(
            request={**asked.request, "file_id": waiting.file_id},
            kept=waiting.media(waiting.file_id),
            priority=asked.priority,
            ephemeral=asked.ephemeral,
            webhook=webhook_of(asked, key, desk.service.options),
            idempotency_key=repeatable,
            trace=request.scope.get("state", {}).get("trace", {}),
        )
        job, new = await submit_once(desk, replace(key, owner=waiting.owner), waiting, order)
    headers = {"Location": f"/status/{job.id}"} | ({} if new else {"Idempotent-Replayed": "true"})
    told = await tell(desk, job, await desk.quick.run(queue_of, desk, job))
    return Response(told, status_code=200 if job.state.final else 202, headers=headers)


def with_query(form: Form, request: AnyRequest) -> Form:
    """The fields of the body and of the query, under the names that settings have."""
    fields: dict[str, tuple[str, ...]] = {}
    body = ((name, value) for name, values in form.fields.items() for value in values)
    for name, value in (*body, *request.query_params.multi_items()):
        known = SYNONYMS.get(name, name)
        fields[known] = (*fields.get(known, ()), value)
    return Form(fields, form.files)


def read_process(form: Form, server: Options) -> Asked:
    """What is asked of an upload; words have times in any case.

    Raises:
        UsageError: a field is unknown, or its value may not be.
    """
    if "url" in form.fields:
        raise UsageError("url has no place here", hint="the recording is the one of the upload")
    asked = read_asked(form, server)
    if asked.options.get("word_timestamps") is False:
        raise UsageError(
            "word_timestamps cannot be off here", hint="POST /v1/process does without them"
        )
    return replace(asked, options={**asked.options, "word_timestamps": True})


async def submit_once(desk: Desk, key: Key, waiting: Waiting, order: Order) -> tuple[Job, bool]:
    """The job that does this with an upload, made if there is none; and whether it is new.

    What is asked first has the upload's own id, everything else one that follows from what is
    asked, so that the same question always leads to the same job.

    Raises:
        JobConflictError: the recording was not kept.
        HansardError: as `submit`.
    """
    fingerprint = order.fingerprint
    for identity in (waiting.file_id, other_identity(waiting.file_id, fingerprint)):
        found = await desk.quick.run(find_job, desk.service, identity)
        if found is not None and found.fingerprint == fingerprint:
            return found, False
        if found is None:
            media = await desk.slow.run(provide, desk, waiting, identity)
            try:
                return await submit(desk, key, replace(order, identity=identity, kept=media))
            except JobConflictError:  # somebody else was faster, and asked for something else
                continue
    raise JobConflictError("the upload is being processed in another way", hint="try again")


@get(
    "/status/{task_id:str}",
    opt={"scope": "read", "polling": True},
    tags=["Tasks"],
    summary="How an upload or its task is",
    responses=answers(304, 404, 500, 503),
)
async def status(task_id: FromPath[str], request: AnyRequest) -> Response[WhisperTask | None]:
    """`UPLOADED` until it is processed; with its text once it is `COMPLETE`.

    An upload's `file_id` tells of what was asked of it first; what was asked otherwise has its own
    `task_id`, and tells by `file_id` which upload it is about and by `model` what was asked.
    """
    desk, key = desk_of(request), caller_of(request)
    try:
        job, queue = await desk.looks.run(look, desk, key, task_id)
    except JobNotFoundError:
        return Response(task_of_upload(await desk.quick.run(find_waiting, desk, key, task_id)))
    tag = etag_of(job, queue)
    if tag in request.headers.get("if-none-match", ""):
        return Response(None, status_code=304, headers={"ETag": tag})
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    return Response(await tell(desk, job, queue), headers=headers)


def find_waiting(desk: Desk, key: Key, file_id: str) -> Waiting:
    """An upload that nobody has asked anything about; blocks.

    Raises:
        JobNotFoundError: there is none, worded as for any other task.
    """
    try:
        return find(desk.service, key, file_id)
    except JobNotFoundError as error:
        raise unknown_task() from error


async def tell(desk: Desk, job: Job, queue: Queue | None) -> WhisperTask:
    """How a job is, with its text where there is one."""
    made = None
    if job.state is State.COMPLETE and job.kind in WITH_TRANSCRIPT:
        made = await desk.slow.run(desk.results.transcript, job)
    return task_of_job(job, queue, made)


@get(
    "/download/{task_id:str}",
    opt={"scope": "read"},
    tags=["Tasks"],
    summary="The transcript of an upload",
    responses=answers(404, 409, 422, 500, 503),
)
async def download(
    task_id: FromPath[str],
    request: AnyRequest,
    kind: Annotated[
        str,
        QueryParameter(
            name="format",
            description="txt, srt, vtt, json, lrc (karaoke, Enhanced LRC), sync, or any other "
            "format that Hansard writes; by default text, segments and words with times",
        ),
    ] = BASE,
) -> Response[bytes]:
    """`{"text", "segments": [{"text", "start", "end", "words": [{"word", "start", "end"}]}]}`.

    With `format=lrc` Enhanced LRC for karaoke, with `format=sync` the same as JSON lines, with
    `format=json` everything that is known. Subtitles are cut as the service is set; to choose, take
    `/v1/tasks/{task_id}/files`.
    """
    desk, key = desk_of(request), caller_of(request)
    refuse_unknown(Form(dict.fromkeys(request.query_params, ())), ("format",))
    try:
        job = await desk.quick.run(find_own, desk, key, task_id)
    except JobNotFoundError:
        await desk.quick.run(find_waiting, desk, key, task_id)
        raise JobConflictError(
            "the upload was not processed yet", hint=f"POST /process/whisper/{task_id}"
        ) from None
    wanted = find_format(kind)
    check_complete(job)
    subtitles = SubtitleOptions(**{n: getattr(desk.service.options, n) for n in SUBTITLES})
    headers = {
        "Content-Disposition": _disposition(job, wanted.name),
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    text = await desk.slow.run(rendered, desk, job, wanted.name, subtitles)
    return Response(text, media_type=wanted.media_type, headers=headers)


def _disposition(job: Job, kind: str) -> str:
    if kind == "sync":
        return f'attachment; filename="{job.id}_sync.json"'
    if kind in NAMES:
        return f'attachment; filename="{NAMES[kind]}"'
    return disposition(job.media.name if job.media else "", kind)


ROUTES = (upload, process, status, download)
