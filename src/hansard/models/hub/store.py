"""Where models lie on the disk, and how a folder appears there whole.

    models/owner--repo.ctranslate2/                 weights, their manifest, the stamp of the check
    models/owner--repo@v2.transformers/             a pinned revision, the other layout
    models/owner--repo.ctranslate2.<commit>.part/   a download under way, or interrupted
    models/converted/<digest>-<precision>/          made from safetensors
    models/.locks/                                  one lock per model
    models/.stamps/                                 what was verified in users' own folders

A model that is being replaced is for a moment called `....old`.
"""

import contextlib
import logging
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from hansard.errors import ModelDamagedError, OutputError
from hansard.models.hub.files import Layout
from hansard.models.hub.manifest import NAME as MANIFEST
from hansard.models.hub.manifest import Manifest, read_manifest
from hansard.storage.files import advise

logger = logging.getLogger(__name__)

PART = ".part"
_OLD = ".old"
CONVERTED = "converted"


def key_of(repo: str, revision: str | None) -> str:
    """A folder name for a repository, safe on three systems; different ones never share it."""
    name = repo.replace("/", "--")  # names.py lets no `--` through, so this can be undone
    return f"{name}@{quote(revision, safe='')}" if revision else name


def folder_of(models: Path, repo: str, revision: str | None, layout: Layout) -> Path:
    """Where this model lies, or would."""
    return models / f"{key_of(repo, revision)}.{layout}"


def converted_of(models: Path, digest: str, precision: str) -> Path:
    """Where the conversion of these safetensors lies, or would."""
    return models / CONVERTED / f"{digest[:32]}-{precision}"


def is_whole(folder: Path) -> bool:
    """Whether a model has appeared here; a folder appears with its manifest or not at all."""
    return (folder / MANIFEST).is_file()


def all_whole(models: Path) -> Iterator[tuple[Path, Manifest]]:
    """Every fetched model with its manifest, in order of folder name; conversions are left out.

    One whose manifest cannot be read is left out too, and logged.
    """
    for folder in _folders(models):
        manifest = None if _is_scrap(folder) else _lenient(folder)
        if manifest is not None:
            yield folder, manifest


def conversions(models: Path, digest: str | None = None) -> Iterator[tuple[Path, Manifest]]:
    """Every conversion, or those made from the safetensors of this digest."""
    for folder in _folders(models / CONVERTED):
        manifest = None if _is_scrap(folder) else _lenient(folder)
        if manifest is not None and digest in {None, manifest.converted_from}:
            yield folder, manifest


def _lenient(folder: Path) -> Manifest | None:
    try:
        return read_manifest(folder)
    except ModelDamagedError as error:
        logger.warning("%s", error)
        return None


def _folders(parent: Path) -> list[Path]:
    try:
        return sorted(path for path in parent.iterdir() if path.is_dir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _is_scrap(folder: Path) -> bool:
    return folder.name.endswith((PART, _OLD)) or folder.name.startswith(".")


@contextlib.contextmanager
def alone(models: Path, key: str) -> Iterator[None]:
    """Hold the lock of one model; another process or thread that wants it waits here.

    The system frees the lock when its holder dies, however it dies.

    Raises:
        OutputError: the lock file cannot be written.
    """
    import filelock

    path = models / ".locks" / f"{key}.lock"
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(path)
        try:
            lock.acquire(blocking=False)
        except filelock.Timeout:
            logger.info("another process is fetching %s; waiting for it", key)
            lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn the system's refusals to write into ours.

    Raises:
        OutputError: the folder or the disk refuses; names the path and what can be done.
    """
    try:
        yield
    except OSError as error:
        if error.errno is None:  # not the system's: the hub client's errors are OSErrors too
            raise
        advice = advise(error).replace("-o", "--data-dir")
        raise OutputError(
            f"cannot write {str(path)!r}: {error.strerror or error}", hint=advice
        ) from error


def put_in_place(part: Path, folder: Path) -> None:
    """Let a finished folder appear under its name, in the place of an older one if there is one.

    Raises:
        OutputError: the disk refuses.
    """
    old = folder.with_name(folder.name + _OLD)
    with writing(folder):
        _scrap(old)
        if folder.exists():
            folder.rename(old)
        part.rename(folder)
        _scrap(old)


def sweep(models: Path, repo: str, revision: str | None) -> int:
    """Delete what interrupted work on this model left behind; returns the bytes it held."""
    scrap = re.compile(
        rf"{re.escape(key_of(repo, revision))}\.(ctranslate2|transformers|onnx)"
        rf"(\.[0-9a-f]+{re.escape(PART)}|{re.escape(_OLD)})"
    )
    return sum(remove_folder(folder) for folder in _folders(models) if scrap.fullmatch(folder.name))


def remove_folder(folder: Path) -> int:
    """Delete a folder of ours; returns the bytes it held.

    Raises:
        OutputError: the disk refuses.
    """
    freed = sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())
    with writing(folder):
        # Renamed first, so that nobody finds half of it while it goes.
        doomed = folder if _is_scrap(folder) else folder.with_name(folder.name + _OLD)
        if doomed != folder:
            _scrap(doomed)
            folder.rename(doomed)
        _scrap(doomed)
    return freed


def _scrap(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
