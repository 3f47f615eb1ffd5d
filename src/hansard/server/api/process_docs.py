"""What the OpenAPI document says of `POST /v1/process`: the framework does not see its body."""

from dataclasses import dataclass
from typing import Any

import msgspec
from litestar.openapi.spec import (
    Example,
    OpenAPIFormat,
    OpenAPIHeader,
    OpenAPIMediaType,
    OpenAPIResponse,
    OpenAPIType,
    Operation,
    Parameter,
    Reference,
    RequestBody,
    Schema,
)
from pydantic import TypeAdapter

from hansard.server.api.asking import FEATURES, PRIORITIES, choosable
from hansard.server.openapi import EXAMPLE, MEANINGS
from hansard.settings import declared

DESCRIPTION = """\
Send the recording in the field `file` of a form; 202 says that it is on the disk and will be worked
on, whatever happens. `features` may be repeated, or be a list with commas, or JSON. Every setting
that decides how a recording is read may be given by its name, such as `language`, `vad_threshold`
or `beam_size`. `diarize=true` says who spoke; `num_speakers`, `min_speakers`, `max_speakers` and
`channel_speakers` ask for it as well. `features=summary` with a `template_id` asks for a summary,
each point of it with the segments that it rests on. Where there is no file but a `url`, JSON is
accepted, too.

With `Idempotency-Key` a repeated request gives the same task. `X-Content-SHA256` is compared with
what arrived.

    curl -H "X-API-Key: $KEY" -F file=@talk.mp3 -F language=en http://127.0.0.1:8000/v1/process
"""
MISTAKES = (400, 401, 403, 404, 408, 413, 415, 422, 429, 500, 503, 507)
ACCEPTED = {
    "task_id": "0b6b9f0e-7c1c-4f0a-9d42-6c1d1f6ad6c5",
    "status": "PENDING",
    "links": {
        "self": "/v1/status/0b6b9f0e-7c1c-4f0a-9d42-6c1d1f6ad6c5",
        "events": "/v1/tasks/0b6b9f0e-7c1c-4f0a-9d42-6c1d1f6ad6c5/events",
        "files": "/v1/tasks/0b6b9f0e-7c1c-4f0a-9d42-6c1d1f6ad6c5/files/{name}",
        "cancel": "/v1/tasks/0b6b9f0e-7c1c-4f0a-9d42-6c1d1f6ad6c5",
    },
    "queue": {"ahead": 0, "estimated_wait_seconds": 0.0},
}
TEXT, FLAG = OpenAPIType.STRING, OpenAPIType.BOOLEAN


def fields() -> dict[str, Reference | Schema]:
    """Every field but the file."""
    return {
        "url": Schema(type=TEXT, description="Where to fetch the recording, if that is allowed."),
        **handling(),
        **{name: setting_schema(name) for name in choosable()},
    }


def handling() -> dict[str, Reference | Schema]:
    """What any submission may say of its results and of how it is handled."""
    features = Schema(type=TEXT, enum=list(FEATURES))
    return {
        "features": Schema(
            type=OpenAPIType.ARRAY, items=features, description="What is wanted in the results."
        ),
        "template_id": Schema(type=TEXT, description="The shape of the summary."),
        "priority": Schema(
            type=TEXT, enum=list(PRIORITIES), default="normal", description="How urgent it is."
        ),
        "ephemeral": Schema(type=FLAG, description="Let the result expire."),
        "webhook_url": Schema(type=TEXT, description="Whom to tell when it has ended."),
        "webhook_secret": Schema(
            type=TEXT, description="What that message is signed with; by default the key's own."
        ),
    }


def setting_schema(name: str) -> Schema:
    """A setting as the document shows it, with its bounds."""
    setting = declared()[name]
    told = _settle(TypeAdapter(setting.annotation).json_schema())
    kind = told.get("type")
    return Schema(
        description=setting.help,
        type=OpenAPIType(kind) if kind else TEXT,
        enum=told.get("enum"),
        minimum=told.get("minimum"),
        maximum=told.get("maximum"),
        exclusive_minimum=told.get("exclusiveMinimum"),
        exclusive_maximum=told.get("exclusiveMaximum"),
        items=Schema(type=OpenAPIType.INTEGER) if kind == "array" else None,
    )


def _settle(told: dict[str, Any]) -> dict[str, Any]:
    """A schema without the branch for null, which a form cannot send."""
    branches = [one for one in told.get("anyOf", ()) if one.get("type") != "null"]
    return branches[0] if branches else told


def header(name: str, description: str, **bounds: Any) -> Parameter:
    """A request header."""
    return Parameter(
        name=name,
        param_in="header",
        required=False,
        description=description,
        schema=Schema(type=TEXT, **bounds),
    )


@dataclass
class FileOperation(Operation):
    """`GET .../files/{name}`: the query's settings, and a body that is no JSON."""

    def __post_init__(self) -> None:
        """Say what the handler reads."""
        subtitles = [s.name for s in declared().values() if s.room == "SubtitleOptions"]
        query = [
            Parameter(
                name=name,
                param_in="query",
                description=declared()[name].help,
                schema=setting_schema(name),
            )
            for name in subtitles
        ]
        self.parameters = [*(self.parameters or []), *query]


@dataclass
class Processing(Operation):
    """The operation, described by hand."""

    def __post_init__(self) -> None:
        """Say what the handler reads, and what it may answer."""
        body = fields()
        file = Schema(type=TEXT, format=OpenAPIFormat.BINARY, description="The recording.")
        form = Schema(type=OpenAPIType.OBJECT, properties={"file": file, **body}, required=["file"])
        plain = Schema(type=OpenAPIType.OBJECT, properties=body, required=["url"])
        self.request_body = RequestBody(
            required=True,
            content={
                "multipart/form-data": OpenAPIMediaType(schema=form),
                "application/json": OpenAPIMediaType(schema=plain),
            },
        )
        self.parameters = [
            header(
                "Idempotency-Key", "Makes a repeated request give the same task.", max_length=255
            ),
            header("X-Content-SHA256", "The file's SHA-256.", pattern="^[0-9a-fA-F]{64}$"),
        ]
        self.responses = {"202": accepted(), **{str(s): failed(s) for s in MISTAKES}}


def accepted() -> OpenAPIResponse:
    """The success."""
    location = OpenAPIHeader(
        schema=Schema(type=TEXT), description="The task's status", name="", param_in="header"
    )
    return OpenAPIResponse(
        description="It is on the disk, and will be worked on",
        headers={"Location": location},
        content={
            "application/json": OpenAPIMediaType(
                schema=Reference(ref="#/components/schemas/Accepted"),
                examples={"accepted": Example(value=ACCEPTED)},
            )
        },
    )


def failed(status: int) -> OpenAPIResponse:
    """A refusal."""
    return OpenAPIResponse(
        description=MEANINGS[status],
        content={
            "application/json": OpenAPIMediaType(
                schema=Reference(ref="#/components/schemas/Problem"),
                examples={"problem": Example(value=msgspec.to_builtins(EXAMPLE))},
            )
        },
    )
