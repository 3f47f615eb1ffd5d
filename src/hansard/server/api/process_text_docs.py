"""What the OpenAPI document says of `POST /v1/process_text`."""

from dataclasses import dataclass

from litestar.openapi.spec import (
    OpenAPIFormat,
    OpenAPIMediaType,
    OpenAPIType,
    Operation,
    Reference,
    RequestBody,
    Schema,
)

from hansard.server.api.process_docs import TEXT, accepted, failed, handling, header, setting_schema
from hansard.settings import declared

DESCRIPTION = """\
For a transcript that is there already: a plain text in `text` (as JSON or as a form), or a file in
`file`: Hansard's JSON, SRT, VTT or any other format that Hansard reads. With a `template_id` it is
summarised, else cleaned; `features` says otherwise.

    curl -H "X-API-Key: $KEY" -F file=@talk.srt -F template_id=generic_v1 \\
      http://127.0.0.1:8000/v1/process_text
"""
MISTAKES = (400, 401, 403, 408, 413, 415, 422, 429, 500, 503, 507)
ROOMS = frozenset({"CleanOptions", "SummaryOptions"})


def fields() -> dict[str, Reference | Schema]:
    """Every field but the file."""
    names = ["language", *(s.name for s in declared().values() if s.room in ROOMS)]
    return {
        "text": Schema(type=TEXT, description="The text, a sentence or a speaker's turn a line."),
        "format": Schema(type=TEXT, description="The text's format, such as srt; default: txt."),
        **handling(),
        **{name: setting_schema(name) for name in names},
    }


@dataclass
class ProcessingText(Operation):
    """The operation, described by hand."""

    def __post_init__(self) -> None:
        """Say what the handler reads, and what it may answer."""
        body = fields()
        file = Schema(type=TEXT, format=OpenAPIFormat.BINARY, description="The text as a file.")
        form = Schema(type=OpenAPIType.OBJECT, properties={"file": file, **body})
        plain = Schema(type=OpenAPIType.OBJECT, properties=body, required=["text"])
        self.request_body = RequestBody(
            required=True,
            content={
                "application/json": OpenAPIMediaType(schema=plain),
                "multipart/form-data": OpenAPIMediaType(schema=form),
            },
        )
        self.parameters = [
            header(
                "Idempotency-Key", "Makes a repeated request give the same task.", max_length=255
            )
        ]
        self.responses = {"202": accepted(), **{str(s): failed(s) for s in MISTAKES}}
