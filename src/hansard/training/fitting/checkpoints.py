"""Checkpoints: everything that a training needs to go on, written whole or not at all."""

import json
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from hansard.errors import DiskFullError, HansardError, OutputError, TrainingError
from hansard.storage.files import is_full

_NAME = re.compile(r"step-(\d{6,})")
_PROGRESS = "progress.json"
_PART = ".part"
_MARGIN = 1.1
_NEXT_TO_NOTHING = 1 << 20
_REFUSED = re.compile(r"I/O error|inline_container|PytorchStreamWriter|iostream error")
"""How safetensors and PyTorch say that a file could not be written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a training is."""

    step: int = 0
    """Steps of the optimiser that are done."""
    epoch: int = 0
    taken: int = 0
    """Steps of this epoch that are done."""
    best: float | None = None
    """The lowest figure of an evaluation."""
    best_step: int = 0
    worse: int = 0
    """Evaluations since the best one."""
    seconds: float = 0.0
    """Of work, over all starts."""


def list_checkpoints(folder: Path) -> list[Path]:
    """Whole checkpoints, oldest first."""
    found = [path for path in folder.glob("step-*") if _NAME.fullmatch(path.name)]
    whole = [path for path in found if (path / _PROGRESS).exists()]
    return sorted(whole, key=lambda path: int(path.name[5:]))


def read_progress(checkpoint: Path) -> Progress:
    """How far the training was when this was written.

    Raises:
        TrainingError: it cannot be read.
    """
    try:
        return Progress(**json.loads((checkpoint / _PROGRESS).read_bytes()))
    except (OSError, ValueError, TypeError) as error:
        raise TrainingError(
            f"checkpoint {str(checkpoint)!r} cannot be read: {error}",
            hint="delete it, and the one before is taken",
        ) from error


def save(folder: Path, progress: Progress, write: Callable[[Path], None], keep: int) -> Path:
    """Write a checkpoint with `write`, then delete all but the newest `keep`.

    What a full disk or a kill cuts short is never taken for a checkpoint, and those before stay.

    Raises:
        DiskFullError: there is no room.
        OutputError: the folder refuses.
    """
    part = part_of(folder, progress)
    target = part.with_suffix("")
    _check_room(folder, list_checkpoints(folder))
    try:
        with explaining_refusals("a checkpoint", folder):
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
            write(part)
            (part / _PROGRESS).write_text(json.dumps(asdict(progress)), encoding="utf-8")
            shutil.rmtree(target, ignore_errors=True)
            part.replace(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    for old in list_checkpoints(folder)[:-keep]:
        shutil.rmtree(old, ignore_errors=True)
    return target


def part_of(folder: Path, progress: Progress) -> Path:
    """Where a checkpoint is written before it is whole."""
    return folder / f"step-{progress.step:06d}{_PART}"


def clear_parts(folder: Path) -> None:
    """Delete what killed trainings left half-written."""
    for part in folder.glob("step-*" + _PART):
        shutil.rmtree(part, ignore_errors=True)


def _check_room(folder: Path, before: Sequence[Path]) -> None:
    """Refuse early where the last checkpoint would not fit again."""
    if not before:
        return
    needed = sum(path.stat().st_size for path in before[-1].rglob("*") if path.is_file()) * _MARGIN
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DiskFullError(
            f"a checkpoint needs {needed / 1e6:.0f} MB, and {free / 1e6:.0f} MB are free in "
            f"{str(folder)!r}",
            hint="free some space, then: hansard train resume",
        )


@contextmanager
def explaining_refusals(what: str, folder: Path) -> Iterator[None]:
    """Around what writes `what` in a folder: a disk that refuses becomes an error of ours.

    PyTorch and safetensors report a full disk, and any other refusal, as errors of their own kinds.

    Raises:
        DiskFullError: there is no room.
        OutputError: the folder refuses.
    """
    try:
        yield
    except HansardError:
        raise
    except Exception as error:
        full = (isinstance(error, OSError) and is_full(error)) or "No space left" in str(error)
        if full or _free(folder) < _NEXT_TO_NOTHING:
            raise DiskFullError(
                f"the disk is full: {what} in {str(folder)!r} was not written",
                hint="free some space, then: hansard train resume",
            ) from error
        if isinstance(error, OSError) or _REFUSED.search(str(error)):
            reason = str(getattr(error, "strerror", None) or error).partition("\n")[0]
            raise OutputError(f"{what} cannot be written in {str(folder)!r}: {reason}") from error
        raise


def _free(folder: Path) -> int:
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    return shutil.disk_usage(there).free
