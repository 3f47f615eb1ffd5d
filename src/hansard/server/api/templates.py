"""`GET /v1/templates`: shapes of summaries. This version has none yet, and says so."""

from litestar import get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import Struct

from hansard.server.openapi import answers


class Template(Struct, frozen=True, kw_only=True):
    """A shape that a summary can have."""

    template_id: str
    name: str
    description: str
    schema_url: str


class Templates(Struct, frozen=True, kw_only=True):
    """All of them."""

    templates: list[Template]


@get(
    "/v1/templates",
    opt={"scope": "read"},
    tags=["Templates"],
    summary="List templates",
    responses=answers(),
)
async def templates() -> Templates:
    """None, in this version: it does not summarise yet."""
    return Templates(templates=[])


@get(
    ["/v1/templates/{template_id:str}", "/v1/templates/{template_id:str}/schema"],
    opt={"scope": "read"},
    tags=["Templates"],
    summary="A template, or its schema",
    responses=answers(404),
)
async def template(template_id: FromPath[str]) -> Template:
    """404 in this version."""
    raise NotFoundException(f"there is no template {template_id[:100]!r}")


ROUTES = (templates, template)
