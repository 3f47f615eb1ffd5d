"""The recordings that come with Hansard, and what was said in them."""

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import msgspec

from hansard.errors import UnknownNameError
from hansard.transcript import Segment

SUFFIXES = (".wav", ".mp3", ".ogg")


@dataclass(frozen=True, slots=True)
class Sample:
    """A bundled recording with its reference."""

    name: str
    title: str
    path: Path
    segments: tuple[Segment, ...]
    """Who truly said what, and when."""

    @property
    def text(self) -> str:
        """All that is said."""
        return " ".join(segment.text for segment in self.segments)


class _Line(msgspec.Struct):
    speaker: str
    start: float
    end: float
    text: str


class _Reference(msgspec.Struct):
    title: str
    segments: list[_Line]


def list_samples() -> tuple[str, ...]:
    """The names of the bundled recordings."""
    return tuple(sorted(path.stem for path in _folder().glob("*.json")))


def find_sample(name: str) -> Sample:
    """A bundled recording by name.

    Raises:
        UnknownNameError: there is none of this name.
    """
    if name not in list_samples():
        raise UnknownNameError(
            f"unknown sample {name!r}", hint=f"samples: {', '.join(list_samples())}"
        )
    reference = msgspec.json.decode((_folder() / f"{name}.json").read_bytes(), type=_Reference)
    path = next(p for s in SUFFIXES if (p := _folder() / f"{name}{s}").is_file())
    segments = tuple(
        Segment(id=n, text=line.text, start=line.start, end=line.end, speaker=line.speaker)
        for n, line in enumerate(reference.segments)
    )
    return Sample(name, reference.title, path, segments)


def _folder() -> Path:
    return Path(str(files("hansard"))) / "data" / "samples"
