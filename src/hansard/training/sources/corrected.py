"""Clips out of what people corrected: a source like any other, and the best one there is."""

import shutil
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from hansard.errors import DiskFullError, HansardError
from hansard.library.corrections import CorrectedRecord, corrected_records
from hansard.library.records import Record, media_key, read_record, run_key
from hansard.storage.folder import FolderStore
from hansard.storage.store import Store
from hansard.training.manifest import Entry
from hansard.training.sources.cutting import Cut, cut, padded, stretches
from hansard.training.sources.sidecars import Known
from hansard.training.sources.transcripts import look_at
from hansard.training.sources.values import LeftOut
from hansard.transcript import Seconds, Segment, Span, Transcript
from hansard.transcript.formats import read
from hansard.transcript.overlay import apply
from hansard.transcript.placing import is_placed
from hansard.transcript.subtitles.scripts import squeeze

SOURCE = "corrections"


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionOptions:
    """How clips are made of corrections."""

    longest: Seconds
    folder: Path
    """Where recordings are copied to from a store that is no folder."""
    defaults: Known = field(default_factory=Known)


@dataclass(slots=True)
class Corrected:
    """What corrections gave."""

    entries: list[Entry] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


def entries_of_corrections(store: Store, options: CorrectionOptions) -> Corrected:
    """A clip for each segment whose text was corrected.

    Left out are segments in which nothing is said after all, because nobody says that it is silent
    there, and those of a run that overlap a later correction in another run.

    Raises:
        OutputError: the store, or the folder for copies, refuses.
    """
    made = Corrected()
    for found in corrected_records(store):
        made.left_out += [LeftOut(f"record {found.id}", fault) for fault in found.faults]
        try:
            _take(found, store, options, made)
        except DiskFullError:
            raise
        except HansardError as error:
            made.left_out.append(LeftOut(f"record {found.id}", str(error)))
    return made


def _take(
    found: CorrectedRecord, store: Store, options: CorrectionOptions, made: Corrected
) -> None:
    if not found.overlay.corrections:
        return
    record = read_record(store, found.id)
    media = _media(store, record, options.folder)
    if media is None:
        made.left_out.append(LeftOut(f"record {found.id}", "its recording was not kept"))
        return
    covered: list[Span] = []
    for run in reversed(found.overlay.runs):
        try:
            clips = _clips(found, run, store, options, made)
        except HansardError as error:
            made.left_out.append(LeftOut(f"record {found.id}, run {run}", str(error)))
            continue
        for clip in clips:
            span = clip[3].segments[0].start, clip[3].segments[-1].end
            if any(span[0] < other.end and other.start < span[1] for other in covered):
                name = f"record {found.id}, segment {clip[1].id}"
                made.left_out.append(LeftOut(name, "it was corrected again in a later run"))
            else:
                made.entries.append(_entry(media, clip, (found.id, run), options.defaults))
        covered += [Span(part.start, part.end) for *_, clip in clips for part in clip.segments]


Clip = tuple[Transcript, Segment, int, Cut]
"""The corrected transcript, the segment, which clip of it from 0, and the clip."""


def _clips(
    found: CorrectedRecord, run: str, store: Store, options: CorrectionOptions, made: Corrected
) -> list[Clip]:
    machine = read(store.read(run_key(found.id, run)).decode("utf-8", "replace"), "json")
    overlay = found.overlay.of_run(run)
    ids = {segment.id for segment in machine.segments}
    for each in sorted({c.segment for c in overlay.corrections} - ids):
        name = f"record {found.id}, segment {each}"
        made.left_out.append(LeftOut(name, f"run {run} has no such segment"))
    kept = tuple(each for each in overlay.corrections if each.segment in ids)
    overlay = type(overlay)(kept)
    told = {n for n, each in overlay.final().items() if each.text is not None}
    transcript = apply(machine, overlay)
    here = {segment.id for segment in transcript.segments}
    for each in sorted(told - here):
        name = f"record {found.id}, segment {each}"
        made.left_out.append(LeftOut(name, "nothing is said in it"))
    return list(_cut_out(transcript, told, options, (found.id, made)))


def _cut_out(
    transcript: Transcript,
    told: Collection[int],
    options: CorrectionOptions,
    telling: tuple[str, Corrected],
) -> Iterator[Clip]:
    ident, made = telling
    length = max([transcript.duration, *(segment.end for segment in transcript.segments)])
    for index, segment in enumerate(transcript.segments):
        if segment.id not in told:
            continue
        free = _free(transcript.segments, index, length)
        cuts = cut((segment,), length, options.longest)
        reasons = cuts.left_out if segment.end > segment.start else ["its times are not known"]
        name = f"record {ident}, segment {segment.id}"
        made.left_out += [LeftOut(name, reason) for reason in reasons]
        for number, each in enumerate(cuts.clips):
            inner = Span(each.segments[0].start, max(part.end for part in each.segments))
            neighbours = [one.span for one in cuts.clips if one is not each]
            limits = _within(free, inner, neighbours)
            yield (
                transcript,
                segment,
                number,
                Cut(padded(inner, limits, options.longest), each.segments),
            )


def _within(free: Span, inner: Span, others: Collection[Span]) -> Span:
    """What is free around a part of a segment that was cut."""
    before = max((span.end for span in others if span.end <= inner.start), default=free.start)
    after = min((span.start for span in others if span.start >= inner.end), default=free.end)
    return Span(max(before, free.start), min(after, free.end))


def _free(segments: Collection[Segment], index: int, length: Seconds) -> Span:
    """The time around a segment in which nobody else says a word."""
    ordered = list(segments)
    mine = ordered[index]
    ends = [0.0]
    starts = [length]
    for other in (*ordered[:index], *ordered[index + 1 :]):
        placed = [word for word in other.words if is_placed(word)]
        spans = [Span(word.start, word.end) for word in placed] or [Span(other.start, other.end)]
        ends += [span.end for span in spans if span.end <= mine.start]
        starts += [span.start for span in spans if span.start >= mine.end]
        if any(span.start < mine.start < span.end for span in spans):
            ends.append(mine.start)
        if any(span.start < mine.end < span.end for span in spans):
            starts.append(mine.end)
    return Span(max(ends), min(starts))


def _entry(media: Path, clip: Clip, place: tuple[str, str], defaults: Known) -> Entry:
    transcript, segment, number, made = clip
    record, run = place
    text = squeeze(" ".join(part.text for part in made.segments))
    guessed = look_at(Transcript(segments=made.segments)).language
    speaker = segment.speaker
    if speaker and speaker.upper().startswith("SPEAKER_"):
        speaker = f"{record}/{speaker}"  # a label means another voice in every recording
    return Entry(
        id=f"correction-{record}-{run[:40]}-{segment.id}" + (f"-{number}" if number else ""),
        audio=media,
        transcript=text,
        duration=made.span.duration,
        language=segment.language or transcript.language or defaults.language or guessed,
        speaker=speaker,
        start=made.span.start,
        end=made.span.end,
        source=SOURCE,
        licence=defaults.licence,
        segments=stretches(made.segments, made.span.start),
        extra={"record": record, "segment": segment.id, "run": run},
    )


def _media(store: Store, record: Record, folder: Path) -> Path | None:
    """The recording as a file: in place where the store is a folder, else a copy."""
    if record.media is None or not record.media.key:
        return None
    key = record.media.key or media_key(record.id)
    with store.open(key) as source:
        if isinstance(store, FolderStore):
            return store.root / key
        target = folder / record.id
        if target.exists() and target.stat().st_size == record.media.size:
            return target
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f".{record.id}.{uuid4().hex}.part"
        try:
            with partial.open("wb") as copy:
                shutil.copyfileobj(source, copy, 1 << 20)
            partial.replace(target)
        finally:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
        return target
