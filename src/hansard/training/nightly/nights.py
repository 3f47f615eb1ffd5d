"""What is written down of a night: `models/whisper/<run>/nightly.json`.

    {"run", "alias", "state": "open", "created", "start": {...}, "before": "bcs@...",
     "corrections": {...}, "seen": {...}, "steps": {"data": {...}, "train": {...}, ...}}

A step that stands in `steps` is done. The state is `open` until the night has ended: `promoted`,
`kept` (the old model stays) or `failed`. A failed night has seen nothing, so the next one tries the
same again.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from hansard.storage.files import write_whole
from hansard.training.holding import holding
from hansard.training.project import Project

logger = logging.getLogger(__name__)

NAME = "nightly.json"
_LOCK = ".nightly.lock"
Ending = Literal["promoted", "kept", "failed"]


@contextmanager
def alone(project: Project) -> Iterator[None]:
    """The sole right to learn in this project; the system frees it when its holder dies.

    Raises:
        TrainingError: somebody else has it.
        OutputError: the lock file cannot be written.
    """
    with holding(project.manifests, name=_LOCK, busy="another night is under way in this project"):
        yield


@dataclass(frozen=True, slots=True)
class Night:
    """A night, and its file."""

    path: Path
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def run(self) -> str:
        """The training's name."""
        return self.path.parent.name

    @property
    def steps(self) -> Mapping[str, Any]:
        """What is done, and what came of it."""
        found: Mapping[str, Any] = self.told.setdefault("steps", {})
        return found

    def note(self, **facts: Any) -> None:
        """Write something down.

        Raises:
            OutputError: it cannot be written.
        """
        self.told.update(facts)
        text = json.dumps(self.told, indent=1, ensure_ascii=False, default=str)
        write_whole(self.path, text + "\n")

    def finish(self, step: str, facts: Mapping[str, Any]) -> None:
        """Write down that a step is done, and what came of it."""
        self.note(steps={**self.steps, step: dict(facts)})


def new_night(project: Project, day: str, **facts: Any) -> Night:
    """Begin a night on a day, such as `2026-11-20`.

    Raises:
        OutputError: it cannot be written.
    """
    name = f"nightly-{day.replace('-', '')}"
    taken = {path.name for path in project.runs.glob(f"{name}*")}
    number = 1
    while (run := name if number == 1 else f"{name}-{number}") in taken:
        number += 1
    night = Night(project.runs / run / NAME)
    night.path.parent.mkdir(parents=True, exist_ok=True)
    night.note(run=run, state="open", steps={}, **facts)
    return night


def find_open(project: Project, alias: str) -> Night | None:
    """The night of this alias that has not ended, if there is one; the newest of several."""
    return next((n for n in _nights(project, alias) if n.told.get("state") == "open"), None)


def find_seen(project: Project, alias: str) -> Mapping[str, int]:
    """How many corrections of each record the last night that came to an end knew of."""
    for night in _nights(project, alias):
        seen = night.told.get("seen")
        if night.told.get("state") in {"promoted", "kept"} and isinstance(seen, dict):
            return {str(name): int(number) for name, number in seen.items()}
    return {}


def _nights(project: Project, alias: str) -> Iterator[Night]:
    """Nights of an alias, the newest first; files that cannot be read are left out."""
    found = []
    for path in project.runs.glob(f"*/{NAME}"):
        try:
            told = json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            logger.warning("%s cannot be read: %s", path, error)
            continue
        if isinstance(told, dict) and str(told.get("alias", "")).casefold() == alias.casefold():
            found.append(Night(path, told))
    yield from sorted(found, key=lambda n: (str(n.told.get("created")), n.run), reverse=True)
