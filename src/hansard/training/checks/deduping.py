"""Finding recordings that are there twice, and moving them out of the way."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from hansard.errors import DataError, HansardError, MissingExtraError, OutputError
from hansard.storage.files import write_whole
from hansard.training.checks.copies import Copy, Link, find_recordings, study
from hansard.training.checks.moving import (
    Move,
    Moved,
    below,
    carry_out,
    forget_plan,
    plan_moves,
    shown,
)
from hansard.training.checks.report import add_duplicates
from hansard.training.checks.together import comparable
from hansard.training.checks.twins import RULE, Family, find_families
from hansard.training.journal import Journal
from hansard.training.manifest import Entry
from hansard.training.project import Project
from hansard.training.watching import Watch

NAME: Final = "duplicates_report.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What was found."""

    families: tuple[Family, ...]
    links: tuple[Link, ...]
    unreadable: tuple[tuple[Path, str], ...]
    """With why."""
    copies: tuple[Copy, ...]
    movable: tuple[Copy, ...]
    """Those in the project's uploads that no link leads to."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every recording that there is, whatever became of it."""
        others = (*(link.path for link in self.links), *(path for path, _ in self.unreadable))
        return (*(copy.path for copy in self.copies), *others)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thinned:
    """A manifest's entries, each sound once."""

    entries: tuple[Entry, ...] = ()
    dropped: tuple[tuple[Entry, Entry], ...] = ()
    """With the entry that stays in its place."""
    pointed: tuple[tuple[Entry, Path], ...] = ()
    """Entries whose recording was moved, with the copy that they are of from now on."""
    conflicts: tuple[tuple[Entry, Entry], ...] = ()
    """The same sound with another transcript: both stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was done about it."""

    search: Search
    moved: Moved = field(default_factory=Moved)
    planned: tuple[Move, ...] = ()
    """What would be moved, of a dry run."""
    thinned: Thinned = field(default_factory=Thinned)


def search(
    project: Project,
    entries: Sequence[Entry],
    journal: Journal,
    watch: Watch,
    *,
    acoustic: bool = False,
) -> Search:
    """Find the recordings of a project's uploads and of a manifest that are there twice.

    Raises:
        DataError: there are neither uploads nor entries.
        MissingExtraError: they are to be compared by ear, and fpcalc is not installed.
        OutputError: the journal cannot be written.
        Cancelled: the caller asked to stop.
    """
    uploads = project.uploads.absolute()
    if not entries and not uploads.is_dir():
        raise DataError(
            f"there is no folder {str(uploads)!r}", hint="name the project's folder: --project DIR"
        )
    found = find_recordings(uploads, project.duplicates.absolute())
    named = sorted({entry.audio for entry in entries} - set(found.files))
    copies: list[Copy] = []
    unreadable: list[tuple[Path, str]] = []
    for path in watch.through([*found.files, *named], lambda path: path.name):
        try:
            copies.append(study(path, journal, acoustic=acoustic))
        except (MissingExtraError, OutputError):
            raise
        except (HansardError, OSError) as error:
            unreadable.append((path, str(error)))
    copies = [
        replace(copy, linked=copy.path.resolve() in found.needed)
        for copy in _as_told(copies, entries)
    ]
    own = set(found.files)
    return Search(
        families=find_families(copies, acoustic=acoustic),
        links=tuple(found.links),
        unreadable=tuple(unreadable),
        copies=tuple(copies),
        movable=tuple(copy for copy in copies if copy.path in own and not copy.linked),
    )


def _as_told(copies: Sequence[Copy], entries: Sequence[Entry]) -> list[Copy]:
    """The same; what a manifest says of a whole recording stands above a file beside it."""
    whole = [entry for entry in entries if not entry.is_clip and entry.transcript.strip()]
    told = {entry.audio: entry.transcript for entry in reversed(whole)}
    return [replace(copy, text=told.get(copy.path, copy.text)) for copy in copies]


def resolve(
    found: Search,
    entries: Sequence[Entry],
    project: Project,
    before: Moved | None,
    *,
    force: bool,
) -> Outcome:
    """Move what is needless, and thin the manifest's entries out.

    Recordings whose transcripts say different things stay, unless `force` is set. `before` is what
    `finish` did; None = nothing is moved, only planned.

    Raises:
        OutputError: the plan of moves cannot be written.
    """
    clear = [family if force else _without_conflicts(family) for family in found.families]
    here = Project(project.root.absolute())
    thinned = thin(entries, clear, force=force)
    moves = plan_moves(clear, found.movable, found.paths, here)
    if before is None:
        return Outcome(search=found, planned=moves, thinned=thinned)
    return Outcome(search=found, moved=carry_out(moves, here, before), thinned=thinned)


def _without_conflicts(family: Family) -> Family:
    return replace(family, twins=tuple(twin for twin in family.twins if not twin.conflict))


def thin(entries: Sequence[Entry], families: Sequence[Family], *, force: bool) -> Thinned:
    """Entries of each sound once; those of a needless recording are of the kept one instead."""
    stays = {twin.copy.path: f.kept.path for f in families for twin in f.twins}
    groups: dict[tuple[Path, float, float], list[Entry]] = defaultdict(list)
    for entry in entries:
        end = -1.0 if entry.end is None else round(entry.end, 2)
        groups[stays.get(entry.audio, entry.audio), round(entry.start, 2), end].append(entry)
    kept: dict[str, Entry] = {}
    dropped, pointed, conflicts = [], [], []
    for (audio, _, _), group in groups.items():
        first, *others = sorted(group, key=lambda entry: entry.audio != audio)
        if first.audio != audio:
            pointed.append((first, audio))
        kept[first.id] = replace(first, audio=audio)
        for other in others:
            if force or comparable(other.transcript) == comparable(first.transcript):
                dropped.append((other, first))
            else:
                conflicts.append((other, first))
                kept[other.id] = replace(other, audio=audio)
    return Thinned(
        entries=tuple(kept[entry.id] for entry in entries if entry.id in kept),
        dropped=tuple(dropped),
        pointed=tuple(pointed),
        conflicts=tuple(conflicts),
    )


def describe(outcome: Outcome, project: Project) -> dict[str, Any]:
    """The report as JSON's values; paths are those below the project."""
    found, root = outcome.search, project.root
    thinned = outcome.thinned
    conflicts = sum(twin.conflict for family in found.families for twin in family.twins)
    return {
        "checked": len(found.copies) + len(found.unreadable),
        "duplicates": sum(len(family.twins) for family in found.families),
        "conflicts": conflicts + len(thinned.conflicts),
        "rule": RULE,
        "groups": [_family(family, root) for family in found.families],
        "moved": list(shown(outcome.moved.done, project)),
        "planned": list(shown(outcome.planned, project)),
        "failed": [{"from": below(m.source, root), "why": why} for m, why in outcome.moved.failed],
        "links": [
            {"path": below(link.path, root), "target": link.target, "kind": link.kind}
            for link in found.links
        ],
        "unreadable": [{"path": below(path, root), "why": why} for path, why in found.unreadable],
        "manifest": {
            "kept": len(thinned.entries),
            "dropped": [{"id": one.id, "same_as": other.id} for one, other in thinned.dropped],
            "pointed": [{"id": one.id, "to": below(to, root)} for one, to in thinned.pointed],
            "conflicts": [{"id": one.id, "with": other.id} for one, other in thinned.conflicts],
        },
    }


def _family(family: Family, root: Path) -> dict[str, Any]:
    return {
        "kept": below(family.kept.path, root),
        "transcript": family.kept.text,
        "conflict": family.conflict,
        "twins": [
            {
                "path": below(twin.copy.path, root),
                "how": twin.how,
                "likeness": twin.likeness,
                "transcript": twin.copy.text,
                "conflict": twin.conflict,
                "linked": twin.copy.linked,
            }
            for twin in family.twins
        ],
    }


def write_reports(outcome: Outcome, project: Project) -> dict[str, Any]:
    """Write what was found and done; its `undo` lists every move, of earlier runs too.

    Raises:
        OutputError: a report cannot be written.
    """
    facts = describe(outcome, project)
    facts["undo"] = [*_earlier(project, facts["moved"]), *facts["moved"]]
    text = json.dumps(facts, indent=1, ensure_ascii=False) + "\n"
    write_whole(project.manifests / NAME, text)
    short = ("checked", "duplicates", "conflicts", "groups", "undo", "unreadable")
    add_duplicates(project.manifests, {name: facts[name] for name in short})
    forget_plan(project)
    return facts


def _earlier(project: Project, now: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """The moves of earlier runs that were not undone since."""
    try:
        old = json.loads((project.manifests / NAME).read_text(encoding="utf-8"))["undo"]
        return [one for one in old if one not in now and (project.root / one["to"]).exists()]
    except (OSError, ValueError, KeyError, TypeError):
        return []
