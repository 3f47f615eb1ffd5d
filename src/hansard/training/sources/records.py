"""Which recording came from where, and what must never come again.

manifests/sources.jsonl    a line for each recording that was fetched
manifests/removed.jsonl    a line for each source that was taken out
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from hansard.storage.files import write_whole
from hansard.training.project import Project
from hansard.training.sources.lines import append_line, read_lines

UNKNOWN = "unknown"
"""The licence of what nobody told a licence of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecord:
    """Where a recording came from, and what may be done with it."""

    url: str
    file: str
    """Relative to the project's folder."""
    sha256: str
    licence: str = UNKNOWN
    source: str = ""
    """What it is counted under: a corpus, a channel, a host."""
    title: str = ""
    language: str | None = None
    speaker: str | None = None
    fetched_at: str = ""
    """ISO 8601, UTC."""
    size: int = 0
    """Bytes."""
    via: str = ""
    """`http`, or the name of the site as yt-dlp has it."""
    subtitles: str | None = None
    """The publisher's own subtitles, relative to the project's folder."""
    subtitles_language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What was taken out, so that it never comes again."""

    source: str
    """As it was asked for."""
    kind: str
    """`source`, `address`, `file` or `id`: what that is."""
    reason: str
    removed_at: str
    """ISO 8601, UTC."""
    urls: tuple[str, ...] = ()
    sha256: tuple[str, ...] = ()
    """Of the recordings."""
    ids: tuple[str, ...] = ()
    """Of the clips."""
    files: tuple[str, ...] = ()
    """Relative to the project's folder."""
    trained_runs: tuple[str, ...] = ()
    """Trainings that used it: a model cannot unlearn."""


def sources_path(project: Project) -> Path:
    """Where records of fetched recordings are."""
    return project.manifests / "sources.jsonl"


def removed_path(project: Project) -> Path:
    """Where records of removed sources are."""
    return project.manifests / "removed.jsonl"


def read_sources(project: Project) -> tuple[SourceRecord, ...]:
    """Every recording that was fetched and is not removed; the last record of a file counts."""
    found: dict[str, SourceRecord] = {}
    for line in read_lines(sources_path(project)):
        record = _source(line)
        if record is not None:
            found[record.file] = record
    return tuple(found.values())


def add_source(project: Project, record: SourceRecord) -> None:
    """Note a recording that was fetched."""
    append_line(sources_path(project), _without_none(asdict(record)))


def write_sources(project: Project, records: Iterable[SourceRecord]) -> None:
    """Write all records anew."""
    lines = [json.dumps(_without_none(asdict(each)), ensure_ascii=False) for each in records]
    write_whole(sources_path(project), "".join(line + "\n" for line in lines))


def read_removed(project: Project) -> tuple[Removal, ...]:
    """Every source that was taken out."""
    return tuple(
        Removal(
            source=str(line.get("source", "")),
            kind=str(line.get("kind", "source")),
            reason=str(line.get("reason", "")),
            removed_at=str(line.get("removed_at", "")),
            **{name: _texts(line.get(name)) for name in _LISTS},
        )
        for line in read_lines(removed_path(project))
    )


_LISTS = ("urls", "sha256", "ids", "files", "trained_runs")


def add_removed(project: Project, removal: Removal) -> None:
    """Note a source that was taken out."""
    append_line(removed_path(project), asdict(removal))


@dataclass(frozen=True, slots=True)
class Barred:
    """What was removed, to be asked about."""

    urls: frozenset[str]
    sha256: frozenset[str]
    sources: frozenset[str]
    ids: frozenset[str]


def read_barred(project: Project) -> Barred:
    """What must never come into the project again."""
    removed = read_removed(project)
    return Barred(
        urls=frozenset(url for each in removed for url in each.urls),
        sha256=frozenset(digest for each in removed for digest in each.sha256),
        sources=frozenset(each.source for each in removed if each.kind == "source"),
        ids=frozenset(ident for each in removed for ident in each.ids),
    )


def _source(line: Mapping[str, Any]) -> SourceRecord | None:
    """The record of a line; None where a person wrote something else there."""
    known = {field.name for field in fields(SourceRecord)}
    kept = {name: value for name, value in line.items() if name in known and value is not None}
    texts = all(isinstance(value, str) for name, value in kept.items() if name != "size")
    if not texts or not isinstance(kept.get("size", 0), int) or not kept.get("file"):
        return None
    return SourceRecord(**{"url": "", "sha256": "", **kept})


def _texts(value: object) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def _without_none(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if value is not None}
