"""What is kept of a run: its folder, its manifest, its log."""

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TextIO

from hansard.errors import DiskFullError, ManifestError, OutputError, UsageError
from hansard.storage.files import is_full, write_whole
from hansard.training.project import Project

State = Literal["running", "done", "stopped", "failed"]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MANIFEST = "run_manifest.json"


class RunFolder:
    """The folder of a run, `models/whisper/<run>/`, and what lies where in it."""

    def __init__(self, project: Project, name: str) -> None:
        """Nothing is made yet.

        Raises:
            UsageError: the name cannot be that of a folder.
        """
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"{name!r} cannot be the name of a run",
                hint="letters, digits, dots, dashes and underscores, at most 64",
            )
        self.name = name
        self.path = project.runs / name
        self.log = project.logs / f"{name}.log"

    @property
    def checkpoints(self) -> Path:
        """States that a training goes on from."""
        return self.path / "checkpoints"

    @property
    def best(self) -> Path:
        """The best model so far, in Hugging Face's layout."""
        return self.path / "best"

    @property
    def board(self) -> Path:
        """Curves for TensorBoard."""
        return self.path / "tensorboard"

    @property
    def manifest(self) -> Path:
        """What it was trained with, and what came of it."""
        return self.path / _MANIFEST

    @property
    def exists(self) -> bool:
        """Whether there is such a run."""
        return self.manifest.exists()

    def make(self) -> None:
        """Make the folder.

        Raises:
            OutputError: it cannot be made.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"cannot make {str(self.path)!r}: {error.strerror or error}",
                hint="choose another --project",
            ) from error

    def read(self) -> dict[str, Any]:
        """The run's manifest.

        Raises:
            UsageError: there is no such run.
            ManifestError: it cannot be read.
        """
        if not self.exists:
            raise UsageError(
                f"there is no run {self.name!r} in {str(self.path.parent)!r}",
                hint="hansard train status lists runs",
            )
        try:
            found = json.loads(self.manifest.read_bytes())
        except (OSError, ValueError) as error:
            raise ManifestError(f"{str(self.manifest)!r} cannot be read: {error}") from error
        if not isinstance(found, dict):
            raise ManifestError(f"{str(self.manifest)!r} is not a JSON object")
        return found

    def write(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Replace the run's manifest; returns what it says now.

        Raises:
            OutputError: it cannot be written.
        """
        told = {**facts, "updated": now()}
        write_whole(self.manifest, json.dumps(told, indent=2, ensure_ascii=False) + "\n")
        return told

    def note(self, **facts: Any) -> dict[str, Any]:
        """Change some of what the manifest says; returns the whole."""
        return self.write({**self.read(), **facts})


class RunLog:
    """A log of JSON lines; each has the time, the request it belongs to, and the stage."""

    def __init__(self, path: Path, request_id: str) -> None:
        """Open the file, at its end.

        Raises:
            OutputError: it cannot be opened.
        """
        self._path, self._request = path, request_id
        with self._explaining():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: TextIO = path.open("a", encoding="utf-8")

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        with suppress(OSError):  # what could not be written was told already
            self._file.close()

    def write(self, stage: str, **facts: Any) -> None:
        """Add a line.

        Raises:
            DiskFullError: there is no room.
            OutputError: the file refuses.
        """
        line = {"time": now(), "request_id": self._request, "stage": stage, **facts}
        with self._explaining():
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._file.flush()

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            kind = DiskFullError if is_full(error) else OutputError
            raise kind(
                f"log {str(self._path)!r} cannot be written: {error.strerror or error}",
                hint="free some space, or choose another --project",
            ) from error


def now() -> str:
    """The time, as ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def find_commit(folder: Path) -> str | None:
    """The git commit that a project's folder is at, with `+` where files were changed since."""
    try:
        said = subprocess.run(  # noqa: S603 - a fixed command
            ["git", "-C", os.fspath(folder.absolute()), "describe", "--always", "--abbrev=40",  # noqa: S607
             "--dirty=+", "--exclude=*"],
            capture_output=True, text=True, timeout=10, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return said.stdout.strip() or None
