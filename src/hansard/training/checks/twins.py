"""Which recordings are the same, and which of them stays. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Literal

from hansard.audio.fingerprints import FingerprintIndex, similarity
from hansard.training.checks.copies import Copy, likeness, outline_seconds
from hansard.training.checks.together import comparable
from hansard.transcript import Seconds

How = Literal["file", "samples", "acoustic"]
RULE = (
    "kept is the one with a transcript, then one that a link leads to; of several the one with the "
    "higher tones, not cut off and not too quiet, without loss, the longer, with more samples or "
    "bits a second, the one that was there first, the first by name"
)
ALIKE = 0.8
"""From this correlation on, two short sounds are one. Measured in tests: other encodings reach
0.94 and more, other sentences of the same voice 0.4 at most."""
NEAR: Seconds = 0.35
"""Encoders pad a sound by less than this."""
BAND = 1000.0
"""Hz that make a difference."""
LENGTHS: Seconds = 0.1
"""Lengths that differ by less are the same length: encoders pad."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """A recording that another one makes needless."""

    copy: Copy
    how: How
    likeness: float
    """1 = the same bytes or samples; else how alike they sound."""
    conflict: bool
    """Whether its transcript says something else than that of the one that is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Recordings that are the same."""

    kept: Copy
    twins: tuple[Twin, ...]

    @property
    def conflict(self) -> bool:
        """Whether some of their transcripts say different things."""
        return any(twin.conflict for twin in self.twins)


def find_families(copies: Sequence[Copy], *, acoustic: bool = False) -> tuple[Family, ...]:
    """The recordings that are there more than once, by the path of the one that is kept."""
    parents = {copy.path: copy.path for copy in copies}
    for one, other in _pairs(copies, acoustic=acoustic):
        parents[_root(parents, other)] = _root(parents, one)
    groups: dict[Path, list[Copy]] = defaultdict(list)
    for copy in copies:
        groups[_root(parents, copy.path)].append(copy)
    families = (_family(group) for group in groups.values() if len(group) > 1)
    return tuple(sorted(families, key=lambda family: str(family.kept.path)))


def rank(copy: Copy) -> tuple[object, ...]:
    """What decides which one stays: the smallest does."""
    spoken = bool(copy.text and copy.text.strip())
    return (
        not spoken,
        not copy.transcripts,
        not copy.linked,
        -round(copy.bandwidth / BAND),
        copy.spoilt,
        not copy.lossless,
        -round(copy.duration / LENGTHS),
        -copy.rate,
        0 if copy.lossless else -copy.bit_rate,
        copy.mtime,
        str(copy.path),
    )


def _root(parents: dict[Path, Path], path: Path) -> Path:
    while parents[path] != path:
        parents[path] = parents[parents[path]]
        path = parents[path]
    return path


def _pairs(copies: Sequence[Copy], *, acoustic: bool) -> Iterator[tuple[Path, Path]]:
    for key in ("sha256", "sound"):
        first: dict[str, Path] = {}
        for copy in copies:
            yield first.setdefault(getattr(copy, key), copy.path), copy.path
    if acoustic:
        yield from _by_ear(copies)


def _by_ear(copies: Sequence[Copy]) -> Iterator[tuple[Path, Path]]:
    index = FingerprintIndex()
    for copy in copies:
        heard = copy.fingerprint
        if heard is None or not heard.usable:
            continue
        found = index.find(heard)
        if found is not None:
            yield Path(found[0]), copy.path
        index.add(str(copy.path), heard)
    short = [c for c in copies if c.shape and not (c.fingerprint and c.fingerprint.usable)]
    for one, other in combinations(sorted(short, key=lambda copy: len(copy.shape)), 2):
        near = outline_seconds(other.shape) - outline_seconds(one.shape) <= NEAR
        if near and likeness(one.shape, other.shape) >= ALIKE:
            yield one.path, other.path


def _family(group: Sequence[Copy]) -> Family:
    kept, *others = sorted(group, key=rank)
    return Family(kept=kept, twins=tuple(_twin(kept, copy) for copy in others))


def _twin(kept: Copy, copy: Copy) -> Twin:
    told = [comparable(one.text or "") for one in (kept, copy)]
    how, alike = _compare(kept, copy)
    return Twin(copy=copy, how=how, likeness=alike, conflict=all(told) and told[0] != told[1])


def _compare(kept: Copy, copy: Copy) -> tuple[How, float]:
    if copy.sha256 == kept.sha256:
        return "file", 1.0
    if copy.sound == kept.sound:
        return "samples", 1.0
    alike = likeness(kept.shape, copy.shape) if kept.shape and copy.shape else 0.0
    if kept.fingerprint and copy.fingerprint:
        alike = max(alike, similarity(kept.fingerprint, copy.fingerprint))
    return "acoustic", round(min(1.0, alike), 3)
