"""Which of Lhotse's files belong together, and the recordings among them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hansard.errors import ManifestError
from hansard.training.manifest.fields import FieldError, name_of, path_of, seconds_of
from hansard.training.shapes.gathering import Gathering, find_audio, read_rows
from hansard.transcript import Seconds

_HARMLESS = frozenset({"Resample"})
"""Changes to a recording that leave times and words as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Either cuts, or recordings and supervisions."""

    cuts: Path | None = None
    recordings: Path | None = None
    supervisions: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A recording of Lhotse's."""

    sources: tuple[tuple[frozenset[int], Path], ...]
    """Which channels lie in which file."""
    duration: Seconds

    def file(self, channels: frozenset[int]) -> tuple[Path, bool]:
        """The file that holds these channels, and whether it holds others as well.

        Raises:
            FieldError: none does, or several hold some of them each.
        """
        holding = [source for source in self.sources if channels & source[0]]
        shown = ", ".join(str(each) for each in sorted(channels))
        if not holding:
            raise FieldError(f"its recording has no channel {shown}")
        if len(holding) > 1:
            raise FieldError(f"channels {shown} of its recording lie in several files")
        held, path = holding[0]
        return path, not held <= channels


def is_named(path: Path, what: str) -> bool:
    """Whether a file is called as Lhotse's of this kind are: `...cuts....jsonl.gz`."""
    return what in path.name and path.name.endswith((".jsonl", ".jsonl.gz"))


def find_files(path: Path) -> Files:
    """The files of a folder, or those that go with one of them.

    Raises:
        ManifestError: there are none, or it cannot be told which belong together.
    """
    if not path.is_dir():
        return _beside(path)
    kinds = {
        what: sorted(each for each in path.iterdir() if is_named(each, what))
        for what in ("recordings", "supervisions", "cuts")
    }
    if len(kinds["recordings"]) == len(kinds["supervisions"]) == 1:
        return Files(recordings=kinds["recordings"][0], supervisions=kinds["supervisions"][0])
    if len(kinds["cuts"]) == 1 and not kinds["supervisions"]:
        return Files(cuts=kinds["cuts"][0])
    if not any(kinds.values()):
        raise ManifestError(
            f"there are no manifests of Lhotse in {str(path)!r}",
            hint="they are called recordings.jsonl.gz and supervisions.jsonl.gz, or cuts.jsonl.gz",
        )
    raise ManifestError(
        f"it cannot be told which files in {str(path)!r} belong together: {_names(kinds)}",
        hint="name the file with supervisions, or the one with cuts",
    )


def _names(kinds: Mapping[str, Sequence[Path]]) -> str:
    return ", ".join(each.name for paths in kinds.values() for each in paths)


def _beside(path: Path) -> Files:
    for what, other in (("supervisions", "recordings"), ("recordings", "supervisions")):
        if is_named(path, what) and not is_named(path, "cuts"):
            partner = path.with_name(path.name.replace(what, other))
            if not partner.is_file():
                raise ManifestError(
                    f"{path.name!r} needs {partner.name!r} beside it, which is not there"
                )
            return Files(**{what: path, other: partner})
    return Files(cuts=path)


def read_recordings(path: Path, gathering: Gathering) -> dict[str, Recording]:
    """The recordings of a file by their id; those that cannot be used are faults.

    Raises:
        ManifestError: it cannot be read.
    """
    found: dict[str, Recording] = {}
    for row in read_rows(path, gathering):
        try:
            ident = name_of(row.fields, "id") or ""
            recording = recording_of(row.fields, path.parent)
        except FieldError as error:
            gathering.fault(row.place, str(error))
            continue
        if ident in found:
            gathering.fault(row.place, f"id {ident!r} is there already")
        found.setdefault(ident, recording)
    return found


def recording_of(fields: Mapping[str, Any], folder: Path) -> Recording:
    """A recording as Lhotse writes it.

    Raises:
        FieldError: it is not in files, was changed in its speed or the like, or has no length.
    """
    duration, sources = seconds_of(fields, "duration"), fields.get("sources")
    if not duration or not isinstance(sources, list) or not sources:
        raise FieldError("it is no recording with sources and a duration")
    for transform in fields.get("transforms") or ():
        name = transform.get("name") if isinstance(transform, dict) else None
        if name not in _HARMLESS:
            raise FieldError(f"its recording is changed by {name or transform!r}: save it first")
    return Recording(sources=tuple(_source(each, folder) for each in sources), duration=duration)


def _source(fields: object, folder: Path) -> tuple[frozenset[int], Path]:
    if not isinstance(fields, dict):
        raise FieldError("a source of the recording is not an object")
    if fields.get("type") != "file":
        raise FieldError(
            f"its recording is of type {fields.get('type')!r}: only files are read, "
            "addresses are not fetched and commands are never run"
        )
    return channels_of(fields.get("channels", [0])), find_audio(path_of(fields, "source"), folder)


def channels_of(value: object) -> frozenset[int]:
    """Numbers of channels, given as one or as a list.

    Raises:
        FieldError: they are neither.
    """
    numbers = value if isinstance(value, list) else [value]
    if not numbers or not all(isinstance(n, int) and not isinstance(n, bool) for n in numbers):
        raise FieldError(f"channel is {value!r}, not a number")
    return frozenset(numbers)
