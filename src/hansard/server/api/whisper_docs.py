"""What the OpenAPI document says of uploading and processing in two steps."""

from dataclasses import dataclass
from typing import Any

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

from hansard.server.api.process_docs import TEXT, failed, fields, header, setting_schema

UPLOAD = """\
The first of four steps; `POST /v1/process` takes both of the first at once. The answer's `file_id`
is what to process. An upload that is not processed within an hour goes. With `Idempotency-Key` a
repeated upload gives the same `file_id`.

    curl -H "X-API-Key: $KEY" -F file=@talk.mp3 http://127.0.0.1:8000/upload/whisper
    curl -H "X-API-Key: $KEY" -X POST http://127.0.0.1:8000/process/whisper/$FILE_ID
    curl -H "X-API-Key: $KEY" http://127.0.0.1:8000/status/$FILE_ID
    curl -H "X-API-Key: $KEY" "http://127.0.0.1:8000/download/$FILE_ID?format=lrc"
"""
PROCESS = """\
`model`, `language` and every other setting that `POST /v1/process` takes may be given in the query,
as a form or as JSON; `model_variant` is another name for `model`. Words have times in any case. A
model that cannot be had is refused.

202 while it is worked on, 200 with the text once it has ended. The same request again gives the
same task. The first task of an upload has the upload's own id; another one, such as with another
model, has its own `task_id`. One that failed stays as it is: upload the recording again.

    curl -H "X-API-Key: $KEY" -d model=best -d language=hr \\
      http://127.0.0.1:8000/process/whisper/$FILE_ID
"""
_ID = "0b6b9f0e-7c1c-4f0a-9d42-6c1d1f6ad6c5"
_LINKS = {
    "process": f"/process/whisper/{_ID}",
    "status": f"/status/{_ID}",
    "download": f"/download/{_ID}",
}
UPLOADED = {
    "file_id": _ID,
    "filename": "talk.mp3",
    "size": 481_280,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "duration": 30.1,
    "status": "UPLOADED",
    "message": "uploaded; process it next",
    "expires_at": "2026-11-20T13:00:00.000Z",
    "links": _LINKS,
}
WAITS: dict[str, Any] = {
    "file_id": _ID,
    "task_id": _ID,
    "status": "PENDING",
    "model": "best",
    "filename": "talk.mp3",
    "stage": "",
    "progress": None,
    "queue": {"ahead": 0, "estimated_wait_seconds": 0.0},
    "submitted_at": "2026-11-20T12:00:05.000Z",
    "completed_at": None,
    "expires_at": None,
    "result": None,
    "error": None,
    "error_code": None,
    "hint": None,
    "links": _LINKS,
}
ENDED = WAITS | {
    "status": "COMPLETE",
    "progress": 1.0,
    "queue": None,
    "completed_at": "2026-11-20T12:00:09.000Z",
    "result": {
        "model": "bcs",
        "transcription": "Dobar dan svima.",
        "language": "hr",
        "segments": 1,
        "files": {"json": f"/download/{_ID}", "lrc": f"/download/{_ID}?format=lrc"},
    },
}
MISTAKES = (400, 401, 403, 408, 413, 415, 422, 429, 500, 503, 507)
_ONCE = "Makes a repeated request give the same answer."


@dataclass
class Uploading(Operation):
    """`POST /upload/whisper`, described by hand."""

    def __post_init__(self) -> None:
        """Say what the handler reads, and what it may answer."""
        file = Schema(type=TEXT, format=OpenAPIFormat.BINARY, description="The recording.")
        form = Schema(type=OpenAPIType.OBJECT, properties={"file": file}, required=["file"])
        content = {"multipart/form-data": OpenAPIMediaType(schema=form)}
        self.request_body = RequestBody(required=True, content=content)
        self.parameters = [
            header("Idempotency-Key", _ONCE, max_length=255),
            header("X-Content-SHA256", "The file's SHA-256.", pattern="^[0-9a-fA-F]{64}$"),
        ]
        made = told("WhisperUpload", "It is on the disk, and waits", {"uploaded": UPLOADED})
        self.responses = {"201": made, **{str(s): failed(s) for s in MISTAKES}}


@dataclass
class ProcessingUpload(Operation):
    """`POST /process/whisper/{file_id}`, described by hand."""

    def __post_init__(self) -> None:
        """Say what the handler reads, and what it may answer."""
        known = fields()
        del known["url"]
        plain = Schema(type=OpenAPIType.OBJECT, properties=known)
        kinds = ("application/json", "application/x-www-form-urlencoded")
        self.request_body = RequestBody(
            required=False, content={kind: OpenAPIMediaType(schema=plain) for kind in kinds}
        )
        query = [
            Parameter(name=name, param_in="query", schema=setting_schema(name))
            for name in ("model", "language", "task")
        ]
        once = header("Idempotency-Key", _ONCE, max_length=255)
        self.parameters = [*(self.parameters or []), *query, once]
        self.responses = {
            "200": told("WhisperTask", "It has ended", {"ended": ENDED}),
            "202": told("WhisperTask", "It is on the disk, and will be done", {"waits": WAITS}),
            **{str(s): failed(s) for s in sorted({*MISTAKES, 404, 409})},
        }


def told(shape: str, meaning: str, examples: dict[str, Any]) -> OpenAPIResponse:
    """A success, with where to ask for more."""
    location = OpenAPIHeader(
        schema=Schema(type=TEXT), description="Where to ask how it is", name="", param_in="header"
    )
    return OpenAPIResponse(
        description=meaning,
        headers={"Location": location},
        content={
            "application/json": OpenAPIMediaType(
                schema=Reference(ref=f"#/components/schemas/{shape}"),
                examples={name: Example(value=value) for name, value in examples.items()},
            )
        },
    )
