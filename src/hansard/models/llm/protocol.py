"""What a language model is to the rest of the house: messages in, a text out, with what it cost.

A back end neither cuts, chunks, repairs nor judges: what was asked is sent as it is, and what came
is given as it came, without the model's thinking. Everything above (`answers`, `hansard.writing`)
is written once for all back ends.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from hansard.models.hub import ModelFiles
from hansard.models.llm.options import Generation, LlmOptions

Role = Literal["system", "user", "assistant"]
Schema = Mapping[str, Any]
"""A JSON Schema, within the subset of `hansard.models.llm.shapes.schemas`."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What requests cost; tokens are None where the back end does not say."""

    requests: int = 0
    prompt_tokens: int | None = None
    completion_tokens: int | None = None

    def __add__(self, other: "Usage") -> "Usage":
        """Both together."""
        return Usage(
            requests=self.requests + other.requests,
            prompt_tokens=_sum(self.prompt_tokens, other.prompt_tokens),
            completion_tokens=_sum(self.completion_tokens, other.completion_tokens),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One question to a model."""

    messages: Sequence[Message]
    schema: Schema | None = None
    """The shape that the answer must have, as JSON; None = plain text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a model answered."""

    text: str
    """Without the model's thinking."""
    usage: Usage = field(default_factory=Usage)
    finished: bool = True
    """False where it was cut by `max_tokens` or the context."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageModelInfo:
    """What is known of a model that is ready."""

    name: str
    """The back end: `openai`, `transformers`."""
    version: str
    model: str
    digest: str = ""
    """SHA-256 of its files; empty where a server does not tell."""
    context: int = 8192
    """Tokens of prompt and answer together."""
    quantization: str | None = None
    chat_template: str | None = None
    """`model` for its own, else the SHA-256 of the file in use."""
    thinking: bool | None = None
    reasoning_parser: str | None = None
    structured_output: str = "none"
    """What holds the answer to its schema: `llguidance`, `json_schema`, `json_object`, `none`."""
    parallel: int = 1
    """Requests at once that gain time."""
    defaults: Generation = field(default_factory=Generation)
    """What the model's `generation_config.json` says."""


class LanguageModel(Protocol):
    """A model that is ready. Several threads may use it; each back end sees to its own turns."""

    @property
    def info(self) -> LanguageModelInfo:
        """What is known of it; may become more exact with the first answer."""
        ...

    def complete(
        self, ask: Ask, generation: Generation, cancelled: Callable[[], bool] = lambda: False
    ) -> Reply:
        """Answer.

        Raises:
            LlmUnreachableError: the server is down, busy or too slow, after every attempt.
            LlmAccessError: the server refuses the key.
            LlmAnswerError: what came is no answer.
            LanguageModelError: anything else that went wrong.
            Cancelled: `cancelled` said so.
        """
        ...

    def count_tokens(self, text: str) -> int:
        """How many tokens a text takes; rather too many than too few where it is a guess."""
        ...

    def close(self) -> None:
        """Free it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageModelPlace:
    """What a model is made from."""

    options: LlmOptions
    url: str = ""
    key: str = field(default="", repr=False)
    model: str = ""
    files: ModelFiles | None = None
    """Its files, for a model in this process."""
    device: Literal["cpu", "cuda"] = "cpu"
    device_index: int = 0
    threads: int = 1


class LanguageModelSpec(Protocol):
    """The entry point of a back end (group `hansard.llms`); nothing heavy."""

    name: str
    needs: tuple[str, ...]
    """Modules that must be there."""
    extra: str
    """The extra of Hansard that installs them."""
    local: bool
    """True where the model's files are loaded into this process."""

    def memory(self, place: LanguageModelPlace) -> int:
        """Bytes that the model will take here; 0 where it is elsewhere."""
        ...

    def load(self, place: LanguageModelPlace) -> LanguageModel:
        """Make it ready.

        Raises:
            EngineError: it cannot be loaded.
            ModelDamagedError: its files are no language model.
        """
        ...


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None and other is None else (one or 0) + (other or 0)
