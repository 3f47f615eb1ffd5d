"""What the settings for language models come to, and where each value comes from."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from hansard.errors import ModelError
from hansard.models.hub.hub import Hub
from hansard.models.llm import Generation
from hansard.models.llm.generation import from_file, resolve
from hansard.settings import Options, Settings
from hansard.wiring.writers import EXTRACTIVE, Chosen, choose_writer
from hansard.work.lending import Writing

TASKS: tuple[Writing, ...] = ("clean", "summary")
SHARED = (
    "llm_context", "llm_timeout", "llm_attempts", "llm_parallel", "llm_max_retries",
    "llm_schema", "llm_thinking",
    "llm_reasoning_parser", "llm_chat_template", "llm_dtype",
)  # fmt: skip
SERVER = "the server"
"""What decides where Hansard sends nothing and cannot look."""


def describe_writer(task: Writing, found: Settings) -> Iterator[dict[str, Any]]:
    """One row a value: `task`, `setting`, `value`, `from`.

    `from` is the level that decided: `flag`, `environment`, `.env`, `file ...`, `model` (its
    `generation_config.json`), `the server`, or `library`.

    Raises:
        SettingError: what is set does not go together.
    """
    options = found.options
    chosen = choose_writer(task, options)
    yield _row(task, "engine", chosen.engine, found.origins["llm_engine"])
    if chosen.engine == EXTRACTIVE:
        return
    for name, value in (("url", chosen.url), ("model", chosen.model)):
        own, common = f"{task}_llm_{name}", f"llm_{name}"
        origin = found.origins[own if getattr(options, own) else common]
        yield _row(task, name, value or None, origin)
    yield from _generation(task, chosen, found)
    for name in SHARED:
        yield _row(task, name, getattr(options, name), found.origins[name])


def _generation(task: Writing, chosen: Chosen, found: Settings) -> Iterator[dict[str, Any]]:
    """What decides which words the model chooses."""
    options = found.options
    asked = options.clean_generation if task == "clean" else options.summary_generation
    model = _model_defaults(chosen, options)
    resolved = resolve([("settings", asked), ("model", model)])
    for field in fields(Generation):
        value, level = getattr(resolved.values, field.name), resolved.origins[field.name]
        if level == "settings":
            level = found.origins[f"{task}_{field.name}"]
        elif level == "library" and chosen.engine == "openai":
            level = SERVER
        yield _row(task, field.name, value, level)


def _model_defaults(chosen: Chosen, options: Options) -> Generation:
    """What the model's `generation_config.json` says, where it is on this machine."""
    if chosen.engine != "transformers":
        return Generation()
    try:
        return from_file(Hub(options).find(chosen.model, layout="transformers").path)
    except ModelError:
        return Generation()


def _row(task: str, setting: str, value: Any, origin: str) -> dict[str, Any]:
    shown = str(value) if value is not None and not isinstance(value, int | float | str) else value
    return {"task": task, "setting": setting, "value": shown, "from": origin}
