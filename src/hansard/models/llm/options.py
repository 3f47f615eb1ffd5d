"""What may be asked of language models."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Interval

Temperature = Annotated[float | None, Interval(ge=0, le=2)]
Share = Annotated[float | None, Interval(gt=0, le=1)]
Count = Annotated[int | None, Interval(ge=0, le=1_000_000)]
Tokens = Annotated[int | None, Interval(ge=1, le=1_000_000)]
Penalty = Annotated[float | None, Interval(gt=0, le=2)]


@dataclass(frozen=True, kw_only=True)
class LlmOptions:
    """Which language model writes, and how it is reached. Only the operator chooses these."""

    llm_engine: str = "auto"
    """What writes clean text and summaries: `extractive` (quotations, no model), `openai` (any
    server that speaks OpenAI's interface), `transformers` (a model in this process); `auto` takes
    `openai` where a URL is set, `transformers` where only a model is, else `extractive`."""
    llm_url: str = ""
    """The address of an OpenAI-compatible server, such as `http://localhost:11434/v1`."""
    llm_key: str = field(default="", repr=False)
    """The key for that server."""
    llm_model: str = ""
    """The language model: its name at the server, or for `transformers` a folder or repository."""
    clean_llm_url: str = ""
    """The server for clean-up, where it is another one than `llm_url`."""
    clean_llm_key: str = field(default="", repr=False)
    """The key for that server; never the one of `llm_key` where the address differs."""
    clean_llm_model: str = ""
    """The model for clean-up, where it is another one than `llm_model`."""
    summary_llm_url: str = ""
    """The server for summaries and answers, where it is another one than `llm_url`."""
    summary_llm_key: str = field(default="", repr=False)
    """The key for that server; never the one of `llm_key` where the address differs."""
    summary_llm_model: str = ""
    """The model for summaries and answers, where it is another one than `llm_model`."""
    llm_context: Annotated[int | None, Interval(ge=1024, le=10_000_000)] = None
    """Tokens of the model's context; by default what the model or its server says, else 8192."""
    llm_timeout: Annotated[float, Interval(ge=1, le=86_400)] = 300.0
    """Seconds that one request to a language model may take."""
    llm_attempts: Annotated[int, Interval(ge=1, le=20)] = 4
    """How often a server that is down or busy is asked, with growing pauses."""
    llm_parallel: Annotated[int, Interval(ge=1, le=64)] = 1
    """How many parts of a long transcript a server is asked about at once; more is faster where the
    server answers several requests together, as vLLM does."""
    llm_max_retries: Annotated[int, Interval(ge=0, le=10)] = 2
    """How often a wrong answer is asked for again, with the error fed back."""
    llm_schema: Literal["auto", "json_schema", "json_object", "none"] = "auto"
    """How a server is told the shape of its answer; `auto` begins with the strictest and goes down
    where the server refuses."""
    llm_thinking: bool | None = None
    """Have a reasoning model think first, or not; by default as the model does."""
    llm_reasoning_parser: Literal["auto", "none"] = "auto"
    """Take a model's thinking out of its answer; `none` leaves the answer as it comes."""
    llm_chat_template: Path | None = None
    """A Jinja file with the chat template to use in place of the model's own."""
    llm_dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """The precision of a model in this process; `auto` takes bfloat16 on a GPU, else float32."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """How a model chooses its words; None = the level below decides (`generation.resolve`)."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    max_tokens: int | None = None
    """The longest answer, in tokens."""
    repetition_penalty: float | None = None
