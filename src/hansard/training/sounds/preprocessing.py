"""Every clip as a file of its own, trimmed; the manifest and all times follow.

entry ─ decode ─ listen ─ choose what is kept ─ write ─ move the times
"""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from hansard.audio import SAMPLE_RATE, Sound
from hansard.audio.media import probe
from hansard.errors import DataError, EngineError, MediaError, MediaLimitError
from hansard.models.vad import VoiceDetector
from hansard.storage.files import remove_stale
from hansard.training.clips import ClipReader, reading_clips
from hansard.training.journal import Journal
from hansard.training.manifest import Entry
from hansard.training.project import Project
from hansard.training.sounds.bases import base_path, offset_of, read_base, rebase, span_of
from hansard.training.sounds.bases import write_base as put_base
from hansard.training.sounds.names import Claims
from hansard.training.sounds.times import Move, known_span, move
from hansard.training.sounds.trimming import (
    Kept,
    amplify,
    choose,
    choose_gain,
    clip_of,
    listen,
    loudest,
    part_of,
)
from hansard.training.sounds.writing import Format, blocks_of, write_audio
from hansard.training.watching import Watch
from hansard.transcript import Seconds, Span

CUT = "trimmed_start"
"""The field that tells how many seconds of the clip as it came were cut off in front."""
FROM = "processed_from"
"""The field that names the media file it was made from."""


@dataclass(frozen=True, kw_only=True)
class PreprocessOptions:
    """How clips are made alike."""

    trim: bool = True
    pad: Seconds = 0.2
    level: float | None = None
    """dBFS of the speech; None = as it is."""
    format: Format = "wav"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A clip that could not be done."""

    id: str | None
    audio: str
    reason: str


@dataclass(frozen=True, slots=True)
class Processed:
    """A clip's new file, and how it was made."""

    file: str
    """Its name in data/processed."""
    size: int
    changed: int
    """When it was written, in nanoseconds since 1970."""
    samples: int
    first: int
    """Which sample of the old clip is now the first one."""
    before: int
    """How many samples the old clip had, at 16 kHz."""
    rate: int
    """Of the old media file, in Hz; 0 where its header does not say."""
    quiet: float | None
    """Where no speech was heard: the level of the loudest moment in dBFS."""
    gain: float
    """Decibels."""


@dataclass(frozen=True, slots=True)
class Preprocessed:
    """What came of a manifest."""

    entries: tuple[Entry, ...]
    report: Mapping[str, Any]
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class _Shop:
    """What every clip is worked on with."""

    project: Project
    options: PreprocessOptions
    reader: ClipReader
    detector: VoiceDetector
    journal: Journal
    claims: Claims
    watch: Watch
    output: Path


def preprocess(
    entries: Sequence[Entry],
    output: Path,
    project: Project,
    options: PreprocessOptions,
    detector: VoiceDetector,
    watch: Watch,
) -> Preprocessed:
    """Write every clip to `project.processed`; what was done before is not done again.

    The new entries stand for the manifest `output`, which the caller writes.

    Raises:
        OutputError: the folder refuses, or the disk is full.
        Cancelled: the caller asked to stop.
    """
    remove_stale(project.processed, ".hansard-*.part")
    spared = {entry.audio.resolve() for entry in entries}
    done: list[tuple[Entry, Processed]] = []
    failures: list[Failure] = []
    with reading_clips() as reader, Journal(project.journals / "preprocess.jsonl") as journal:
        claims = Claims(journal, project.processed, spared)
        shop = _Shop(project, options, reader, detector, journal, claims, watch, output)
        for entry in watch.through(entries, lambda one: one.id):
            try:
                made = _known(entry, shop) or _process(entry, shop)
                done.append((_rewritten(entry, made, shop), made))
            except (MediaError, DataError, EngineError) as error:
                failures.append(Failure(id=entry.id, audio=str(entry.audio), reason=str(error)))
    report = _report(done, failures, entries, options)
    return Preprocessed(tuple(entry for entry, _ in done), report, tuple(failures))


def _known(entry: Entry, shop: _Shop) -> Processed | None:
    """What was made of the entry before, if its file is still what it was."""
    try:
        outcome = shop.journal.get(_key(entry, shop))
    except OSError:
        return None
    if outcome is None:
        return None
    try:
        made = Processed(**outcome)
        stat = (shop.project.processed / made.file).stat()
    except (TypeError, OSError):
        return None
    return made if (stat.st_size, stat.st_mtime_ns) == (made.size, made.changed) else None


def _owner(entry: Entry, shop: _Shop) -> str:
    return json.dumps([entry.id, str(entry.audio), entry.start, entry.end, str(shop.output)])


def _key(entry: Entry, shop: _Shop) -> str:
    stat = entry.audio.stat()
    facts = [_owner(entry, shop), stat.st_size, stat.st_mtime_ns, asdict(shop.options)]
    facts += [entry.no_speech, _known_words(entry, shop)]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _known_words(entry: Entry, shop: _Shop) -> Span | None:
    """Where words are known to be, by the manifest and by what was aligned, on the clip's clock."""
    spans = [known_span(entry.segments)]
    base = read_base(base_path(shop.project, entry.id))
    found = span_of(base) if base else None
    cut = _cut_before(entry)
    spans.append(Span(found.start - cut, found.end - cut) if found else None)
    there = [span for span in spans if span]
    return Span(min(s.start for s in there), max(s.end for s in there)) if there else None


def _cut_before(entry: Entry) -> Seconds:
    """What earlier runs cut off."""
    before = entry.extra.get(CUT)
    return float(before) if isinstance(before, int | float) else 0.0


def _process(entry: Entry, shop: _Shop) -> Processed:
    whole = shop.reader.sound(entry)
    clip = clip_of(whole, entry.start, entry.end)
    if not clip.samples:
        raise MediaLimitError(
            f"clip {entry.id!r} begins at {entry.start:g} s, in a recording of {whole.duration:g} s"
        )
    kept, quiet = _choose(entry, clip, shop)
    part = part_of(clip, kept.first, kept.last)
    level = shop.options.level
    gain = 0.0 if level is None or not kept.speech else choose_gain(part, level)
    key = _key(entry, shop)
    path = shop.claims.claim(entry.id, _owner(entry, shop), f".{shop.options.format}")
    change = partial(amplify, decibels=gain) if gain else None
    written = write_audio(path, blocks_of(part, change))
    stat = path.stat()
    made = Processed(
        file=path.name,
        size=stat.st_size,
        changed=stat.st_mtime_ns,
        samples=written,
        first=kept.first,
        before=clip.samples,
        rate=probe(entry.audio).sample_rate,
        quiet=quiet,
        gain=round(gain, 2),
    )
    shop.journal.put(key, asdict(made))
    return made


def _choose(entry: Entry, clip: Sound, shop: _Shop) -> tuple[Kept, float | None]:
    """What is kept; and where speech should be and none was heard, how loud it is."""
    if entry.no_speech:
        return Kept(0, clip.samples, speech=False), None
    speech = listen(clip, shop.detector, shop.watch.cancelled)
    quiet = None if speech else round(loudest(clip), 1)
    if not shop.options.trim:
        return Kept(0, clip.samples, speech=bool(speech)), quiet
    known = _known_words(entry, shop)
    return choose(clip.samples, speech, known, shop.options.pad), quiet


def _rewritten(entry: Entry, made: Processed, shop: _Shop) -> Entry:
    """The entry of the new file; the words that were aligned follow, too."""
    length = made.samples / SAMPLE_RATE
    cut = made.first / SAMPLE_RATE
    total = _cut_before(entry) + cut
    path = base_path(shop.project, entry.id)
    base = read_base(path)
    if base and abs(offset_of(base) - total) > 0.5 / SAMPLE_RATE:
        put_base(path, rebase(base, total, length))
    origin = os.path.relpath(entry.audio, shop.output.absolute().parent)
    return replace(
        entry,
        audio=(shop.project.processed / made.file).absolute(),
        start=0.0,
        end=None,
        duration=length,
        segments=move(entry.segments, Move(offset=-cut), length),
        extra={**entry.extra, FROM: Path(origin).as_posix(), CUT: round(total, 7)},
    )


def _report(
    done: Sequence[tuple[Entry, Processed]],
    failures: Sequence[Failure],
    entries: Sequence[Entry],
    options: PreprocessOptions,
) -> dict[str, Any]:
    made = [one for _, one in done]
    rates = Counter(one.rate for one in made)
    before, after = sum(one.before for one in made), sum(one.samples for one in made)
    return {
        "clips": len(entries),
        "processed": len(made),
        "failed": len(failures),
        "options": asdict(options),
        "seconds_before": round(before / SAMPLE_RATE, 3),
        "seconds_after": round(after / SAMPLE_RATE, 3),
        "seconds_trimmed": round((before - after) / SAMPLE_RATE, 3),
        "resampled_from": {
            str(rate or "unknown"): count
            for rate, count in sorted(rates.items())
            if rate != SAMPLE_RATE
        },
        "at_16000_already": rates[SAMPLE_RATE],
        "untrimmed_no_speech_heard": [
            {"id": entry.id, "loudest_dbfs": one.quiet}
            for entry, one in done
            if one.quiet is not None
        ],
        "failures": [asdict(one) for one in failures],
    }
