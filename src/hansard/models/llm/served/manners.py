"""What is sent to a server, and what is left out where it refuses: each server has its manners."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Literal

from hansard.errors import LanguageModelError
from hansard.models.llm.options import Generation
from hansard.models.llm.protocol import Ask, Message, Schema
from hansard.models.llm.served.failures import Failure

Mode = Literal["json_schema", "json_object", "none"]

_DOWN: Final[Sequence[Mode]] = ("json_schema", "json_object", "none")
_SHAPE: Final = ("response_format", "json_schema", "json_object", "schema", "grammar", "guided")
_PLAIN_REFUSALS: Final = frozenset({400, 422})
_REFUSALS: Final = _PLAIN_REFUSALS | {500, 501}  # llama.cpp: 500 for a grammar that it cannot make
_STEPS: Final[Sequence[tuple[str, Sequence[str], Mapping[str, Any]]]] = (
    ("max_tokens", ("max_completion_tokens",), {"limit": "max_completion_tokens"}),
    ("stream_options", ("stream_options", "include_usage"), {"usage": False}),
    ("stream", ("stream", "Stream", "streaming", "Streaming"), {"stream": False}),
)
"""What may be sent, the words of a refusal that are about it, and what to do then."""
_OWNERS: Final = {
    "chat_template_kwargs": "llm_thinking",
    "enable_thinking": "llm_thinking",
    "chat_template": "llm_chat_template",
}
_GENERATION: Final = tuple(field.name for field in fields(Generation))


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How a server wants to be asked, as far as it is known."""

    schema: Mode = "json_schema"
    stream: bool = True
    usage: bool = True
    """Whether a stream may be asked for what it cost."""
    limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    system: bool = True
    """Whether there may be a message of the role `system`."""

    def joined(self, other: "Manners") -> "Manners":
        """Without what either leaves out: what was learnt once stays learnt."""
        lower = max(self.schema, other.schema, key=_DOWN.index)
        limits = {self.limit, other.limit}
        return Manners(
            schema=lower,
            stream=self.stream and other.stream,
            usage=self.usage and other.usage,
            limit="max_tokens" if limits == {"max_tokens"} else "max_completion_tokens",
            system=self.system and other.system,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What every request of a model carries."""

    model: str
    extra: Mapping[str, Any]
    """Fields that are not OpenAI's own."""
    schema: Literal["auto", "json_schema", "json_object", "none"] = "auto"

    @property
    def first_manners(self) -> Manners:
        """How to begin."""
        return Manners(schema="json_schema" if self.schema == "auto" else self.schema)


def request_of(
    ask: Ask, generation: Generation, standing: Standing, manners: Manners
) -> dict[str, Any]:
    """The arguments of `chat.completions.create`; what is None is not sent."""
    extra = {
        **standing.extra,
        **_given(top_k=generation.top_k, repetition_penalty=generation.repetition_penalty),
    }
    return {
        "model": standing.model,
        "messages": _messages(ask, manners),
        **_given(temperature=generation.temperature, top_p=generation.top_p),
        **_given(**{manners.limit: generation.max_tokens}),
        **({"stream": True} if manners.stream else {}),
        **({"stream_options": {"include_usage": True}} if manners.stream and manners.usage else {}),
        **_response_format(ask.schema, manners.schema),
        **({"extra_body": extra} if extra else {}),
    }


def named_step(
    failure: Failure, sent: Mapping[str, Any], standing: Standing, manners: Manners
) -> Manners | None:
    """How to ask after this refusal, by the server's own words; None where they do not say."""
    about_shape = "response_format" in sent and _is_about_shape(failure)
    if about_shape and failure.status in _REFUSALS:
        return _lower_schema(standing, manners)
    if failure.status not in _PLAIN_REFUSALS or failure.too_long:
        return None
    for field, names, change in _STEPS:
        if field in sent and any(failure.names(name) for name in names):
            return replace(manners, **change)
    words = failure.words.lower()
    if "system" in words and "role" in words and _has_system(sent):
        return replace(manners, system=False)
    return None


def blind_step(
    failure: Failure, sent: Mapping[str, Any], standing: Standing, manners: Manners
) -> Manners | None:
    """Leave out what servers refuse most; for those that do not say what they refuse."""
    if failure.status not in _PLAIN_REFUSALS or failure.too_long or failure.param == "model":
        return None
    if _culprit(failure, sent) or ("response_format" in sent and _is_about_shape(failure)):
        return None
    lower = _lower_schema(standing, manners) if "response_format" in sent else None
    if lower is not None:
        return lower
    if "stream_options" in sent:
        return replace(manners, usage=False)
    return replace(manners, stream=False) if "stream" in sent else None


def unknown_setting(
    failure: Failure, sent: Mapping[str, Any], url: str
) -> LanguageModelError | None:
    """The error where a server refuses what a setting asks for."""
    if failure.status not in _REFUSALS or failure.too_long:
        return None
    if "response_format" in sent and _is_about_shape(failure):
        mode = sent["response_format"]["type"]
        hint = "unset llm_schema, so that another way is found"
        return LanguageModelError(f"{url} refuses {mode}: {failure.words[:300]}", hint=hint)
    field = _culprit(failure, sent)
    if field is None:
        return None
    setting = _OWNERS.get(field) or f"clean_{field} or summary_{field}, whichever sets it"
    return LanguageModelError(
        f"{url} refuses {field}: {failure.words[:300]}", hint=f"unset {setting}"
    )


def _lower_schema(standing: Standing, manners: Manners) -> Manners | None:
    if standing.schema != "auto" or manners.schema == _DOWN[-1]:
        return None
    return replace(manners, schema=_DOWN[_DOWN.index(manners.schema) + 1])


def _is_about_shape(failure: Failure) -> bool:
    words = failure.words.lower()
    return failure.param.startswith("response_format") or any(name in words for name in _SHAPE)


def _has_system(sent: Mapping[str, Any]) -> bool:
    return any(message["role"] == "system" for message in sent["messages"])


def _culprit(failure: Failure, sent: Mapping[str, Any]) -> str | None:
    """The field of a setting that the refusal names."""
    fields_sent = {**sent, **sent.get("extra_body", {})}
    names = [name for name in (*_GENERATION, *_OWNERS) if name in fields_sent]
    if "chat_template_kwargs" in fields_sent:
        names.append("enable_thinking")
    return next((name for name in names if failure.names(name)), None)


def _messages(ask: Ask, manners: Manners) -> list[dict[str, str]]:
    messages = list(ask.messages)
    if ask.schema is not None and manners.schema != "json_schema":
        messages = _with_schema(messages, ask.schema)
    if not manners.system:
        messages = _without_system(messages)
    return [{"role": m.role, "content": _sendable(m.content)} for m in messages]


def _with_schema(messages: list[Message], schema: Schema) -> list[Message]:
    """The schema told in words, apart from what people said."""
    told = (
        "Answer with one JSON value that is valid against this JSON Schema, and nothing else:\n"
        + json.dumps(schema, ensure_ascii=False)
    )
    for at, message in enumerate(messages):
        if message.role == "system":
            changed = Message("system", f"{message.content}\n\n{told}")
            return [*messages[:at], changed, *messages[at + 1 :]]
    return [Message("system", told), *messages]


def _without_system(messages: Sequence[Message]) -> list[Message]:
    """The same, for models whose template has no such role: it goes before the user's words."""
    said = "\n\n".join(m.content for m in messages if m.role == "system")
    rest = [m for m in messages if m.role != "system"]
    if said and rest and rest[0].role == "user":
        return [Message("user", f"{said}\n\n{rest[0].content}"), *rest[1:]]
    return [Message("user", said), *rest] if said else rest


def _response_format(schema: Schema | None, mode: Mode) -> dict[str, Any]:
    if schema is None or mode == "none":
        return {}
    shape: dict[str, Any] = {"type": mode}
    if mode == "json_schema":
        shape["json_schema"] = {"name": "answer", "strict": True, "schema": dict(schema)}
    return {"response_format": shape}


def _sendable(text: str) -> str:
    """Without halves of characters, which UTF-8 cannot hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
