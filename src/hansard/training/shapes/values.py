"""What a conversion of manifests is made of."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from hansard.training.manifest import Entry

Kind = Literal["hansard", "nemo", "lhotse", "audiofolder", "kaldi", "whisper-finetune"]
"""Hansard's own manifest, and those of other tools."""
Metadata = Literal["jsonl", "csv"]
"""How an AudioFolder tells what is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadLine:
    """A line of a foreign manifest that cannot be used."""

    file: Path
    line: int
    """From 1."""
    message: str

    def __str__(self) -> str:
        """Where it is, and what is wrong with it."""
        return f"line {self.line} of {str(self.file)!r}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What was read."""

    entries: tuple[Entry, ...]
    faults: tuple[BadLine, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Loss:
    """A field that the target cannot hold."""

    field: str
    entries: int
    """How many entries lose it."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An entry that is left out of the target."""

    id: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written."""

    entries: tuple[Entry, ...]
    """Those that are in the target, as they were given."""
    failures: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = ()


def count_losses(entries: Iterable[Entry], lost: Mapping[str, bool]) -> tuple[Loss, ...]:
    """How many entries have each field that gets lost.

    `lost` says of `segments`, `extra` (fields of every kind) and `nested` (fields that are lists or
    objects) whether they do.
    """
    counts: Counter[str] = Counter()
    for entry in entries:
        if lost.get("segments") and entry.segments:
            counts["segments"] += 1
        for name, value in entry.extra.items():
            nested = isinstance(value, list | dict)
            if value is not None and (lost.get("extra") or (lost.get("nested") and nested)):
                counts[name] += 1
    return tuple(Loss(name, count) for name, count in sorted(counts.items()))


def renamed(fields: Mapping[str, Any], taken: Iterable[str]) -> dict[str, Any]:
    """The fields, those whose names mean something else in the target as `other_...`."""
    reserved = frozenset(taken)
    return {f"other_{name}" if name in reserved else name: v for name, v in fields.items()}


def count(number: int, thing: str) -> str:
    """`1 clip`, `2 clips`, `2 entries`."""
    if number == 1:
        return f"1 {thing}"
    return f"{number} {thing[:-1]}ies" if thing.endswith("y") else f"{number} {thing}s"


def split_of(entries: Sequence[Entry]) -> frozenset[str]:
    """The names of the splits that entries say they belong to."""
    return frozenset(str(e.extra["split"]) for e in entries if e.extra.get("split"))
