"""What must not be parted when a manifest is split: speakers, recordings, texts. Pure."""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from statistics import median
from typing import Final, Literal

from hansard.training.checks.together import WORDS, comparable
from hansard.training.manifest import Entry
from hansard.transcript import Seconds

By = Literal["speaker", "source", "none"]
_Key = Callable[[Entry], str]
USUAL: Seconds = 5.0
"""The length of a clip where no entry tells one."""
BUCKETS: Final = ((3.0, "short"), (10.0, "middling"), (float("inf"), "long"))


@dataclass(frozen=True, slots=True)
class Group:
    """Entries that stay together."""

    key: str
    """The same whatever the order of the entries."""
    entries: tuple[Entry, ...]
    seconds: Seconds
    strata: Mapping[Hashable, Seconds]
    """Seconds of each language, and of each kind of length."""


@dataclass(frozen=True, slots=True)
class Grouped:
    """A manifest in groups."""

    groups: tuple[Group, ...]
    notes: tuple[str, ...]
    """What a person should know of how they came about."""


def speaker_of(entry: Entry) -> str:
    """A speaker's name as it is compared: `Ana ` and `ana` are one; empty where nobody is named."""
    return unicodedata.normalize("NFC", entry.speaker or "").casefold().strip()


def seconds_of(entries: Sequence[Entry]) -> dict[str, Seconds]:
    """How long each entry is, by id; where it tells none, the median of those that do."""
    known = {entry.id: _told(entry) for entry in entries}
    usual = median([one for one in known.values() if one] or [USUAL])
    return {ident: seconds or usual for ident, seconds in known.items()}


def _told(entry: Entry) -> Seconds | None:
    if entry.duration:
        return entry.duration
    return None if entry.end is None else entry.end - entry.start


def group(entries: Sequence[Entry], by: By, parts: int, share: float) -> Grouped:
    """Put together what must not be parted.

    By speaker (who is not named: by recording), or by source, always whole recordings, and as far
    as no group grows beyond `share` of all, entries of one text. With `none`, recordings stay whole
    only where there are enough of them for `parts`.
    """
    seconds = seconds_of(entries)
    ordered = sorted(entries, key=lambda entry: entry.id)
    joined = _Joined([entry.id for entry in ordered], seconds)
    notes = _join_by(ordered, by, joined, parts)
    notes += _join_texts(ordered, joined, share)
    members: dict[str, list[Entry]] = defaultdict(list)
    for entry in ordered:
        members[joined.root(entry.id)].append(entry)
    groups = tuple(_group(found, seconds) for found in members.values())
    return Grouped(groups=groups, notes=tuple(notes))


def _join_by(entries: Sequence[Entry], by: By, joined: "_Joined", parts: int) -> list[str]:
    recordings = {str(entry.audio) for entry in entries}
    if by == "none":
        if len(recordings) < 2 * parts:
            return [
                f"{len(recordings)} recordings are too few to keep each whole: clips were split"
            ]
        _join(entries, lambda entry: str(entry.audio), joined)
        return []
    notes = []
    if by == "speaker":
        nameless = sum(not speaker_of(entry) for entry in entries)
        if nameless:
            notes.append(f"{nameless} entries name no speaker: each recording counts as one")
        _join(entries, speaker_of, joined)
    else:
        nameless = sum(not entry.source for entry in entries)
        if nameless:
            notes.append(f"{nameless} entries name no source: each recording counts as one")
        _join(entries, lambda entry: entry.source or "", joined)
    _join(entries, lambda entry: str(entry.audio), joined)
    return notes


def _join(entries: Sequence[Entry], key: _Key, joined: "_Joined") -> None:
    first: dict[str, str] = {}
    for entry in entries:
        name = key(entry)
        if name:
            joined.join(first.setdefault(name, entry.id), entry.id)


def _join_texts(entries: Sequence[Entry], joined: "_Joined", share: float) -> list[str]:
    """Join entries of one text, unless a group would grow too large by it."""
    texts: dict[str, list[str]] = defaultdict(list)
    for entry in entries:
        text = comparable(entry.transcript)
        if len(text.split()) >= WORDS:
            texts[text].append(entry.id)
    left = 0
    most = share * sum(joined.seconds[entry.id] for entry in entries)
    for _, members in sorted(texts.items(), key=lambda item: (len(item[1]), item[0])):
        roots = {joined.root(ident): None for ident in members}
        whole = sum(joined.weight[root] for root in roots)
        if len(roots) < 2:
            continue
        if whole > most:
            left += 1
            continue
        for other in list(roots)[1:]:
            joined.join(next(iter(roots)), other)
    if left:
        return [f"{left} texts are said by too many to be kept in one part"]
    return []


class _Joined:
    """Sets of ids that grow together (union-find)."""

    def __init__(self, idents: Sequence[str], seconds: Mapping[str, Seconds]) -> None:
        self.seconds = seconds
        self.weight = dict(seconds)
        self._parents = {ident: ident for ident in idents}

    def root(self, ident: str) -> str:
        """The id that stands for a set."""
        while self._parents[ident] != ident:
            self._parents[ident] = self._parents[self._parents[ident]]
            ident = self._parents[ident]
        return ident

    def join(self, one: str, other: str) -> None:
        """Make two sets one."""
        first, second = sorted((self.root(one), self.root(other)))
        if first != second:
            self._parents[second] = first
            self.weight[first] += self.weight[second]


def _group(entries: Sequence[Entry], seconds: Mapping[str, Seconds]) -> Group:
    strata: dict[Hashable, Seconds] = defaultdict(float)
    for entry in entries:
        length = seconds[entry.id]
        bucket = next(name for limit, name in BUCKETS if length < limit)
        strata["language", entry.language] += length
        strata["length", bucket] += length
    names = "\n".join(entry.id for entry in entries)
    return Group(
        key=sha256(names.encode("utf-8", "surrogatepass")).hexdigest(),
        entries=tuple(entries),
        seconds=sum(seconds[entry.id] for entry in entries),
        strata=strata,
    )
