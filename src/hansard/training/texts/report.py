"""What became of each transcript, and the figures over all of them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

from hansard.training.texts.normalising import NormaliseOptions
from hansard.transcript.scripts import Script

State = Literal["normalised", "empty", "failed", "no speech", "passed over"]
TARGET: Final = 0.95
"""The share of transcripts that should be normalised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What became of one transcript."""

    name: str
    """The entry's id, or the file's path."""
    state: State
    changes: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    """What nobody can be sure of, so that it stays as it is."""
    language: str | None = None
    script: Script | None = None
    """Before."""
    script_after: Script | None = None
    encoding: str | None = None
    """Of a file; that which was guessed, where `guessed` is set."""
    guessed: bool = False
    output: str | None = None
    reason: str = ""
    """Why it failed, is empty, or was passed over."""


def describe(
    items: Sequence[Item], options: NormaliseOptions, source: Path, output: Path | None
) -> dict[str, Any]:
    """The report on a run: counts, the share that is normalised, what changed and what failed."""
    states = Counter(item.state for item in items)
    wanted = states["normalised"] + states["empty"] + states["failed"]
    share = states["normalised"] / wanted if wanted else None
    return {
        "source": str(source),
        "output": None if output is None else str(output),
        "options": asdict(options),
        "transcripts": wanted,
        "normalised": states["normalised"],
        "changed": sum(bool(item.changes) for item in items if item.state == "normalised"),
        "empty": states["empty"],
        "failed": states["failed"],
        "no_speech": states["no speech"],
        "passed_over": states["passed over"],
        "share": None if share is None else round(share, 4),
        "target": TARGET,
        "target_reached": share is not None and share >= TARGET,
        "changes": _count(change for item in items for change in item.changes),
        "left": _count(note.partition(":")[0] for item in items for note in item.left),
        "scripts": _count(item.script for item in items),
        "scripts_after": _count(item.script_after for item in items),
        "languages": _count(item.language for item in items if item.state == "normalised"),
        "encodings": _count(item.encoding for item in items),
        "mixed_scripts": [item.name for item in items if item.script == "mixed"],
        "failures": [
            {"name": item.name, "state": item.state, "reason": item.reason}
            for item in items
            if item.state in {"empty", "failed", "passed over"}
        ],
        "items": [_show(item) for item in items if item.state == "normalised"],
    }


def _count(names: Iterable[str | None]) -> dict[str, int]:
    return dict(Counter(name for name in names if name).most_common())


def _show(item: Item) -> Mapping[str, Any]:
    """An item without what is not known of it."""
    shown = {name: value for name, value in asdict(item).items() if value and name != "state"}
    return {"name": item.name, "changes": list(item.changes), **shown}
