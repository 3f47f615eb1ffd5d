"""What can be recognised with: one list for OpenAI's clients and for those of the job API."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import msgspec
from litestar import Request, delete, get, post
from litestar.params import FromPath
from msgspec import Struct

from hansard.errors import ModelNotFoundError, ModelNotHereError, NotReadyError, UnknownNameError
from hansard.jobs.failures import error_of
from hansard.jobs.values import Job, Priority, State, WorkerNote
from hansard.models.hub.hub import Hub
from hansard.models.hub.listing import Listed
from hansard.models.hub.names import Reference
from hansard.plugins import engine_entry_points
from hansard.server.access import caller_of
from hansard.server.api.methods import allow
from hansard.server.api.waiting import dismiss, unless_gone, wait_for_end
from hansard.server.desk import Desk, desk_of
from hansard.server.openapi import answers
from hansard.server.submitting import Order, submit
from hansard.settings import Options

AnyRequest = Request[Any, Any, Any]
DEFAULT = "whisper-1"
"""What OpenAI's clients call the one model; here it is the service's default."""
LONGEST_NAME = 200
ONE = "/v1/models/{model_id:path}"


class OpenAIModel(Struct, frozen=True, kw_only=True):
    """A model as OpenAI's clients know it."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    """Not known."""
    owned_by: str = "hansard"


class KnownModel(Struct, frozen=True, kw_only=True):
    """A model as the job API tells of it."""

    backend_id: str
    """The engine that reads it."""
    name: str
    default_variant: str
    """Its repository at the model hub, or its own name where it has none."""
    model_path: str | None
    """The folder's name; the path itself is the server's business."""
    description: str
    capabilities: list[str]
    compute_type: str
    vram_gb: float | None
    """Of its weights in 16 bits; None where its size is not known."""
    here: bool
    """Whether it can be used at once."""
    loaded: bool


class ModelList(Struct, frozen=True, kw_only=True):
    """Both lists in one."""

    object: Literal["list"] = "list"
    data: list[OpenAIModel]
    models: list[KnownModel]


class Residence(Struct, frozen=True, kw_only=True):
    """Whether a model is in memory now."""

    model: str
    loaded: bool


@get(
    "/v1/models", opt={"scope": "read"}, tags=["Models"], summary="List models", responses=answers()
)
async def models(request: AnyRequest) -> ModelList:
    """`data` is what OpenAI's clients read: the models that can be used at once."""
    return await desk_of(request).slow.run(list_models, desk_of(request))


@get(ONE, opt={"scope": "read"}, tags=["Models"], summary="One model", responses=answers(404, 503))
async def model(model_id: FromPath[str], request: AnyRequest) -> OpenAIModel:
    """As OpenAI's clients know it."""
    listed = await desk_of(request).slow.run(list_models, desk_of(request))
    wanted = model_id.removeprefix("/")
    for known in listed.data:
        if known.id == wanted:
            return known
    raise ModelNotFoundError(
        f"model {wanted[:LONGEST_NAME]!r} cannot be used here",
        hint="GET /v1/models lists them",
    )


@post(
    ONE,
    opt={"scope": "admin"},
    status_code=200,
    tags=["Models"],
    summary="Load a model",
    responses=answers(404, 409, 422, 500, 503, 507),
)
async def load(model_id: FromPath[str], request: AnyRequest) -> Residence:
    """Answers once a worker has it in memory. For admins."""
    desk = desk_of(request)
    name = await real_name(desk, model_id.removeprefix("/"))
    await check_model(desk, name)
    return await have_done("load_model", name, request)


@delete(
    ONE,
    opt={"scope": "admin"},
    status_code=200,
    tags=["Models"],
    summary="Unload a model",
    responses=answers(404, 409, 500, 503),
)
async def unload(model_id: FromPath[str], request: AnyRequest) -> Residence:
    """Answers once a worker has given its memory back; 404 where none has it loaded."""
    desk = desk_of(request)
    name = await real_name(desk, model_id.removeprefix("/"))
    reference_of(name, desk.service.options)
    return await have_done("unload_model", name, request)


async def have_done(kind: str, name: str, request: AnyRequest) -> Residence:
    """Have a worker do it, wait for that, and forget the job.

    Raises:
        HansardError: what the work failed with, or it took too long.
    """
    desk = desk_of(request)
    notes = await desk.quick.run(desk.service.ledger.workers)
    if not any(note.ready for note in notes):
        raise NotReadyError("no worker is ready", hint="GET /readyz says when one is")
    order = Order(
        kind=kind,
        request={"model": name[:LONGEST_NAME]},
        priority=Priority.INTERACTIVE,
        ephemeral=True,
        trace=request.scope.get("state", {}).get("trace", {}),
    )
    await request.body()
    job, _ = await submit(desk, caller_of(request), order)
    try:
        timeout = desk.service.options.sync_timeout
        ended = await unless_gone(request, wait_for_end(desk, job.id), timeout)
        return await desk.slow.run(outcome_of, desk, ended)
    finally:
        await dismiss(desk, job.id)


async def real_name(desk: Desk, name: str) -> str:
    """The name of a model, where OpenAI's own means the one that workers begin with."""
    if name != DEFAULT:
        return name
    begun = at_workers(await desk.quick.run(desk.service.ledger.workers))
    return begun[0] if begun else desk.service.options.model or name


def outcome_of(desk: Desk, job: Job) -> Residence:
    """What the job came to.

    Raises:
        HansardError: what it failed with.
    """
    if job.state is State.FAILED and job.failure is not None:
        raise error_of(job.failure)
    return msgspec.json.decode(desk.results.content(job), type=Residence)


def list_models(desk: Desk) -> ModelList:
    """Everything that this machine's disk and the workers know of; blocks."""
    options = desk.service.options
    notes = tuple(desk.service.ledger.workers())
    listed = [one for one in Hub(options).list() if one.kind in {None, "speech"}]
    usable = [one.name for one in listed if one.here or options.allow_downloads]
    names = dict.fromkeys([DEFAULT, *usable, *at_workers(notes)])
    return ModelList(
        data=[OpenAIModel(id=name) for name in names],
        models=[known_model(one, options, notes) for one in listed],
    )


def at_workers(notes: Iterable[WorkerNote]) -> Sequence[str]:
    """The models that workers say they begin with."""
    return [note.facts["default_model"] for note in notes if note.facts.get("default_model")]


def known_model(listed: Listed, options: Options, notes: Sequence[WorkerNote]) -> KnownModel:
    """A model as the job API tells of it."""
    loaded = {name for note in notes for name in note.facts.get("loaded", ())}
    types = [str(n.facts["compute_type"]) for n in notes if n.facts.get("compute_type")]
    names = {listed.name, listed.repo, *listed.also}
    return KnownModel(
        backend_id=options.engine,
        name=listed.name,
        default_variant=listed.repo or listed.name,
        model_path=listed.path.name if listed.path else None,
        description=describe(listed),
        capabilities=capabilities_of(listed),
        compute_type=listed.precision or next(iter(types), options.compute_type),
        vram_gb=round(listed.parameters * 2 / 1000, 2) if listed.parameters else None,
        here=listed.here,
        loaded=bool(names & loaded),
    )


def describe(listed: Listed) -> str:
    """A model in a few words."""
    if listed.alias_of:
        return f"another name for {listed.alias_of}"
    size = f"about {listed.parameters} million parameters" if listed.parameters else "size unknown"
    tongues = {True: "many languages", False: "English only", None: "languages unknown"}
    return f"{size}, {tongues[listed.multilingual]}"


def capabilities_of(listed: Listed) -> list[str]:
    """What it can do, as far as that is known."""
    can = {"multilingual": listed.multilingual, "translate": listed.translates}
    return ["transcribe", "word_timestamps", *(name for name, able in can.items() if able)]


async def check_model(desk: Desk, name: str) -> None:
    """See that a request's model can be had.

    Raises:
        ModelNotFoundError: nothing has this name, or it is a folder, which no client may name.
        ModelNotHereError: it would have to be fetched first, which a setting forbids.
    """
    options = desk.service.options
    reference = reference_of(name, options)
    # With a shared queue, models lie where the workers are: they refuse what they do not have.
    if options.allow_downloads or options.redis_url is not None or reference.kind == "folder":
        return
    described = await desk.slow.run(Hub(options).describe, name)
    if not described.here:
        raise ModelNotHereError(
            f"model {name!r} is not on this machine, and requests may not fetch it",
            hint=f"hansard models pull {name} on the server; GET /v1/models lists what is here",
        )


def reference_of(name: str, options: Options) -> Reference:
    """What a client's name of a model means.

    Raises:
        ModelNotFoundError: nothing, or a folder that is not behind one of the operator's aliases.
    """
    hint = "GET /v1/models lists what is here"
    if len(name) > LONGEST_NAME:
        raise ModelNotFoundError("no model has so long a name", hint=hint)
    try:
        reference = Hub(options).parse(name, lambda _: False)
    except UnknownNameError as error:
        raise ModelNotFoundError(str(error), hint=hint) from error
    if reference.kind == "folder" and reference.alias_of is None:
        raise ModelNotFoundError(f"model {name!r} is a folder's name", hint=hint)
    return reference


def check_engine(name: str) -> None:
    """See that there is an engine of this name.

    Raises:
        UnknownNameError: there is none.
    """
    known = sorted(engine_entry_points())
    if name not in known:
        raise UnknownNameError(
            f"there is no engine {name[:100]!r}", hint=f"engines: {', '.join(known)}"
        )


ROUTES = (models, allow(ONE, "DELETE", "GET", "POST"), model, load, unload)
