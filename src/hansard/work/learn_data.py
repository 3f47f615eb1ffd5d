"""What a night learns from, and is judged by: corrections and an old manifest, made fit.

corrections, mix ─ normalise ─ validate ─ divide ─ train.jsonl, validation.jsonl, test.jsonl
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hansard.errors import ManifestError
from hansard.storage.store import Store
from hansard.training.checks import Means as Checks
from hansard.training.checks import validate
from hansard.training.journal import Journal
from hansard.training.manifest import Entry, ManifestRead, read_leniently, write_manifest
from hansard.training.nightly import PARTS, divide
from hansard.training.project import Project
from hansard.training.sources.corrected import SOURCE, CorrectionOptions, entries_of_corrections
from hansard.training.sources.records import Barred, read_barred
from hansard.training.texts.normalising import NormaliseOptions
from hansard.training.texts.running import normalise_manifest
from hansard.training.watching import Watch

LONGEST: Final = 30.0
"""Seconds of a clip, at most."""
_SHOWN: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathering:
    """What data are made of."""

    project: Project
    store: Store
    folder: Path
    """Where the manifests shall lie."""
    recordings: Mapping[str, str]
    """What each record's recording is known by."""
    texts: NormaliseOptions
    checks: Callable[[], Checks]
    watch: Watch
    mix: Path | None = None
    """A manifest that is learnt from beside the corrections."""


def gather(gathering: Gathering) -> dict[str, Any]:
    """Write the manifests; returns how many clips they hold, and what was left out.

    Raises:
        ManifestError: the mixed manifest cannot be read, or holds nothing.
        OutputError: something cannot be written.
        Cancelled: the caller asked to stop.
    """
    project, barred = gathering.project, read_barred(gathering.project)
    options = CorrectionOptions(longest=LONGEST, folder=project.root / "data" / "corrections")
    made = entries_of_corrections(gathering.store, options)
    corrected = [] if SOURCE in barred.sources else made.entries
    left_out = [f"{one.what}: {one.reason}" for one in made.left_out]
    mixed = _mixed(gathering.mix)
    good, bad = _fit(gathering, "corrections", _allowed(corrected, barred))
    also, worse = _fit(gathering, "mix", _allowed(mixed, barred))
    divided = divide(good, lambda entry: _recording(entry, gathering.recordings), also)
    for part in PARTS:
        entries = getattr(divided, part)
        path = gathering.folder / f"{part}.jsonl"
        if entries:
            write_manifest(path, entries)
        else:
            path.unlink(missing_ok=True)
    left_out += [*bad, *worse]
    return {
        "clips": {part: len(getattr(divided, part)) for part in PARTS},
        "mixed": sum(entry.source != SOURCE for entry in divided.train),
        "left_out": len(left_out),
        "reasons": left_out[:_SHOWN],
        "notes": list(divided.notes),
    }


def _mixed(path: Path | None) -> Sequence[Entry]:
    if path is None:
        return ()
    entries = read_leniently(path).entries
    if not entries:
        raise ManifestError(
            f"no entry of {str(path)!r} can be used",
            hint="hansard data validate tells what is wrong with its lines",
        )
    return entries


def _allowed(entries: Sequence[Entry], barred: Barred) -> list[Entry]:
    return [e for e in entries if e.id not in barred.ids and e.source not in barred.sources]


def _recording(entry: Entry, recordings: Mapping[str, str]) -> str:
    record = str(entry.extra.get("record", entry.id))
    return recordings.get(record, record)


def _fit(
    gathering: Gathering, name: str, entries: Sequence[Entry]
) -> tuple[tuple[Entry, ...], list[str]]:
    """The entries made alike, without those that cannot be learnt from; and why they cannot."""
    if not entries:
        return (), []
    path = gathering.folder / f"{name}.jsonl"
    journals = gathering.project.journals
    with Journal(journals / "normalise.jsonl") as journal:
        read = ManifestRead(path=path, entries=tuple(entries), faults=())
        alike, items = normalise_manifest(read, gathering.texts, journal, gathering.watch)
    write_manifest(path, alike)
    with Journal(journals / "validate.jsonl") as journal:
        checked = validate(path, gathering.checks(), journal, gathering.watch)
    left_out = [f"{one.name}: {one.reason}" for one in items if one.reason]
    left_out += [
        f"{one.id}: {next(f.message for f in one.findings if f.severity == 'error')}"
        for one in checked
        if not one.is_good
    ]
    return tuple(one.entry for one in checked if one.entry and one.is_good), left_out
