"""A source out of everything: `hansard data remove`.

    trace ── delete files ── rewrite manifests, splits, inventory, records, journals
          ── note it in removed.jsonl ── DATA_LICENSES.md

The note is written before anything is deleted, so that what a kill leaves behind is barred all the
same, and the same command takes it away.
"""

import json
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hansard.errors import DataError, OutputError
from hansard.storage.files import advise, sha256_of, write_whole
from hansard.training.project import Project
from hansard.training.sources.items import (
    Inventory,
    Item,
    csv_path,
    read_folders,
    read_inventory,
    relative,
    write_inventory,
)
from hansard.training.sources.licences import manifests_of, write_licences
from hansard.training.sources.records import (
    Removal,
    add_removed,
    read_removed,
    read_sources,
    write_sources,
)
from hansard.training.sources.tracing import Trace, files_of, shown, trace
from hansard.training.sources.walking import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovalReport:
    """What was taken out, or would be."""

    source: str
    kind: str
    dry_run: bool
    files: tuple[str, ...]
    """Relative to the project's folder; a folder stands for all in it."""
    outside: tuple[str, ...]
    """Recordings that lie outside the project; they are left to their owner."""
    manifests: Mapping[str, int]
    """Lines that go, by manifest."""
    clips: int
    trained_runs: tuple[str, ...]
    """Trainings that used it."""
    reports: tuple[str, ...]
    """Reports that still name it; the commands that made them make them anew."""


def remove(
    project: Project, name: str, *, reason: str = "", dry_run: bool = False
) -> RemovalReport:
    """Take a source out everywhere, and bar it from coming back.

    `name` is that of a source, an address that was fetched, a file, or the id of a clip.

    Raises:
        DataError: nothing is called so.
        OutputError: something cannot be deleted or written.
    """
    items = _items(project)
    found = trace(name, project, read_sources(project), items)
    known = [each for each in read_removed(project) if each.source == name]
    if found.kind is None and not known:
        raise DataError(
            f"nothing in this project is called {name!r}",
            hint="DATA_LICENSES.md lists all sources; a file or the id of a clip will do too",
        )
    files = tuple(dict.fromkeys(files_of(found, project)))
    report = _report(project, name, found, files, dry_run=dry_run)
    if dry_run:
        return report
    if found.kind is not None:
        add_removed(project, _removal(project, name, reason, found, report))
    for path in files:
        _delete(path)
    _rewrite(project, found, items)
    write_licences(project)
    return report


def _items(project: Project) -> tuple[Item, ...]:
    return read_inventory(project) if csv_path(project).is_file() else ()


def _report(
    project: Project, name: str, found: Trace, files: tuple[Path, ...], *, dry_run: bool
) -> RemovalReport:
    root = plain(project.root)
    counts = {
        relative(plain(path), project.root): sum(
            1 for _, goes in _judged(path, _is_of(found, path)) if goes
        )
        for path in manifests_of(project)
    }
    return RemovalReport(
        source=name,
        kind=found.kind or "removed before",
        dry_run=dry_run,
        files=shown(files, project),
        outside=tuple(sorted(str(path) for path in found.media if not path.is_relative_to(root))),
        manifests={path: count for path, count in counts.items() if count},
        clips=len(found.ids),
        trained_runs=_trained(project, name, found),
        reports=_naming(project, found),
    )


def _removal(
    project: Project, name: str, reason: str, found: Trace, report: RemovalReport
) -> Removal:
    inside = [path for path in found.media if path.is_file()]
    uploads = [path for path in inside if path.is_relative_to(plain(project.uploads))]
    digests = dict.fromkeys((*found.digests, *(sha256_of(path) for path in uploads)))
    urls = (*found.urls, name) if found.kind == "address" else found.urls
    return Removal(
        source=name,
        kind=found.kind or "source",
        reason=reason,
        removed_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        urls=tuple(dict.fromkeys(urls)),
        sha256=tuple(digests),
        ids=tuple(found.ids),
        files=report.files,
        trained_runs=report.trained_runs,
    )


def _delete(path: Path) -> None:
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot delete {str(path)!r}: {error.strerror or error}", hint=advise(error)
        ) from error


def _rewrite(project: Project, found: Trace, items: tuple[Item, ...]) -> None:
    for path in manifests_of(project):
        _keep_rest(path, _is_of(found, path))
    own = {(record.file, record.url) for record in found.records}
    rest = [each for each in read_sources(project) if (each.file, each.url) not in own]
    if own:
        write_sources(project, rest)
    if items:
        kept = tuple(item for item in items if item.path not in found.media)
        write_inventory(project, Inventory(folders=read_folders(project), items=kept))
    marks = _marks(found)
    for path in sorted(project.journals.glob("*.jsonl")) if project.journals.is_dir() else ():
        _keep_rest(path, lambda line: _mentions(line, marks))


def _is_of(found: Trace, manifest: Path) -> Callable[[str], bool]:
    """Whether a line of a manifest is one of the clips that go."""
    folder = manifest.absolute().parent

    def is_of(line: str) -> bool:
        try:
            fields = json.loads(line)
        except (ValueError, RecursionError):
            return False
        if not isinstance(fields, dict):
            return False
        audio = fields.get("audio")
        by_path = isinstance(audio, str) and plain(folder / audio) in found.media
        ident = fields.get("id")
        return by_path or (isinstance(ident, str | int) and str(ident) in found.ids)

    return is_of


def _judged(path: Path, goes: Callable[[str], bool]) -> Iterator[tuple[str, bool]]:
    try:
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        raise OutputError(f"cannot read {str(path)!r}: {error.strerror or error}") from error
    return ((line, goes(line)) for line in text.split("\n") if line.strip())


def _keep_rest(path: Path, goes: Callable[[str], bool]) -> None:
    """Write a file of lines anew without those that go; the others stay as they are."""
    judged = list(_judged(path, goes))
    if any(gone for _, gone in judged):
        text = "".join(f"{line}\n" for line, gone in judged if not gone)
        write_whole(path, text.encode("utf-8", "surrogateescape"))


def _marks(found: Trace) -> frozenset[str]:
    """What tells, within a line of a journal, that it is about the source."""
    texts = (*map(str, found.media), *found.ids, *found.digests)
    return frozenset(json.dumps(text, ensure_ascii=False)[1:-1] for text in texts)


def _mentions(line: str, marks: Collection[str]) -> bool:
    return any(mark in line for mark in marks)


def _naming(project: Project, found: Trace) -> tuple[str, ...]:
    """Reports in `manifests` in which a clip or a recording of the source is named."""
    marks = set(found.ids) | {path.name for path in found.media}
    named = []
    for path in sorted(project.manifests.glob("*.json")) if project.manifests.is_dir() else ():
        if path.name == "dataset_inventory.json":
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        if any(mark and mark in text for mark in marks):
            named.append(relative(plain(path), project.root))
    return tuple(named)


def _trained(project: Project, name: str, found: Trace) -> tuple[str, ...]:
    """Runs that learnt from it, as their `run_manifest.json` says."""
    names = {name, *found.urls, *(record.source for record in found.records if record.source)}
    manifests = sorted(project.runs.glob("*/run_manifest.json"))
    return tuple(path.parent.name for path in manifests if names & set(_told_sources(path)))


def _told_sources(path: Path) -> Iterable[str]:
    try:
        told: Any = json.loads(path.read_text(encoding="utf-8")).get("sources")
    except (OSError, ValueError, AttributeError):
        return ()
    if isinstance(told, Mapping):
        return [str(name) for name in told]
    names = told if isinstance(told, list) else ()
    return [
        str(each.get("source", "")) if isinstance(each, Mapping) else str(each) for each in names
    ]
