"""Manifests as files: JSON lines, in UTF-8, one clip each.

    {"id": "a1", "audio": "../uploads/a1.mp3", "transcript": "Dobar dan.", "duration": 1.4,
     "language": "hr", "speaker": "ana", "start": 3.0, "end": 4.4, "source": "...",
     "licence": "..."}

`audio` is relative to the manifest's folder, or absolute. What is not known is left out.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from hansard.errors import ManifestError
from hansard.storage.files import write_whole
from hansard.training.manifest.fields import (
    FieldError,
    flag_of,
    make_line,
    name_of,
    parse_object,
    path_of,
    rounded,
    seconds_of,
    stretch_fields,
    stretches_of,
    text_of,
)
from hansard.training.manifest.values import Entry

FaultKind = Literal["line", "field", "duplicate id", "empty transcript"]
_TEXTS = ("language", "speaker", "source", "licence")
KNOWN = frozenset(
    {"id", "audio", "transcript", "duration", "start", "end", "no_speech", "segments", *_TEXTS}
)
"""The fields that have a meaning here; others are an entry's `extra`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with a line."""

    line: int
    """From 1."""
    id: str | None
    kind: FaultKind
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestRead:
    """What a manifest holds, and what is wrong in it."""

    path: Path
    entries: tuple[Entry, ...]
    """Those that can be used."""
    faults: tuple[Fault, ...]


def read_manifest(path: Path) -> tuple[Entry, ...]:
    """All entries of a manifest.

    Raises:
        ManifestError: it cannot be read, or a line is wrong; names the first one.
    """
    read = read_leniently(path)
    if read.faults:
        first, more = read.faults[0], len(read.faults) - 1
        also = f" (and {more} more)" if more else ""
        raise ManifestError(
            f"line {first.line} of {str(path)!r}: {first.message}{also}",
            hint="hansard data validate lists all faults, and writes a manifest without them",
        )
    return read.entries


def read_leniently(path: Path) -> ManifestRead:
    """What can be used of a manifest, and the faults of the rest.

    Of entries with the same id the first is kept. A line that is not UTF-8 is a fault like others.

    Raises:
        ManifestError: there is no such file, or it is not text.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise ManifestError(
            f"there is no manifest {str(path)!r}", hint="hansard data manifest makes one"
        ) from error
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    if b"\0" in data[:1024]:
        raise _unreadable(path, "it is not text in UTF-8")
    text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    entries: dict[str, Entry] = {}
    faults: list[Fault] = []
    folder = path.absolute().parent
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            _take(line, number, folder, (entries, faults))
    return ManifestRead(path=path, entries=tuple(entries.values()), faults=tuple(faults))


def _unreadable(path: Path, reason: str) -> ManifestError:
    return ManifestError(
        f"manifest {str(path)!r} cannot be read: {reason}",
        hint="a manifest is a file of JSON lines in UTF-8",
    )


def _take(line: str, number: int, folder: Path, into: tuple[dict[str, Entry], list[Fault]]) -> None:
    entries, faults = into
    ident: str | None = None

    def fault(kind: FaultKind, message: str) -> None:
        faults.append(Fault(line=number, id=ident, kind=kind, message=message))

    try:
        fields = parse_object(line)
    except FieldError as error:
        return fault("line", str(error))
    ident = fields["id"] if isinstance(fields.get("id"), str) else None
    try:
        entry = _entry(fields, folder)
    except FieldError as error:
        return fault("field", str(error))
    if entry.id in entries:
        return fault("duplicate id", f"id {entry.id!r} is there already")
    if not entry.transcript.strip() and not entry.no_speech:
        return fault("empty transcript", f"the transcript of {entry.id!r} is empty")
    entries[entry.id] = entry
    return None


def _entry(fields: Mapping[str, Any], folder: Path) -> Entry:
    audio = path_of(fields, "audio")
    ident = name_of(fields, "id")
    if ident is None:
        raise FieldError("it has no id")
    start, end = seconds_of(fields, "start") or 0.0, seconds_of(fields, "end")
    if end is not None and end <= start:
        raise FieldError(f"end ({end:g}) is not after start ({start:g})")
    known: dict[str, Any] = {name: text_of(fields, name) or None for name in _TEXTS}
    silent = flag_of(fields, "no_speech")
    transcript = text_of(fields, "transcript") or ""
    if silent and transcript.strip():
        raise FieldError("no_speech is set, and there is a transcript")
    return Entry(
        id=ident,
        audio=Path(os.path.normpath(folder / audio)),
        transcript=transcript,
        duration=seconds_of(fields, "duration"),
        start=start,
        end=end,
        no_speech=silent,
        segments=stretches_of(fields, "segments"),
        extra={name: value for name, value in fields.items() if name not in KNOWN},
        **known,
    )


def write_manifest(path: Path, entries: Iterable[Entry]) -> Path:
    """Write a manifest whole or not at all; returns its path.

    Raises:
        OutputError: it cannot be written.
    """
    folder = path.absolute().parent
    lines = [make_line(_fields(entry, folder)) for entry in entries]
    return write_whole(path, "".join(line + "\n" for line in lines))


def _fields(entry: Entry, folder: Path) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "id": entry.id,
        "audio": _relative(entry.audio, folder),
        "transcript": entry.transcript,
        "duration": rounded(entry.duration),
        **{name: getattr(entry, name) for name in _TEXTS[:2]},
        "start": rounded(entry.start) or None,
        "end": rounded(entry.end),
        **{name: getattr(entry, name) for name in _TEXTS[2:]},
        "no_speech": entry.no_speech or None,
        "segments": [stretch_fields(one) for one in entry.segments] or None,
    }
    kept = {name: value for name, value in entry.extra.items() if name not in KNOWN}
    return {**{n: v for n, v in fields.items() if v is not None}, **kept}


def _relative(audio: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(audio, folder)).as_posix()
    except ValueError:  # another drive
        return audio.as_posix()
