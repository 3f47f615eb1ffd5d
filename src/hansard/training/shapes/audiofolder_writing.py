"""Writing Hugging Face's AudioFolder: audio files, each of one clip, beside their metadata.

Every split has a folder; clips without one are in `train`, so that `datasets` cannot take a word in
a file's name for a split. Whole recordings are copied or linked as they are; parts of recordings,
and kinds of files that `datasets` does not look for, become WAVs of 16 kHz.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hansard.storage.files import write_whole
from hansard.training.manifest import Entry
from hansard.training.manifest.fields import make_line, rounded
from hansard.training.shapes.audio_files import Maker
from hansard.training.shapes.gathering import OWN
from hansard.training.shapes.means import Means, Results
from hansard.training.shapes.naming import safe_name, unique_names
from hansard.training.shapes.nemo import shown_own
from hansard.training.shapes.values import (
    Loss,
    Metadata,
    Written,
    count,
    count_losses,
    renamed,
    split_of,
)

SUFFIXES = frozenset(".wav .flac .mp3 .ogg .opus .aiff .au .caf .w64 .rf64".split())
"""Endings that `datasets` takes for audio, as its AudioFolder lists them, and that we can read."""
_FIELDS = ("file_name", "transcription", "duration", "language")
_TRAIN = "train"


@dataclass(frozen=True, slots=True)
class _Plan:
    """A clip and where its file goes."""

    entry: Entry
    folder: str
    name: str


def is_copied(entry: Entry) -> bool:
    """Whether an entry's file stays as it is: it is whole, and of a kind that is looked for."""
    return not entry.is_clip and entry.audio.suffix.lower() in SUFFIXES


def write(entries: Sequence[Entry], target: Path, means: Means) -> Written:
    """Write a folder; what an earlier, interrupted run has made there already stays.

    Raises:
        OutputError: it cannot be written.
        Cancelled: the caller asked to stop.
    """
    plans = {plan.entry.id: plan for plan in _plan(entries)}
    maker, results = Maker(target, means), Results()
    rows: dict[str, dict[str, Any]] = {}

    def make(entry: Entry) -> None:
        plan = plans[entry.id]
        file = f"{plan.folder}/{plan.name}"
        duration = maker.copy(entry, file) if is_copied(entry) else maker.cut(entry, file)
        rows[entry.id] = _row(entry, plan.name, duration)

    by_recording = sorted(entries, key=lambda each: (str(each.audio), each.start))
    results.through(by_recording, means.watch, make)
    done = [entry for entry in entries if entry.id in rows]
    for folder in sorted({plans[entry.id].folder for entry in done}):
        own = [rows[entry.id] for entry in done if plans[entry.id].folder == folder]
        path = f"{folder}/metadata.{means.metadata}"
        write_whole(target / path, _render(own, means.metadata))
        maker.keep(path)
    maker.clear()
    return Written(entries=tuple(done), failures=tuple(results.failures), notes=tuple(_notes(done)))


def losses(entries: Sequence[Entry], metadata: Metadata) -> tuple[Loss, ...]:
    """What a folder cannot hold: in CSV, lists and objects."""
    plain = metadata == "csv"
    return count_losses(entries, {"segments": plain, "nested": plain})


def _plan(entries: Sequence[Entry]) -> list[_Plan]:
    names = unique_names((entry.id for entry in entries), safe_name)
    splits = sorted(split_of(entries))
    folders = dict(zip(splits, unique_names(splits, safe_name), strict=True))
    plans = []
    for entry, name in zip(entries, names, strict=True):
        suffix = entry.audio.suffix.lower() if is_copied(entry) else ".wav"
        split = entry.extra.get("split")
        plans.append(_Plan(entry, folders[str(split)] if split else _TRAIN, name + suffix))
    return plans


def _row(entry: Entry, name: str, duration: float) -> dict[str, Any]:
    fields = {
        "file_name": name,
        "transcription": entry.transcript,
        "duration": rounded(duration),
        "language": entry.language,
        **shown_own(entry),
        **renamed(entry.extra, {*_FIELDS, *OWN}),
    }
    return {name: value for name, value in fields.items() if value is not None}


def _render(rows: Sequence[Mapping[str, Any]], metadata: Metadata) -> str:
    if metadata == "jsonl":
        return "".join(make_line(row) + "\n" for row in rows)
    flat = [{n: _cell(v) for n, v in row.items() if not isinstance(v, list | dict)} for row in rows]
    columns = dict.fromkeys(name for row in flat for name in row)
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, list(columns), restval="")
    table.writeheader()
    table.writerows(flat)
    return text.getvalue()


def _cell(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def _notes(entries: Sequence[Entry]) -> list[str]:
    made = sum(not is_copied(entry) for entry in entries)
    splits = split_of(entries)
    bare = sum(not entry.extra.get("split") for entry in entries) if splits else 0
    notes = []
    if made:
        notes.append(f"{count(made, 'clip')} cut or decoded into WAV files, 16 kHz mono")
    if bare:
        notes.append(f"{count(bare, 'clip')} without a split went to {_TRAIN!r}")
    return notes
