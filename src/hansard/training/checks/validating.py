"""Every entry of a manifest looked at: its line, its words, its sound, and both together."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from hansard.models.vad import VadOptions, VoiceDetector
from hansard.training.checks.listening import Listened, check_sound, listen
from hansard.training.checks.mending import mend
from hansard.training.checks.recordings import Recording, Recordings, reading_recordings
from hansard.training.checks.scoring import Scorer, judge
from hansard.training.checks.together import compare
from hansard.training.checks.tokens import TokenCounter
from hansard.training.checks.values import Checked, Finding, Limits, fail, note, warn
from hansard.training.checks.wording import check_pace, check_text
from hansard.training.journal import Journal
from hansard.training.manifest import Entry, ManifestRead, read_leniently
from hansard.training.watching import Watch

VERSION = 1
"""Of the measures: entries that another version looked at are looked at again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What entries are looked at with."""

    detector: VoiceDetector
    counter: TokenCounter
    limits: Limits
    vad: VadOptions
    scorer: Scorer | None = None

    @property
    def name(self) -> str:
        """Names all that an outcome depends on besides the entry."""
        scorer = self.scorer.name if self.scorer else "none"
        heard = {one.name: getattr(self.vad, one.name) for one in fields(VadOptions)}
        facts = [VERSION, asdict(self.limits), heard, self.counter.name, scorer]
        return json.dumps(facts)


def validate(
    manifest: Path, means: Means, journal: Journal, watch: Watch, *, fix: bool = False
) -> tuple[Checked, ...]:
    """Look at every entry and every line of a manifest, in the order of its lines.

    With `fix`, what has one right answer is put right in the entries that are given back: an end
    after the recording's, characters that are none, a language's name for its code.

    Raises:
        ManifestError: there is no such manifest, or it is not text.
        Cancelled: the caller asked to stop.
        ModelError: the scorer's model cannot be had.
        OutputError: the journal cannot be written.
    """
    read = read_leniently(manifest)
    lines = line_numbers(read)
    looked: dict[str, Checked] = {}
    with reading_recordings(means.limits) as recordings:
        # clips of one recording stand together, so that it is decoded once
        ordered = sorted(read.entries, key=lambda entry: (str(entry.audio), entry.start, entry.id))
        for entry in watch.through(ordered, lambda entry: entry.id):
            looked[entry.id] = _look(entry, lines[entry.id], (recordings, means, journal))
    checked = [looked[entry.id] for entry in read.entries]
    checked = list(compare(checked, means.limits))
    if fix:
        checked = [mend(one) for one in checked]
    return tuple(sorted([*checked, *_faulty_lines(read)], key=lambda one: one.line))


def line_numbers(read: ManifestRead) -> dict[str, int]:
    """The line of each entry that can be used, by its id."""
    faulty = {fault.line for fault in read.faults}
    text = read.path.read_bytes().decode("utf-8", "replace").removeprefix("\ufeff")
    good = (
        number
        for number, line in enumerate(text.split("\n"), start=1)
        if line.strip() and number not in faulty
    )
    return {entry.id: number for entry, number in zip(read.entries, good, strict=False)}


def _faulty_lines(read: ManifestRead) -> Iterator[Checked]:
    for fault in read.faults:
        yield Checked(line=fault.line, id=fault.id, findings=(fail(fault.kind, fault.message),))


def _look(entry: Entry, line: int, how: tuple[Recordings, Means, Journal]) -> Checked:
    """What is wrong with one entry, from the journal if it was looked at before."""
    recordings, means, journal = how
    key = key_of(entry, means)
    outcome = journal.get(key) if key else None
    if outcome is None:
        findings, measures = _measure(entry, recordings, means)
        outcome = {"findings": [asdict(one) for one in findings], "measures": measures}
        if key:
            journal.put(key, outcome)
    measures = dict(outcome["measures"])
    found = tuple(Finding(**one) for one in outcome["findings"])
    seconds = measures.get("duration")
    kept = replace(entry, duration=seconds) if seconds is not None else entry
    return Checked(line=line, id=entry.id, findings=found, measures=measures, entry=kept)


def key_of(entry: Entry, means: Means) -> str | None:
    """Names an entry, its file as it is now, and the means; None where there is no file."""
    try:
        status = entry.audio.stat()
    except OSError:
        return None
    facts = [str(asdict(entry)), status.st_size, status.st_mtime_ns, means.name]
    return sha256(json.dumps(facts).encode()).hexdigest()[:40]


def _measure(
    entry: Entry, recordings: Recordings, means: Means
) -> tuple[list[Finding], dict[str, Any]]:
    counter = means.counter
    measures: dict[str, Any] = {"tokens_by": counter.name}
    found: list[Finding] = []
    if not entry.no_speech:
        measures["tokens"] = counter.count(entry.transcript)
        found += check_text(entry, counter, means.limits)
    recording = recordings.open(entry.audio)
    if isinstance(recording, Finding):
        return [recording, *found], measures
    measures |= {"rate": recording.info.sample_rate, "channels": recording.info.channels,
                 "recording": round(recording.sound.duration, 3)}  # fmt: skip
    found += recording.findings
    placed, seconds = _place(entry, recording, means.limits)
    found += placed
    if seconds is None:
        return found, measures
    measures["duration"] = round(seconds, 3)
    heard, figures = _hear(entry, recording, recordings.folder, means)
    sure = not any(one.severity == "error" for one in found + heard)
    if means.scorer is not None and sure and not entry.no_speech:
        match = means.scorer.score(entry, recording.clip(entry.start, entry.end))
        heard += judge(match, means.limits)
        figures |= {name: value for name, value in asdict(match).items() if value is not None}
    return found + heard, {**measures, **figures}


def _hear(
    entry: Entry, recording: Recording, folder: Path, means: Means
) -> tuple[list[Finding], dict[str, Any]]:
    clip = recording.clip(entry.start, entry.end)
    listened: Listened = listen(clip, means.detector, means.vad, folder)
    found = list(check_sound(entry, listened, means.limits))
    figures = listened.measures
    silent = any(one.kind in {"silence", "little speech"} for one in found)
    if not entry.no_speech and not (silent and listened.heard.speech < means.limits.min_speech):
        pace, also = check_pace(entry.transcript, listened.heard.speech, means.limits)
        found += also
        figures |= pace
    return found, figures


def _place(
    entry: Entry, recording: Recording, limits: Limits
) -> tuple[Sequence[Finding], float | None]:
    """What is wrong with where a clip lies, and its true length; None where there is none of it."""
    whole = recording.sound.duration
    shown = round(whole, 2)
    if entry.start >= whole:
        message = f"it begins at {entry.start:g} s, the recording ends at {whole:.2f} s"
        return [fail("outside", message, entry.start, shown)], None
    found: list[Finding] = []
    if entry.end is not None and entry.end > whole + limits.max_deviation:
        message = f"it ends at {entry.end:g} s, the recording at {whole:.2f} s"
        found.append(fail("outside", message, entry.end, shown))
    seconds = (whole if entry.end is None else min(entry.end, whole)) - entry.start
    declared = entry.duration
    if declared is not None and abs(declared - seconds) > limits.max_deviation:
        message = f"declared {declared:.2f} s, measured {seconds:.2f} s"
        found.append(warn("duration", message, round(seconds, 3), round(declared, 3)))
    elif declared is None:
        found.append(note("duration", "no length was declared", round(seconds, 3)))
    # 30 s as an encoder pads them are 30 s
    if seconds > limits.max_seconds + 0.05:
        message = f"{seconds:.1f} s are longer than a model's window"
        found.append(fail("too long", message, round(seconds, 2), limits.max_seconds))
    if seconds < limits.min_seconds:
        message = f"{seconds:.2f} s are too short for words"
        found.append(fail("too short", message, round(seconds, 3), limits.min_seconds))
    return found, seconds


def summarise(checked: Sequence[Checked]) -> Mapping[str, int]:
    """How many entries there are, how many are good, and how much was found."""
    findings = [one for each in checked for one in each.findings]
    counts = {
        f"{severity}s": sum(one.severity == severity for one in findings)
        for severity in ("error", "warning", "note")
    }
    return {"checked": len(checked), "good": sum(one.is_good for one in checked), **counts}
