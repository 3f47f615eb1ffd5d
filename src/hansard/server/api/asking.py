"""What the fields of a submission mean: pure, but for the settings' own declarations.

Every setting that decides how a recording is read may be given by its name. What is unknown is
refused by name; what another version will do is refused with the reason.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any, get_args, get_origin

import msgspec
from pydantic import TypeAdapter, ValidationError

from hansard.audio.names import printable
from hansard.audio.options import parse_channel, parse_clip
from hansard.errors import UnknownNameError, UsageError
from hansard.jobs.values import Priority
from hansard.plugins import engine_entry_points
from hansard.server.forms import Form
from hansard.settings import Options, declared
from hansard.transcript.languages import find_language

ROOMS = frozenset(
    "AlignmentOptions AudioOptions CleanOptions ContextOptions DecodeOptions GuardOptions "
    "LanguageOptions PlanOptions SpeakerOptions SubtitleOptions SummaryOptions VadOptions".split()
)
"""Option classes whose settings a client may choose."""
FEATURES = ("raw_transcript", "clean_transcript", "enhancement_metrics", "summary")
SYNONYMS = {
    "asr_backend": "engine",
    "callback_url": "webhook_url",
    "enable_diarization": "diarize",
    "enable_vad": "vad",
}
"""Names that other services have for the same."""
OWN = (
    "url", "features", "priority", "ephemeral", "webhook_url", "webhook_secret", "template_id",
)  # fmt: skip
"""Fields that are no settings."""
COUNTS = ("num_speakers", "min_speakers", "max_speakers")
PRIORITIES = {"normal": Priority.NORMAL, "bulk": Priority.BULK}
IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,255}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A submission's fields, checked."""

    options: Mapping[str, Any]
    """Settings by name, as JSON can hold them; only those that were given."""
    features: tuple[str, ...]
    template_id: str = ""
    """The shape of the summary, where one is asked for."""
    url: str = ""
    priority: Priority = Priority.NORMAL
    ephemeral: bool = False
    webhook_url: str = ""
    webhook_secret: str = ""

    @property
    def request(self) -> dict[str, Any]:
        """What is stored with the job."""
        template = {"template_id": self.template_id} if self.template_id else {}
        return {
            "options": dict(self.options),
            "features": list(self.features),
            "task": self.options.get("task", "transcribe"),
            **template,
        }


def read_asked(form: Form, server: Options) -> Asked:
    """What a form asks for; `server` has the limits that it may not exceed.

    Raises:
        UsageError: a field is unknown, or its value may not be.
    """
    form = Form({SYNONYMS.get(name, name): values for name, values in form.fields.items()})
    refuse_unknown(form, (*choosable(), *OWN, *SYNONYMS))
    options = read_options(form)
    template_id = (form.one("template_id") or "").strip()
    check_limits(options, server)
    check_speakers(options)
    return Asked(
        options=options,
        features=read_features(form.fields.get("features", ()), template_id),
        template_id=template_id,
        url=(form.one("url") or "").strip(),
        **read_handling(form),
    )


def read_handling(form: Form) -> dict[str, Any]:
    """How any submission is to be handled: its urgency, its keeping, and who is told.

    Raises:
        UsageError: a value may not be.
    """
    return {
        "priority": read_priority(form.one("priority")),
        "ephemeral": read_flag(form, "ephemeral"),
        "webhook_url": (form.one("webhook_url") or "").strip(),
        "webhook_secret": form.one("webhook_secret") or "",
    }


@cache
def choosable() -> tuple[str, ...]:
    """The settings that a client may choose."""
    chosen = [s.name for s in declared().values() if s.room in ROOMS]
    return ("model", "engine", *chosen)


def read_options(form: Form, names: tuple[str, ...] = ()) -> dict[str, Any]:
    """The settings among the fields, checked, as JSON can hold them. Blank ones are left out.

    `names` are those that may be there; by default all that a client may choose.

    Raises:
        UsageError: a value may not be.
    """
    given: dict[str, Any] = {}
    for name in names or choosable():
        values = [value for value in form.fields.get(name, ()) if value.strip()]
        if values:
            value = read_setting(name, values)
            given[name] = list(value) if isinstance(value, tuple) else value
    if "language" in given:
        given["language"] = find_language(given["language"])
    if "clip" in given:
        parse_clip(given["clip"])
    if "channel" in given:
        parse_channel(given["channel"])
    return given


def read_setting(name: str, values: list[str]) -> Any:
    """A setting's value from a field's texts, checked as in every other source.

    Raises:
        UsageError: it may not have this value.
    """
    given: Any = values[0]
    if _is_list(name):
        given = list_of(name, values)
    elif len(values) > 1:
        raise UsageError(f"{name} was given {len(values)} times", hint="give it once")
    try:
        return _checker(name).validate_python(given)
    except ValidationError as error:
        message = error.errors()[0]["msg"].removeprefix("Input ").removeprefix("Value error, ")
        raise UsageError(
            f"{name} = {printable(str(given))!r}: {message}", hint=declared()[name].help
        ) from error


@cache
def _checker(name: str) -> TypeAdapter[Any]:
    return TypeAdapter(declared()[name].annotation)


@cache
def _is_list(name: str) -> bool:
    annotation = declared()[name].annotation
    return any(get_origin(kind) is tuple for kind in (annotation, *get_args(annotation)))


def list_of(name: str, values: list[str]) -> list[Any]:
    """A list given as repeated fields, with commas, or as JSON.

    Raises:
        UsageError: it begins like JSON, and is none.
    """
    if len(values) == 1 and values[0].lstrip().startswith("["):
        try:
            return msgspec.json.decode(values[0], type=list[Any])
        except (msgspec.MsgspecError, RecursionError) as error:
            raise UsageError(f"{name} is no JSON list") from error
    return [part.strip() for value in values for part in value.split(",") if part.strip()]


def read_features(
    values: tuple[str, ...], template_id: str = "", default: str = "clean_transcript"
) -> tuple[str, ...]:
    """The features asked for, once each; by default `default`, and a summary where a template is.

    Raises:
        UsageError: one of them does not exist, or a summary has no template, or the reverse.
    """
    asked = list_of("features", [value for value in values if value.strip()])
    for feature in asked:
        if feature not in FEATURES:
            raise UsageError(
                f"there is no feature {printable(str(feature))!r}",
                hint=f"features: {', '.join(FEATURES)}",
            )
    if not asked:
        return (default, "summary") if template_id else (default,)
    if ("summary" in asked) != bool(template_id):
        raise UsageError(
            "features=summary and template_id belong together",
            hint="template_id=generic_v1 suits any recording; GET /v1/templates lists all",
        )
    return tuple(dict.fromkeys(asked))


def read_priority(text: str | None) -> Priority:
    """How urgent it is.

    Raises:
        UsageError: nobody may ask for that.
    """
    word = (text or "normal").strip().lower()
    if word not in PRIORITIES:
        raise UsageError(
            f"priority = {printable(word)!r}", hint=f"choose {' or '.join(PRIORITIES)}"
        )
    return PRIORITIES[word]


def read_flag(form: Form, name: str) -> bool:
    """A switch; absent or blank is off.

    Raises:
        UsageError: it is neither on nor off.
    """
    text = (form.one(name) or "").strip().lower()
    if text in {"", "0", "false", "no", "off"}:
        return False
    if text in {"1", "true", "yes", "on"}:
        return True
    raise UsageError(f"{name} = {printable(text)!r}", hint="write true or false")


def read_idempotency_key(text: str | None) -> str | None:
    """The header `Idempotency-Key`.

    Raises:
        UsageError: it is too long, or not plain.
    """
    if text is None:
        return None
    if not IDEMPOTENCY_KEY.fullmatch(text):
        raise UsageError(
            "Idempotency-Key is not 1 to 255 visible ASCII characters", hint="a UUID does well"
        )
    return text


def check_limits(options: Mapping[str, Any], server: Options) -> None:
    """See that a client does not lift the service's own limits.

    Raises:
        UsageError: it would.
    """
    longest = options.get("max_duration", server.max_duration)
    if longest > server.max_duration:
        raise UsageError(
            f"max_duration = {longest:g} is more than the {server.max_duration:g} s of this service"
        )
    shortest = options.get("min_duration", server.min_duration)
    if shortest < server.min_duration:
        raise UsageError(
            f"min_duration = {shortest:g} is less than the {server.min_duration:g} s of this "
            "service"
        )
    if options.get("voice_profiles") and not server.voice_profiles:
        raise UsageError("this service does not tell the names of voices that it knows")


def check_speakers(options: Mapping[str, Any]) -> None:
    """See that what is asked about speakers makes sense together.

    Raises:
        UsageError: it does not; the message begins with the name of a field.
    """
    wanted = [name for name in (*COUNTS, "channel_speakers") if options.get(name)]
    if wanted and options.get("diarize") is False:
        raise UsageError(f"diarize is off, and {wanted[0]} asks for speakers")
    exact, least, most = (options.get(name) for name in COUNTS)
    if least is not None and most is not None and least > most:
        raise UsageError(f"min_speakers = {least} is more than max_speakers = {most}")
    if exact is not None and not (least or exact) <= exact <= (most or exact):
        raise UsageError(
            f"num_speakers = {exact} is not within min_speakers and max_speakers",
            hint="give the exact number, or its bounds",
        )
    if options.get("channel_speakers") and options.get("channel") is not None:
        raise UsageError("channel chooses one channel, and channel_speakers needs all of them")


def check_speaker_engine(name: str) -> None:
    """See that there is a speaker engine of this name.

    Raises:
        UnknownNameError: there is none.
    """
    known = ("auto", *sorted(engine_entry_points("speaker engine")))
    if name not in known:
        raise UnknownNameError(
            f"there is no speaker engine {printable(name)!r}",
            hint=f"speaker engines: {', '.join(known)}",
        )


def refuse_unknown(form: Form, known: tuple[str, ...]) -> None:
    """See that there is no field but these.

    Raises:
        UsageError: there is.
    """
    for name in form.fields:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            raise UsageError(
                f"there is no field {printable(name)!r}",
                hint=f"did you mean {near[0]}?" if near else "the docs page lists all fields",
            )
