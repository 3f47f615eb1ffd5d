"""The registry of trained models: versions of weights under names, and aliases to switch.

    models/registry.json                    names, versions, aliases and what they stood for
    models/registered/<name>/<digest>/ct2/  weights, their manifest and the stamp of the check
    models/registered/<name>/<digest>/hf/   the same as safetensors, where the package has them

The file is read again whenever it has changed, so a running service sees a promotion at once; it is
replaced whole, under a lock, so that nobody sees half of one.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from hansard.errors import ModelDamagedError, OutputError, UnknownNameError
from hansard.models.hub.registry_book import (
    Alias,
    Book,
    Version,
    find_version,
    promoted,
    rolled_back,
    short,
    spelt,
    with_version,
    without_alias,
    without_versions,
)
from hansard.models.hub.registry_folders import keep, read_package, version_of
from hansard.models.hub.store import alone, remove_folder
from hansard.storage.files import write_whole

logger = logging.getLogger(__name__)

NAME = "registry.json"
_LOCK = "registry"
_Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What came of a registration."""

    name: str
    version: Version
    path: Path
    new: bool
    """False where these weights were registered under this name already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Switched:
    """What an alias stands for now, and did before."""

    alias: str
    target: str
    """`name@digest`."""
    before: str | None


class Registry:
    """Names and aliases of trained models, kept below the folder of models."""

    def __init__(self, models: Path) -> None:
        """Nothing is read or written yet."""
        self._models = models
        self._seen: tuple[_Stamp | None, Book] = (None, Book())

    @property
    def path(self) -> Path:
        """Where it is written down."""
        return self._models / NAME

    def read(self) -> Book:
        """What is registered; an unreadable file counts as an empty one, and is logged."""
        stamp = _stamp(self.path)
        if stamp is None:
            return Book()
        if stamp != self._seen[0]:
            try:
                self._seen = (stamp, self._load())
            except ModelDamagedError as error:
                logger.warning("%s", error)
                self._seen = (stamp, Book())
        return self._seen[1]

    def register(self, name: str, package: Path) -> Registered:
        """Take in a package under a name; it is what the name means from now on.

        `package` is a folder that `hansard models package` made, or one with CTranslate2 weights.
        Files are linked where the disk allows it, else copied, and every byte is hashed.

        Raises:
            UsageError: the name may not be given.
            ModelError: the folder holds no such weights.
            ModelDamagedError: its files are not what its list of hashes says.
            OutputError: the disk is full or refuses.
        """
        found = read_package(package)
        version = Version(
            digest=found.digest,
            registered_at=datetime.now(UTC),
            run=found.run,
            figures=found.figures,
        )
        with alone(self._models, _LOCK):
            before = self._load()
            book, kept = with_version(before, name, version)
            path = keep(found, kept, self._models)
            self._write(book)
        new = before.version(kept, version.digest) is None
        return Registered(name=kept, version=version, path=path, new=new)

    def promote(self, name: str, alias: str) -> Switched:
        """Have an alias stand for a version from now on: `name` is its newest, `name@digest` one.

        Raises:
            UnknownNameError: nothing is registered under this name.
            UsageError: the alias may not be given.
            OutputError: the disk refuses.
        """

        def change(book: Book) -> tuple[Book, str]:
            found = self._known(name, book)
            return promoted(book, alias, "@".join(found), datetime.now(UTC))

        return self._switch(change)

    def rollback(self, alias: str) -> Switched:
        """Have an alias stand for what it stood for before.

        Raises:
            UnknownNameError: there is no such alias.
            UsageError: it stood for nothing before.
            OutputError: the disk refuses.
        """
        return self._switch(lambda book: rolled_back(book, alias, datetime.now(UTC)))

    def remove(self, name: str, digest: str | None) -> int:
        """Forget one version, or with None all of a name, and delete it; returns the bytes freed.

        Raises:
            UsageError: an alias stands for it.
            OutputError: the disk refuses.
        """
        with alone(self._models, _LOCK):
            book = self._load()
            all_of_it = [version.digest for version in book.models.get(name, ())]
            gone = all_of_it if digest is None else [digest]
            self._write(without_versions(book, name, gone))
            folders = [version_of(self._models, name, one) for one in gone]
            freed = sum(remove_folder(folder) for folder in folders if folder.exists())
            with suppress(OSError):  # other versions are in it
                version_of(self._models, name, "").rmdir()
            return freed

    def forget_alias(self, alias: str) -> bool:
        """Delete an alias of the registry; False where it has none of this name."""
        with alone(self._models, _LOCK):
            book = self._load()
            kept = spelt(alias, book.aliases)
            if kept is not None:
                self._write(without_alias(book, kept))
            return kept is not None

    def _switch(self, change: Callable[[Book], tuple[Book, str]]) -> Switched:
        with alone(self._models, _LOCK):
            before = self._load()
            book, alias = change(before)
            if book != before:
                self._write(book)
        old: Alias | None = before.aliases.get(alias)
        target = book.aliases[alias].target
        return Switched(alias=alias, target=target, before=old.target if old else None)

    def _known(self, text: str, book: Book) -> tuple[str, str]:
        name, at, prefix = text.partition("@")
        found = find_version(name, prefix if at else None, book.digests)
        if found is None:
            known = ", ".join(sorted(book.models))
            raise UnknownNameError(
                f"no model is registered as {text!r}",
                hint=f"registered: {known}" if known else "hansard models register NAME PACKAGE",
            )
        return found

    def _load(self) -> Book:
        """What the file says.

        Raises:
            ModelDamagedError: it cannot be read.
        """
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=Book)
        except (FileNotFoundError, NotADirectoryError):
            return Book()
        except (OSError, msgspec.MsgspecError) as error:
            raise ModelDamagedError(
                f"the registry of models {str(self.path)!r} cannot be read: {error}",
                hint="move the file away and register the models again; their weights are in "
                f"{str(self.path.parent / 'registered')!r}",
            ) from error

    def _write(self, book: Book) -> None:
        try:
            write_whole(self.path, msgspec.json.format(msgspec.json.encode(book), indent=2))
        except OutputError as error:
            error.hint = error.hint.replace("-o", "--data-dir")
            raise


def merged_aliases(own: dict[str, str], book: Book) -> dict[str, str]:
    """The user's aliases, and those of the registry that the user has not set otherwise."""
    taken = {name.casefold() for name in own}
    kept = {n: target for n, target in book.targets.items() if n.casefold() not in taken}
    return {**kept, **own}


def describe_version(version: Version) -> dict[str, Any]:
    """A version, for programs."""
    return {
        "digest": version.digest,
        "registered_at": version.registered_at,
        "run": version.run,
        "figures": dict(version.figures),
    }


def describe_switch(switched: Switched) -> dict[str, Any]:
    """What an alias stands for, for programs."""
    before = switched.before
    return {
        "alias": switched.alias,
        "target": switched.target,
        "version": short(switched.target),
        "before": before,
        "changed": before != switched.target,
    }


def _stamp(path: Path) -> _Stamp | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns, stat.st_size
