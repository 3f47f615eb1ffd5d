"""Which recordings are there twice: byte by byte, or as another copy of the same sound."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hansard.audio.fingerprints import Fingerprint, FingerprintIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A recording as far as it matters here."""

    path: Path
    sha256: str
    size: int
    """Bytes; of two encodings the larger one is the better one."""
    has_text: bool
    heard: Fingerprint | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """A recording that is there already."""

    of: Path
    """The one that is kept: one with a transcript, then the larger file, then by its path."""
    exact: bool
    similarity: float
    """The share of equal bits of the two fingerprints; 1 for the same bytes."""


def find_repeats(candidates: Sequence[Candidate]) -> Mapping[Path, Repeat]:
    """The recordings that repeat another one."""
    repeats: dict[Path, Repeat] = {}
    firsts: dict[str, Path] = {}
    index = FingerprintIndex()
    for each in sorted(candidates, key=_worth):
        first = firsts.setdefault(each.sha256, each.path)
        if first != each.path:
            repeats[each.path] = Repeat(of=first, exact=True, similarity=1.0)
            continue
        if each.heard is None:
            continue
        near = index.find(each.heard)
        if near is None:
            index.add(str(each.path), each.heard)
        else:
            repeats[each.path] = Repeat(of=Path(near[0]), exact=False, similarity=near[1])
    return {path: _settled(repeat, repeats) for path, repeat in repeats.items()}


def _worth(each: Candidate) -> tuple[bool, int, str]:
    """The smaller, the rather it is kept."""
    return not each.has_text, -each.size, str(each.path)


def _settled(repeat: Repeat, repeats: Mapping[Path, Repeat]) -> Repeat:
    """A copy of a copy is one of the recording that is kept."""
    above = repeats.get(repeat.of)
    if above is None:
        return repeat
    return Repeat(of=above.of, exact=False, similarity=min(repeat.similarity, above.similarity))
