"""Every clip of a manifest gets times for its words; long recordings are cut into clips.

entry ─ decode ─ force the text onto the sound ─ judge ─ write the times ─ cut

What an aligner cannot place has no time: nothing is spread evenly, and a clip with too few words
placed has failed.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

from hansard.audio import Sound
from hansard.errors import (
    AlignmentError,
    DataError,
    DoesNotFitError,
    EngineError,
    MediaError,
    UsageError,
)
from hansard.models.alignment import Aligner
from hansard.pipeline.anchoring import Laid, assemble, lay
from hansard.pipeline.matching import split_words, tokens_of
from hansard.storage.files import temporary_folder
from hansard.training.clips import ClipReader, reading_clips
from hansard.training.journal import Journal
from hansard.training.manifest import Entry
from hansard.training.project import Project
from hansard.training.sounds.aligned import kept, lines_of, part_of, revive
from hansard.training.sounds.alignment import (
    Timed,
    Verdict,
    describe,
    judge,
    report,
    stretches,
)
from hansard.training.sounds.bases import base_path, read_base, write_base
from hansard.training.sounds.cutting import LONGEST, cut_words
from hansard.training.sounds.preprocessing import CUT
from hansard.training.sounds.trimming import clip_of
from hansard.training.sounds.writing import blocks_of, write_audio
from hansard.training.watching import Watch
from hansard.transcript import Segment, Span, Transcript
from hansard.work.align import align
from hansard.work.lending import Workshop
from hansard.work.options import TranscribeOptions
from hansard.work.wires import Wires

CUT_FROM: Final = "cut_from"
"""The field of a clip that names the recording's entry that it was cut out of."""


@dataclass(frozen=True, kw_only=True)
class ClipChoices:
    """What is asked of the alignment of clips."""

    cut: bool = True
    """Cut what is longer than 30 s into clips."""
    least: float = 0.8
    """The share of a clip's words that must have a time."""


@dataclass(frozen=True, slots=True)
class AlignedClips:
    """What came of a manifest."""

    entries: tuple[Entry, ...]
    report: Mapping[str, Any]
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class _Bench:
    """What every clip is worked on with."""

    options: TranscribeOptions
    workshop: Workshop
    aligner: Aligner | None
    """Given the text, where the words of short clips need no recogniser."""
    models: tuple[str, ...]
    """What decides about the outcome, besides the options."""
    reader: ClipReader
    journal: Journal
    project: Project
    choices: ClipChoices
    wires: Wires


def align_clips(
    entries: Sequence[Entry],
    project: Project,
    choices: ClipChoices,
    tools: tuple[TranscribeOptions, Workshop],
    watch: Watch,
) -> AlignedClips:
    """Time the words of every entry, and write `outputs/<id>/transcription_base.json`.

    With `--align ctc` a clip of at most 30 s is given to the aligner with its text; otherwise it is
    recognised and its words are matched with the text, as `hansard align` does. Entries without
    speech pass as they are; those that fail are left out, and their reasons are in the report.

    Raises:
        ModelError: a model cannot be had.
        MissingExtraError: a library is not installed.
        DoesNotFitError: the model needs more memory than there is.
        OutputError: results cannot be written.
        Cancelled: the caller asked to stop.
    """
    made: list[Entry] = []
    verdicts: list[Verdict] = []
    cuts: list[dict[str, Any]] = []
    ids = {entry.id for entry in entries}
    with _bench(project, choices, tools, watch) as bench:
        for entry in watch.through(entries, lambda one: one.id):
            if entry.no_speech:
                made.append(entry)
                continue
            timed, verdict = _align(entry, bench)
            verdicts.append(verdict)
            if timed is None or verdict.reason is not None:
                continue
            _write(entry, timed, project)
            if choices.cut and timed.duration > LONGEST:
                pieces = _cut(entry, timed, project, ids)
                made += pieces
                cuts.append(_account(entry, timed, pieces))
            else:
                made.append(_filled(entry, timed))
    facts = {**report(verdicts), "models": list(bench.models), "cut": cuts}
    return AlignedClips(tuple(made), facts, tuple(verdicts))


@contextmanager
def _bench(
    project: Project,
    choices: ClipChoices,
    tools: tuple[TranscribeOptions, Workshop],
    watch: Watch,
) -> Iterator[_Bench]:
    """Models are loaded once, and stay for all clips."""
    wanted, workshop = tools
    options = replace(
        wanted, clip=None, channel=None, min_duration=0.01, max_duration=604_800.0,
        task="transcribe", word_timestamps=True, diarize=False, channel_speakers=False,
        isolate_vocals=False,
    )  # fmt: skip
    wires = Wires(cancelled=watch.cancelled)
    journal = Journal(project.journals / "align.jsonl")
    with workshop.lend(options, LONGEST) as lent, reading_clips() as reader, journal:
        bench = _Bench(
            options, workshop, None, (_name(lent.tools.engine.info),), reader, journal, project,
            choices, wires,
        )  # fmt: skip
        if options.align == "engine":
            yield bench
            return
        with workshop.lend_aligner(options) as aligner:
            yield replace(bench, aligner=aligner, models=(*bench.models, _name(aligner.info)))


def _name(info: Any) -> str:
    return f"{info.name} {info.model} {info.digest}"


def _align(entry: Entry, bench: _Bench) -> tuple[Timed | None, Verdict]:
    """The entry's words with times, from the journal where they are known; and how it went."""
    try:
        key = _key(entry, bench)
        known = bench.journal.get(key)
        timed = revive(known) if known else None
        if timed is None and known:
            return None, Verdict(id=entry.id, reason=str(known.get("failed")))
        if timed is None:
            timed = _time(entry, bench)
            bench.journal.put(key, kept(timed))
        return timed, judge(entry, timed, bench.choices.least)
    except AlignmentError as error:
        bench.journal.put(key, {"failed": str(error)})
        return None, Verdict(id=entry.id, reason=str(error))
    except DoesNotFitError:
        raise
    except (MediaError, EngineError, DataError, UsageError) as error:
        return None, Verdict(id=entry.id, reason=str(error))


def _key(entry: Entry, bench: _Bench) -> str:
    try:
        stat = entry.audio.stat()
        file = (stat.st_size, stat.st_mtime_ns)
    except OSError:
        file = (0, 0)  # decoding it says best what is wrong
    facts = [str(entry.audio), file, entry.start, entry.end, entry.transcript, lines_of(entry)]
    facts += [entry.language, bench.models, _asked(bench.options)]
    return hashlib.sha256(json.dumps(facts, default=str).encode()).hexdigest()


def _asked(options: TranscribeOptions) -> dict[str, Any]:
    """The options that can change an outcome."""
    elsewhere = {"threads", "workers", "device_index"}
    names = {field.name for field in fields(TranscribeOptions)} - elsewhere
    return {name: getattr(options, name) for name in sorted(names)}


def _time(entry: Entry, bench: _Bench) -> Timed:
    if not tokens_of(entry.transcript):
        raise DataError(f"the transcript of {entry.id!r} holds no words")
    whole = bench.reader.sound(entry)
    clip = clip_of(whole, entry.start, entry.end)
    if not clip.samples:
        raise DataError(
            f"clip {entry.id!r} begins at {entry.start:g} s, in a recording of {whole.duration:g} s"
        )
    if bench.aligner is not None and clip.duration <= LONGEST:
        return _force(entry, clip, bench.aligner, bench.options)
    with temporary_folder("hansard-clip-") as folder:
        path = clip.path
        if clip.samples != whole.samples:
            path = folder / "clip.wav"
            write_audio(path, blocks_of(clip))
        return _recognise(entry, path, clip, bench)


def _force(entry: Entry, clip: Sound, aligner: Aligner, options: TranscribeOptions) -> Timed:
    """The aligner is told the text, and nothing is recognised."""
    lines = _segments(entry)
    given = lay([line.text for line in lines])
    bounds = Span(clip.start, clip.end)
    texts = [word.text for word in given]
    found = aligner.align(clip, bounds, texts, entry.language or options.language)
    laid = Laid(given, found)
    return Timed(lines=assemble(lines, laid, bounds), duration=clip.duration)


def _recognise(entry: Entry, path: Path, clip: Sound, bench: _Bench) -> Timed:
    """The clip is recognised, and compared with its text."""
    language = entry.language or bench.options.language
    options = replace(bench.options, language=language)
    text = Transcript(segments=_segments(entry), language=language)
    made = align(path, text, options, bench.workshop, bench.wires)
    return Timed(
        lines=made.transcript.segments,
        duration=clip.duration,
        unwritten=made.report.unwritten,
    )


def _segments(entry: Entry) -> tuple[Segment, ...]:
    lines = lines_of(entry)
    return tuple(Segment(id=n, text=line, start=0.0, end=0.0) for n, line in enumerate(lines))


def _write(entry: Entry, timed: Timed, project: Project) -> None:
    """The clip's times as a file, if it does not say that already."""
    cut = entry.extra.get(CUT)
    base = describe(entry, timed, float(cut) if isinstance(cut, int | float) else 0.0)
    path = base_path(project, entry.id)
    try:
        same = read_base(path) == json.loads(json.dumps(base))
    except DataError:
        same = False
    if not same or not path.with_suffix(".txt").exists():
        write_base(path, base)


def _filled(entry: Entry, timed: Timed) -> Entry:
    return replace(entry, duration=timed.duration, segments=stretches(timed.lines))


def _cut(entry: Entry, timed: Timed, project: Project, ids: set[str]) -> list[Entry]:
    """The recording's clips as entries, each with its own times."""
    words = timed.words
    unwritten = [Span(passage.start, passage.end) for passage in timed.unwritten]
    made: list[Entry] = []
    for number, piece in enumerate(cut_words(words, unwritten, timed.duration).pieces, 1):
        part = part_of(timed, piece)
        name = f"{entry.id}-{number:04d}"
        while name in ids:
            name += "x"
        ids.add(name)
        clip = replace(
            entry,
            id=name,
            transcript=" ".join(line.text for line in part.lines),
            start=entry.start + piece.span.start,
            end=entry.start + piece.span.end,
            segments=(),
            extra={**{k: v for k, v in entry.extra.items() if k != CUT}, CUT_FROM: entry.id},
        )
        _write(clip, part, project)
        made.append(_filled(clip, part))
    return made


def _account(entry: Entry, timed: Timed, pieces: Sequence[Entry]) -> dict[str, Any]:
    """What became of a long recording."""
    kept = sum(piece.duration or 0.0 for piece in pieces)
    words = sum(len(split_words(piece.transcript)) for piece in pieces)
    return {
        "id": entry.id,
        "seconds": round(timed.duration, 3),
        "clips": len(pieces),
        "seconds_in_clips": round(kept, 3),
        "words_left_out": max(0, len(timed.words) - words),
    }
