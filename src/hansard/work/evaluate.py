"""Transcribing the clips of a manifest with one model after another, to score them.

    entry ─ clip ─ transcribe ─ journal ─ utterance

What is in the journal is not transcribed again: its key holds the model's digest, all options, and
the clip with its file's size and time.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import numpy as np

from hansard.audio import SAMPLE_RATE
from hansard.audio.wav import header
from hansard.errors import (
    DataError,
    DoesNotFitError,
    HansardError,
    MissingExtraError,
    ModelError,
    OutputError,
    UnknownNameError,
    UsageError,
)
from hansard.evaluation.batch import AUDIO, TEXT, Table
from hansard.evaluation.reading import read_side
from hansard.evaluation.reading_items import Item, code_of
from hansard.evaluation.values import Utterance
from hansard.models.engines import EngineInfo
from hansard.storage.files import temporary_folder
from hansard.training.clips import ClipReader, reading_clips
from hansard.training.journal import Journal
from hansard.training.manifest import Entry, Fault, Stretch, read_leniently
from hansard.training.watching import Watch
from hansard.transcript import Seconds, Segment, Transcript, Word, formats
from hansard.transcript.languages import find_language
from hansard.work.lending import Workshop
from hansard.work.options import TranscribeOptions
from hansard.work.transcribe import transcribe
from hansard.work.wires import Wires

_SHORT: Final[Seconds] = 30.0
_EVERY_CLIP: Final = (UsageError, ModelError, MissingExtraError, DoesNotFitError, OutputError)
"""Failures that the next clip would meet, too."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What one model made of all clips."""

    model: str
    digest: str
    utterances: tuple[Utterance, ...]
    facts: Mapping[str, Any]
    """What it ran with: versions, engine, device, options that are not at their defaults."""
    resumed: int = 0
    """Clips that the journal knew."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What clips are transcribed with."""

    options: TranscribeOptions
    workshop: Workshop
    journal: Journal
    watch: Watch
    folder: Path = Path()
    """What the paths of reference transcripts are relative to: the manifest's folder."""


def hear(model: str, entries: Sequence[Entry], bench: Bench) -> Heard:
    """Transcribe every entry with a model; a failing one gives an empty text and its reason.

    An entry's own language is asked for where the model knows it, else that of the options, else it
    is detected.

    Raises:
        DataError: a transcript that an entry names as its reference cannot be read.
        ModelError: the model cannot be had.
        UsageError: an option cannot be honoured.
        OutputError: there is no room for the journal, or for audio.
        Cancelled: the caller asked to stop.
    """
    references = {entry.id: _reference(entry, bench.folder) for entry in entries}
    options = replace(bench.options, model=model)
    with bench.workshop.lend(options, _SHORT) as lent:
        info, versions = lent.tools.engine.info, dict(lent.versions)
    hearing = _Hearing(replace(bench, options=options), info)
    with reading_clips() as reader, temporary_folder("hansard-evaluate-") as folder:
        utterances = tuple(
            _refer(hearing.hear(entry, reader, folder), references[entry.id])
            for entry in bench.watch.through(entries, lambda entry: entry.id)
        )
    facts = {
        **versions,
        "engine": f"{info.name} {info.version}",
        "device": info.device,
        "compute_type": info.compute_type,
        "options": _given(bench.options),
    }
    return Heard(model, info.digest, utterances, facts, hearing.resumed)


def read_entries(path: Path) -> tuple[tuple[Entry, ...], tuple[Fault, ...]]:
    """What can be used of a manifest, ours or NeMo's, and the faults of the rest.

    Raises:
        ManifestError: it cannot be read.
        DataError: nothing in it can be used.
    """
    read = read_leniently(path)
    if read.entries:
        return read.entries, read.faults
    entries = tuple(_entry(item) for item in read_side(path).items if item.audio is not None)
    if not entries:
        first = f": line {read.faults[0].line}: {read.faults[0].message}" if read.faults else ""
        raise DataError(
            f"no entry of {str(path)!r} can be used{first}",
            hint="hansard data validate lists all faults",
        )
    return entries, ()


def _entry(item: Item) -> Entry:
    """An entry of what a foreign manifest says."""
    ends = item.start > 0 and item.duration is not None
    return Entry(
        id=item.id,
        audio=item.audio or Path(),
        transcript=item.text or "",
        duration=item.duration,
        language=item.language,
        speaker=item.speaker,
        source=item.source,
        start=item.start,
        end=item.start + (item.duration or 0.0) if ends else None,
    )


def entries_of(table: Table, path: Path, language: str | None = None) -> tuple[Entry, ...]:
    """The recordings of a table as entries; paths are relative to the table's folder.

    A `language` or `speaker` column is heeded.
    """
    folder = path.absolute().parent
    return tuple(
        Entry(
            id=f"row {number}",
            audio=folder / row[AUDIO].strip(),
            transcript=row.get(TEXT, "").strip(),
            language=code_of(row.get("language")) or language,
            speaker=row.get("speaker") or None,
        )
        for number, row in enumerate(table.rows, start=1)
    )


class _Hearing:
    """Hears clips with one model."""

    def __init__(self, bench: Bench, info: EngineInfo) -> None:
        self._bench = bench
        self._info = info
        self._base = json.dumps(
            [info.digest or info.model, _plain(bench.options)], sort_keys=True, default=str
        )
        self.resumed = 0

    def hear(self, entry: Entry, reader: ClipReader, folder: Path) -> Utterance:
        """One clip, from the journal where it is there."""
        options = replace(self._bench.options, language=self._language(entry))
        try:
            key = self._key(entry, options.language)
            known = self._bench.journal.get(key)
            self.resumed += known is not None
            if known is None:
                known = self._transcribe(entry, options, reader, folder)
                self._bench.journal.put(key, known)
        except _EVERY_CLIP:
            raise
        except HansardError as error:
            return _utterance(entry, None, None, str(error))
        transcript = formats.read(json.dumps(known["transcript"]), "json")
        return _utterance(entry, transcript, float(known["seconds"]), "")

    def _transcribe(
        self, entry: Entry, options: TranscribeOptions, reader: ClipReader, folder: Path
    ) -> dict[str, Any]:
        begin = perf_counter()
        source = _cut(entry, reader, folder / "clip.wav") if entry.is_clip else entry.audio
        wires = Wires(cancelled=self._bench.watch.cancelled)
        made = transcribe(source, options, self._bench.workshop, wires)
        spent = perf_counter() - begin - made.metrics["stage_seconds"].get("load", 0.0)
        return {
            "id": entry.id,
            "seconds": round(max(spent, 1e-3), 4),
            "transcript": json.loads(formats.render(made, "json")),
        }

    def _language(self, entry: Entry) -> str | None:
        """The language to ask for; None where the model does not know it, or nobody told."""
        if entry.language is None:
            return self._bench.options.language
        try:
            code = find_language(entry.language)
        except UnknownNameError:
            return None
        known = self._info.languages
        return code if not known or code in known else None

    def _key(self, entry: Entry, language: str | None) -> str:
        try:
            seen = entry.audio.stat()
            file = [str(entry.audio), seen.st_size, seen.st_mtime_ns]
        except OSError:
            file = [str(entry.audio)]
        clip = json.dumps([*file, entry.start, entry.end, language])
        return hashlib.sha256((self._base + clip).encode("utf-8", "surrogateescape")).hexdigest()


def _cut(entry: Entry, reader: ClipReader, path: Path) -> Path:
    """Write a clip as a file of its own; its clock begins with it.

    Raises:
        MediaError: the recording cannot be had, or the clip lies outside it.
    """
    samples = reader.read(entry)
    wave = np.clip(np.rint(samples * 32768), -32768, 32767).astype("<i2")
    path.write_bytes(header(len(wave), SAMPLE_RATE) + wave.tobytes())
    return path


def _utterance(
    entry: Entry, transcript: Transcript | None, seconds: float | None, failure: str
) -> Utterance:
    text = "" if transcript is None else " ".join(transcript.text.split())
    duration = entry.duration
    if duration is None and transcript is not None:
        duration = transcript.duration
    noise = entry.extra.get("snr", entry.extra.get("noise"))
    return Utterance(
        id=entry.id,
        reference=entry.transcript,
        hypothesis=text,
        language=entry.language,
        speaker=entry.speaker,
        source=entry.source,
        noise=float(noise) if isinstance(noise, int | float) else None,
        duration=duration,
        audio=entry.audio,
        start=entry.start,
        seconds=seconds,
        transcript=transcript,
        failure=failure,
    )


def _reference(entry: Entry, folder: Path) -> Transcript | None:
    """The reference with times: from the entry, or from the file that `transcript_path` names."""
    if entry.segments:
        lines = tuple(_segment(each, number) for number, each in enumerate(entry.segments))
        return Transcript(segments=lines, language=entry.language, duration=entry.duration or 0.0)
    named = entry.extra.get("transcript_path")
    if not isinstance(named, str) or not named:
        return None
    side = read_side(folder / named)
    return side.items[0].transcript if side.single else None


def _refer(utterance: Utterance, said: Transcript | None) -> Utterance:
    """The utterance beside its reference with times, whose text is the reference if need be."""
    if said is None:
        return utterance
    text = utterance.reference or " ".join(said.text.split())
    return replace(utterance, reference=text, reference_transcript=said)


def _segment(stretch: Stretch, number: int) -> Segment:
    return Segment(
        id=number,
        text=stretch.text,
        start=stretch.start,
        end=stretch.end,
        words=tuple(Word(text=f" {w.word}", start=w.start, end=w.end) for w in stretch.words),
    )


def _plain(options: TranscribeOptions) -> dict[str, Any]:
    """Every option that may change the outcome; the model is known by its digest."""
    names = {each.name for each in fields(TranscribeOptions)} - {"model", "gpu_model", "cpu_model"}
    return {name: getattr(options, name) for name in sorted(names)}


def _given(options: TranscribeOptions) -> dict[str, Any]:
    """Options that are not at their defaults."""
    default = TranscribeOptions()
    given = {name: value for name, value in _plain(options).items() if hasattr(default, name)}
    return {
        name: str(value) if isinstance(value, Path) else value
        for name, value in given.items()
        if value != getattr(default, name)
    }
