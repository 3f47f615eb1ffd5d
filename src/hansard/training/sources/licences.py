"""`DATA_LICENSES.md`: what each source allows, made anew whenever sources change."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from hansard.errors import DataError, ManifestError
from hansard.storage.files import write_whole
from hansard.training.manifest import Entry, read_leniently
from hansard.training.project import Project
from hansard.training.sources.items import absolute, read_inventory
from hansard.training.sources.records import (
    UNKNOWN,
    Removal,
    SourceRecord,
    read_removed,
    read_sources,
    removed_path,
    sources_path,
)
from hansard.training.sources.walking import plain
from hansard.transcript import Seconds

NAMELESS = "(no source named)"
_HEAD = """# Licences of the training data

Made by `hansard data fetch`, `manifest` and `remove`; changes made here by hand are lost. Licences
are what was told with `--licence`, by a site, or in a manifest; "unknown" means that nobody said
so, and that nothing trained on it should be passed on.
"""
_REMOVAL = """
## To remove a source

1. `hansard data remove SOURCE --dry-run` shows all that would go. SOURCE is a source's name as
   above, an address, a file, or the id of a clip.
2. `hansard data remove SOURCE --reason "..."` takes recordings, copies, clips and lines of
   manifests away, and notes it in `manifests/removed.jsonl`, so that it is never fetched again.
3. A model cannot unlearn: runs that were trained on it are listed, and have to be trained anew
   from a checkpoint that never saw it, and the models made of them withdrawn.
"""


@dataclass(slots=True)
class _Source:
    licences: dict[str, None] = field(default_factory=dict)
    files: dict[Path, None] = field(default_factory=dict)
    clips: dict[str, None] = field(default_factory=dict)
    addresses: dict[str, None] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)
    seconds: Seconds = 0.0


def manifests_of(project: Project) -> tuple[Path, ...]:
    """All manifests of clips that a project has, splits among them."""
    own = {sources_path(project), removed_path(project)}
    found = (path for folder in (project.manifests, project.splits) for path in _lists(folder))
    return tuple(sorted(path for path in found if path not in own))


def _lists(folder: Path) -> Iterator[Path]:
    return (path for path in folder.glob("*.jsonl") if not path.name.startswith("."))


def entries_of(project: Project) -> Iterator[Entry]:
    """The clips of all manifests; what cannot be read is passed over."""
    for path in manifests_of(project):
        with suppress(ManifestError):
            yield from read_leniently(path).entries


def write_licences(project: Project) -> Path:
    """Write the file anew; returns its path.

    Raises:
        OutputError: it cannot be written.
    """
    records = read_sources(project)
    text = render(_collect(project, records), read_removed(project))
    return write_whole(project.licences, text)


def _collect(project: Project, records: Iterable[SourceRecord]) -> Mapping[str, _Source]:
    sources: dict[str, _Source] = {}
    of_file: dict[Path, str] = {}
    for record in records:
        name = record.source or NAMELESS
        source = sources.setdefault(name, _Source())
        path = plain(absolute(record.file, project.root))
        of_file[path] = name
        source.files[path] = None
        source.licences[record.licence] = None
        source.addresses[record.url] = None
        source.fetched.append(record.fetched_at)
    lengths = _lengths(project)
    for entry in entries_of(project):
        original = entry.audio in of_file or entry.audio in lengths
        name = entry.source or of_file.get(entry.audio) or NAMELESS
        source = sources.setdefault(name, _Source())
        source.clips[entry.id] = None
        if entry.licence:
            source.licences.pop(UNKNOWN, None)
            source.licences[entry.licence] = None
        if original:
            of_file.setdefault(entry.audio, name)
            source.files[entry.audio] = None
    for path in lengths:
        name = of_file.get(path, NAMELESS)
        sources.setdefault(name, _Source()).files[path] = None
    for source in sources.values():
        source.seconds = sum(lengths.get(path, 0.0) for path in source.files)
    return sources


def _lengths(project: Project) -> Mapping[Path, Seconds]:
    try:
        return {item.path: item.duration or 0.0 for item in read_inventory(project)}
    except DataError:
        return {}


def render(sources: Mapping[str, "_Source"], removed: Iterable[Removal]) -> str:
    """The file as Markdown."""
    lines = [_HEAD, "## Sources", ""]
    lines += ["| source | licence | recordings | hours | clips | fetched |"]
    lines += ["|---|---|---:|---:|---:|---|"]
    for name, source in sorted(sources.items()):
        licences = ", ".join(source.licences) or UNKNOWN
        cells = (name, licences, str(len(source.files)), f"{source.seconds / 3600:.2f}")
        lines.append(_row((*cells, str(len(source.clips)), _period(source.fetched))))
    lines += [] if sources else ["", "There are none yet."]
    for name, source in sorted(sources.items()):
        if source.addresses:
            lines += ["", f"### {_cell(name)}", ""]
            lines += [f"- <{_address(url)}>" for url in sorted(source.addresses)]
    lines.append(_REMOVAL)
    gone = [_row((each.source, each.removed_at, each.reason)) for each in removed]
    if gone:
        lines += ["## Removed", "", "| source | when | why |", "|---|---|---|", *gone, ""]
    return "\n".join(lines).rstrip() + "\n"


def _period(moments: Iterable[str]) -> str:
    days = sorted({moment[:10] for moment in moments if moment})
    return " to ".join(dict.fromkeys((days[0], days[-1]))) if days else ""


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(text: str) -> str:
    """A text that stays within its cell, and is not taken for markup."""
    flat = " ".join(text.split())
    return re.sub(r"([\\|<>`*\[\]#])", r"\\\1", flat)


def _address(url: str) -> str:
    return re.sub(r"[\s<>]", "", url)
