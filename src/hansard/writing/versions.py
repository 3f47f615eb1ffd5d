"""How a text was written, so that it can be written again (requirement A1.28)."""

from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from hansard.models.llm import Generation, LanguageModelInfo
from hansard.models.llm.generation import resolve
from hansard.writing.forms.template import Template


def describe_model(
    info: LanguageModelInfo, task: str, generation: Generation, retries: int
) -> dict[str, Any]:
    """The block of `versions` about a language model.

    Args:
        info: what is known of the model, best after it answered.
        task: what it did: `summary`, `clean`, `answer`.
        generation: what was asked of it; where that says nothing, its own configuration decides.
        retries: how often a wrong answer might be asked for again.
    """
    resolved = resolve([("options", generation), ("model", info.defaults)])
    return {
        "name": info.name,
        "version": info.version,
        "model": info.model,
        "checkpoint_hash": info.digest or None,
        "quantization": info.quantization,
        "task": task,
        "chat_template": info.chat_template,
        "thinking": info.thinking,
        "reasoning_parser": info.reasoning_parser,
        "structured_output": info.structured_output,
        "decoding_params": {**asdict(resolved.values), "origins": dict(resolved.origins)},
        "max_retries": retries,
    }


def describe_extractive(task: str, template: Template | None = None) -> dict[str, Any]:
    """The same block where no language model wrote: quotations repeat to the letter."""
    shape = {"template": {"id": template.id, "digest": template.digest}} if template else {}
    return {
        "name": "extractive",
        "version": version("hansard"),
        "model": None,
        "checkpoint_hash": None,
        "quantization": None,
        "task": task,
        "chat_template": None,
        "thinking": None,
        "reasoning_parser": None,
        "structured_output": "by construction",
        "decoding_params": {},
        "max_retries": 0,
        **shape,
    }
