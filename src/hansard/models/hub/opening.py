"""A folder with a model in it becomes `ModelFiles`: chosen, verified, its card read."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from hansard.errors import ModelError
from hansard.models.hub.catalogue import Entry
from hansard.models.hub.contents import INDEX, check_index, check_magic, choose, onnx_file
from hansard.models.hub.files import Layout, ModelCard, ModelFiles
from hansard.models.hub.manifest import Manifest, digest_of, note_use
from hansard.models.hub.verify import STAMP, Check, damaged, verify

_CARD = "hansard.json"
_WEIGHTS = (".bin", ".safetensors")
_BELOW = "onnx"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What is asked of a folder."""

    name: str
    """As the user knows the model."""
    folder: Path
    precision: str | None = None
    entry: Entry | None = None
    """What the catalogue knows of it."""
    full: bool = False
    """Read every byte again."""


def open_ours(opening: Opening, manifest: Manifest) -> ModelFiles:
    """Open what Hansard fetched or converted; the manifest says what it must be.

    Raises:
        ModelDamagedError: it is not that.
    """
    folder = opening.folder
    check = Check(
        name=opening.name,
        folder=folder,
        files=tuple(manifest.files),
        stamp=folder / STAMP,
        truth=manifest.files,
    )
    hashes = verify(check, full=opening.full)
    note_use(folder, manifest, datetime.now(UTC))
    return _files(opening, manifest.layout, hashes, manifest.revision)


def open_foreign(opening: Opening, wanted: Layout, stamp: Path | None) -> ModelFiles:
    """Open a folder that is not ours: the user's own, or the bundled model.

    Raises:
        ModelError: there is no model in it that may be read.
        ModelDamagedError: something is missing.
    """
    folder, where = opening.folder, repr(str(opening.folder))
    try:
        names = list(_names(folder, wanted))
    except OSError as error:
        raise ModelError(
            f"the folder {where} cannot be read: {error.strerror}", hint="check its permissions"
        ) from error
    contents = choose(names, wanted, where)
    check = Check(name=opening.name, folder=folder, files=contents.files, stamp=stamp)
    hashes = verify(check, full=opening.full)
    if contents.layout == "ctranslate2":
        with (folder / "model.bin").open("rb") as file:
            check_magic(file.read(4), where)
    elif INDEX in contents.beside:
        check_index((folder / INDEX).read_bytes(), contents.weights, where)
    return _files(opening, contents.layout, hashes, None)


def _names(folder: Path, wanted: Layout) -> Iterator[str]:
    """The files of a folder; of ONNX models those in its subfolder `onnx`, too."""
    yield from (path.name for path in folder.iterdir() if path.is_file())
    below = folder / _BELOW
    if wanted == "onnx" and below.is_dir():
        yield from (f"{_BELOW}/{path.name}" for path in below.iterdir() if path.is_file())


def onnx_path(files: ModelFiles) -> Path:
    """The ONNX file of a model that the hub found in the layout `onnx`.

    Raises:
        ModelError: there is none any more.
    """
    folder = files.path
    return folder / onnx_file(list(_names(folder, "onnx")), repr(str(folder)))


def _files(
    opening: Opening, layout: Layout, hashes: dict[str, str], revision: str | None
) -> ModelFiles:
    folder = opening.folder
    return ModelFiles(
        name=opening.name,
        path=folder,
        layout=layout,
        revision=revision,
        digest=digest_of(hashes),
        size=sum((folder / name).stat().st_size for name in hashes if _is_weights(name)),
        compute_type=opening.precision,
        card=read_card(opening),
    )


def _is_weights(name: str) -> bool:
    return name.endswith(_WEIGHTS) or ".onnx" in name


def read_card(opening: Opening) -> ModelCard:
    """What the checkpoint says of itself, with what the catalogue knows better.

    Raises:
        ModelDamagedError: the card is there and cannot be read.
    """
    try:
        card = msgspec.json.decode((opening.folder / _CARD).read_bytes(), type=ModelCard)
    except FileNotFoundError:
        card = ModelCard()
    except (OSError, msgspec.MsgspecError) as error:
        raise damaged(opening.name, f"{_CARD} cannot be read: {error}") from error
    if opening.entry is None or opening.entry.bundled:
        return card
    return replace(
        card,
        conditions=card.conditions and opening.entry.conditions,
        translates=card.translates and opening.entry.translates,
    )
