"""Where a model that is asked for lies on this machine. Opens no connection."""

import importlib.resources
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from hansard.errors import ModelDamagedError, ModelError, ModelNotFoundError, ModelNotHereError
from hansard.models.hub.catalogue import Entry, Kind, named, of_repo
from hansard.models.hub.files import Layout, ModelFiles
from hansard.models.hub.listing import (
    Listed,
    homes,
    of_entry,
    of_folder,
    of_version,
    places,
    with_disk,
)
from hansard.models.hub.manifest import read_manifest
from hansard.models.hub.names import Reference
from hansard.models.hub.opening import Opening, open_foreign, open_ours
from hansard.models.hub.registry_folders import BELOW, version_of
from hansard.models.hub.store import converted_of, folder_of
from hansard.models.hub.verify import stamp_for

DEFAULT_PRECISION = "float16"  # as the known CTranslate2 models are kept; engines cast on loading
_BUNDLED: Mapping[Layout, str] = {"ctranslate2": "ct2", "transformers": "hf", "onnx": ""}
_INSTEAD: Mapping[Kind, str] = {
    "speech": "--model demo",
    "segmentation": "--segmentation-model demo-segmentation",
    "voices": "--embedding-model demo-voices",
    "aligner": "--align-model demo-aligner",
    "language": "--llm-model",
}
_FOR: Mapping[Kind, str] = {
    "speech": "writes down speech",
    "segmentation": "hears where people speak",
    "voices": "tells voices apart",
    "aligner": "times words",
    "language": "writes about a text",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """A model that is asked for, and where models are kept."""

    reference: Reference
    models: Path
    offline: bool
    purpose: Kind | None = None
    """What it is wanted for, where that is known."""

    @property
    def name(self) -> str:
        """As the user knows it."""
        return self.reference.asked

    @property
    def entry(self) -> Entry | None:
        """What the catalogue knows of it."""
        if self.reference.kind in {"folder", "registered"}:
            return None
        return (named if self.reference.kind == "entry" else of_repo)(self.reference.target)

    @property
    def canonical(self) -> str:
        """The name that means it whatever aliases there are."""
        revision = self.reference.revision
        return f"{self.reference.target}@{revision}" if revision else self.reference.target

    @property
    def converted_already(self) -> str | None:
        """The catalogue's name for the same model in the CTranslate2 layout, if there is one."""
        entry = self.entry
        if self.reference.kind != "repo" or entry is None or self.reference.revision:
            return None
        return entry.name if entry.repos.get("transformers") == self.reference.target else None

    @property
    def bundled(self) -> bool:
        """Whether it comes inside the package."""
        return self.entry is not None and self.entry.bundled

    @property
    def layout(self) -> Layout:
        """The layout that it is kept in as a rule."""
        return self.entry.layout if self.entry is not None else "ctranslate2"

    @property
    def precision(self) -> str:
        """The precision of its conversion."""
        return self.reference.precision or DEFAULT_PRECISION

    def home(self, layout: Layout) -> str | None:
        """The repository that it comes from in this layout; None where it needs no hub."""
        if self.reference.kind == "entry" and self.entry is not None:
            return self.entry.repos.get(layout)
        return self.reference.target if self.reference.kind == "repo" else None

    def homes(self) -> tuple[str, ...]:
        """All the repositories that it may have come from."""
        if self.reference.kind == "entry" and self.entry is not None:
            return homes(self.entry)
        return (self.reference.target,)


def look(sought: Sought, layout: Layout, *, full: bool = False) -> ModelFiles:
    """What is here, verified, in this layout or in one that can be converted to it.

    Raises:
        ModelNotHereError: nothing is.
        ModelNotFoundError: there is no such folder.
        ModelError: it is of another kind, or cannot be had in this layout.
        ModelDamagedError: it is not what it should be.
    """
    _check_layout(sought, layout)
    home = sought.home(layout)
    if sought.reference.kind == "registered":
        return open_registered(sought, layout, full=full)
    if home is None:
        return open_own(sought, layout, full=full)
    for kind in (layout,) if layout == "onnx" else (layout, "transformers"):
        folder = _fetched(sought, home, kind)
        if folder is not None:
            return open_kept(sought, folder, full=full)
    raise not_here(sought, "it is not on this machine")


def _fetched(sought: Sought, home: str, layout: Layout) -> Path | None:
    """Where it was fetched to: under its revision, or as the main branch where that is the one."""
    revision = sought.reference.revision
    folder = folder_of(sought.models, home, revision, layout)
    if folder.exists():
        return folder
    main = folder_of(sought.models, home, None, layout)
    manifest = read_manifest(main) if revision else None
    return main if manifest is not None and manifest.revision == revision else None


def open_registered(sought: Sought, layout: Layout, *, full: bool = False) -> ModelFiles:
    """Open a version of a registered model.

    Raises:
        ModelError: it was not registered in this layout.
        ModelNotHereError: its folder is gone.
        ModelDamagedError: it is not what was registered.
    """
    name, digest = sought.reference.target, sought.reference.revision or ""
    folder = version_of(sought.models, name, digest) / BELOW.get(layout, layout)
    manifest = read_manifest(folder)
    if manifest is None and folder.parent.is_dir():
        raise ModelError(
            f"model {name!r} was not registered in the layout {layout}",
            hint="register a package that has it: hansard models package RUN",
        )
    again = f"register it again: hansard models register {name} PACKAGE"
    if manifest is None:
        raise ModelNotHereError(
            f"version {digest[:12]} of model {name!r} is not in {str(sought.models)!r} any more",
            hint=again,
        )
    opening = replace(_opening(sought, folder, full=full), name=name)
    try:
        return _pinned(sought, open_ours(opening, manifest))
    except ModelDamagedError as error:
        error.hint = again
        raise


def _pinned(sought: Sought, files: ModelFiles) -> ModelFiles:
    """The same files, with the name that will always mean them."""
    reference = sought.reference
    revision = f"@{files.revision}" if files.revision and reference.kind != "folder" else ""
    precision = f":{reference.precision}" if reference.precision else ""
    return replace(files, pinned=f"{reference.target}{revision}{precision}")


def _check_layout(sought: Sought, layout: Layout) -> None:
    """Refuse a model of the catalogue that is for something else than what it is wanted for.

    Raises:
        ModelError: says what it is for.
    """
    entry = sought.entry
    if entry is None:
        return
    wanted = sought.purpose in {None, entry.kind}
    if wanted and layout in entry.layouts:
        return
    if wanted and entry.kind == "speech":
        what = f"and has no weights in the layout {layout}"
    else:
        what = "and cannot be used for anything else"
    raise ModelError(
        f"model {sought.name!r} {_FOR[entry.kind]}, {what}",
        hint="`hansard models list` shows what each model is for",
    )


def look_converted(sought: Sought, source: ModelFiles, *, full: bool = False) -> ModelFiles:
    """The conversion of what is here.

    Raises:
        ModelNotHereError: it has not been converted yet.
        ModelDamagedError: the conversion is not what it should be.
    """
    folder = converted_of(sought.models, source.digest, sought.precision)
    if not folder.exists():
        raise not_here(replace(sought, offline=False), "it has yet to be converted to CTranslate2")
    return open_kept(sought, folder, full=full)


def open_own(sought: Sought, layout: Layout, *, full: bool = False) -> ModelFiles:
    """Open the bundled model or the user's own folder."""
    opening = _opening(sought, own_folder(sought, layout), full=full)
    # The bundled model is small, and its place may not be writable: no stamp.
    stamp = None if sought.bundled else stamp_for(sought.models, opening.folder)
    return _pinned(sought, open_foreign(opening, layout, stamp))


def open_kept(sought: Sought, folder: Path, *, full: bool = False) -> ModelFiles:
    """Open what Hansard fetched or converted.

    Raises:
        ModelNotHereError: it has no manifest, so it never became whole.
        ModelDamagedError: it is not what it should be.
    """
    manifest = read_manifest(folder)
    if manifest is None:
        raise not_here(sought, f"{folder.name!r} has no manifest")
    return _pinned(sought, open_ours(_opening(sought, folder, full=full), manifest))


def _opening(sought: Sought, folder: Path, *, full: bool) -> Opening:
    return Opening(
        name=sought.name,
        folder=folder,
        precision=sought.reference.precision,
        entry=sought.entry,
        full=full,
    )


def own_folder(sought: Sought, layout: Layout) -> Path:
    """The folder of the bundled model, or the user's.

    Raises:
        ModelNotFoundError: there is no such folder, or no such revision.
    """
    reference = sought.reference
    if not sought.bundled:
        folder = as_path(reference.target)
        if folder.is_dir():
            below = folder / _BUNDLED[layout]  # a package of `hansard models package`
            return folder if (folder / "config.json").exists() or not below.is_dir() else below
        raise ModelNotFoundError(
            f"there is no folder {str(folder)!r}",
            hint="name a folder that holds a model, or a name that `hansard models list` shows",
        )
    if reference.revision is not None:
        raise ModelNotFoundError(
            f"model {reference.target!r} comes with Hansard and has no revision "
            f"{reference.revision!r}",
            hint=f"leave the @{reference.revision} out",
        )
    return bundled_folder(layout, reference.target)


def bundled_folder(layout: Layout, name: str = "demo") -> Path:
    """Where a bundled model lies in the package."""
    entry = named(name)
    below = entry.folder if entry is not None else name
    package = importlib.resources.files("hansard")
    return Path(str(package.joinpath("data", *below.split("/"), _BUNDLED[layout])))


def as_path(text: str) -> Path:
    """A path as people write it."""
    return Path(text).expanduser()


def not_here(sought: Sought, what: str) -> ModelNotHereError:
    """The error for a model that is not on this machine, with the ways out."""
    instead = _INSTEAD[sought.purpose or (sought.entry.kind if sought.entry else "speech")]
    flag, _, bundled = instead.partition(" ")
    take = f"take the bundled model with `{instead}`, " if bundled else ""
    reason = f"{what}, and offline forbids to fetch it" if sought.offline else what
    return ModelNotHereError(
        f"model {sought.name!r} cannot be used: {reason} ({str(sought.models)!r})",
        hint=f"fetch it with `hansard models pull {sought.name}`, {take}"
        f"or name a folder with `{flag} ./folder`",
    )


def describe(sought: Sought) -> Listed:
    """What catalogue and disk say of a model, without reading its weights."""
    reference, entry = sought.reference, sought.entry
    listed = _on_disk(sought) or _unseen(sought)
    return replace(
        listed,
        name=entry.name if entry and reference.kind == "entry" else sought.name,
        precision=reference.precision,
        alias_of=reference.alias_of,
    )


def _on_disk(sought: Sought) -> Listed | None:
    if sought.reference.kind == "folder" or sought.bundled:
        return None
    if sought.reference.kind == "registered":
        return of_version(sought.models, sought.reference.target, sought.reference.revision or "")
    for folder in places(sought.models, sought.homes(), sought.reference.revision):
        manifest = read_manifest(folder)
        if manifest is not None and sought.entry is not None:
            return with_disk(of_entry(sought.entry), folder, manifest)
        if manifest is not None:
            return of_folder(sought.name, folder, manifest)
    return None


def _unseen(sought: Sought) -> Listed:
    if sought.reference.kind == "folder":
        folder = as_path(sought.reference.target)
        return Listed(name=sought.name, here=folder.is_dir(), path=folder)
    if sought.entry is None:
        return Listed(name=sought.name, repo=sought.reference.target)
    listed = of_entry(sought.entry)
    if not sought.bundled:
        return listed
    return replace(listed, path=bundled_folder(sought.entry.layout, sought.entry.name))
