"""What a sweep may try: ranges and choices for the options of a training."""

import json
import struct
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from hansard.errors import SettingError

Value = str | int | float | bool
_HINT = "such as: learning_rate = {low = 1e-5, high = 1e-3, log = true}, or accumulate = [1, 2, 4]"
_TABLE = "space"
_RANGE = frozenset({"low", "high", "log", "step"})
_AROUND = 5.0
"""How far from the usual learning rate it is looked for, as a factor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Numbers from `low` to `high`, both included; whole ones where both are written as such."""

    low: float
    high: float
    log: bool = False
    """As likely between 1 and 10 as between 10 and 100."""
    step: float | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it has whole numbers alone."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    def holds(self, value: object) -> bool:
        """Whether a value lies in it."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return self.low <= value <= self.high

    def examples(self) -> Iterator[Value]:
        """Values that stand for all of them when they are checked."""
        yield from (self.low, self.high)
        if not self.is_whole and self.step is None:
            yield self.low + (self.high - self.low) * 0.3183  # no whole number by chance


@dataclass(frozen=True, slots=True)
class Choice:
    """Some values."""

    values: tuple[Value, ...]

    def holds(self, value: object) -> bool:
        """Whether a value is one of them."""
        return value in self.values

    def examples(self) -> Iterator[Value]:
        """All of them."""
        yield from self.values


Space = Mapping[str, Range | Choice]


def read_recipe(path: Path) -> tuple[dict[str, Any], dict[str, Range | Choice]]:
    """Fixed options, and what is to be tried, of a TOML file with a table `[space]`.

    Raises:
        SettingError: it cannot be read, or a line of the table is neither a range nor a choice.
    """
    try:
        fixed = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingError(
            f"recipe {str(path)!r} cannot be read: {error}",
            hint="a TOML file with options, and a table [space]",
        ) from error
    table = fixed.pop(_TABLE, {})
    if not isinstance(table, dict):
        raise SettingError(f"{_TABLE} = {table!r} is no table", hint=_HINT)
    return fixed, {name: parse(name, value) for name, value in table.items()}


def parse(name: str, value: object) -> Range | Choice:
    """A range or a choice as TOML writes it.

    Raises:
        SettingError: it is neither.
    """
    if isinstance(value, list) and value and all(isinstance(one, Value) for one in value):
        return Choice(tuple(dict.fromkeys(value)))
    if isinstance(value, dict):
        return _parse_range(name, value)
    raise SettingError(f"{_TABLE}: {name} = {value!r} is neither a range nor a list", hint=_HINT)


def _parse_range(name: str, told: Mapping[str, Any]) -> Range:
    unknown = sorted(set(told) - _RANGE)
    if unknown or "low" not in told or "high" not in told:
        wrong = f"{unknown[0]!r} is unknown" if unknown else "a range needs low and high"
        raise SettingError(f"{_TABLE}: {name} = {dict(told)!r}: {wrong}", hint=_HINT)
    found = Range(**told)
    numbers = [found.low, found.high, *([] if found.step is None else [found.step])]
    if any(isinstance(one, bool) or not isinstance(one, int | float) for one in numbers):
        problem = "low, high and step are numbers"
    elif not found.low < found.high:
        problem = "low must be less than high"
    elif not isinstance(found.log, bool):
        problem = "log is true or false"
    elif found.log and (found.low <= 0 or found.step is not None):
        problem = "with log, low must be above 0 and there is no step"
    elif found.step is not None and found.step <= 0:
        problem = "step must be above 0"
    elif found.is_whole and isinstance(found.step, float):
        problem = "the step of whole numbers must be one too"
    else:
        return found
    raise SettingError(f"{_TABLE}: {name} = {dict(told)!r}: {problem}", hint=_HINT)


def default_space(learning_rate: float | None) -> dict[str, Range | Choice]:
    """What is tried where nothing else is asked for, around the usual learning rate if known."""
    low, high = (
        (learning_rate / _AROUND, learning_rate * _AROUND) if learning_rate else (1e-6, 1e-3)
    )
    return {
        "learning_rate": Range(low=low, high=min(1.0, high), log=True),
        "batch_seconds": Choice((60.0, 120.0, 240.0)),
        "weight_decay": Range(low=0.0, high=0.1),
        "warmup": Range(low=0.0, high=0.3),
        "accumulate": Choice((1, 2, 4)),
    }


def describe(space: Space) -> dict[str, Any]:
    """A space as JSON can hold it."""
    return {
        name: list(dimension.values)
        if isinstance(dimension, Choice)
        else {"low": dimension.low, "high": dimension.high, "log": dimension.log}
        | ({} if dimension.step is None else {"step": dimension.step})
        for name, dimension in space.items()
    }


def write_toml(options: Mapping[str, Any]) -> str:
    """Options as lines of TOML; those that are None are left out."""
    told = {name: value for name, value in options.items() if value is not None}
    lines = [f"{name} = {_as_toml(value)}" for name, value in told.items()]
    return "\n".join(lines) + "\n"


def _as_toml(value: object) -> str:
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def count_weights(folder: Path) -> int | None:
    """How many numbers a model in safetensors has, by its headers; None where there are none.

    Format: https://huggingface.co/docs/safetensors - a length of 8 bytes, then so much JSON.
    """
    total = 0
    for path in folder.glob("*.safetensors"):
        try:
            with path.open("rb") as file:
                (length,) = struct.unpack("<Q", file.read(8))
                header = json.loads(file.read(min(length, 1 << 28)))
            shapes = [one["shape"] for name, one in header.items() if name != "__metadata__"]
        except (OSError, ValueError, KeyError, TypeError, struct.error):
            return None
        total += sum(prod(shape) for shape in shapes)
    return total or None
