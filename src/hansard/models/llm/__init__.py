"""Language models: messages in, text or JSON out."""

from hansard.models.llm.options import Generation, LlmOptions
from hansard.models.llm.protocol import (
    Ask,
    LanguageModel,
    LanguageModelInfo,
    LanguageModelPlace,
    LanguageModelSpec,
    Message,
    Reply,
    Schema,
    Usage,
)

__all__ = [
    "Ask",
    "Generation",
    "LanguageModel",
    "LanguageModelInfo",
    "LanguageModelPlace",
    "LanguageModelSpec",
    "LlmOptions",
    "Message",
    "Reply",
    "Schema",
    "Usage",
]
