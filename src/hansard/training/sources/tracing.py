"""Everything in a project that came from one source. Nothing is changed here."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Literal

from hansard.audio.fingerprints import (
    Fingerprint,
    FingerprintIndex,
    can_fingerprint,
    fingerprint,
)
from hansard.audio.formats import suffixes
from hansard.errors import MediaError
from hansard.storage.files import sha256_of
from hansard.training.manifest import Entry
from hansard.training.project import Project
from hansard.training.sources.items import Item, absolute, relative
from hansard.training.sources.licences import entries_of
from hansard.training.sources.records import SourceRecord
from hansard.training.sources.walking import ENDINGS, SIDECARS, plain

Kind = Literal["source", "address", "file", "id"]
_ORIGINS = ("processed_from", "augmented_audio")
"""Fields of entries that name the file they were made from, relative to their manifest."""
_PARENT = "augmented_from"
"""The field of an entry that names the id it was made from."""


@dataclass(slots=True)
class Trace:
    """What came from one source."""

    kind: Kind | None = None
    """What the name turned out to be; None = nothing is called so."""
    media: dict[Path, None] = field(default_factory=dict)
    """Recordings, copies of them, and what was made of them."""
    ids: dict[str, None] = field(default_factory=dict)
    """Clips."""
    records: list[SourceRecord] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)

    @property
    def urls(self) -> tuple[str, ...]:
        """Addresses that it was fetched from."""
        return tuple(dict.fromkeys(record.url for record in self.records if record.url))

    @property
    def digests(self) -> tuple[str, ...]:
        """The SHA-256 of its recordings."""
        known = [record.sha256 for record in self.records]
        known += [item.sha256 for item in self.items]
        return tuple(dict.fromkeys(digest for digest in known if digest))


def trace(
    name: str, project: Project, records: Iterable[SourceRecord], items: Iterable[Item]
) -> Trace:
    """Everything that is of the source, address, file or clip of this name.

    Whatever was made from its recordings, by preprocessing or augmenting, is part of it, and so are
    other copies of them; with one clip of a recording goes the whole recording.
    """
    records, items = list(records), list(items)
    entries = list(entries_of(project))
    found = Trace()
    _begin(found, name, project, (records, entries))
    if found.kind is None:
        path = _as_path(name, project)
        if path is None or not (path.exists() or any(item.path == path for item in items)):
            return found
        found.kind = "file"
        found.media[path] = None
    _spread(found, project, (records, entries, items))
    return found


def _begin(
    found: Trace, name: str, project: Project, known: tuple[list[SourceRecord], list[Entry]]
) -> None:
    """The first kind of thing that has this name, and what is right at hand of it."""
    records, entries = known
    kinds: tuple[tuple[Kind, list[SourceRecord], list[Entry]], ...] = (
        (
            "source",
            [each for each in records if each.source == name],
            [each for each in entries if each.source == name],
        ),
        ("address", [each for each in records if each.url == name], []),
        ("id", [], [each for each in entries if each.id == name]),
    )
    for kind, mine, clips in kinds:
        if mine or clips:
            found.kind = kind
            found.media |= {plain(absolute(each.file, project.root)): None for each in mine}
            found.media |= {each.audio: None for each in clips}
            found.ids |= {each.id: None for each in clips}
            return


def _as_path(name: str, project: Project) -> Path | None:
    """A file of the project, named from here, from the project's folder or from `uploads`."""
    if not name.strip() or "\0" in name:
        return None
    places = (Path(name), project.root / name, project.uploads / name)
    here = (plain(place) for place in places)
    inside = [path for path in here if path.is_relative_to(plain(project.root))]
    return next((path for path in inside if path.is_file()), inside[-1] if inside else None)


def _spread(
    found: Trace, project: Project, known: tuple[list[SourceRecord], list[Entry], list[Item]]
) -> None:
    """Follow copies and what was made of them until nothing new turns up."""
    records, entries, items = known
    before = -1
    while before != len(found.media) + len(found.ids):
        before = len(found.media) + len(found.ids)
        digests = {item.sha256 for item in items if item.path in found.media and not item.error}
        for item in items:
            same = {item.duplicate_of, item.acoustic_duplicate_of} & found.media.keys()
            if same or (item.sha256 in digests and not item.error):
                found.media[item.path] = None
        for entry in entries:
            if _comes_from(entry, found, project):
                found.ids[entry.id] = None
                found.media[entry.audio] = None
    found.records = [
        each for each in records if plain(absolute(each.file, project.root)) in found.media
    ]
    found.items = [item for item in items if item.path in found.media]
    found.media |= dict.fromkeys(_put_aside(found, project))


def _put_aside(found: Trace, project: Project) -> Iterator[Path]:
    """Copies in `duplicates`: the same bytes, or, where they can be compared, the same sound."""
    aside = [path for path in _media_below(project.duplicates) if path not in found.media]
    originals = [path for path in found.media if path.is_file()] if aside else []
    digests = {*found.digests, *(sha256_of(path) for path in originals)}
    index = FingerprintIndex()
    for path in originals if can_fingerprint() else ():
        heard = _heard(path)
        if heard is not None:
            index.add(str(path), heard)
    for path in aside:
        if sha256_of(path) in digests or (
            can_fingerprint() and (heard := _heard(path)) and index.find(heard)
        ):
            yield path


def _media_below(folder: Path) -> Iterator[Path]:
    known = suffixes()
    found = sorted(folder.rglob("*")) if folder.is_dir() else []
    return (plain(path) for path in found if path.suffix.lower() in known and path.is_file())


def _heard(path: Path) -> Fingerprint | None:
    try:
        return fingerprint(path)
    except MediaError:
        return None


def _comes_from(entry: Entry, found: Trace, project: Project) -> bool:
    if entry.id in found.ids or entry.audio in found.media:
        return True
    if entry.extra.get(_PARENT) in found.ids:
        return True
    told = (entry.extra.get(name) for name in _ORIGINS)
    folders = (project.manifests, project.splits, project.root)
    origins = (plain(folder / each) for each in told if isinstance(each, str) for folder in folders)
    return any(origin in found.media for origin in origins)


def files_of(found: Trace, project: Project) -> Iterator[Path]:
    """Every file and folder of the project that goes with it; none that lies outside.

    Beside recordings these are their transcripts and sidecars, unless another recording of the same
    name stays, and what is called after its clips in `data/processed`, `data/augmented` and
    `outputs`. Decoded shards hold many sources at once, and are made anew when they are missing.
    """
    root = plain(project.root)
    media = [path for path in found.media if path.is_relative_to(root)]
    yield from (path for path in media if os.path.lexists(path))
    for path in media:
        yield from _beside(path, found)
    tails = {sha256(i.encode("utf-8", "surrogatepass")).hexdigest()[:12] for i in found.ids}
    for folder in (project.processed, project.augmented, project.outputs):
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            stems = {path.name, path.stem, path.name.partition(".")[0]}
            # an id that is no file name has a name that ends in 12 digits of its hash
            marked = any(stem.rpartition("-")[2] in tails for stem in stems)
            if plain(path) not in found.media and (marked or stems & found.ids.keys()):
                yield plain(path)
    if found.ids and project.shards.is_dir():
        yield plain(project.shards)


def _beside(media: Path, found: Trace) -> Iterator[Path]:
    """Transcripts and sidecars of a recording."""
    if not media.parent.is_dir():
        return
    names = {media.name}
    mates = (path for path in media.parent.iterdir() if path.stem == media.stem)
    others = [
        path
        for path in mates
        if path.suffix.lower() in suffixes() and plain(path) not in found.media
    ]
    if not others:
        names.add(media.stem)
    for path in sorted(media.parent.iterdir()):
        ending = next((e for e in (*SIDECARS, *ENDINGS) if path.name.lower().endswith(e)), None)
        if ending is not None and path.name[: -len(ending)] in names and path.is_file():
            yield plain(path)


def shown(paths: Iterable[Path], project: Project) -> tuple[str, ...]:
    """Paths for people, in order, each once."""
    return tuple(sorted({relative(path, project.root) for path in paths}))
