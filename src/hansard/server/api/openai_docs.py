"""What the OpenAPI document says of the OpenAI routes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from litestar.openapi.spec import (
    Example,
    OpenAPIFormat,
    OpenAPIMediaType,
    OpenAPIResponse,
    OpenAPIType,
    Operation,
    Parameter,
    Reference,
    RequestBody,
    Schema,
)

from hansard.server.api.openai_parameters import FORMATS, GRANULARITIES

TRANSCRIPTIONS = """\
As OpenAI's route of the same name: give its client `base_url="http://HOST:PORT/v1"`.

Every field is honoured or refused by name, before anything is transcribed. `whisper-1`,
`gpt-4o-transcribe`, `gpt-4o-mini-transcribe`, `gpt-4o-transcribe-diarize` and `gpt-transcribe` mean
the service's own model; any other name is a model of `GET /v1/models`, or one that the service may
fetch.

`response_format=diarized_json` says who spoke, with every model: speakers are `A`, `B` ... or,
where `known_speaker_names[]` and a clip of each in `known_speaker_references[]` are sent and a
voice is like that of the clip, the name. Nobody is forced onto a name: strangers stay letters, and
a segment of which nobody can tell is `unknown`. `num_speakers`, `min_speakers` and `max_speakers`
are honoured. With `diarize=true`, `verbose_json` has the speaker of each word and segment, and
subtitles have names.

`stream=true` works with every model: text comes as server-sent events while it is made; segments
with their speakers follow when all was heard.
`async=true`, also as a query parameter, answers 202 with a task's id instead of waiting.

Beside the fields below, Hansard's settings for decoding can be sent by their names, such as
`beam_size` or `condition_on_previous_text`, and those of insanely-fast-whisper-rocm:
`timestamp_type=word` puts the words into the JSON, `chunk_length` is the window in seconds;
`stabilize` and `demucs` can only be off.
"""
TRANSLATIONS = """\
As OpenAI's route of the same name: the text is English whatever is spoken. Without a name of your
own, the model is the setting `translation_model`. `language` says what is spoken, if you know it.
"""

JSON = "application/json"
EVENTS = """\
data: {"type":"transcript.text.delta","delta":"We are live."}

data: {"type":"transcript.text.delta","delta":" Good morning."}

data: {"type":"transcript.text.segment","id":"seg_001","start":0.4,"end":1.3,\
"text":"We are live.","speaker":"A"}

data: {"type":"transcript.text.segment","id":"seg_002","start":1.5,"end":2.4,\
"text":"Good morning.","speaker":"B"}

data: {"type":"transcript.text.done","text":"We are live. Good morning.","usage":{"type":"tokens",\
"input_tokens":160,"input_token_details":{"text_tokens":0,"audio_tokens":160},"output_tokens":9,\
"total_tokens":169}}

"""
PLAIN_EXAMPLE = {"text": "We are live.", "usage": {"type": "duration", "seconds": 3.2}}
VERBOSE_EXAMPLE = {
    "task": "transcribe",
    "language": "english",
    "duration": 3.2,
    "text": "We are live.",
    "segments": [
        {
            "id": 0, "seek": 0, "start": 0.4, "end": 1.3, "text": "We are live.",
            "tokens": [50364, 492, 366, 1621], "temperature": 0.0, "avg_logprob": -0.21,
            "compression_ratio": 0.6, "no_speech_prob": 0.01,
        }
    ],
    "words": [
        {"word": "We", "start": 0.4, "end": 0.6},
        {"word": "are", "start": 0.6, "end": 0.8},
        {"word": "live.", "start": 0.8, "end": 1.3},
    ],
    "usage": {"type": "duration", "seconds": 3.2},
}  # fmt: skip
DIARIZED_EXAMPLE = {
    "task": "transcribe",
    "duration": 3.2,
    "text": "We are live. Good morning.",
    "segments": [
        {
            "type": "transcript.text.segment", "id": "seg_001", "start": 0.4, "end": 1.3,
            "text": "We are live.", "speaker": "A",
        },
        {
            "type": "transcript.text.segment", "id": "seg_002", "start": 1.5, "end": 2.4,
            "text": "Good morning.", "speaker": "B",
        },
    ],
    "usage": {"type": "duration", "seconds": 3.2},
}  # fmt: skip
TASK_EXAMPLE = {
    "task_id": "0b0ab3a5-7a10-4b7e-9a43-0d8a4f3d3c55",
    "status": "PENDING",
    "links": {"status": "/v1/status/0b0ab3a5-7a10-4b7e-9a43-0d8a4f3d3c55"},
}

STRING, NUMBER, FLAG = OpenAPIType.STRING, OpenAPIType.NUMBER, OpenAPIType.BOOLEAN


def text(description: str, **more: Any) -> Schema:
    """A field that is a text."""
    return Schema(type=STRING, description=description, **more)


def texts(description: str, enum: tuple[str, ...] | None = None) -> Schema:
    """A field that may come several times."""
    items = Schema(type=STRING, enum=enum)
    return Schema(type=OpenAPIType.ARRAY, items=items, description=description)


SHARED: Mapping[str, Schema] = {
    "file": text("The recording, in any common format of audio or video.",
                 format=OpenAPIFormat.BINARY),
    "model": text("A model's name; the service's own model if it is left out.",
                  examples=["whisper-1"]),
    "language": text("What is spoken: a code such as `en`, or an English name; else detected."),
    "prompt": text("Text that the model is told before: names, spelling, style."),
    "response_format": text("How the answer is written.", enum=FORMATS, default="json"),
    "temperature": Schema(type=NUMBER, minimum=0, maximum=1, default=0,
                          description="Above 0 samples, so that the text may differ each time."),
    "vad": Schema(type=FLAG, description="Decode only where speech is heard."),
    "vad_threshold": Schema(type=NUMBER, exclusive_minimum=0, exclusive_maximum=1,
                            description="How sure the detector must be that a moment is speech."),
    "batch_size": Schema(type=OpenAPIType.INTEGER, minimum=1, maximum=32,
                         description="Windows decoded at once; else what suits the machine."),
    "timestamp_type": text("`word` puts the words and their times into the JSON.",
                           enum=("chunk", "word")),
    "diarize": Schema(type=FLAG, description="Say who spoke, in the formats that can."),
    "num_speakers": Schema(type=OpenAPIType.INTEGER, minimum=1, maximum=64,
                           description="Exactly so many speakers; asks for `diarize`."),
    "async": Schema(type=FLAG, description="Answer 202 with a task's id, and keep the result."),
}  # fmt: skip
ONLY_TRANSCRIPTIONS: Mapping[str, Schema] = {
    "timestamp_granularities[]": texts("What `verbose_json` holds, segments if it is left out.",
                                       GRANULARITIES),
    "keywords[]": texts("Words to listen for."),
    "languages[]": texts("As `language`; only one can be named."),
    "stream": Schema(type=FLAG, description="Send text as it is made (`json`, `text` and "
                     "`diarized_json` only)."),
    "known_speaker_names[]": texts("Names of up to four people who may speak."),
    "known_speaker_references[]": texts("A clip of each, 2 to 10 s long, as a data URL in base64."),
    "chunking_strategy": text(
        "`auto`, or the detector's details.",
        examples=['{"type": "server_vad", "threshold": 0.5, "silence_duration_ms": 300}'],
    ),
}  # fmt: skip

ERRORS: Mapping[int, tuple[str, str | None, str]] = {
    400: ("A field or the recording cannot be used", "response_format", "invalid_value"),
    401: ("There is no key, or not a good one", None, "key_needed"),
    403: ("The key may not do this", None, "access"),
    404: ("No model has this name, or it is not here", "model", "model_not_found"),
    408: ("The upload came too slowly", None, "request_timeout"),
    409: ("The transcription was cancelled", None, "cancelled"),
    413: ("The upload is too large", None, "too_large"),
    415: ("The body is not a form", None, "unsupported_media_type"),
    429: ("Too many requests, or too many jobs wait; see Retry-After", None, "queue_full"),
    500: ("The service failed", None, "internal"),
    503: ("The service cannot work now, or took longer than sync_timeout", None, "not_ready"),
    504: ("The work took longer than a job may", None, "job_timeout"),
    507: ("Memory ran out, and every smaller way was tried; or the disk is full", None,
          "memory_exhausted"),
}  # fmt: skip


def form(fields: Mapping[str, Schema]) -> RequestBody:
    """A form with a recording."""
    schema = Schema(type=OpenAPIType.OBJECT, properties=dict(fields), required=["file"])
    return RequestBody({"multipart/form-data": OpenAPIMediaType(schema=schema)}, required=True)


def example(value: Any) -> dict[str, Any]:
    """An example that has no name."""
    return {"example": Example(value=value)}


def failure(status: int) -> OpenAPIResponse:
    """The answer to what went wrong."""
    what, param, code = ERRORS[status]
    kind = "invalid_request_error" if status < 500 else "server_error"
    body: dict[str, Any] = {"message": what, "type": kind, "param": param, "code": code}
    if code == "memory_exhausted":
        body["attempts"] = ["cuda, batch 8", "cuda, batch 4", "cpu, batch 2"]
    schema = Schema(
        type=OpenAPIType.OBJECT,
        properties={"error": Schema(type=OpenAPIType.OBJECT)},
        required=["error"],
    )
    media = OpenAPIMediaType(schema=schema, examples=example({"error": body}))
    return OpenAPIResponse(description=what, content={JSON: media})


def answers(*, streams: bool) -> dict[str, OpenAPIResponse | Reference]:
    """Everything that may be answered."""
    whole = Schema(type=OpenAPIType.OBJECT, properties={"text": Schema(type=STRING)},
                   required=["text"])  # fmt: skip
    said = {"json": Example(value=PLAIN_EXAMPLE), "verbose_json": Example(value=VERBOSE_EXAMPLE)}
    if streams:
        said["diarized_json"] = Example(value=DIARIZED_EXAMPLE)
    vtt = "WEBVTT\n\n00:00.400 --> 00:01.300\nWe are live.\n\n"
    content = {
        JSON: OpenAPIMediaType(schema=whole, examples=dict(said)),
        "text/plain": OpenAPIMediaType(
            schema=Schema(type=STRING), examples=example("We are live.\n")
        ),
        "text/vtt": OpenAPIMediaType(schema=Schema(type=STRING), examples=example(vtt)),
    }
    if streams:
        content["text/event-stream"] = OpenAPIMediaType(
            schema=Schema(type=STRING), examples=example(EVENTS)
        )
    task = OpenAPIMediaType(
        schema=Schema(type=OpenAPIType.OBJECT, properties={"task_id": Schema(type=STRING)},
                      required=["task_id"]),
        examples=example(TASK_EXAMPLE),
    )  # fmt: skip
    return {
        "200": OpenAPIResponse(description="What was said", content=content),
        "202": OpenAPIResponse(description="A task was made", content={JSON: task}),
        **{str(status): failure(status) for status in ERRORS},
    }


ASYNC = Parameter(
    name="async", param_in="query", schema=Schema(type=FLAG), description="As the field of the form"
)


@dataclass
class Transcribing(Operation):
    """`POST /v1/audio/transcriptions`."""

    def __post_init__(self) -> None:
        """Say what the framework cannot see, because the body is read as it comes."""
        self.parameters = [ASYNC]
        self.request_body = form({**SHARED, **ONLY_TRANSCRIPTIONS})
        self.responses = answers(streams=True)


@dataclass
class Translating(Operation):
    """`POST /v1/audio/translations`."""

    def __post_init__(self) -> None:
        """Say what the framework cannot see, because the body is read as it comes."""
        self.parameters = [ASYNC]
        kinds = tuple(kind for kind in FORMATS if kind != "diarized_json")
        fields = {**SHARED, "response_format": replace(SHARED["response_format"], enum=kinds)}
        self.request_body = form(fields)
        self.responses = answers(streams=False)
