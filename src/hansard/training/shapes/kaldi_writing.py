"""Writing Kaldi's data folders.

Kaldi wants every table in the order of bytes, and `utt2spk` in the same order by speaker. So
utterances begin with their speaker, and speakers have no byte up to that of the `-` that follows
them; what had to be changed for that is kept in `utt2id` and `spk2name`. Beside Kaldi's own
tables stand `utt2source`, `utt2licence` and `utt2no_speech`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hansard.errors import MediaError, UnreadableMediaError
from hansard.storage.files import write_whole
from hansard.training.manifest import Entry
from hansard.training.shapes.gathering import is_file
from hansard.training.shapes.kaldi_reading import UNKNOWN_LANGUAGE
from hansard.training.shapes.means import Means, Results
from hansard.training.shapes.measuring import Facts, length, place
from hansard.training.shapes.naming import printable_name, unique_names
from hansard.training.shapes.values import Loss, Metadata, Written, count, count_losses
from hansard.transcript import Seconds

_NO_PATH = re.compile(r"[\r\n]|\|\s*$|^~")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """An utterance."""

    entry: Entry
    utterance: str
    speaker: str
    facts: Facts | None
    """None where its recording could not be measured, and need not be."""
    duration: Seconds | None
    recording: str = ""

    @property
    def end(self) -> Seconds | None:
        """Where it ends in its recording; None = nobody knows."""
        if self.facts is not None:
            return place(self.entry, self.facts)[1]
        if self.entry.end is not None or self.duration is None:
            return self.entry.end
        return self.entry.start + self.duration


def write(entries: Sequence[Entry], target: Path, means: Means) -> Written:
    """Write a folder.

    Raises:
        OutputError: it cannot be written.
        Cancelled: the caller asked to stop.
    """
    names = _names(entries)
    cut = is_cut(entries)
    rows: list[_Row] = []
    results = Results()

    def make(entry: Entry) -> None:
        utterance, speaker = names[entry.id]
        row = _look(entry, means, needed=cut and entry.end is None)
        rows.append(replace(row, utterance=utterance, speaker=speaker))

    results.through(entries, means.watch, make)
    rows = _with_recordings(rows, cut=cut)
    for name, table in _tables(rows, cut=cut).items():
        write_whole(target / name, _show(table))
    return Written(
        entries=tuple(results.done),
        failures=tuple(results.failures),
        notes=tuple(_notes(rows)),
    )


def is_cut(entries: Iterable[Entry]) -> bool:
    """Whether a `segments` file is needed: an entry is a part of its file, or shares it."""
    seen: set[Path] = set()
    for entry in entries:
        if entry.is_clip or entry.audio in seen:
            return True
        seen.add(entry.audio)
    return False


def _look(entry: Entry, means: Means, *, needed: bool) -> _Row:
    """What is known of a clip's sound; it only has to be there if nothing else tells its end."""
    if _NO_PATH.search(str(entry.audio)):
        raise UnreadableMediaError(f"wav.scp cannot hold the name {str(entry.audio)!r}")
    try:
        facts = means.meter.measure(entry.audio)
    except MediaError:
        if needed and entry.duration is None:
            raise
        known = entry.duration if entry.end is None else length(entry, means.meter)
        return _Row(entry=entry, utterance="", speaker="", facts=None, duration=known)
    start, end = place(entry, facts)
    return _Row(entry=entry, utterance="", speaker="", facts=facts, duration=end - start)


def _names(entries: Sequence[Entry]) -> dict[str, tuple[str, str]]:
    """Utterance and speaker of each entry, by its id."""
    people = list(dict.fromkeys(e.speaker for e in entries if e.speaker))
    speakers = dict(zip(people, unique_names(people, _speaker_name), strict=True))
    wanted = []
    for entry in entries:
        ident = printable_name(entry.id)
        speaker = speakers.get(entry.speaker or "")
        if speaker is None:
            wanted.append(_speaker_name(ident))
        else:
            wanted.append(ident if ident.startswith(f"{speaker}-") else f"{speaker}-{ident}")
    reserved = list(speakers.values())
    utterances = unique_names([*reserved, *wanted], str)[len(reserved) :]
    return {
        e.id: (name, speakers.get(e.speaker or "", name))
        for e, name in zip(entries, utterances, strict=True)
    }


def _speaker_name(text: str) -> str:
    return "".join(c if c > "-" else "_" for c in printable_name(text))


def _with_recordings(rows: Sequence[_Row], *, cut: bool) -> list[_Row]:
    """With the ids of recordings: of their own where there are segments, else the utterances'."""
    if not cut:
        return [replace(row, recording=row.utterance) for row in rows]
    audios = list(dict.fromkeys(row.entry.audio for row in rows))
    names = unique_names((audio.stem for audio in audios), printable_name)
    ids = dict(zip(audios, names, strict=True))
    return [replace(row, recording=ids[row.entry.audio]) for row in rows]


def _tables(rows: Sequence[_Row], *, cut: bool) -> dict[str, Mapping[str, str]]:
    """The files of the folder: by name, their keys and what stands behind them."""
    by_speaker: dict[str, list[str]] = {}
    for row in sorted(rows, key=lambda each: each.utterance.encode()):
        by_speaker.setdefault(row.speaker, []).append(row.utterance)
    tables: dict[str, Mapping[str, str]] = {
        "wav.scp": {row.recording: str(row.entry.audio) for row in rows},
        "text": {row.utterance: " ".join(row.entry.transcript.split()) for row in rows},
        "utt2spk": {row.utterance: row.speaker for row in rows},
        "spk2utt": {speaker: " ".join(owned) for speaker, owned in by_speaker.items()},
        "segments": {row.utterance: _segment(row) for row in rows} if cut else {},
        **_lengths(rows),
        **_more(rows),
    }
    always = {"wav.scp", "text", "utt2spk", "spk2utt"}
    return {name: table for name, table in tables.items() if table or name in always}


def _segment(row: _Row) -> str:
    # an end is always known here: entries that need one and have none failed in `_look`
    return f"{row.recording} {_seconds(row.entry.start)} {_seconds(row.end or 0.0)}"


def _lengths(rows: Sequence[_Row]) -> dict[str, Mapping[str, str]]:
    """Kaldi wants these tables whole or not at all."""
    found: dict[str, Mapping[str, str]] = {}
    if all(row.duration for row in rows):
        found["utt2dur"] = {row.utterance: _seconds(row.duration or 0.0) for row in rows}
    if all(row.facts for row in rows):
        found["reco2dur"] = {
            row.recording: _seconds(row.facts.duration) for row in rows if row.facts
        }
    return found


def _more(rows: Sequence[_Row]) -> dict[str, Mapping[str, str]]:
    """What stands in tables beside Kaldi's own, and the languages."""
    spoken = any(row.entry.language for row in rows)
    languages = {row.utterance: row.entry.language or UNKNOWN_LANGUAGE for row in rows}
    people = {row.speaker: row.entry.speaker for row in rows if row.entry.speaker}
    return {
        "utt2lang": languages if spoken else {},
        "utt2id": {r.utterance: r.entry.id for r in rows if r.utterance != r.entry.id},
        "spk2name": {key: _line(name) for key, name in people.items() if key != name},
        "utt2source": {r.utterance: _line(r.entry.source) for r in rows if r.entry.source},
        "utt2licence": {r.utterance: _line(r.entry.licence) for r in rows if r.entry.licence},
        "utt2no_speech": {r.utterance: "1" for r in rows if r.entry.no_speech},
    }


def _line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text).strip()


def _seconds(value: Seconds) -> str:
    return f"{value:.5f}".rstrip("0").rstrip(".")


def _show(table: Mapping[str, str]) -> bytes:
    lines = sorted(f"{key} {value}".rstrip(" ").encode(errors="surrogateescape")
                   for key, value in table.items())  # fmt: skip
    return b"".join(line + b"\n" for line in lines)


def losses(entries: Sequence[Entry], _metadata: Metadata) -> tuple[Loss, ...]:
    """What a folder cannot hold: parts with times, fields that it has no table for."""
    shaped = sum(e.transcript != " ".join(e.transcript.split()) for e in entries)
    spaces = (Loss("line breaks and runs of spaces in transcript", shaped),) if shaped else ()
    return (*count_losses(entries, {"segments": True, "extra": True}), *spaces)


def _notes(rows: Sequence[_Row]) -> Iterable[str]:
    unread = {row.entry.audio for row in rows if row.facts is None and is_file(row.entry.audio)}
    if unread:
        yield (
            f"{count(len(unread), 'recording')} cannot be read, so lengths are left out: "
            f"{', '.join(sorted(path.name for path in unread)[:5])}"
        )
    foreign = {row.entry.audio for row in rows if row.facts and not row.facts.plain}
    if foreign:
        yield (
            f"{count(len(foreign), 'recording')} {'is' if len(foreign) == 1 else 'are'} not WAV, "
            "and Kaldi reads nothing else: hansard data preprocess makes WAVs"
        )
