"""The routes that OpenAI's clients know: `/v1/audio/transcriptions` and `/v1/audio/translations`.

    form ─ read_request ─ probe ─ submit ─┬─ wait for the end ─ answer
                                          ├─ stream ─ events
                                          └─ async=true ─ 202 with a task's id

A call becomes a job of the same queue as all others, with the priority of somebody who waits. It
is forgotten when it is answered, and cancelled when the client goes away.
"""

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from litestar import Request, Response, post
from litestar.background_tasks import BackgroundTask
from litestar.response import Stream

from hansard.errors import OutputError, UnknownNameError
from hansard.jobs.ledger import Ledger
from hansard.jobs.values import Job, Priority
from hansard.models.hub.lookup import as_path
from hansard.server.access import caller_of
from hansard.server.api import openai_docs as docs
from hansard.server.api.asking import check_speaker_engine, read_idempotency_key
from hansard.server.api.events import UNBUFFERED
from hansard.server.api.models import check_engine, check_model
from hansard.server.api.openai_failures import HANDLERS
from hansard.server.api.openai_fields import ParameterError
from hansard.server.api.openai_parameters import SpeechRequest, Task, read_request
from hansard.server.api.openai_saving import SUFFIXES, content_of, file_stem, save
from hansard.server.api.openai_shapes import Body, answer
from hansard.server.api.openai_speakers import LONGEST_URL, MOST_KNOWN, REFERENCES
from hansard.server.api.openai_stream import tell, wait_for_text
from hansard.server.api.shapes import Accepted, links_of, status_of_job
from hansard.server.api.waiting import dismiss, transcript_of, unless_gone, wait_for_end
from hansard.server.desk import Desk, desk_of
from hansard.server.forms import Form, receive
from hansard.server.submitting import Order, probe, submit
from hansard.server.uploads import Upload
from hansard.settings import override
from hansard.transcript import Transcript

logger = logging.getLogger(__name__)

AnyRequest = Request[Any, Any, Any]
LARGE = {REFERENCES: LONGEST_URL * MOST_KNOWN}
"""Text fields that may be long, and how many bytes they may have."""


@post(
    "/v1/audio/transcriptions",
    opt={"scope": "submit"},
    status_code=200,
    exception_handlers=dict(HANDLERS),
    operation_class=docs.Transcribing,
    tags=["OpenAI"],
    summary="Transcribe a recording",
    description=docs.TRANSCRIPTIONS,
)
async def create_transcription(request: AnyRequest) -> Response[Any]:
    """Speech to text in the language spoken."""
    return await serve(request, "transcribe")


@post(
    "/v1/audio/translations",
    opt={"scope": "submit"},
    status_code=200,
    exception_handlers=dict(HANDLERS),
    operation_class=docs.Translating,
    tags=["OpenAI"],
    summary="Translate a recording into English",
    description=docs.TRANSLATIONS,
)
async def create_translation(request: AnyRequest) -> Response[Any]:
    """Speech to English text."""
    return await serve(request, "translate")


ROUTES = (create_transcription, create_translation)


async def serve(request: AnyRequest, task: Task) -> Response[Any]:
    """Answer a call in the way it asks for.

    Raises:
        HansardError: it is refused, or the work failed.
    """
    desk = desk_of(request)
    options = desk.service.options
    async with receive(request, large=LARGE) as form:
        asked = read_request(fields_of(form, request), task, options, is_folder)
        upload = file_of(form)
        await check_choices(desk, asked)
        duration = None
        if asked.durable or await desk.quick.run(would_wait, desk.service.ledger):
            duration = (await probe(desk, upload, options.min_duration)).duration
        order = order_of(asked, upload, request)
        job, _ = await submit(desk, caller_of(request), order, duration)
    if asked.durable:
        return accepted(job)
    try:
        if asked.stream:
            return await begin_stream(request, desk, job, asked)
        ended = await unless_gone(request, wait_for_end(desk, job.id), options.sync_timeout)
        _, body = await finish(desk, ended, asked)
    except BaseException:  # cancelled or failed: whatever it is, the job is not needed
        await dismiss(desk, job.id)
        raise
    after = BackgroundTask(dismiss, desk, job.id)
    return Response(body.content, media_type=body.media_type, background=after)


def would_wait(ledger: Ledger) -> bool:
    """Whether a new job would have to wait before it is begun.

    Where it would not, the work itself tells at once what is wrong with an upload, so that it need
    not be probed before.
    """
    free = any(note.ready and note.running < note.slots for note in ledger.workers())
    return not free or ledger.count().queued > 0


def fields_of(form: Form, request: AnyRequest) -> Mapping[str, tuple[str, ...]]:
    """The fields of form and query together, as some clients put a few into the query."""
    fields = dict(form.fields)
    for name, value in request.query_params.multi_items():
        fields[name] = (*fields.get(name, ()), value)
    return fields


def is_folder(name: str) -> bool:
    """Whether a model's name is a folder here."""
    return as_path(name).is_dir()


async def check_choices(desk: Desk, asked: SpeechRequest) -> None:
    """See that model and engines can be had, before anything waits for them.

    Raises:
        ModelError: the model cannot be had here.
        ParameterError: there is no such engine.
    """
    model = asked.options.get("model")
    own = desk.service.options.translation_model
    if model is not None and not (model == own and is_folder(own)):
        await check_model(desk, model)
    checks = {"engine": check_engine, "speaker_engine": check_speaker_engine}
    for name, check in checks.items():
        if name in asked.options:
            try:
                check(asked.options[name])
            except UnknownNameError as error:
                raise ParameterError(name, str(error), hint=error.hint) from error


def file_of(form: Form) -> Upload:
    """The recording.

    Raises:
        ParameterError: there is none.
    """
    upload = form.files.get("file")
    if upload is None:
        raise ParameterError(
            "file",
            "there is no file",
            hint="send multipart/form-data with the recording in the field file",
            reason="missing_required_parameter",
        )
    return upload


def order_of(asked: SpeechRequest, upload: Upload, request: AnyRequest) -> Order:
    """The job that a call becomes."""
    key = request.headers.get("idempotency-key")
    told: dict[str, Any] = {
        "options": dict(asked.options),
        "features": ["raw_transcript"],
        "task": asked.task,
        "stream": asked.stream,
    }
    if asked.known:
        told["references"] = [reference.told for reference in asked.known]
    return Order(
        request=told,
        upload=upload,
        references=tuple(reference.clip for reference in asked.known),
        priority=Priority.NORMAL if asked.durable else Priority.INTERACTIVE,
        ephemeral=not asked.durable,
        idempotency_key=read_idempotency_key(key) if asked.durable else None,
        trace=request.scope.get("state", {}).get("trace", {}),
    )


async def finish(desk: Desk, job: Job, asked: SpeechRequest) -> tuple[Transcript, Body]:
    """What an ended job has come to, and the answer; saved as well if the settings say so.

    Raises:
        HansardError: what the job failed with.
    """
    transcript = await transcript_of(desk, job)
    subtitles = override(desk.service.options, asked.options)
    body = await desk.slow.run(answer, transcript, asked, subtitles)
    if desk.service.options.save_transcriptions is not None:
        content = content_of(transcript, asked, body)
        await keep_copy(desk, job, asked, desk.service.options.save_transcriptions, content)
    return transcript, body


async def keep_copy(
    desk: Desk, job: Job, asked: SpeechRequest, folder: Path, content: bytes
) -> None:
    """Save a transcript under a name with its time.

    The client gets its answer though the folder refuses; the operator reads of it in the log.
    """
    name = job.media.name if job.media is not None else ""
    stem = file_stem(name, asked.task, datetime.now(UTC).astimezone())
    suffix = SUFFIXES[asked.response_format]
    try:
        await desk.slow.run(save, folder, stem, suffix, content)
    except OutputError as error:  # its message has the name, which is the client's own affair
        reason = error.__cause__ or error.code
        logger.error("job %s: save_transcriptions refuses its transcript: %r", job.id, reason)  # noqa: TRY400 - see above


async def begin_stream(
    request: AnyRequest, desk: Desk, job: Job, asked: SpeechRequest
) -> Response[Any]:
    """The events of a job, once there is one or it is plain that there will be none.

    Raises:
        HansardError: the job failed before any text was there.
    """
    seconds = desk.service.options.sync_timeout
    begun = await unless_gone(request, wait_for_text(desk, job.id), seconds)
    if begun.state.final:
        await transcript_of(desk, begun)  # raises what it failed with, while a status can say it
    return Stream(
        events(request, desk, job, asked), media_type="text/event-stream", headers=UNBUFFERED
    )


async def events(
    request: AnyRequest, desk: Desk, job: Job, asked: SpeechRequest
) -> AsyncIterator[bytes]:
    """All events of a job, which is forgotten at the end and cancelled if the client goes."""

    async def transcript() -> Transcript:
        ended = await wait_for_end(desk, job.id)
        return (await finish(desk, ended, asked))[0]

    try:
        told = tell(desk, job.id, asked, transcript, request_id_of(request))
        async with aclosing(told):
            async for chunk in told:
                yield chunk
    finally:
        await dismiss(desk, job.id)


def accepted(job: Job) -> Response[Accepted]:
    """The answer to a call that became a task."""
    links = links_of(job)
    body = Accepted(task_id=job.id, status=status_of_job(job), links=links)
    return Response(body, status_code=202, headers={"Location": links.self})


def request_id_of(request: AnyRequest) -> str:
    """What logs and answers call this request."""
    return str(request.scope.get("state", {}).get("request_id", ""))
