"""What is to be packaged: a run of a project, or any folder in Hugging Face's layout."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hansard.errors import ManifestError, TrainingError, UsageError
from hansard.training.project import Project

MANIFEST = "run_manifest.json"
_BEST = "best"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Weights in Hugging Face's layout, and what is known of their training."""

    name: str
    weights: Path
    run: Path | None = None
    """The run's folder; None where it is not of a run."""
    told: Mapping[str, Any] = field(default_factory=dict)
    """The run's manifest."""

    @property
    def validation(self) -> Path | None:
        """The manifest of clips that the run was measured with, where it still exists."""
        split = self.told.get("split")
        part = split.get("validation") if isinstance(split, dict) else None
        path = part.get("manifest") if isinstance(part, dict) else None
        return Path(path) if isinstance(path, str) and Path(path).is_file() else None

    @property
    def figures(self) -> Mapping[str, Any]:
        """How good the training found it: its `figures`, else that of the best step."""
        for key in ("figures", "best"):
            if isinstance(self.told.get(key), dict):
                return dict(self.told[key])
        return {}


def find_source(run: str, project: Project) -> Source:
    """The weights that a name or a path means; a run of the project comes first.

    Raises:
        UsageError: there is no such run or folder.
        TrainingError: the run has no model yet.
        ManifestError: the run's manifest cannot be read.
    """
    below = project.runs / run
    path = Path(run).expanduser()
    plain = "/" not in run and run not in {"", ".", ".."}
    folder = below if plain and below.is_dir() else path
    if not folder.is_dir():
        known = sorted(p.name for p in project.runs.glob("*") if p.is_dir())
        raise UsageError(
            f"there is neither a run nor a folder {run!r}",
            hint=f"runs in {str(project.runs)!r}: {', '.join(known) or 'none'}",
        )
    return _read(folder.resolve())


def _read(folder: Path) -> Source:
    if (folder / _BEST / "config.json").is_file():
        told = _manifest(folder)
        return Source(name=folder.name, weights=folder / _BEST, run=folder, told=told)
    if (folder / MANIFEST).is_file():
        raise TrainingError(
            f"run {folder.name!r} has no model yet: there is no {_BEST}/ in {str(folder)!r}",
            hint="hansard train status shows how far it is",
        )
    if (folder / "config.json").is_file():
        above = folder.parent
        of_run = folder.name == _BEST and (above / MANIFEST).is_file()
        if of_run:
            return Source(name=above.name, weights=folder, run=above, told=_manifest(above))
        return Source(name=folder.name, weights=folder, told=_manifest(folder))
    raise UsageError(
        f"{str(folder)!r} holds neither a run nor a model: no {_BEST}/, no config.json",
        hint="name a run, its folder, or a folder with model.safetensors in it",
    )


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        told = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ManifestError(f"{str(path)!r} cannot be read: {error}") from error
    if not isinstance(told, dict):
        raise ManifestError(f"{str(path)!r} is not a JSON object")
    return told
