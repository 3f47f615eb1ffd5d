"""Where a target is made, and how it gets its place: whole or not at all."""

import logging
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from hansard.errors import HansardError, OutputError, UsageError
from hansard.storage.files import advise
from hansard.training.shapes.kinds import guess_kind

logger = logging.getLogger(__name__)


def check_target(target: Path, sources: Iterable[Path], *, folder: bool, force: bool) -> None:
    """Refuse a target that would write over what is there, or over what is read.

    With `force`, a file may be replaced, and a folder that holds a manifest of a known kind and
    none of `sources`.

    Raises:
        UsageError: it may not be written.
    """
    place = target.resolve()
    if any(source.resolve() == place for source in sources):
        raise UsageError(f"{str(target)!r} is what is read, and would be written over")
    if not target.exists() and not target.is_symlink():
        return
    if target.is_dir() != folder:
        what = "a file" if folder else "a folder"
        raise UsageError(f"{str(target)!r} is {what}", hint="choose another name")
    if folder and Path.cwd().is_relative_to(place):
        raise UsageError(f"{str(target)!r} is where you are", hint="choose another folder")
    if folder and not any(target.iterdir()):
        return
    if not force:
        raise UsageError(
            f"{str(target)!r} is there already{', and not empty' if folder else ''}",
            hint="--force replaces it, or choose another name",
        )
    if folder:
        _check_replaced(target, place, sources)


def _check_replaced(target: Path, place: Path, sources: Iterable[Path]) -> None:
    inside = next((s for s in sources if s.resolve().is_relative_to(place)), None)
    if inside is not None:
        raise UsageError(f"{str(target)!r} holds {inside.name!r}, which is read")
    try:
        guess_kind(target)
    except HansardError as error:
        raise UsageError(
            f"{str(target)!r} holds no manifest, so --force does not replace it",
            hint="choose another folder, or delete it yourself",
        ) from error


def staging(target: Path) -> Path:
    """The hidden folder beside a target in which it is made."""
    place = target.absolute()
    return place.with_name(f".{place.name}.hansard-part")


def put_in_place(made: Path, target: Path) -> None:
    """Give a folder the target's name; what was there goes once the new one is in place.

    Raises:
        OutputError: the file system refuses; what was there is there again.
    """
    place = target.absolute()
    old = place.with_name(f".{place.name}.hansard-old")
    try:
        drop(old)
        if os.path.lexists(place):
            place.rename(old)
        try:
            made.rename(place)
        except OSError:
            if os.path.lexists(old):
                old.rename(place)
            raise
        drop(old)
    except OSError as error:
        raise OutputError(
            f"cannot write {str(target)!r}: {error.strerror or error}", hint=advise(error)
        ) from error


def drop(path: Path) -> None:
    """Delete a folder with everything in it, or a link to one, if it is there."""
    if path.is_symlink():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)
