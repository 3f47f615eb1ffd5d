"""Writing Lhotse's manifests: a folder of recordings, supervisions and cuts."""

import gzip
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hansard.storage.files import write_whole
from hansard.training.manifest import Entry, Stretch
from hansard.training.manifest.fields import make_line
from hansard.training.shapes.lhotse_reading import PART, WORD
from hansard.training.shapes.means import Means, Results
from hansard.training.shapes.measuring import Facts, place
from hansard.training.shapes.naming import recording_ids
from hansard.training.shapes.values import Written, count
from hansard.transcript import Seconds

_DIGITS = 8
"""Lhotse rounds times to as many."""
Fields = dict[str, Any]


def write(entries: Sequence[Entry], target: Path, means: Means) -> Written:
    """Write a folder; every recording is measured. Nothing of an entry is lost.

    Raises:
        OutputError: it cannot be written.
        Cancelled: the caller asked to stop.
    """
    ids = recording_ids(entry.audio for entry in entries)
    recordings: dict[Path, Fields] = {}
    supervisions: list[Fields] = []
    cuts: list[Fields] = []
    results = Results()

    def make(entry: Entry) -> None:
        facts = means.meter.measure(entry.audio)
        start, end = place(entry, facts)
        recording = recordings.setdefault(
            entry.audio, _recording(ids[entry.audio], entry.audio, facts)
        )
        supervision = _supervision(entry, recording, start, end)
        supervisions.append(supervision)
        cuts.append(_cut(entry, recording, supervision))

    results.through(entries, means.watch, make)
    for name, rows in (
        ("recordings", recordings.values()),
        ("supervisions", supervisions),
        ("cuts", cuts),
    ):
        _write_rows(target / f"{name}.jsonl.gz", rows)
    return Written(
        entries=tuple(results.done),
        failures=tuple(results.failures),
        notes=tuple(_notes(entries, recordings, means)),
    )


def _notes(
    entries: Iterable[Entry], recordings: Mapping[Path, Fields], means: Means
) -> Iterable[str]:
    paths = {entry.audio for entry in entries} & recordings.keys()
    opus = sum(means.meter.measure(path).codec == "opus" for path in paths)
    if opus:
        yield (
            f"{count(opus, 'recording')} in Opus: Lhotse may decode it at another rate than the 48 "
            "kHz of the manifest, and refuse it; hansard data preprocess makes WAVs"
        )


def _write_rows(path: Path, rows: Iterable[Fields]) -> None:
    text = "".join(make_line(row) + "\n" for row in rows)
    write_whole(path, gzip.compress(text.encode(), mtime=0))


def _recording(ident: str, path: Path, facts: Facts) -> Fields:
    channels = list(range(facts.channels))
    return {
        "id": ident,
        "sources": [{"type": "file", "channels": channels, "source": str(path)}],
        "sampling_rate": facts.rate,
        "num_samples": facts.samples,
        "duration": round(facts.duration, _DIGITS),
        "channel_ids": channels,
    }


def _supervision(entry: Entry, recording: Fields, start: Seconds, end: Seconds) -> Fields:
    extra = dict(entry.extra)
    own = {"source": entry.source, "licence": entry.licence, "no_speech": entry.no_speech or None}
    channels = recording["channel_ids"]
    channel, gender = extra.pop("channel", None), extra.pop("gender", None)
    if channel not in channels:
        channel = channels[0] if len(channels) == 1 else channels
    custom = {**{n: v for n, v in own.items() if v is not None}, **extra}
    fields = {
        "id": entry.id,
        "recording_id": recording["id"],
        "start": round(start, _DIGITS),
        "duration": round(end - start, _DIGITS),
        "channel": channel,
        "text": entry.transcript,
        "language": entry.language,
        "speaker": entry.speaker,
        "gender": gender,
        "custom": custom or None,
        "alignment": _alignment(entry.segments, start),
    }
    return {name: value for name, value in fields.items() if value is not None}


def _alignment(segments: Sequence[Stretch], start: Seconds) -> Fields | None:
    """Words and parts on the recording's clock, on which the clip begins at `start`."""
    parts = [_item(one.text, one.start + start, one.end + start, None) for one in segments]
    words = [
        _item(word.word, word.start + start, word.end + start, word.score)
        for one in segments
        for word in one.words
    ]
    kinds = {PART: parts, WORD: words}
    return {kind: items for kind, items in kinds.items() if items} or None


def _item(symbol: str, start: Seconds, end: Seconds, score: float | None) -> list[Any]:
    return [symbol, round(start, _DIGITS), round(end - start, _DIGITS), score]


def _cut(entry: Entry, recording: Fields, supervision: Fields) -> Fields:
    # Lhotse leaves alignments on the recording's clock when it makes cuts
    inside = {**supervision, "start": 0.0}
    several = isinstance(supervision["channel"], list)
    return {
        "id": entry.id,
        "start": supervision["start"],
        "duration": supervision["duration"],
        "channel": supervision["channel"],
        "supervisions": [inside],
        "recording": recording,
        "type": "MultiCut" if several else "MonoCut",
    }
