"""What can be had, what is here, and how to be rid of it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from hansard.errors import ModelDamagedError
from hansard.models.hub.catalogue import CATALOGUE, OTHERS, Entry, Kind, of_repo
from hansard.models.hub.files import Layout
from hansard.models.hub.manifest import FileRecord, Manifest, digest_of, read_manifest
from hansard.models.hub.registry_book import SHOWN, Book, Version
from hansard.models.hub.registry_folders import BELOW, version_of
from hansard.models.hub.store import (
    all_whole,
    alone,
    conversions,
    folder_of,
    key_of,
    remove_folder,
    sweep,
)

LAYOUTS: tuple[Layout, ...] = ("ctranslate2", "transformers", "onnx")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A model as `hansard models list` shows it; what is not known is None."""

    name: str
    also: tuple[str, ...] = ()
    """Other names for the same."""
    kind: Kind | None = None
    """What it is for."""
    licence: str | None = None
    """What its owner asks of those who use it, where that is known."""
    repo: str | None = None
    """Where it lies at the hub."""
    here: bool = False
    bundled: bool = False
    size: int | None = None
    """Bytes on disk; where it is not here, roughly the bytes to fetch."""
    revision: str | None = None
    """The hub's commit of what is here."""
    path: Path | None = None
    layout: Layout | None = None
    parameters: int | None = None
    """Roughly, in millions."""
    multilingual: bool | None = None
    translates: bool | None = None
    conditions: bool | None = None
    """False where text from before leads it astray."""
    alias_of: str | None = None
    precision: str | None = None
    """What an alias asks for."""
    files: Mapping[str, FileRecord] | None = None
    last_used: datetime | None = None
    run: str | None = None
    """Of a registered model, the training that it comes from."""
    figures: Mapping[str, Any] = field(default_factory=dict)
    """How good that training found it."""
    versions: tuple[str, ...] = ()
    """Of a registered model, every `name@digest`, the newest last."""


def of_entry(entry: Entry) -> Listed:
    """What the catalogue knows, without a look at the disk."""
    return Listed(
        name=entry.name,
        also=entry.names[1:],
        kind=entry.kind,
        licence=entry.licence,
        repo=entry.repos.get(entry.layout),
        here=entry.bundled,
        bundled=entry.bundled,
        size=entry.download * 1_000_000,
        parameters=entry.parameters,
        multilingual=entry.multilingual,
        translates=entry.translates,
        conditions=entry.conditions,
    )


def with_disk(listed: Listed, folder: Path, manifest: Manifest) -> Listed:
    """The same, with what lies in its folder."""
    return replace(
        listed,
        repo=manifest.repo,
        here=True,
        size=sum(record.size for record in manifest.files.values()),
        revision=manifest.revision,
        path=folder,
        layout=manifest.layout,
        files=manifest.files,
        last_used=manifest.last_used,
    )


def list_all(models: Path) -> Iterator[Listed]:
    """The catalogue, then whatever else is here."""
    here = dict(all_whole(models))
    shown = set()
    for entry in (*CATALOGUE, *OTHERS):
        listed = of_entry(entry)
        for folder in places(models, homes(entry), None):
            if folder in here:
                listed = with_disk(listed, folder, here[folder])
                shown.add(folder)
                break
        yield listed
    for folder, manifest in here.items():
        if folder not in shown:
            yield of_folder(manifest.model, folder, manifest)


def list_registered(models: Path, book: Book) -> Iterator[Listed]:
    """The registered models: each name as its newest version, then older versions by digest."""
    for name, versions in sorted(book.models.items()):
        known = tuple(f"{name}@{version.digest[:SHOWN]}" for version in versions)
        for shown, version in zip((*known[:-1], name), versions, strict=True):
            found = with_notes(of_version(models, name, version.digest), version)
            yield replace(found, name=shown, versions=known)


def of_version(models: Path, name: str, digest: str) -> Listed:
    """One version of a registered model, as it lies on the disk."""
    folder = version_of(models, name, digest) / BELOW["ctranslate2"]
    listed = Listed(name=name, kind="speech", revision=digest)
    manifest = read_manifest(folder)
    return listed if manifest is None else replace(with_disk(listed, folder, manifest), repo=None)


def with_notes(listed: Listed, version: Version) -> Listed:
    """The same, with what the registry knows of the version."""
    return replace(listed, run=version.run, figures=version.figures)


def of_folder(name: str, folder: Path, manifest: Manifest) -> Listed:
    """A model that is here under a name that is not in the catalogue."""
    entry = of_repo(manifest.repo)
    listed = replace(of_entry(entry), name=name, also=()) if entry else Listed(name=name)
    return with_disk(listed, folder, manifest)


def homes(entry: Entry) -> tuple[str, ...]:
    """The repositories of an entry, that with the CTranslate2 layout first."""
    return tuple(entry.repos[layout] for layout in LAYOUTS if layout in entry.repos)


def places(models: Path, repos: Iterable[str], revision: str | None) -> list[Path]:
    """The folders where a model may lie; a repository may hold any layout."""
    return [folder_of(models, repo, revision, layout) for repo in repos for layout in LAYOUTS]


def remove_fetched(models: Path, repos: Iterable[str], revision: str | None) -> int:
    """Delete what was fetched from these repositories; returns the bytes that it held.

    What was converted from it goes too, and what interrupted downloads left behind.
    """
    freed = 0
    for repo in repos:
        with alone(models, key_of(repo, revision)):
            for folder in filter(Path.is_dir, places(models, [repo], revision)):
                freed += remove_made_of(models, folder) + remove_folder(folder)
            freed += sweep(models, repo, revision)
    return freed


def remove_made_of(models: Path, folder: Path) -> int:
    """Delete what was converted from a fetched folder; returns the bytes it held."""
    try:
        manifest = read_manifest(folder)
    except ModelDamagedError:  # it must go all the same
        manifest = None
    if manifest is None:
        return 0
    hashes = {name: record.sha256 for name, record in manifest.files.items()}
    return remove_conversions(models, digest_of(hashes))


def remove_conversions(models: Path, digest: str) -> int:
    """Delete what was converted from these safetensors; returns the bytes it held."""
    return sum(remove_folder(folder) for folder, _ in list(conversions(models, digest)))
