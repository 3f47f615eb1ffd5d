"""What an OpenAI client asks for: form fields into a typed request, before any work. Pure.

Every field is honoured or refused by name. The fields are those of OpenAI's reference for
`POST /v1/audio/transcriptions` and `/v1/audio/translations`, those of insanely-fast-whisper-rocm
that mean something here, and the settings that the job API takes, by their own names.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from hansard.errors import UnknownNameError, UsageError
from hansard.models.hub.hub import Hub
from hansard.models.hub.names import Names, alike, parse_name
from hansard.models.hub.registry_book import spelt
from hansard.models.speakers import SpeakerOptions
from hansard.server.api.asking import check_limits, check_speakers, choosable, read_options
from hansard.server.api.openai_chunking import read_chunking
from hansard.server.api.openai_fields import (
    Fields,
    ParameterError,
    refused,
    wrong_choice,
)
from hansard.server.api.openai_speakers import NAMES, REFERENCES, Reference, read_references
from hansard.server.forms import Form
from hansard.settings import Options
from hansard.transcript.languages import find_language

Task = Literal["transcribe", "translate"]

FORMATS: Final = ("json", "text", "srt", "verbose_json", "vtt", "diarized_json")
STREAMED: Final = ("json", "text", "diarized_json")
GRANULARITIES: Final = ("word", "segment")
LONGEST_NAME: Final = 200
"""Characters of a model's name; the hub allows fewer."""
OPENAI_MODELS: Final = re.compile(
    r"whisper-1|gpt-transcribe|gpt-4o-(mini-)?transcribe(-diarize)?(-\d{4}-\d\d-\d\d)?"
)
"""Names of OpenAI's own models: here they mean the default model."""
DIARIZER: Final = "gpt-4o-transcribe-diarize"
"""OpenAI's model that tells speakers apart, where the format has a place for them."""
NOT_AS_ELSEWHERE: Final = frozenset({"model", "task", "language", "temperature"})
"""Settings that OpenAI's fields of the same name are read for."""
ONLY_TRANSCRIPTIONS: Final = (
    "stream", "timestamp_granularities", "include", "chunking_strategy", "languages", "keywords",
    NAMES, REFERENCES,
)  # fmt: skip
"""OpenAI's fields that its translations do not have."""
NOT_HERE: Final = {
    "stabilize": "words are timed by the model itself, and nothing moves them afterwards",
    "demucs": "there is no separation of voice and music",
}
"""Switches that may only be off, and why."""
FOREIGN: Final = (
    "timestamp_type", "batch_size", "chunk_length", "return_timestamps", "task", "async",
    "diarization_device",
)  # fmt: skip
OPENAI: Final = (
    "file", "model", "language", "prompt", "response_format", "temperature", *ONLY_TRANSCRIPTIONS,
)  # fmt: skip
FIELDS: Final = frozenset((*OPENAI, *FOREIGN, *NOT_HERE))


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechRequest:
    """What was asked, with nothing left to check."""

    task: Task
    response_format: str
    """One of `FORMATS`."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Settings by name, for the worker; what is not there is the service's own choice."""
    words: bool = False
    """Whether words stand beside the text in JSON."""
    segments: bool = True
    """Whether segments do (verbose_json only)."""
    languages: bool = False
    """Whether the languages heard do, as OpenAI's gpt-transcribe lists them."""
    stream: bool = False
    durable: bool = False
    """Answer at once with a task's id, and keep the result."""
    diarize: bool = False
    """Whether speakers are told apart, by this request or by the service's own choice."""
    known: tuple[Reference, ...] = ()
    """Speakers whose names the client knows."""


def read_request(
    given: Mapping[str, Sequence[str]],
    task: Task,
    server: Options,
    is_folder: Callable[[str], bool] = lambda _: False,
) -> SpeechRequest:
    """The request that a form makes; `given` holds its text fields, without the file.

    `server` says what names mean and which limits hold. `is_folder` says whether a name is a folder
    here: a client may not name one, an alias of the settings may.

    Raises:
        ParameterError: a field is unknown, has a value that it may not have, or asks for what
            cannot be done.
    """
    form = Fields(given)
    _forbid(form, given, task)
    task = _read_task(form, task)
    shape = _read_shape(form)
    model = form.one("model")
    options = _merge(
        _read_model(model, task, server, is_folder),
        _read_language(form),
        _read_words(form),
        _read_search(form),
        read_chunking(form),
        _read_own(form, server),
        {"task": "translate"} if task == "translate" else {},
        {"word_timestamps": True} if shape["words"] else {},
        _read_diarizer(model, shape["response_format"], server),
    )
    request = SpeechRequest(
        task=task,
        options=options,
        diarize=_speakers(options, server).wants_speakers,
        known=read_references(form),
        languages=bool(model and model.startswith("gpt-transcribe")),
        stream=bool(form.flag("stream")),
        durable=bool(form.flag("async")),
        **shape,
    )
    form.forbid_rest(FIELDS.union(choosable()))
    _check_speakers(request)
    return _check_together(request)


def _forbid(form: Fields, given: Mapping[str, Sequence[str]], task: Task) -> None:
    """Refuse what no value would make right."""
    if form.one("diarization_device"):
        raise refused("diarization_device", "the service's settings say where models run")
    for name, why in NOT_HERE.items():
        if form.flag(name):
            raise refused(name, why)
    if task == "translate":
        _forbid_for_translations(form, given)
    if form.many("include"):
        raise refused("include", "transcripts keep no log-probability of single tokens")


def _forbid_for_translations(form: Fields, given: Mapping[str, Sequence[str]]) -> None:
    """Refuse what OpenAI's translations do not have; a stream may be declined, as many do."""
    names = {key.partition("[")[0] for key in given}
    for name in ONLY_TRANSCRIPTIONS:
        if name in names and (name != "stream" or form.flag(name)):
            raise refused(name, "translations do not have it", hint="leave it out")


def _read_task(form: Fields, task: Task) -> Task:
    asked = form.choice("task", ("transcribe", "translate"))
    if asked == "transcribe" and task == "translate":
        raise refused("task", "this route translates", hint="ask /v1/audio/transcriptions")
    return "translate" if "translate" in {asked, task} else "transcribe"


def _read_shape(form: Fields) -> dict[str, Any]:
    """What the answer looks like."""
    kind = form.one("response_format") or "json"
    if kind not in FORMATS:
        raise wrong_choice("response_format", kind, FORMATS)
    granularities = form.many("timestamp_granularities")
    for wanted in granularities:
        if wanted not in GRANULARITIES:
            raise wrong_choice("timestamp_granularities", wanted, GRANULARITIES)
    if granularities and kind != "verbose_json":
        raise refused("timestamp_granularities", "it needs response_format=verbose_json")
    by_word = form.choice("timestamp_type", ("chunk", "word")) == "word"
    return {
        "response_format": kind,
        "words": by_word or _wants_words(form, kind) or "word" in granularities,
        "segments": not granularities or "segment" in granularities,
    }


def _wants_words(form: Fields, kind: str) -> bool:
    """Whether `return_timestamps` asks for words; without them a format has times, or has none."""
    value = form.choice("return_timestamps", ("true", "false", "word", "True", "False"))
    if value is None or value == "word":
        return value == "word"
    has_times = kind not in {"json", "text"}
    if has_times is (value.casefold() == "true"):
        return False
    raise refused("return_timestamps", f"{kind} has {'its' if has_times else 'no'} times")


def _read_model(
    name: str | None, task: Task, server: Options, is_folder: Callable[[str], bool]
) -> dict[str, Any]:
    """The model, where it is not the worker's own choice."""
    names = Hub(server).names
    if name is not None and spelt(name, names.aliases) is None and OPENAI_MODELS.fullmatch(name):
        name = None
    if name is None:
        return {"model": server.translation_model} if task == "translate" else {}
    if not _may_name(name, names, is_folder):
        near = alike(name[:LONGEST_NAME], [*names.aliases, *names.registered])
        raise ParameterError(
            "model",
            f"no model is called {name[:LONGEST_NAME]!r}",
            hint=f"did you mean {' or '.join(near)}?" if near else "GET /v1/models lists models",
            reason="model_not_found",
        )
    return {"model": name}


def _may_name(name: str, names: Names, is_folder: Callable[[str], bool]) -> bool:
    """Whether a client may ask for a model of this name: a folder must have an alias."""
    if len(name) > LONGEST_NAME:
        return False
    try:
        reference = parse_name(name, names.aliases, is_folder, names.registered)
    except UnknownNameError:
        return False
    return reference.kind != "folder" or reference.alias_of is not None


def _read_diarizer(name: str | None, kind: str, server: Options) -> dict[str, Any]:
    """Speakers, as OpenAI has them asked for: by the format, or by the model's name."""
    own = name is not None and spelt(name, Hub(server).names.aliases) is not None
    named = name is not None and not own and name.startswith(DIARIZER)
    wanted = kind == "diarized_json" or (named and kind not in {"json", "text"})
    return {"diarize": True} if wanted else {}


def _speakers(options: Mapping[str, Any], server: Options | None = None) -> SpeakerOptions:
    """What a request asks about speakers, and of `server` what it does not say."""
    base = {n: getattr(server, n) for n in SpeakerOptions.__dataclass_fields__} if server else {}
    asked = {n: options[n] for n in SpeakerOptions.__dataclass_fields__ if n in options}
    return SpeakerOptions(**{**base, **asked})


def _read_language(form: Fields) -> dict[str, Any]:
    """One language; several cannot be told to the detection."""
    alone = form.one("language")
    several = form.many("languages")
    if alone is not None and alone.casefold() == "auto":
        alone = None
    codes = dict.fromkeys(_language("languages", name) for name in several)
    if alone is not None:
        code = _language("language", alone)
        if codes and code not in codes:
            raise ParameterError("languages", f"languages does not hold the language {code!r}")
        return {"language": code}
    if len(codes) > 1:
        raise refused(
            "languages",
            "detection cannot be kept to several languages",
            hint="name one, or none to have it detected",
        )
    return {"language": next(iter(codes))} if codes else {}


def _language(param: str, name: str) -> str:
    try:
        return find_language(name)
    except UnknownNameError as error:
        raise ParameterError(param, str(error), hint=error.hint) from error


def _read_words(form: Fields) -> dict[str, Any]:
    """What the model is told beforehand."""
    prompt = form.one("prompt")
    keywords = form.many("keywords")
    told: dict[str, Any] = {}
    if prompt is not None:
        told["initial_prompt"] = prompt
    if keywords:
        told["hotwords"] = ", ".join(keywords)
    return told


def _read_search(form: Fields) -> dict[str, Any]:
    """How it decodes; a temperature of 0 is the default way, as at OpenAI."""
    found: dict[str, Any] = {}
    temperature = form.setting("temperature", "temperature")
    if temperature is not None and temperature > 1:
        raise ParameterError("temperature", f"temperature = {temperature:g}: it lies from 0 to 1")
    if temperature:
        found["temperature"] = temperature
    batch = form.setting("batch_size", "batch_size")
    if batch is not None:
        if not 1 <= batch <= 32:
            raise ParameterError("batch_size", f"batch_size = {batch}: it lies from 1 to 32")
        found["batch_size"] = batch
    window = form.setting("chunk_length", "window")
    if window is not None:
        found["window"] = window
    return found


def _read_own(form: Fields, server: Options) -> dict[str, Any]:
    """Hansard's settings by their own names, as the job API takes them."""
    found: dict[str, Any] = {}
    for name in choosable():
        values = () if name in NOT_AS_ELSEWHERE else form.many(name)
        if not values:
            continue
        try:
            found |= read_options(Form({name: values}))
            check_limits(found, server)
        except UsageError as error:
            raise ParameterError(name, str(error), hint=error.hint) from error
    return found


def _merge(*parts: Mapping[str, Any]) -> dict[str, Any]:
    """All the settings; one that was given twice, in two words for it, must be the same."""
    merged: dict[str, Any] = {}
    for name, value in (pair for part in parts for pair in part.items()):
        if merged.setdefault(name, value) != value:
            raise ParameterError(name, f"{name} was asked for as {merged[name]!r} and as {value!r}")
    return merged


def _check_together(request: SpeechRequest) -> SpeechRequest:
    """Refuse fields that are right alone and make no sense together."""
    if request.stream and request.durable:
        raise refused("stream", "a task is not streamed", hint="leave out async or stream")
    if request.stream and request.words:
        raise refused("stream", "events cannot carry words", hint="ask for verbose_json instead")
    if request.stream and request.response_format not in STREAMED:
        raise refused(
            "stream",
            f"events cannot carry {request.response_format}",
            hint=f"ask for {' or '.join(STREAMED)}",
        )
    return request


def _check_speakers(request: SpeechRequest) -> None:
    """Refuse what makes no sense about speakers."""
    kind, options = request.response_format, request.options
    try:
        check_speakers(options)
    except UsageError as error:
        field = str(error).split(maxsplit=1)[0]  # its messages begin with it
        raise ParameterError(field, str(error), hint=error.hint) from error
    if kind == "diarized_json" and request.task == "translate":
        raise refused("response_format", "translations have no diarized_json")
    if request.known and (not request.diarize or options.get("channel_speakers")):
        raise refused(
            NAMES, "nobody is told apart by voice", hint="ask for response_format=diarized_json"
        )
    placeless = kind in {"json", "text"} and not (request.words or request.durable)
    if placeless and (request.known or _speakers(options).wants_speakers):
        raise refused(
            "diarize",
            f"{kind} has no place for speakers",
            hint="ask for response_format=diarized_json or verbose_json",
        )
