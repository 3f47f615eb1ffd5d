"""Changing one kind of manifest into another: read -> entries -> write."""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from hansard.errors import ManifestError
from hansard.storage.files import temporary_folder
from hansard.training.clips import ClipReader
from hansard.training.journal import Journal
from hansard.training.manifest import Entry
from hansard.training.project import Project
from hansard.training.shapes.folders import check_target, drop, put_in_place, staging
from hansard.training.shapes.kinds import SHAPES, Shape, choose_target, guess_kind, split_files
from hansard.training.shapes.means import Means, missing
from hansard.training.shapes.measuring import Meter
from hansard.training.shapes.values import (
    BadLine,
    Failure,
    Gathered,
    Kind,
    Loss,
    Metadata,
    Written,
    count,
)
from hansard.training.watching import Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvertOptions:
    """How a manifest is changed into another."""

    from_: Kind | None = None
    """What kind it is; None = as its name and fields tell."""
    to: Kind | None = None
    metadata: Metadata = "jsonl"
    link: bool = False
    """Whether audio that has to be in the target is linked rather than copied."""
    skip_bad: bool = False
    """Whether bad lines are left out rather than refused."""
    force: bool = False
    """Whether what is there is replaced."""
    dry_run: bool = False
    """Whether only to tell what would come of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """What came of a conversion."""

    from_: Kind
    to: Kind
    read: int
    """Entries that the source holds."""
    written: int
    """Entries that the target holds now."""
    faults: tuple[BadLine, ...]
    """Lines that were left out."""
    failures: tuple[Failure, ...]
    """Entries that were left out."""
    missing: tuple[Path, ...]
    """Recordings of entries in the target that are not there."""
    losses: tuple[Loss, ...]
    notes: tuple[str, ...]


def convert(
    source: Path,
    target: Path,
    options: ConvertOptions,
    project: Project,
    watch: Watch | None = None,
) -> Conversion:
    """Change a manifest into another kind.

    Lengths that were measured are remembered in the project's journals, and so is the audio that
    was made for an AudioFolder: after an interruption the same call goes on.

    Raises:
        UsageError: a kind cannot be told, or the target may not be written.
        ManifestError: the source cannot be read, has bad lines, or holds nothing.
        OutputError: the target cannot be written.
        Cancelled: the caller asked to stop.
    """
    from_ = options.from_ or guess_kind(source)
    to = choose_target(target, from_, options.to)
    shape = SHAPES[to]
    check_target(target, [source], folder=shape.is_folder, force=options.force)
    found = _read(source, SHAPES[from_])
    if found.faults and not options.skip_bad:
        more = len(found.faults) - 1
        raise ManifestError(
            f"{found.faults[0]}{f' (and {more} more)' if more else ''}",
            hint="--skip-bad leaves bad lines out",
        )
    if not found.entries:
        raise ManifestError(f"{str(source)!r} holds no clip that can be used")
    sources = [source, *{entry.audio for entry in found.entries}]
    check_target(target, sources, folder=shape.is_folder, force=options.force)
    if options.dry_run:
        written = Written(entries=found.entries)
    else:
        written = _write(found.entries, target, shape, options, (project, watch or Watch()))
    return Conversion(
        from_=from_,
        to=to,
        read=len(found.entries),
        written=0 if options.dry_run else len(written.entries),
        faults=found.faults,
        failures=written.failures,
        missing=tuple(missing(written.entries)),
        losses=shape.losses(written.entries, options.metadata),
        notes=(*found.notes, *written.notes),
    )


def _read(source: Path, shape: Shape) -> Gathered:
    files = [] if shape.is_folder else split_files(source)
    if not files:
        return shape.read(source)
    entries: dict[str, Entry] = {}
    faults: list[BadLine] = []
    notes: list[str] = []
    twice = 0
    for file in files:
        found = shape.read(file)
        faults += found.faults
        notes += found.notes
        for entry in found.entries:
            name = entry.id
            while name in entries:
                name = f"{name}_{file.stem}"
            twice += name != entry.id
            extra = {**entry.extra, "split": file.stem}
            entries[name] = replace(entry, id=name, extra=extra)
    if twice:
        notes.append(f"{count(twice, 'id')} came in several splits, and got the split's name too")
    return Gathered(entries=tuple(entries.values()), faults=tuple(faults), notes=tuple(notes))


def _write(
    entries: tuple[Entry, ...],
    target: Path,
    shape: Shape,
    options: ConvertOptions,
    around: tuple[Project, Watch],
) -> Written:
    project, watch = around
    made = staging(target) if shape.is_folder else target
    mark = hashlib.sha256(str(target.absolute()).encode(errors="surrogateescape")).hexdigest()
    journal = project.journals / f"convert-{mark[:16]}.jsonl"
    resumable = shape is SHAPES["audiofolder"]
    if shape.is_folder and not resumable:
        drop(made)
    with _means(project, journal, options, watch) as means:
        try:
            written = shape.write(entries, made, means)
        except BaseException:
            if shape.is_folder and not resumable:
                drop(made)
            raise
    if not written.entries:
        if shape.is_folder:
            drop(made)
        else:
            made.unlink(missing_ok=True)
        raise ManifestError(
            f"no clip could be converted: {written.failures[0].message}"
            f"{f' (and {len(written.failures) - 1} more)' if len(written.failures) > 1 else ''}"
        )
    if shape.is_folder:
        put_in_place(made, target)
        journal.unlink(missing_ok=True)
    return written


@contextmanager
def _means(
    project: Project, journal: Path, options: ConvertOptions, watch: Watch
) -> Iterator[Means]:
    with ExitStack() as stack:
        folder = stack.enter_context(temporary_folder("hansard-convert-"))
        measured = stack.enter_context(Journal(project.journals / "measured.jsonl"))
        made = stack.enter_context(Journal(journal))
        yield Means(
            meter=Meter(folder, measured),
            clips=ClipReader(folder),
            journal=made,
            watch=watch,
            link=options.link,
            metadata=options.metadata,
        )
