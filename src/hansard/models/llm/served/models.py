"""What a server says of the models that it has (`GET /models`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hansard.errors import LanguageModelError, LlmAnswerError
from hansard.models.llm.served.failures import printable

_CONTEXT_FIELDS: Final = (
    "max_model_len",  # vLLM, SGLang
    "loaded_context_length",  # LM Studio
    "context_length",  # OpenRouter, Together
    "context_window",  # Groq
    "max_context_length",  # Mistral
    "n_ctx",  # llama.cpp, within `meta`
)
_CONTEXTS: Final = range(256, 10_000_001)
_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Offered:
    """A model of a server."""

    name: str
    context: int | None
    """Tokens, where the server says."""


def read_models(said: Any) -> Sequence[Offered]:
    """The models of a listing, as far as they can be made out."""
    items = said.get("data") or said.get("models") if isinstance(said, dict) else said
    found = [_offered(item) for item in items] if isinstance(items, list) else []
    return [model for model in found if model is not None]


def choose(offered: Sequence[Offered], url: str) -> str:
    """The model, where nobody named one.

    Raises:
        LanguageModelError: there is not exactly one.
    """
    if len(offered) == 1:
        return offered[0].name
    if not offered:
        raise LlmAnswerError(f"{url} names no models", hint="set llm_model")
    raise LanguageModelError(
        f"{url} has {len(offered)} models: {named(offered)}", hint="set llm_model to one of them"
    )


def context_of(offered: Sequence[Offered], name: str) -> int | None:
    """The context of a model, where the server says."""
    return next((m.context for m in offered if m.name in {name, f"{name}:latest"}), None)


def named(offered: Sequence[Offered]) -> str:
    """Some of their names."""
    names = ", ".join(printable(model.name, "", 80) for model in offered[:_NAMED])
    return f"{names} and others" if len(offered) > _NAMED else names


def _offered(item: Any) -> Offered | None:
    if isinstance(item, str):
        return Offered(item, None)
    if not isinstance(item, dict):
        return None
    name = item.get("id") or item.get("name") or item.get("model")
    return Offered(name, _context(item)) if isinstance(name, str) and name else None


def _context(item: Mapping[str, Any]) -> int | None:
    meta = item.get("meta")
    for place in (item, meta if isinstance(meta, dict) else {}):
        for field in _CONTEXT_FIELDS:
            value = place.get(field)
            if isinstance(value, int) and not isinstance(value, bool) and value in _CONTEXTS:
                return value
    return None
