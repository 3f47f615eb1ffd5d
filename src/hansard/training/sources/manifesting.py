"""A manifest of everything that can be learnt from: `hansard data manifest`.

inventory ── what is known of each recording ── whole, or cut at segment borders
          ── corrections ── manifests/run1.jsonl, run1_small.jsonl, manifest_report.json
"""

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from hansard.audio.names import printable
from hansard.errors import DataError
from hansard.storage.files import write_whole
from hansard.storage.store import Store
from hansard.training.manifest import Entry, write_manifest
from hansard.training.project import Project
from hansard.training.sources.corrected import SOURCE as CORRECTIONS
from hansard.training.sources.corrected import CorrectionOptions, entries_of_corrections
from hansard.training.sources.cutting import cut, is_timed, stretches
from hansard.training.sources.inventory import take_inventory
from hansard.training.sources.items import Item, absolute, read_folders, relative
from hansard.training.sources.licences import write_licences
from hansard.training.sources.records import Barred, SourceRecord, read_barred, read_sources
from hansard.training.sources.sidecars import Known, gather
from hansard.training.sources.transcripts import plain_text, read_transcript
from hansard.training.sources.values import LeftOut
from hansard.training.sources.walking import TIMED, plain
from hansard.training.watching import Watch
from hansard.transcript import Seconds, Transcript

REPORT = "manifest_report.json"


@dataclass(frozen=True, kw_only=True)
class ManifestOptions:
    """What a manifest is made of."""

    output: Path | None = None
    """`manifests/run1.jsonl` of the project if None; the small one is written beside it."""
    longest: Seconds = 30.0
    """The longest clip that is cut out of a recording with times."""
    small: int = 20
    """Clips of the small manifest; 0 = none."""
    defaults: Known = field(default_factory=Known)


@dataclass(slots=True)
class ManifestReport:
    """What came of it."""

    manifest: Path
    small: Path | None
    entries: list[Entry] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def make_manifest(
    project: Project,
    options: ManifestOptions | None = None,
    store: Store | None = None,
    watch: Watch | None = None,
) -> ManifestReport:
    """Write the manifest, the small one, the report and `DATA_LICENSES.md`.

    The inventory is brought up to date first. With a `store`, what was corrected in its records is
    added.

    Raises:
        DataError: the folders are gone.
        OutputError: something cannot be written.
        Cancelled: the caller asked to stop.
    """
    options = options or ManifestOptions()
    output = options.output or project.manifests / "run1.jsonl"
    small = output.with_name(f"{output.stem}_small{output.suffix}") if options.small else None
    report = ManifestReport(manifest=output, small=small)
    inventory = take_inventory(project, read_folders(project), watch)
    maker = _Maker(project, options, report)
    for item in inventory.items:
        maker.take(item)
    if store is not None:
        _add_corrections(store, options, project, report)
    _keep_apart(report, read_barred(project))
    write_manifest(output, report.entries)
    if small is not None:
        write_manifest(small, choose_small(report.entries, options.small, options.longest))
    text = json.dumps(describe(report, project), indent=1, ensure_ascii=False)
    write_whole(project.manifests / REPORT, text + "\n")
    write_licences(project)
    return report


class _Maker:
    """Makes entries of recordings."""

    def __init__(self, project: Project, options: ManifestOptions, report: ManifestReport) -> None:
        self._project = project
        self._options = options
        self._report = report
        self._barred = read_barred(project)
        self._records = _by_path(project)

    def take(self, item: Item) -> None:
        """Add the clips of a recording, or say why there are none."""
        reason = self._reason(item)
        if reason:
            self._leave_out(item, reason)
            return
        known, fault = gather(item.path, self._records.get(item.path), self._options.defaults)
        if fault:
            self._report.notes.append(f"{self._shown(item)}: {fault}")
        if known.source and known.source in self._barred.sources:
            self._leave_out(item, f"its source {known.source!r} was removed")
            return
        try:
            transcript = self._transcript(item)
        except DataError as error:
            self._leave_out(item, str(error))
            return
        self._report.entries += self._entries(item, known, transcript)

    def _reason(self, item: Item) -> str:
        if item.error:
            return item.error
        if item.sha256 in self._barred.sha256:
            return "it was removed"
        original = item.duplicate_of or item.acoustic_duplicate_of
        if original is not None:
            how = "the same file as" if item.duplicate_of else "the same sound as"
            return f"it is {how} {relative(original, self._project.root)!r}"
        if item.transcript_path is None:
            return "it has no transcript"
        return "" if item.words else item.transcript_error or "its transcript is empty"

    def _transcript(self, item: Item) -> Transcript:
        """The chosen transcript; of a long recording rather one that has times."""
        chosen = item.transcript_path
        if chosen is None:
            raise DataError("it has no transcript")
        found = read_transcript(chosen)
        if (item.duration or 0.0) <= self._options.longest or is_timed(found.segments):
            return found
        for path in _timed_beside(item.path):
            try:
                timed = read_transcript(path)
            except DataError:
                continue
            if is_timed(timed.segments):
                self._report.notes.append(
                    f"{self._shown(item)}: cut by the times of {printable(path.name)!r}"
                    f" rather than taken whole with {printable(chosen.name)!r}"
                )
                return timed
        return found

    def _entries(self, item: Item, known: Known, transcript: Transcript) -> Iterator[Entry]:
        duration = item.duration or 0.0
        timed = is_timed(transcript.segments)
        whole = Entry(
            id=ident_of(relative(item.path, self._project.root), item.sha256),
            audio=item.path,
            transcript=plain_text(transcript),
            duration=duration,
            language=known.language or transcript.language or item.language,
            speaker=known.speaker or _only_speaker(transcript),
            source=known.source,
            licence=known.licence,
            segments=stretches(transcript.segments, 0.0) if timed else (),
        )
        if duration <= self._options.longest or not timed:
            if duration > self._options.longest:
                self._report.notes.append(
                    f"{self._shown(item)}: {duration:.0f} s long, and its transcript has no times;"
                    " `hansard data align` finds them"
                )
            yield self._checked(whole, item)
            return
        cuts = cut(transcript.segments, duration, self._options.longest)
        for reason in cuts.left_out:
            self._leave_out(item, reason)
        for number, clip in enumerate(cuts.clips):
            part = Transcript(segments=clip.segments)
            yield replace(
                whole,
                id=f"{whole.id}-{number:04d}",
                transcript=plain_text(part),
                duration=clip.span.duration,
                speaker=known.speaker or _only_speaker(part),
                start=clip.span.start,
                end=clip.span.end,
                segments=stretches(clip.segments, clip.span.start),
            )

    def _checked(self, whole: Entry, item: Item) -> Entry:
        """An entry without times that cannot be those of its recording."""
        last = max((stretch.end for stretch in whole.segments), default=0.0)
        if last <= (whole.duration or 0.0) + 0.5:
            return whole
        self._report.notes.append(
            f"{self._shown(item)}: its transcript ends at {last:.1f} s, the recording at"
            f" {whole.duration:.1f} s, so the times are not taken over"
        )
        return replace(whole, segments=())

    def _leave_out(self, item: Item, reason: str) -> None:
        self._report.left_out.append(LeftOut(self._shown(item), reason))

    def _shown(self, item: Item) -> str:
        return printable(relative(item.path, self._project.root))


def ident_of(path: str, digest: str) -> str:
    """An id for a recording: what its name is like, and a hash of its path and content."""
    stem = Path(path).stem
    letters = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode("ascii")
    name = re.sub(r"[^A-Za-z0-9]+", "_", letters).strip("_")[:48] or "clip"
    mark = sha256(f"{path}\n{digest}".encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return f"{name}-{mark}"


def _by_path(project: Project) -> Mapping[Path, SourceRecord]:
    return {plain(absolute(each.file, project.root)): each for each in read_sources(project)}


def _timed_beside(media: Path) -> Iterator[Path]:
    """Other transcripts of a recording that may have times."""
    for name in (media.stem, media.name):
        for ending in TIMED:
            path = media.with_name(name + ending)
            if path.is_file():
                yield path


def _only_speaker(transcript: Transcript) -> str | None:
    names = {segment.speaker for segment in transcript.segments if segment.text.strip()}
    return names.pop() if len(names) == 1 else None


def _add_corrections(
    store: Store, options: ManifestOptions, project: Project, report: ManifestReport
) -> None:
    if CORRECTIONS in read_barred(project).sources:
        report.left_out.append(LeftOut(CORRECTIONS, "this source was removed"))
        return
    wanted = CorrectionOptions(
        longest=options.longest,
        folder=project.root / "data" / "corrections",
        defaults=options.defaults,
    )
    made = entries_of_corrections(store, wanted)
    report.entries += made.entries
    report.left_out += made.left_out


def _keep_apart(report: ManifestReport, barred: Barred) -> None:
    """No id twice, and none that was removed."""
    kept: dict[str, Entry] = {}
    for entry in report.entries:
        if entry.id in barred.ids:
            report.left_out.append(LeftOut(entry.id, "it was removed"))
        elif entry.id in kept:
            report.left_out.append(LeftOut(entry.id, "another clip has its id"))
        else:
            kept[entry.id] = entry
    report.entries[:] = kept.values()


def choose_small(entries: Sequence[Entry], count: int, longest: Seconds) -> list[Entry]:
    """So many clips, as even over languages, sources and speakers as can be; always the same.

    Clips that a model can take whole are preferred.
    """
    groups: defaultdict[tuple[str, str, str], list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda each: (not _is_short(each, longest), _shuffled(each))):
        key = (entry.language or "", entry.source or "", entry.speaker or "")
        groups[key].append(entry)
    rounds = ((n, key) for key, group in groups.items() for n in range(len(group)))
    turns = sorted(
        rounds, key=lambda turn: (not _is_short(groups[turn[1]][turn[0]], longest), turn)
    )
    return [groups[key][n] for n, key in turns[:count]]


def _is_short(entry: Entry, longest: Seconds) -> bool:
    return (entry.duration or 0.0) <= longest


def _shuffled(entry: Entry) -> str:
    return sha256(entry.id.encode("utf-8", "surrogatepass")).hexdigest()


def describe(report: ManifestReport, project: Project) -> dict[str, Any]:
    """The report as JSON can hold it."""
    entries = report.entries
    return {
        "manifest": relative(plain(report.manifest), project.root),
        "small": relative(plain(report.small), project.root) if report.small else None,
        "entries": len(entries),
        "hours": _hours(entries),
        "by_language": _shares(entries, "language"),
        "by_source": _shares(entries, "source"),
        "by_licence": _shares(entries, "licence"),
        "left_out": [{"what": each.what, "reason": each.reason} for each in report.left_out],
        "notes": report.notes,
    }


def _hours(entries: Sequence[Entry]) -> float:
    return round(sum(entry.duration or 0.0 for entry in entries) / 3600, 4)


def _shares(entries: Sequence[Entry], name: str) -> dict[str, Any]:
    shares: dict[str, Any] = {}
    for value in sorted({getattr(entry, name) or "unknown" for entry in entries}):
        mine = [entry for entry in entries if (getattr(entry, name) or "unknown") == value]
        shares[value] = {"clips": len(mine), "hours": _hours(mine)}
    return shares
