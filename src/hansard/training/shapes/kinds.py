"""The table of shapes, and telling which one a file or a folder has."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hansard.errors import ManifestError, UsageError
from hansard.training.manifest import Entry
from hansard.training.manifest.fields import FieldError, parse_object
from hansard.training.shapes import (
    audiofolder_reading,
    audiofolder_writing,
    finetune,
    kaldi_reading,
    kaldi_writing,
    lhotse_reading,
    lhotse_writing,
    nemo,
    own,
)
from hansard.training.shapes.gathering import read_text
from hansard.training.shapes.lhotse_files import is_named
from hansard.training.shapes.means import Means
from hansard.training.shapes.values import Gathered, Kind, Loss, Metadata, Written

_LOOKED_AT = 20
"""Lines of a file that are looked at to tell its kind; the first may be broken."""
_CUTS = frozenset({"MonoCut", "MultiCut", "MixedCut", "PaddingCut"})


def _nothing(_entries: Sequence[Entry], _metadata: Metadata) -> tuple[Loss, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How manifests of a kind are read and written."""

    read: Callable[[Path], Gathered]
    write: Callable[[Sequence[Entry], Path, Means], Written]
    is_folder: bool = False
    losses: Callable[[Sequence[Entry], Metadata], tuple[Loss, ...]] = _nothing
    """What entries lose when they are written so."""


SHAPES: Final[Mapping[Kind, Shape]] = {
    "hansard": Shape(read=own.read, write=own.write),
    "nemo": Shape(read=nemo.read, write=nemo.write),
    "whisper-finetune": Shape(read=finetune.read, write=finetune.write),
    "lhotse": Shape(read=lhotse_reading.read, write=lhotse_writing.write, is_folder=True),
    "audiofolder": Shape(
        read=audiofolder_reading.read,
        write=audiofolder_writing.write,
        is_folder=True,
        losses=audiofolder_writing.losses,
    ),
    "kaldi": Shape(
        read=kaldi_reading.read,
        write=kaldi_writing.write,
        is_folder=True,
        losses=kaldi_writing.losses,
    ),
}


def guess_kind(path: Path) -> Kind:
    """The kind of a manifest, by its name and its fields.

    Raises:
        ManifestError: there is no such file or folder, or it cannot be read.
        UsageError: it cannot be told.
    """
    if not path.exists():
        raise ManifestError(f"there is no {str(path)!r}")
    kind = _of_folder(path) if path.is_dir() else _of_file(path)
    if kind is None:
        raise UsageError(
            f"it cannot be told what kind of manifest {str(path)!r} is",
            hint=f"say so with --from: {', '.join(SHAPES)}",
        )
    return kind


def split_files(path: Path) -> list[Path]:
    """The files of a folder that are splits by their name: `train.jsonl` and the like."""
    if not path.is_dir():
        return []
    names = audiofolder_reading.SPLITS
    return [p for p in sorted(path.glob("*.jsonl")) if p.is_file() and p.stem.lower() in names]


def _of_folder(path: Path) -> Kind | None:
    if (path / "wav.scp").is_file():
        return "kaldi"
    if any(is_named(p, w) for p in path.iterdir() for w in ("recordings", "supervisions", "cuts")):
        return "lhotse"
    splits = split_files(path)
    if splits:
        return _of_file(splits[0])
    return "audiofolder" if audiofolder_reading.find_metadata(path) else None


def _of_file(path: Path) -> Kind | None:
    if path.name in audiofolder_reading.NAMES:
        return "audiofolder"
    if path.name in {"wav.scp", "utt2spk", "segments"}:
        return "kaldi"
    for line in read_text(path).split("\n", maxsplit=_LOOKED_AT)[:_LOOKED_AT]:
        try:
            return _of_fields(parse_object(line))
        except FieldError:
            continue
    return None


def _of_fields(fields: Mapping[str, Any]) -> Kind | None:
    if "audio_filepath" in fields:
        return "nemo"
    if isinstance(fields.get("audio"), dict):
        return "whisper-finetune"
    if "audio" in fields:
        return "hansard"
    if "file_name" in fields:
        return "audiofolder"
    is_lhotse = "recording_id" in fields or "sources" in fields or fields.get("type") in _CUTS
    return "lhotse" if is_lhotse else None


def choose_target(target: Path, source: Kind, wanted: Kind | None) -> Kind:
    """The kind that a target is to be of: as asked for, or as it is, or Hansard's own.

    Raises:
        UsageError: it cannot be told, or its name does not suit its kind.
    """
    suffix = target.suffix.lower()
    if wanted is None and suffix == ".jsonl" and source != "hansard":
        wanted = "hansard"
    if wanted is None:
        raise UsageError(
            f"what kind of manifest should {str(target)!r} be?",
            hint=f"say so with --to: {', '.join(SHAPES)}",
        )
    if SHAPES[wanted].is_folder and suffix in {".jsonl", ".json", ".gz", ".csv"}:
        raise UsageError(
            f"{wanted} is a folder, and {target.name!r} is called like a file",
            hint=f"name a folder, such as {target.name.split('.')[0]}",
        )
    return wanted
