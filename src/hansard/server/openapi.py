"""The OpenAPI document, and a page that shows it with nothing from other hosts."""

from collections.abc import Iterator, Mapping
from html import escape
from importlib.metadata import version
from typing import Any

import msgspec
from litestar import MediaType, Request, Response, Router, get
from litestar.openapi import OpenAPIConfig
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, Contact, Example, License, SecurityScheme, Tag
from litestar.response import Redirect

from hansard.server.access import PUBLIC
from hansard.server.api.shapes import Problem

ABOUT = """\
Recordings into trustworthy, time-aligned transcripts, on your own hardware.

Send your key as `X-API-Key`, or as `Authorization: Bearer`. Submit a recording with
`POST /v1/process`, ask `GET /v1/status/{task_id}` until it is `COMPLETE`, and fetch
`GET /v1/tasks/{task_id}/files/transcript.srt`. Clients of OpenAI's audio API work as they are, with
the base address `/v1`.
"""
TAGS = {
    "Tasks": "Recordings in, transcripts out; every task is kept until it is deleted.",
    "OpenAI": "What OpenAI's clients speak.",
    "Models": "What can be recognised with.",
    "Templates": "Shapes of summaries.",
    "Health": "For those who run the service.",
}
POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"
MEANINGS: Mapping[int, str] = {
    204: "It is gone",
    304: "Nothing has changed",
    400: "The request is malformed",
    401: "There is no key, or not a good one",
    403: "The key may not do this",
    404: "There is no such thing, or it is somebody else's",
    408: "The upload came too slowly",
    409: "The state of the task does not allow that",
    413: "Too much was sent",
    415: "The file holds no recording, or the body is of another kind",
    422: "A value may not be; the message names it",
    429: "Too many requests, uploads or waiting tasks; see Retry-After",
    500: "The service failed; its log says more under the request_id",
    503: "The service cannot do this now; see Retry-After",
    504: "It took longer than it may",
    507: "There is too little room on the disk, or in memory",
}
EXAMPLE = Problem(
    error="there is no such task",
    error_code="job_not_found",
    hint="it may have been deleted, or have expired",
    retry="permanent",
    request_id="6f1d0c5f0c7e4d0f9a3e0f6b1d2c3b4a",
)


def answers(*statuses: int, public: bool = False) -> dict[int, ResponseSpec]:
    """What a route may answer beside its success; what every route may is added."""
    always = () if public else (401, 403, 429)
    return {status: _spec(status) for status in sorted({*statuses, *always})}


def _spec(status: int) -> ResponseSpec:
    if status in {204, 304}:
        return ResponseSpec(data_container=None, description=MEANINGS[status])
    return ResponseSpec(
        data_container=Problem,
        description=MEANINGS[status],
        generate_examples=False,
        examples=[Example(value=msgspec.to_builtins(EXAMPLE))],
    )


def openapi_config() -> OpenAPIConfig:
    """How the document is made: at `/schema/openapi.json`, for everybody."""
    return OpenAPIConfig(
        title="Hansard",
        version=version("hansard"),
        description=ABOUT,
        use_handler_docstrings=True,
        contact=Contact(name="Hansard"),
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        tags=[Tag(name=name, description=text) for name, text in TAGS.items()],
        security=[{"key": []}, {"bearer": []}],
        components=Components(
            security_schemes={
                "key": SecurityScheme(type="apiKey", name="X-API-Key", security_scheme_in="header"),
                "bearer": SecurityScheme(type="http", scheme="bearer"),
            }
        ),
        render_plugins=[JsonRenderPlugin()],
        openapi_router=Router(
            path="/schema", route_handlers=[], opt={"scope": PUBLIC}, include_in_schema=False
        ),
    )


@get("/docs", opt={"scope": PUBLIC}, include_in_schema=False, media_type=MediaType.HTML)
async def docs(request: Request[Any, Any, Any]) -> Response[str]:
    """The document as a page; no scripts, nothing from elsewhere."""
    document = request.app.openapi_schema.to_schema()
    return Response("".join(page(document)), headers={"Content-Security-Policy": POLICY})


@get("/", opt={"scope": PUBLIC}, include_in_schema=False, status_code=307)
async def home() -> Redirect:
    """There is nothing here but the way on."""
    return Redirect("/docs")


STYLE = """
:root { color-scheme: light dark } body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto;
max-width: 60rem; padding: 0 1rem } code, pre { font: 14px/1.4 ui-monospace, monospace }
pre { overflow-x: auto; padding: .5rem; background: #8881 } details { border-top: 1px solid #8884;
padding: .5rem 0 } summary { cursor: pointer } b.verb { display: inline-block; min-width: 5rem }
table { border-collapse: collapse } td { border-top: 1px solid #8883; padding: .25rem .75rem .25rem
0; vertical-align: top } .about { white-space: pre-wrap }
"""


def page(document: Mapping[str, Any]) -> Iterator[str]:
    """The document as HTML, piece by piece."""
    info = document["info"]
    yield "<!doctype html><html lang=en><meta charset=utf-8>"
    yield "<meta name=viewport content='width=device-width'>"
    yield f"<title>{escape(info['title'])}</title><style>{STYLE}</style>"
    yield f"<h1>{escape(info['title'])} {escape(info['version'])}</h1>"
    yield f"<p class=about>{escape(info['description'])}</p>"
    yield "<p>For programs: <a href=/schema/openapi.json>/schema/openapi.json</a></p>"
    for tag in document.get("tags", ()):
        found = list(operations(document, tag["name"]))
        if found:
            yield f"<h2>{escape(tag['name'])}</h2><p>{escape(tag.get('description', ''))}</p>"
        for path, verb, operation in found:
            yield from section(path, verb, operation)


def operations(
    document: Mapping[str, Any], tag: str
) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Path, verb and operation of everything under a tag."""
    for path, item in document["paths"].items():
        for verb, operation in item.items():
            if isinstance(operation, dict) and tag in operation.get("tags", ()):
                yield path, verb, operation


def section(path: str, verb: str, operation: Mapping[str, Any]) -> Iterator[str]:
    """One operation."""
    head = f"<b class=verb>{verb.upper()}</b> <code>{escape(path)}</code>"
    yield f"<details><summary>{head} {escape(operation.get('summary', ''))}</summary>"
    yield f"<p class=about>{escape(operation.get('description', ''))}</p><table>"
    for parameter in operation.get("parameters", ()):
        note = parameter.get("description", "")
        yield f"<tr><td><code>{escape(parameter['name'])}</code><td>{parameter['in']}"
        yield f"<td>{escape(note)}"
    for kind, media in operation.get("requestBody", {}).get("content", {}).items():
        for name, field in media.get("schema", {}).get("properties", {}).items():
            yield f"<tr><td><code>{escape(name)}</code><td>{escape(kind)}"
            yield f"<td>{escape(field.get('description', ''))}"
    yield "</table><table>"
    for status, response in sorted(operation.get("responses", {}).items()):
        yield f"<tr><td><code>{escape(status)}</code><td>{escape(response['description'])}"
    yield "</table></details>"


ROUTES = (docs, home)
