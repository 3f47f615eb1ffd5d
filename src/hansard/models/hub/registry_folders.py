"""Packages of trained models, and where the registry keeps what it takes from them."""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hansard.errors import ModelDamagedError, ModelError, ModelNotFoundError
from hansard.models.hub.contents import choose
from hansard.models.hub.files import Layout
from hansard.models.hub.manifest import FileRecord, Manifest, digest_of, write_manifest
from hansard.models.hub.opening import Opening, open_foreign
from hansard.models.hub.store import PART, is_whole, put_in_place, writing
from hansard.models.hub.verify import write_stamp
from hansard.storage.files import sha256_of

REGISTERED = "registered"
SUMS = "SHA256SUMS"
BELOW: Mapping[Layout, str] = {"ctranslate2": "ct2", "transformers": "hf"}
"""The folder of each layout, in a package and in the registry."""
_NOTES = ("README.md", "run_manifest.json", "fidelity.json")
_PACKAGE = "package"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """Weights that can be registered."""

    root: Path
    parts: Mapping[Layout, tuple[Path, tuple[str, ...]]]
    """For each layout its folder and the files that count."""
    digest: str
    """Of the files in CTranslate2's layout."""
    run: str | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)


def version_of(models: Path, name: str, digest: str) -> Path:
    """Where a version lies, or would."""
    return models / REGISTERED / name / digest


def read_package(path: Path) -> Package:
    """What a folder offers: a package, the folder of a training with one, or CTranslate2 weights.

    Raises:
        ModelNotFoundError: there is no such folder.
        ModelError: it holds no weights in CTranslate2's layout.
        ModelDamagedError: something is missing, or is not what the list of hashes says.
    """
    root = path.expanduser()
    if not root.is_dir():
        raise ModelNotFoundError(
            f"there is no folder {str(root)!r}", hint="hansard models package makes one"
        )
    below = BELOW["ctranslate2"]
    if not (root / below).is_dir() and (root / _PACKAGE / below).is_dir():
        root = root / _PACKAGE
    parts = _parts(root)
    folder, _ = parts["ctranslate2"]
    # Every byte is read: a package may have been damaged on its way here.
    files = open_foreign(Opening(name=str(path), folder=folder, full=True), "ctranslate2", None)
    _check_sums(root, parts)
    told = _read_object(root / "run_manifest.json")
    run, figures = told.get("run"), told.get("figures")
    return Package(
        root=root,
        parts=parts,
        digest=files.digest,
        run=run if isinstance(run, str) else None,
        figures=figures if isinstance(figures, dict) else {},
    )


def keep(package: Package, name: str, models: Path) -> Path:
    """Put a package's weights among the registered ones; returns the folder of the version.

    The folder appears whole or not at all. One that is there already stays, if it is whole.

    Raises:
        OutputError: the disk is full or refuses.
    """
    folder = version_of(models, name, package.digest)
    if all(is_whole(folder / BELOW[layout]) for layout in package.parts):
        return folder
    part = folder.with_name(folder.name + PART)
    try:
        with writing(part):
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
            for layout, (source, names) in package.parts.items():
                _take(source, names, part / BELOW[layout])
                _sign(part / BELOW[layout], layout, (name, package.digest), names)
            for note in _NOTES:
                if (package.root / note).is_file():
                    shutil.copyfile(package.root / note, part / note)
        put_in_place(part, folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def _parts(root: Path) -> dict[Layout, tuple[Path, tuple[str, ...]]]:
    """The layouts of a package; of a plain folder its own."""
    below: dict[Layout, Path] = {layout: root / name for layout, name in BELOW.items()}
    if not below["ctranslate2"].is_dir():
        _check_plain(root)
        below = {"ctranslate2": root}
    found: dict[Layout, tuple[Path, tuple[str, ...]]] = {}
    for layout, folder in below.items():
        if folder.is_dir():
            names = [path.name for path in folder.iterdir() if path.is_file()]
            found[layout] = folder, choose(names, layout, repr(str(folder))).files
    return found


def _check_plain(root: Path) -> None:
    if not (root / "model.bin").is_file():
        raise ModelError(
            f"{str(root)!r} is no package, and has no CTranslate2 weights (model.bin)",
            hint="make a package of it with `hansard models package`, and register that",
        )


def _take(source: Path, names: tuple[str, ...], folder: Path) -> None:
    """Link or copy files into a new folder."""
    folder.mkdir()
    for name in names:
        try:
            os.link((source / name).resolve(), folder / name)
        except OSError:  # another disk, or one without links
            shutil.copyfile(source / name, folder / name)


def _sign(folder: Path, layout: Layout, version: tuple[str, str], names: tuple[str, ...]) -> None:
    """Write the stamp, and the manifest by which the folder counts as whole."""
    name, digest = version
    now = datetime.now(UTC)
    hashes = {file: sha256_of(folder / file) for file in names}
    if layout == "ctranslate2" and digest_of(hashes) != digest:
        raise ModelDamagedError(
            f"the weights of {name!r} changed while they were taken in",
            hint="register them again when nothing writes to the package",
        )
    records = {
        file: FileRecord(size=(folder / file).stat().st_size, sha256=sha256, source="computed")
        for file, sha256 in hashes.items()
    }
    write_stamp(folder, hashes, names)
    write_manifest(
        folder,
        Manifest(
            model=f"{name}@{digest}",
            repo=name,
            revision=digest,
            layout=layout,
            files=records,
            created_at=now,
            last_used=now,
        ),
    )


def _check_sums(root: Path, parts: Mapping[Layout, tuple[Path, tuple[str, ...]]]) -> None:
    """Compare the files that will be taken with the package's own list.

    Raises:
        ModelDamagedError: one of them is another than when the package was made.
    """
    told = dict(_read_sums(root / SUMS))
    for folder, names in parts.values():
        for name in names:
            shown = (folder / name).relative_to(root).as_posix()
            if shown in told and sha256_of(folder / name) != told[shown]:
                raise ModelDamagedError(
                    f"{shown} in {str(root)!r} does not have the hash that {SUMS} gives",
                    hint="package the run again: hansard models package RUN",
                )


def _read_sums(path: Path) -> Iterator[tuple[str, str]]:
    """Lines of `sha256sum`: a hash, two spaces, a path; (path, hash)."""
    if not path.is_file():
        return
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        sha256, gap, name = line.partition("  ")
        if gap:
            yield name, sha256


def _read_object(path: Path) -> dict[str, Any]:
    """A JSON object; empty where there is none, or it cannot be read."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
