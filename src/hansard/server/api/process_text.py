"""`POST /v1/process_text`: a text that is there already, to be cleaned and summarised."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import PurePosixPath
from typing import Any

from litestar import Request, Response, post

from hansard.errors import UsageError
from hansard.jobs.attempt import TEXT_JOB
from hansard.server.access import caller_of
from hansard.server.api.asking import (
    Asked,
    read_features,
    read_handling,
    read_idempotency_key,
    read_options,
    refuse_unknown,
)
from hansard.server.api.process import accept, check_template, webhook_of
from hansard.server.api.process_text_docs import DESCRIPTION, ProcessingText
from hansard.server.api.shapes import Accepted
from hansard.server.desk import Desk, desk_of
from hansard.server.forms import Form, receive
from hansard.server.submitting import Order, submit
from hansard.server.uploads import Incoming, Upload
from hansard.settings import declared
from hansard.transcript.formats import find, read

LONGEST_TEXT = 16 * 1_048_576
"""Bytes of a text that is no file."""
OWN = (
    "text", "format", "features", "template_id", "priority", "ephemeral", "webhook_url",
    "webhook_secret",
)  # fmt: skip
"""Fields that are no settings."""


def text_settings() -> tuple[str, ...]:
    """The settings that have to do with a text."""
    rooms = {"CleanOptions", "SummaryOptions"}
    return ("language", *(s.name for s in declared().values() if s.room in rooms))


@post(
    "/v1/process_text",
    opt={"scope": "submit"},
    status_code=202,
    operation_class=ProcessingText,
    tags=["Tasks"],
    summary="Submit a text",
    description=DESCRIPTION,
)
async def process_text(request: Request[Any, Any, Any]) -> Response[Accepted]:
    """Take a text in."""
    desk, key = desk_of(request), caller_of(request)
    repeatable = read_idempotency_key(request.headers.get("idempotency-key"))
    async with receive(request, large={"text": LONGEST_TEXT}) as form:
        asked = read_asked_text(form)
        await check_template(desk, asked.template_id)
        async with upload_of(form, desk) as upload:
            form_name = format_of(form, upload)
            await desk.slow.run(check_text, upload, form_name)
            order = Order(
                request={**asked.request, "format": form_name},
                kind=TEXT_JOB,
                upload=upload,
                priority=asked.priority,
                ephemeral=asked.ephemeral,
                webhook=webhook_of(asked, key, desk.service.options),
                idempotency_key=repeatable,
                trace=request.scope.get("state", {}).get("trace", {}),
            )
            job, new = await submit(desk, key, order)
    return await accept(desk, job, new=new)


def read_asked_text(form: Form) -> Asked:
    """What a form asks to be done with a text.

    Raises:
        UsageError: a field is unknown, or its value may not be.
    """
    settings = text_settings()
    refuse_unknown(form, (*settings, *OWN))
    template_id = (form.one("template_id") or "").strip()
    features = form.fields.get("features", ())
    alone = "summary" if template_id else "clean_transcript"
    return Asked(
        options=read_options(form, settings),
        features=read_features(features, template_id) if any(features) else (alone,),
        template_id=template_id,
        **read_handling(form),
    )


@asynccontextmanager
async def upload_of(form: Form, desk: Desk) -> AsyncIterator[Upload]:
    """The text as a file on the disk, gone at the end unless a job has taken it.

    Raises:
        UsageError: there is none, or it came twice.
    """
    text, file = form.one("text"), form.files.get("file")
    if (text is None) == (file is None):
        what = "there is no text" if text is None else "there is a text and a file"
        raise UsageError(what, hint="send one of the fields text and file")
    if file is not None:
        yield file
        return
    service = desk.service
    incoming = Incoming(service.options, service.options.data_dir.expanduser(), desk.slow)
    try:
        await incoming.take((text or "").encode("utf-8", "replace"))
        await incoming.finish()
        yield Upload(
            path=incoming.path,
            name="text",
            content_type="text/plain",
            size=incoming.size,
            sha256=incoming.sha256,
        )
    finally:
        await incoming.discard()


def format_of(form: Form, upload: Upload) -> str:
    """Which format the text is in: the one that is named, else the file's suffix, else plain.

    Raises:
        UnknownNameError: no format has this name or suffix.
    """
    named = (form.one("format") or "").strip() or PurePosixPath(upload.name).suffix
    return find(named).name if named else "txt"


def check_text(upload: Upload, form_name: str) -> None:
    """See that something can be done with a text. Blocks.

    Raises:
        UsageError: it is not of its format, or there are no words in it.
    """
    found = read(upload.path.read_text(encoding="utf-8", errors="replace"), form_name)
    if not found.text.strip():
        raise UsageError("the text has no words", hint="send a transcript, subtitles or plain text")


ROUTES = (process_text,)
