"""A manifest measured as a whole, and advice on it: `dataset_balance.json`."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from hansard.errors import DataError
from hansard.storage.files import write_whole
from hansard.training.checks.balance import measure_balance
from hansard.training.checks.counsel import Target, advise
from hansard.training.checks.hearing import measure
from hansard.training.checks.recordings import Recording, reading_recordings
from hansard.training.checks.report import read_report
from hansard.training.checks.splitting import PARTS
from hansard.training.checks.values import Limits
from hansard.training.checks.vocabulary import measure_unknown_words
from hansard.training.journal import Journal
from hansard.training.manifest import Entry, ManifestRead, read_leniently
from hansard.training.project import Project
from hansard.training.watching import Watch
from hansard.transcript import Seconds

NAME: Final = "dataset_balance.json"
MOST: Seconds = 120.0
"""Noise is measured in so much of a clip."""


@dataclass(frozen=True, slots=True)
class Noises:
    """Speech to noise of entries, in decibels, by id."""

    snr: dict[str, float] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)
    """Ids of entries whose sound cannot be had."""


def audit(
    manifest: Path,
    project: Project,
    journal: Journal,
    watch: Watch,
    *,
    target: Target | None = None,
    splits: Path | None = None,
) -> dict[str, Any]:
    """Measure a manifest, and write what came of it.

    Noise is taken from the last `validation_report.json` where that has the entry, and else
    estimated from its sound. With a folder of `splits`, words are told that training never sees.

    Raises:
        ManifestError: there is no such manifest, or it is not text.
        DataError: the folder of splits has no train.jsonl.
        OutputError: the report or the journal cannot be written.
        Cancelled: the caller asked to stop.
    """
    read = read_leniently(manifest)
    noises = _find_noise(read.entries, project, journal, watch)
    facts = {
        "manifest": str(manifest),
        "faulty_lines": len(read.faults),
        "unreadable": noises.unreadable,
        **measure_balance(read.entries, noises.snr),
    }
    if splits is not None:
        facts["unknown_words"] = measure_unknown_words(read_parts(splits))
    facts["advice"] = [*_tell_faults(read, noises), *advise(facts, target or Target())]
    text = json.dumps(facts, indent=1, ensure_ascii=False) + "\n"
    write_whole(project.manifests / NAME, text)
    return facts


def _tell_faults(read: ManifestRead, noises: Noises) -> Iterator[str]:
    if read.faults:
        lines = f"{len(read.faults)} lines of the manifest cannot be used"
        yield f"{lines}: hansard data validate tells why"
    if noises.unreadable:
        yield f"{len(noises.unreadable)} clips cannot be read: hansard data validate tells why"


def read_parts(folder: Path) -> Mapping[str, tuple[Entry, ...]]:
    """The parts of a split, those that are there.

    Raises:
        DataError: there is no part to train on.
        ManifestError: a part is not text.
    """
    files = {part: folder / f"{part}.jsonl" for part in PARTS}
    if not files["train"].is_file():
        raise DataError(
            f"{str(folder)!r} has no train.jsonl", hint="hansard data split makes such a folder"
        )
    return {part: read_leniently(file).entries for part, file in files.items() if file.is_file()}


def _find_noise(
    entries: Sequence[Entry], project: Project, journal: Journal, watch: Watch
) -> Noises:
    noises = Noises()
    noises.snr.update(_reported(entries, read_report(project.manifests)))
    left = [e for e in entries if not e.no_speech and e.id not in noises.snr]
    left.sort(key=lambda entry: (str(entry.audio), entry.start, entry.id))
    with reading_recordings(Limits()) as recordings:
        for entry in watch.through(left, lambda entry: entry.id):
            key = _key(entry)
            known = journal.get(key) if key else None
            if known is None:
                recording = recordings.open(entry.audio)
                if not isinstance(recording, Recording):
                    noises.unreadable.append(entry.id)
                    continue
                clip = recording.clip(entry.start, entry.end)
                known = {"snr": measure(clip.read(0.0, MOST)).snr}
                if key:
                    journal.put(key, known)
            if known["snr"] is not None:
                noises.snr[entry.id] = known["snr"]
    return noises


def _key(entry: Entry) -> str | None:
    try:
        status = entry.audio.stat()
    except OSError:
        return None
    place = f"{entry.start} {entry.end} {entry.audio}"
    return f"noise {status.st_size} {status.st_mtime_ns} {place}"


def _reported(entries: Sequence[Entry], report: Mapping[str, Any]) -> dict[str, float]:
    """What the last validation measured of these entries: same id, and same length if it tells."""
    measured = {
        one.get("id"): one.get("measures") or {}
        for one in report.get("entries") or ()
        if isinstance(one, dict)
    }
    found = {}
    for entry in entries:
        known = measured.get(entry.id, {})
        same = entry.duration is None or abs(known.get("duration", 0.0) - entry.duration) < 0.3
        if same and isinstance(known.get("snr"), float | int):
            found[entry.id] = float(known["snr"])
    return found
