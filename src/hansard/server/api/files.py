"""`GET /v1/tasks/{id}/files/{name}`: a transcript as a file of any format."""

from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from hansard.audio.names import printable
from hansard.errors import JobConflictError, UsageError
from hansard.jobs.values import Job, State
from hansard.server.api.asking import read_setting
from hansard.server.api.process_docs import FileOperation
from hansard.server.api.tasks import WITH_TRANSCRIPT, own_job
from hansard.server.desk import Desk, desk_of
from hansard.server.openapi import answers
from hansard.settings import declared
from hansard.transcript.formats import FORMATS, file_name, render
from hansard.transcript.subtitles import SubtitleOptions
from hansard.transcript.summaries import plain_summary
from hansard.writing.quoting.chapters import chapters_of, to_podcast_json

STEM = "transcript"
CHAPTERS = "chapters.json"
WRITTEN = {"summary.json": "application/json", CHAPTERS: "application/json+chapters"}
"""Files that are written about a transcript, with their media types."""
SUBTITLES = frozenset(s.name for s in declared().values() if s.room == "SubtitleOptions")


@get(
    "/v1/tasks/{task_id:str}/files/{name:str}",
    opt={"scope": "read"},
    operation_class=FileOperation,
    tags=["Tasks"],
    summary="A transcript as a file",
    responses=answers(404, 409, 422, 503),
)
async def file(
    task_id: FromPath[str], name: FromPath[str], request: Request[Any, Any, Any]
) -> Response[bytes]:
    """`transcript.srt`, `transcript_sync.json` or any other format that Hansard writes.

    The settings for subtitles may be given in the query, by their names. `summary.json` is the
    summary with its evidence, `chapters.json` its chapters (Podcasting 2.0).
    """
    desk = desk_of(request)
    job = await own_job(request, task_id)
    if name in WRITTEN:
        return await written(desk, job, name)
    kind = next((kind for kind in FORMATS if name == STEM + kind.suffix), None)
    if kind is None:
        files = ", ".join([*(STEM + kind.suffix for kind in FORMATS), *WRITTEN])
        raise NotFoundException(f"a task has no such file; its files are {files}")
    options = subtitle_options(request)
    check_complete(job)
    text = await desk.slow.run(rendered, desk, job, kind.name, options)
    headers = {
        "Content-Disposition": disposition(job.media.name if job.media else "", kind.name),
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return Response(text, media_type=kind.media_type, headers=headers)


def check_complete(job: Job) -> None:
    """See that there is a transcript.

    Raises:
        JobConflictError: there is none yet, or there never will be.
    """
    if job.state is not State.COMPLETE or job.kind not in WITH_TRANSCRIPT:
        raise JobConflictError(
            f"the task is {job.state}: there is no transcript", hint="wait until it is COMPLETE"
        )


async def written(desk: Desk, job: Job, name: str) -> Response[bytes]:
    """What was written about the transcript, as a file.

    Raises:
        JobConflictError: the task is not complete.
        NotFoundException: no summary was asked for, or it has no chapters.
    """
    check_complete(job)
    summary = await desk.slow.run(desk.results.summary, job)
    if summary is None:
        raise NotFoundException("this task has no summary; submit with features=summary")
    media, content = WRITTEN[name], msgspec.json.encode(plain_summary(summary))
    if name == CHAPTERS:
        chapters = chapters_of(summary)
        if not chapters:
            raise NotFoundException("this summary has no chapters; template_id=podcast_v1 has")
        content = to_podcast_json(chapters).encode()
    headers = {"Content-Security-Policy": "sandbox; default-src 'none'"}
    return Response(content, media_type=media, headers=headers)


def subtitle_options(request: Request[Any, Any, Any]) -> SubtitleOptions:
    """The settings for subtitles in the query, above those of the service.

    Raises:
        UsageError: a name is unknown, or its value may not be.
    """
    server = desk_of(request).service.options
    values = {name: getattr(server, name) for name in SUBTITLES}
    for name, value in request.query_params.multi_items():
        if name not in SUBTITLES:
            raise UsageError(
                f"there is no field {printable(name)!r}", hint=f"{', '.join(sorted(SUBTITLES))}"
            )
        values[name] = read_setting(name, [value])
    return SubtitleOptions(**values)


def rendered(desk: Desk, job: Job, kind: str, options: SubtitleOptions) -> bytes:
    """The file. Blocks: it reads the result and may take a while to cut subtitles."""
    return render(desk.results.transcript(job), kind, options).encode()


def disposition(name: str, kind: str) -> str:
    """A `Content-Disposition` that saves under the recording's own name (RFC 6266, RFC 5987)."""
    own = quote(file_name(PurePosixPath(name).stem if name else STEM, kind), safe="")
    return f"attachment; filename=\"{file_name(STEM, kind)}\"; filename*=UTF-8''{own}"


ROUTES = (file,)
