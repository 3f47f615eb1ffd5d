"""Manifests of the Whisper-Finetune project by yeyupiaoling: JSON lines.

    {"audio": {"path": "a.wav", "start_time": 3.0, "end_time": 4.4}, "sentence": "Dobar dan.",
     "language": "hr", "sentences": [{"start": 0.1, "end": 1.2, "text": "Dobar dan."}],
     "duration": 1.4}

An empty `sentence` with an empty list of `sentences` means that nobody speaks. Other fields are not
looked at by it, so ours are kept there and nothing is lost. Source: its README and `reader.py`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hansard.storage.files import write_whole
from hansard.training.manifest import Entry
from hansard.training.manifest.fields import (
    FieldError,
    make_line,
    path_of,
    rounded,
    seconds_of,
    stretch_fields,
    stretches_of,
    text_of,
)
from hansard.training.shapes.gathering import (
    Gathering,
    find_audio,
    language_of,
    leftover,
    own_values,
    read_rows,
)
from hansard.training.shapes.means import Means, Results
from hansard.training.shapes.measuring import length
from hansard.training.shapes.nemo import shown_own
from hansard.training.shapes.values import Gathered, Written, renamed

_OWN = ("id", "speaker", "source", "licence")
_FIELDS = ("audio", "sentence", "sentences", "language", "duration")


def read(path: Path) -> Gathered:
    """The entries of a manifest.

    Raises:
        ManifestError: it cannot be read.
    """
    gathering = Gathering()
    for row in read_rows(path, gathering):
        try:
            gathering.add(row.place, _entry(row.fields, path.parent))
        except FieldError as error:
            gathering.fault(row.place, str(error))
    return gathering.finish()


def _entry(fields: Mapping[str, Any], folder: Path) -> Entry:
    audio = fields.get("audio")
    if not isinstance(audio, dict):
        raise FieldError("audio is not an object with a path")
    start, end = seconds_of(audio, "start_time"), seconds_of(audio, "end_time")
    if end is not None and end <= (start or 0.0):
        raise FieldError(f"end_time ({end:g}) is not after start_time ({start or 0.0:g})")
    text = text_of(fields, "sentence") or ""
    segments = stretches_of(fields, "sentences")
    silent = not text.strip() and fields.get("sentences") == []
    own = own_values({name: fields.get(name) for name in _OWN})
    return Entry(
        audio=find_audio(path_of(audio, "path"), folder),
        transcript=text,
        duration=seconds_of(fields, "duration"),
        start=start or 0.0,
        end=end,
        language=language_of(fields, ["language"])[0],
        extra=leftover(fields, {*_FIELDS, *_OWN}),
        **{**own, "no_speech": silent, "segments": segments},
    )


def write(entries: Sequence[Entry], target: Path, means: Means) -> Written:
    """Write a manifest with absolute paths; lengths that are not known are measured.

    Raises:
        OutputError: it cannot be written.
        Cancelled: the caller asked to stop.
    """
    lines: list[str] = []
    results = Results()

    def make(entry: Entry) -> None:
        lines.append(make_line(_shown(entry, length(entry, means.meter))))

    results.through(entries, means.watch, make)
    write_whole(target, "".join(line + "\n" for line in lines))
    return Written(entries=tuple(results.done), failures=tuple(results.failures))


def _shown(entry: Entry, duration: float) -> dict[str, Any]:
    times = {"start_time": rounded(entry.start), "end_time": rounded(entry.start + duration)}
    own = shown_own(entry)
    fields = {
        "audio": {"path": str(entry.audio), **(times if entry.is_clip else {})},
        "sentence": entry.transcript,
        "sentences": [stretch_fields(one) for one in entry.segments]
        if entry.segments or entry.no_speech
        else None,
        "language": entry.language,
        "duration": rounded(duration),
        **{name: own[name] for name in _OWN},
    }
    return {
        **{name: value for name, value in fields.items() if value is not None},
        **renamed(entry.extra, {*_FIELDS, *_OWN}),
    }
