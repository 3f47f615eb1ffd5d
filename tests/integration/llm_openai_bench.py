"""What the tests of the back end `openai` share."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from hansard.models.llm import (
    Ask,
    Generation,
    LanguageModel,
    LanguageModelPlace,
    LlmOptions,
    Message,
    Reply,
)
from hansard.models.llm.openai import SPEC
from hansard.testing.llm_server import (
    LlmServer,
    status,
)

KEY = "sk-very-secret-key"
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"tags": {"type": "array", "items": {"type": "string"}}},
    "required": ["tags"],
    "additionalProperties": False,
}
PLAIN = Ask(messages=(Message("system", "Be good."), Message("user", "Say something.")))
SHAPED = Ask(messages=PLAIN.messages, schema=SCHEMA)
BUSY = status(503, "busy", {"Retry-After": "0"})


@dataclass
class Asking:
    """A server, and the model that it is."""

    server: LlmServer
    model: LanguageModel
    cancelled: Callable[[], bool] = field(default=lambda: False)

    def __call__(self, ask: Ask = PLAIN, **generation: Any) -> Reply:
        return self.model.complete(ask, Generation(**generation), self.cancelled)

    @property
    def sent(self) -> Mapping[str, Any]:
        """What was asked last."""
        return self.server.asked[-1].body


def load(url: str, *, key: str = KEY, model: str = "m", **options: Any) -> LanguageModel:
    """A model at an address."""
    chosen = LlmOptions(**{"llm_timeout": 30.0, "llm_attempts": 2, **options})
    return SPEC.load(LanguageModelPlace(options=chosen, url=url, key=key, model=model))


@contextmanager
def asking(
    script: Any = "Good morning.", *, models: Any = ("m",), **options: Any
) -> Iterator[Asking]:
    """A server with this script, and its model."""
    with LlmServer(script, models=models) as server:
        model = load(server.url, **options)
        yield Asking(server, model)
        model.close()
