"""`POST /v1/process`: take a recording in, answer 202 once it is safe on the disk."""

from typing import Any

from litestar import Request, Response, post

from hansard.errors import NotBuiltError, UsageError
from hansard.jobs.values import Job, State, Webhook
from hansard.net.addresses import check_url
from hansard.server.access import caller_of
from hansard.server.api.asking import (
    Asked,
    check_speaker_engine,
    read_asked,
    read_idempotency_key,
)
from hansard.server.api.models import check_engine, check_model
from hansard.server.api.process_docs import DESCRIPTION, Processing
from hansard.server.api.shapes import Accepted, Queue, links_of, status_of_job
from hansard.server.desk import Desk, desk_of
from hansard.server.forms import Form, receive
from hansard.server.keys import Key
from hansard.server.submitting import Order, probe, submit
from hansard.settings import Options


@post(
    "/v1/process",
    opt={"scope": "submit"},
    status_code=202,
    operation_class=Processing,
    tags=["Tasks"],
    summary="Submit a recording",
    description=DESCRIPTION,
)
async def process(request: Request[Any, Any, Any]) -> Response[Accepted]:
    """Take a recording in."""
    desk, key = desk_of(request), caller_of(request)
    repeatable = read_idempotency_key(request.headers.get("idempotency-key"))
    async with receive(request) as form:
        asked = read_asked(form, desk.service.options)
        await check_choices(desk, asked)
        order = order_of(form, asked, request, (key, repeatable))
        duration = None
        if order.upload is not None:
            shortest = asked.options.get("min_duration", desk.service.options.min_duration)
            duration = (await probe(desk, order.upload, shortest)).duration
        job, new = await submit(desk, key, order, duration)
    return await accept(desk, job, new=new)


async def accept(desk: Desk, job: Job, *, new: bool) -> Response[Accepted]:
    """The answer to a submission that is on the disk."""
    links = links_of(job)
    accepted = Accepted(
        task_id=job.id,
        status=status_of_job(job),
        links=links,
        queue=await desk.quick.run(queue_of, desk, job),
    )
    headers = {"Location": links.self} | ({} if new else {"Idempotent-Replayed": "true"})
    return Response(accepted, status_code=202, headers=headers)


async def check_choices(desk: Desk, asked: Asked) -> None:
    """See that model and engines can be had.

    Raises:
        ModelError: the model cannot be had here.
        UnknownNameError: there is no such engine, or no such template.
    """
    if "engine" in asked.options:
        check_engine(asked.options["engine"])
    if "speaker_engine" in asked.options:
        check_speaker_engine(asked.options["speaker_engine"])
    if "model" in asked.options:
        await check_model(desk, asked.options["model"])
    await check_template(desk, asked.template_id)


async def check_template(desk: Desk, template_id: str) -> None:
    """See that there is a template of this id, where one is named.

    Raises:
        UnknownNameError: there is none.
        TemplateError: it is not what it must be.
    """
    if template_id:
        await desk.slow.run(desk.service.shelf.find, template_id)


def order_of(
    form: Form, asked: Asked, request: Request[Any, Any, Any], who: tuple[Key, str | None]
) -> Order:
    """What goes into the ledger.

    Raises:
        UsageError: there is no recording, or more than one.
        NotBuiltError: it lies at a web address, and the service fetches nothing.
        AddressRefusedError: an address may not be asked.
    """
    key, repeatable = who
    options: Options = desk_of(request).service.options
    upload = form.files.get("file")
    if upload is None and not asked.url:
        raise UsageError(
            "there is no recording", hint="send it in the field file: curl -F file=@talk.mp3"
        )
    if upload is not None and asked.url:
        raise UsageError("there is a file and a url", hint="send one of them")
    if asked.url:
        if not options.allow_urls:
            raise NotBuiltError(
                "this service fetches nothing from the web",
                hint="send the file itself; allow_urls is the setting",
            )
        check_url(asked.url, allow_private=options.allow_private_urls)
    return Order(
        request=asked.request,
        upload=upload,
        url=asked.url,
        priority=asked.priority,
        ephemeral=asked.ephemeral,
        webhook=webhook_of(asked, key, options),
        idempotency_key=repeatable,
        trace=request.scope.get("state", {}).get("trace", {}),
    )


def webhook_of(asked: Asked, key: Key, options: Options) -> Webhook | None:
    """Who is to be told, with the secret that the message is signed with.

    Raises:
        AddressRefusedError: the address may not be asked.
        UsageError: there is nothing to sign with.
    """
    if not asked.webhook_url:
        return None
    check_url(asked.webhook_url, allow_private=options.allow_private_urls)
    secret = asked.webhook_secret or key.webhook_secret
    if not secret:
        raise UsageError(
            "webhook_url needs a webhook_secret where the service asks for no keys",
            hint="choose any long random text; the message is signed with it",
        )
    return Webhook(url=asked.webhook_url, secret=secret)


def queue_of(desk: Desk, job: Job) -> Queue | None:
    """What stands before a job that waits."""
    if job.state is not State.QUEUED:
        return None
    ahead = desk.service.ledger.ahead(job)
    return Queue(ahead=ahead.jobs, estimated_wait_seconds=desk.forecast.wait(ahead))


ROUTES = (process,)
