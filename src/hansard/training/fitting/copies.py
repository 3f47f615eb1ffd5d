"""Copies of checkpoints and of the best model somewhere else, made while the training goes on.

    target/<run>/run_manifest.json
    target/<run>/checkpoints/step-000200/...   and COMPLETE, written last
    target/<run>/best/...                      and COMPLETE, written last

A folder without COMPLETE is one that was cut short. COMPLETE names every file and its size.
"""

import json
import logging
import os
import re
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Thread
from typing import Any

from hansard.errors import HansardError, OutputError, TrainingError
from hansard.training.fitting.places import Place, open_place
from hansard.training.holding import holding
from hansard.transcript import Seconds

logger = logging.getLogger(__name__)

COMPLETE = "COMPLETE"
_STEP = re.compile(r"step-(\d{6,})")
_MANIFEST = "run_manifest.json"
_HELD = ".copying"
_CHECKPOINTS = "checkpoints"
_PATIENCE: Seconds = 3600.0

Tell = Callable[[str, Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True)
class _Parcel:
    """A folder that waits to be copied, held as it was when it was saved."""

    held: Path
    key: str
    """`<run>/checkpoints/step-000200` or `<run>/best`."""
    run: Path
    kept: frozenset[str]
    """The names of the run's checkpoints on this machine at that time."""


class Copier:
    """Copies saved folders to `target` in a thread of its own; a failure never ends a training.

    What waits is replaced by what is newer: if the training saves faster than it can be copied,
    only the newest checkpoint and the newest best model are. `tell` hears of each copy ("copy")
    in the thread that saves, so it need not be safe to share.
    """

    def __init__(self, target: str, tell: Tell | None = None) -> None:
        """Nothing is copied yet.

        Raises:
            SettingError: the target is no place that copies can go to.
            MissingExtraError: the library for it is absent.
        """
        self._place = open_place(target)
        self._target = target.rstrip("/")
        self._tell = tell
        self._waiting: dict[str, _Parcel] = {}
        self._outcomes: list[dict[str, Any]] = []
        self._changed = Condition()
        self._closing = False
        self._thread: Thread | None = None
        self._home: Path | None = None
        """Where folders are held until they are copied."""
        self._taken = 0

    def __call__(self, folder: Path) -> None:
        """Have a saved folder copied: a checkpoint, or the best model. Returns at once."""
        self._drain()
        try:
            parcel = self._take(folder)
        except OSError as error:
            logger.warning("%r is not copied: %s", str(folder), error)
            return
        with self._changed:
            kind = parcel.key.split("/")[1]
            late = self._waiting.pop(kind, None)
            self._waiting[kind] = parcel
            self._changed.notify()
        if late is not None:
            shutil.rmtree(late.held, ignore_errors=True)
        if self._thread is None:
            self._thread = Thread(target=self._work, name="copies", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Wait until all is copied."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()
        if self._home is not None:
            shutil.rmtree(self._home, ignore_errors=True)
            self._send_manifest(self._home.parent)
        self._drain()

    def _send_manifest(self, run: Path) -> None:
        """Now it tells how the training ended."""
        try:
            _put_manifest(self._place, run)
        except HansardError as error:
            logger.warning("no copy of the manifest: %s", error)

    def _take(self, folder: Path) -> _Parcel:
        """Hold the folder by hard links: the training may delete its own at any time."""
        run = folder.parent.parent if folder.parent.name == _CHECKPOINTS else folder.parent
        if self._home is None:
            self._home = run / _HELD
            shutil.rmtree(self._home, ignore_errors=True)  # left by a training that was killed
        self._taken += 1
        held = self._home / str(self._taken)
        shutil.copytree(folder, held, copy_function=_link)
        names = frozenset(path.name for path in (run / _CHECKPOINTS).glob("step-*"))
        return _Parcel(held, f"{run.name}/{folder.relative_to(run).as_posix()}", run, names)

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._closing:
                    self._changed.wait()
                if not self._waiting:
                    return
                parcel = self._waiting.pop(next(iter(self._waiting)))
            outcome = self._copy(parcel)
            with self._changed:
                self._outcomes.append(outcome)

    def _copy(self, parcel: _Parcel) -> dict[str, Any]:
        began = time.monotonic()
        facts: dict[str, Any] = {"to": f"{self._target}/{parcel.key}"}
        try:
            facts["bytes"] = _send(self._place, parcel)
            _prune(self._place, parcel)
        except HansardError as error:
            facts["error"] = str(error)
        except Exception as error:  # a copy must never end a training
            logger.debug("copying failed", exc_info=True)
            facts["error"] = f"{type(error).__name__}: {error}"
        finally:
            shutil.rmtree(parcel.held, ignore_errors=True)
        if "error" in facts:
            logger.warning("no copy at %s: %s", facts["to"], facts["error"])
        return {**facts, "seconds": round(time.monotonic() - began, 2)}

    def _drain(self) -> None:
        with self._changed:
            outcomes, self._outcomes = self._outcomes, []
        for facts in outcomes:
            if self._tell is not None:
                self._tell("copy", facts)


def restore(target: str, run_folder: Path) -> Path | None:
    """Bring a run's newest whole checkpoint back from its copies; None where there is none.

    The run's manifest comes too where the folder has none.

    Raises:
        SettingError: the target is no place that copies can go to.
        OutputError: it cannot be read, or the folder refuses.
        TrainingError: a file is not as long as it was.
    """
    place = open_place(target)
    prefix = f"{run_folder.name}/{_CHECKPOINTS}/"
    sizes = dict(place.list(f"{run_folder.name}/"))
    whole = [key for key in sizes if key.startswith(prefix) and key.endswith("/" + COMPLETE)]
    steps = [key.removesuffix("/" + COMPLETE) for key in whole]
    named = [key for key in steps if _STEP.fullmatch(key.removeprefix(prefix))]
    if not named:
        return None
    newest = max(named, key=lambda key: int(key.rpartition("-")[2]))
    try:
        # of several processes of one training the first brings it, the others find it
        with holding(run_folder / _CHECKPOINTS, patience=_PATIENCE):
            found = _fetch(place, newest, run_folder / _CHECKPOINTS)
            manifest = f"{run_folder.name}/{_MANIFEST}"
            if manifest in sizes and not (run_folder / _MANIFEST).exists():
                place.get(manifest, run_folder / _MANIFEST)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(f"cannot restore {newest!r}: {error.strerror or error}") from error
    return found


def _fetch(place: Place, key: str, folder: Path) -> Path:
    final = folder / key.rpartition("/")[2]
    if final.exists():
        return final
    part = final.with_name(final.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        place.get(f"{key}/{COMPLETE}", part / COMPLETE)
        sizes = json.loads((part / COMPLETE).read_bytes())["files"]
        (part / COMPLETE).unlink()
        for name, size in sizes.items():
            (part / name).parent.mkdir(parents=True, exist_ok=True)
            place.get(f"{key}/{name}", part / name)
            if (part / name).stat().st_size != size:
                raise TrainingError(
                    f"the copy of {key}/{name} is not as long as it was",
                    hint="delete this copy, and the one before is taken",
                )
        part.replace(final)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return final


def _send(place: Place, parcel: _Parcel) -> int:
    """Copy a held folder; returns how many bytes it has."""
    files = {
        path.relative_to(parcel.held).as_posix(): path.stat().st_size
        for path in sorted(parcel.held.rglob("*"))
        if path.is_file()
    }
    before = [key for key, _ in place.list(parcel.key + "/")]
    marker = f"{parcel.key}/{COMPLETE}"
    if marker in before:
        place.delete([marker])  # from here on it is not whole
    _put_manifest(place, parcel.run)
    for name in files:
        place.put(parcel.held / name, f"{parcel.key}/{name}")
    wanted = {f"{parcel.key}/{name}" for name in files}
    place.delete([key for key in before if key not in wanted and key != marker])
    place.write(json.dumps({"files": files}, indent=1).encode(), marker)
    return sum(files.values())


def _put_manifest(place: Place, run: Path) -> None:
    if (run / _MANIFEST).exists():
        place.put(run / _MANIFEST, f"{run.name}/{_MANIFEST}")


def _prune(place: Place, parcel: _Parcel) -> None:
    """Delete copies of checkpoints that the run itself has deleted since, the marker first."""
    folder, _, name = parcel.key.rpartition("/")
    new = _STEP.fullmatch(name)
    if new is None:
        return
    old: list[str] = []
    for key, _ in place.list(folder + "/"):
        step = key.removeprefix(folder + "/").split("/")[0]
        found = _STEP.fullmatch(step)
        if found and int(found[1]) < int(new[1]) and step not in parcel.kept:
            old.append(key)
    place.delete([key for key in old if key.endswith("/" + COMPLETE)])
    place.delete([key for key in old if not key.endswith("/" + COMPLETE)])


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links
        shutil.copy2(source, target)
