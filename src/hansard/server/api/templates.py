"""`/v1/templates`: shapes of summaries; admins may add their own."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, post, put
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from hansard.audio.names import printable
from hansard.errors import TemplateError, UnknownNameError
from hansard.server.api.methods import allow
from hansard.server.desk import desk_of
from hansard.server.openapi import answers
from hansard.writing.forms.shelf import Shelf
from hansard.writing.forms.template import Template
from hansard.writing.forms.template_files import parse, to_toml

AnyRequest = Request[Any, Any, Any]
ALL = "/v1/templates"
ONE = "/v1/templates/{template_id:str}"
LONGEST_BODY = 262_144
"""Bytes of a template as JSON."""
MOST = 256
"""Templates that there may be."""
TemplateId = Annotated[
    str, Meta(description="Small letters, digits, _ and -", examples=["standup_v1"])
]


class TemplateEntry(Struct, frozen=True, kw_only=True):
    """A shape that a summary can have."""

    template_id: TemplateId
    name: str
    description: str
    source: str
    """`shipped`, `folder` (the operator's own) or `store` (added here)."""
    schema_url: str


class Templates(Struct, frozen=True, kw_only=True):
    """All of them."""

    templates: list[TemplateEntry]


class TemplateBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a template is made of."""

    schema: dict[str, Any]
    """A JSON Schema with `tags`, within the subset that docs/how-to/llm.md tells."""
    prompt: str
    """What belongs into each field: plain text, with a few names in `{{ }}`."""
    name: str = ""
    description: str = ""
    example: dict[str, Any] | None = None
    """Valid against the schema."""
    extract: dict[str, str] = {}
    """Property to how it is filled by quotation where no language model is set."""


class NewTemplate(TemplateBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A template with its id."""

    template_id: TemplateId


class TemplateDetail(Struct, frozen=True, kw_only=True):
    """Everything about a template; as a `POST` takes it, and where it comes from."""

    template_id: TemplateId
    name: str
    description: str
    source: str
    schema_url: str
    digest: str
    """SHA-256 of all that shapes a summary; `versions` of a summary names it."""
    schema: dict[str, Any]
    prompt: str
    example: dict[str, Any]
    extract: dict[str, str]


@get(
    ALL,
    opt={"scope": "read"},
    tags=["Templates"],
    summary="List templates",
    responses=answers(500, 503),
)
async def templates(request: AnyRequest) -> Templates:
    """The operator's own, those that were added, and those that Hansard has."""
    desk = desk_of(request)
    found = await desk.slow.run(desk.service.shelf.list)
    return Templates(templates=[entry_of(template) for template in found])


@get(
    ONE,
    opt={"scope": "read"},
    tags=["Templates"],
    summary="A template",
    responses=answers(404, 422, 503),
)
async def template(template_id: FromPath[str], request: AnyRequest) -> TemplateDetail:
    """With schema, prompt and example."""
    return detail_of(await find(request, template_id))


@get(
    f"{ONE}/schema",
    opt={"scope": "read"},
    tags=["Templates"],
    summary="The JSON Schema of a template",
    responses=answers(404, 422, 503),
)
async def template_schema(template_id: FromPath[str], request: AnyRequest) -> dict[str, Any]:
    """Every summary in this shape is valid against it."""
    return dict((await find(request, template_id)).schema)


@post(
    ALL,
    opt={"scope": "admin"},
    tags=["Templates"],
    summary="Add a template",
    request_max_body_size=LONGEST_BODY,
    responses=answers(400, 409, 413, 422, 503),
)
async def add(data: JSONBody[NewTemplate], request: AnyRequest) -> Response[TemplateDetail]:
    """For admins. An id that is taken is not taken over: `PUT` replaces."""
    desk = desk_of(request)
    made = await desk.slow.run(template_of, data.template_id, data)
    await desk.slow.run(check_number, desk.service.shelf, made.id)
    kept = await desk.slow.run(desk.service.shelf.add, made)
    return Response(detail_of(kept), status_code=201, headers={"Location": url_of(kept)})


@put(
    ONE,
    opt={"scope": "admin"},
    tags=["Templates"],
    summary="Replace a template",
    request_max_body_size=LONGEST_BODY,
    responses=answers(400, 409, 413, 422, 503),
)
async def replace(
    template_id: FromPath[str], data: JSONBody[TemplateBody], request: AnyRequest
) -> TemplateDetail:
    """For admins; makes it where there is none. Those that were not added here stay as they are."""
    desk = desk_of(request)
    made = await desk.slow.run(template_of, template_id, data)
    await desk.slow.run(check_number, desk.service.shelf, made.id)
    return detail_of(await desk.slow.run(desk.service.shelf.replace, made))


@delete(
    ONE,
    opt={"scope": "admin"},
    status_code=204,
    tags=["Templates"],
    summary="Remove a template that was added",
    responses=answers(404, 409, 503),
)
async def remove(template_id: FromPath[str], request: AnyRequest) -> None:
    """For admins. Summaries that were made with it stay; tasks that wait for it will fail."""
    desk = desk_of(request)
    try:
        await desk.slow.run(desk.service.shelf.remove, template_id)
    except UnknownNameError as error:
        raise unknown(template_id) from error


async def find(request: AnyRequest, template_id: str) -> Template:
    """The template of this id.

    Raises:
        NotFoundException: there is none.
        TemplateError: the operator's folder of this id is not what it must be.
    """
    desk = desk_of(request)
    try:
        return await desk.slow.run(desk.service.shelf.find, template_id)
    except UnknownNameError as error:
        raise unknown(template_id) from error


def unknown(template_id: str) -> NotFoundException:
    """The answer where there is no such template."""
    return NotFoundException(f"there is no template {printable(template_id[:100])!r}")


def check_number(shelf: Shelf, template_id: str) -> None:
    """See that there is room for a template of this id.

    Raises:
        TemplateError: there are too many already.
    """
    ids = shelf.ids()
    if template_id not in ids and len(ids) >= MOST:
        raise TemplateError(
            f"there are {len(ids)} templates already", hint="DELETE those that nobody needs"
        )


def template_of(template_id: str, body: TemplateBody) -> Template:
    """What a client sent, checked.

    Raises:
        TemplateError: it is not what a template must be.
    """
    example = "" if body.example is None else msgspec.json.encode(body.example).decode()
    return parse(
        template_id,
        msgspec.json.encode(body.schema).decode(),
        body.prompt,
        example,
        to_toml(body.name or template_id, body.description, body.extract),
        "store",
    )


def entry_of(found: Template) -> TemplateEntry:
    """A template in a list."""
    return TemplateEntry(
        template_id=found.id,
        name=found.name,
        description=found.description,
        source=found.source,
        schema_url=f"{url_of(found)}/schema",
    )


def detail_of(found: Template) -> TemplateDetail:
    """Everything about a template."""
    return TemplateDetail(
        template_id=found.id,
        name=found.name,
        description=found.description,
        source=found.source,
        schema_url=f"{url_of(found)}/schema",
        digest=found.digest,
        schema=dict(found.schema),
        prompt=found.prompt,
        example=dict(found.example),
        extract=dict(found.extract),
    )


def url_of(found: Template) -> str:
    """Where a template is."""
    return f"/v1/templates/{found.id}"


ROUTES = (
    allow(ALL, "GET", "POST"), allow(ONE, "DELETE", "GET", "PUT"),
    templates, template, template_schema, add, replace, remove,
)  # fmt: skip
