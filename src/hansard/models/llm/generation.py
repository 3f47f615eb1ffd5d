"""How a model chooses its words: which level decides, and what a model's own file says. Pure."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from hansard.errors import ModelDamagedError
from hansard.models.llm.options import Generation

FILE = "generation_config.json"
LIBRARY = "library"
"""The level below all others: what a back end does where nobody says anything."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What holds, and who said so."""

    values: Generation
    origins: Mapping[str, str]
    """For each value the level that decided it; `library` where none says anything."""


def resolve(levels: Sequence[tuple[str, Generation]]) -> Resolved:
    """Let the strongest level that says something decide each value; it comes first.

        resolve([("runtime", Generation(temperature=0.05)), ("settings", Generation(top_p=0.9)),
                 ("model", Generation(temperature=0.7, top_k=20))])
        -> temperature 0.05 of runtime, top_p 0.9 of settings, top_k 20 of model,
           max_tokens and repetition_penalty None of library

    A value of None in a level means that the level below decides; 0 is a value.
    """
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for field in fields(Generation):
        origins[field.name] = LIBRARY
        for level, generation in levels:
            value = getattr(generation, field.name)
            if value is not None:
                values[field.name], origins[field.name] = value, level
                break
    return Resolved(Generation(**values), origins)


def from_file(folder: Path) -> Generation:
    """What `generation_config.json` of a model says; nothing where there is no such file.

    `do_sample: false` is read as temperature 0 (always the likeliest token), `do_sample: true`
    without a temperature as 1, which is what transformers does with them. A `top_k` of -1, as some
    write it, is 0: no limit.

    Raises:
        ModelDamagedError: the file cannot be read, or holds a value that means nothing.
    """
    path = folder / FILE
    try:
        said = json.loads(path.read_bytes())
    except FileNotFoundError:
        return Generation()
    except (OSError, ValueError) as error:
        raise _damaged(folder, f"it cannot be read: {error}") from error
    if not isinstance(said, dict):
        raise _damaged(folder, "it is no object")
    read = {
        ours: _number(folder, theirs, said.get(theirs))
        for ours, theirs in _NAMES.items()
        if said.get(theirs) is not None
    }
    samples = said.get("do_sample")
    if samples is False:
        read["temperature"] = 0.0
    elif samples is True:
        read.setdefault("temperature", 1.0)
    return Generation(**read)


_NAMES: Mapping[str, str] = {
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "max_tokens": "max_new_tokens",
    "repetition_penalty": "repetition_penalty",
}
_SENSIBLE: Mapping[str, Callable[[float], bool]] = {
    "temperature": lambda value: 0 <= value <= 10,
    "top_p": lambda value: 0 < value <= 1,
    "top_k": lambda value: value >= -1 and value == int(value),
    "max_new_tokens": lambda value: value >= 1 and value == int(value),
    "repetition_penalty": lambda value: 0 < value <= 10,
}
_WHOLE = frozenset({"top_k", "max_new_tokens"})


def _number(folder: Path, name: str, value: Any) -> Any:
    """A value of the file, checked."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _damaged(folder, f"{name} is {value!r}, which is no number")
    if not _SENSIBLE[name](value):
        raise _damaged(folder, f"{name} is {value!r}, which is out of range")
    return max(0, int(value)) if name in _WHOLE else float(value)


def _damaged(folder: Path, what: str) -> ModelDamagedError:
    return ModelDamagedError(
        f"{FILE} of the model in {str(folder)!r} is damaged: {what}",
        hint="correct the file, or fetch the model again",
    )
