"""NVIDIA NeMo's manifests: JSON lines with `audio_filepath`, `duration` and `text`.

    {"audio_filepath": "a.wav", "offset": 3.0, "duration": 1.4, "text": "dobar dan", "lang": "hr"}

`offset` makes it a slice. Other fields are kept by NeMo and by us, both ways, so nothing is lost.
Source: NeMo's documentation, "ASR datasets", and that of Canary for `source_lang`, `target_lang`.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hansard.storage.files import write_whole
from hansard.training.manifest import Entry
from hansard.training.manifest.fields import (
    FieldError,
    make_line,
    name_of,
    path_of,
    rounded,
    seconds_of,
    stretch_fields,
    text_of,
)
from hansard.training.shapes.gathering import (
    OWN,
    Gathering,
    find_audio,
    is_file,
    language_of,
    leftover,
    own_values,
    read_rows,
)
from hansard.training.shapes.means import Means, Results
from hansard.training.shapes.measuring import length
from hansard.training.shapes.values import Gathered, Written, renamed

_LANGUAGES = ("lang", "language", "target_lang", "source_lang")
"""Of a translation, the text is in the target's language."""
_OURS = frozenset({"lang", "language"})
"""Of these, what became an entry's language; Canary's two are kept beside it."""
_FIELDS = ("audio_filepath", "duration", "text", "offset", "lang")


def read(path: Path) -> Gathered:
    """The entries of a manifest.

    Raises:
        ManifestError: it cannot be read.
    """
    gathering = Gathering()
    for row in read_rows(path, gathering):
        try:
            gathering.add(row.place, _entry(dict(row.fields), path.parent))
        except FieldError as error:
            gathering.fault(row.place, str(error))
    return gathering.finish()


def _entry(fields: dict[str, Any], folder: Path) -> Entry:
    audio = path_of(fields, "audio_filepath")
    offset, duration = seconds_of(fields, "offset"), seconds_of(fields, "duration")
    own = own_values(fields)
    language, named = language_of(fields, _LANGUAGES)
    used = {*_FIELDS[:-1], *OWN, *({named or ""} & _OURS)}
    if own["speaker"] is None:
        own["speaker"] = name_of(fields, "speaker_id")
        used.add("speaker_id")
    end = None if offset is None or duration is None else offset + duration
    if end is not None and end == offset:
        raise FieldError(f"duration is {duration!r}, not above zero")
    return Entry(
        audio=find_audio(audio, folder),
        transcript=text_of(fields, "text") or "",
        duration=duration,
        start=offset or 0.0,
        end=end,
        language=language,
        extra=leftover(fields, used),
        **own,
    )


def write(entries: Sequence[Entry], target: Path, means: Means) -> Written:
    """Write a manifest; lengths that are not known are measured.

    Raises:
        OutputError: it cannot be written.
        Cancelled: the caller asked to stop.
    """
    folder = target.absolute().parent
    lines: list[str] = []
    results = Results()

    def make(entry: Entry) -> None:
        lines.append(make_line(_fields(entry, length(entry, means.meter), folder)))

    results.through(entries, means.watch, make)
    write_whole(target, "".join(line + "\n" for line in lines))
    return Written(entries=tuple(results.done), failures=tuple(results.failures))


def _fields(entry: Entry, duration: float, folder: Path) -> dict[str, Any]:
    fields = {
        "audio_filepath": _path(entry.audio, folder),
        "offset": rounded(entry.start) if entry.is_clip else None,
        "duration": rounded(duration),
        "text": entry.transcript,
        "lang": entry.language,
        **shown_own(entry),
    }
    return {
        **{name: value for name, value in fields.items() if value is not None},
        **renamed(entry.extra, {*_FIELDS, *OWN}),
    }


def shown_own(entry: Entry) -> dict[str, Any]:
    """Hansard's fields of an entry, as `own_values` reads them; None where there is nothing."""
    return {
        "id": entry.id,
        "speaker": entry.speaker,
        "source": entry.source,
        "licence": entry.licence,
        "no_speech": entry.no_speech or None,
        "segments": [stretch_fields(one) for one in entry.segments] or None,
    }


def _path(audio: Path, folder: Path) -> str:
    """Relative to the manifest, unless a link on the way leads elsewhere."""
    relative = os.path.relpath(audio, folder)
    reaches = is_file(folder / relative) or not is_file(audio)
    return Path(relative).as_posix() if reaches else str(audio)
