"""Reading other tools' manifests line by line: files, faults, ids, paths."""

import gzip
import os
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from hansard.errors import ManifestError, UnknownNameError
from hansard.training.manifest import Entry
from hansard.training.manifest.fields import (
    FieldError,
    flag_of,
    name_of,
    parse_object,
    stretches_of,
    text_of,
)
from hansard.training.manifest.files import KNOWN
from hansard.training.shapes.values import BadLine, Gathered, renamed
from hansard.transcript.languages import find_language

_GENERATIONS = 4
"""How many folders above the manifest's own a relative path may count from."""
OWN = ("id", "speaker", "source", "licence", "no_speech", "segments")
"""Fields of Hansard's that stand under their own names where a shape allows more fields."""


class Place(NamedTuple):
    """A line of a file."""

    file: Path
    line: int


@dataclass(frozen=True, slots=True)
class Row:
    """A line that holds a JSON object."""

    place: Place
    fields: Mapping[str, Any]


class Gathering:
    """Entries as they are found, with what is wrong beside them."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._entries: list[Entry] = []
        self._ids: set[str] = set()
        self._faults: list[BadLine] = []
        self._notes: Counter[str] = Counter()

    def fault(self, place: Place, message: str) -> None:
        """Note what is wrong with a line."""
        self._faults.append(BadLine(file=place.file, line=place.line, message=message))

    def note(self, text: str) -> None:
        """Note what somebody should know; what is noted twice is counted."""
        self._notes[text] += 1

    def add(self, place: Place, entry: Entry) -> None:
        """Take an entry; one without id is named after its file in the end."""
        if entry.id in self._ids:
            self.fault(place, f"id {entry.id!r} is there already")
        elif entry.no_speech and entry.transcript.strip():
            self.fault(place, "no_speech is set, and there is a transcript")
        elif not entry.no_speech and not entry.transcript.strip():
            shown = f" of {entry.id!r}" if entry.id else ""
            self.fault(place, f"the transcript{shown} is empty")
        else:
            self._entries.append(entry)
            self._ids.update({entry.id} - {""})

    def finish(self) -> Gathered:
        """All that was found."""
        entries = tuple(e if e.id else replace(e, id=self._name(e)) for e in self._entries)
        faults = sorted(self._faults, key=lambda each: (str(each.file), each.line))
        notes = tuple(
            text if times == 1 else f"{text} ({times} times)" for text, times in self._notes.items()
        )
        return Gathered(entries=entries, faults=tuple(faults), notes=notes)

    def _name(self, entry: Entry) -> str:
        stem = "".join(c if c.isprintable() else "_" for c in entry.audio.stem).strip() or "clip"
        wanted = f"{stem}-{round(entry.start * 1000):07d}" if entry.is_clip else stem
        name, number = wanted, 1
        while name in self._ids:
            number += 1
            name = f"{wanted}-{number}"
        self._ids.add(name)
        return name


def read_text(path: Path) -> str:
    """The text of a file, unpacked where its name ends with `.gz`.

    Bytes that are not UTF-8 come as half characters (PEP 383), so that their lines can be told.

    Raises:
        ManifestError: it cannot be read.
    """
    try:
        data = path.read_bytes()
        data = gzip.decompress(data) if path.suffix == ".gz" else data
    except FileNotFoundError as error:
        raise ManifestError(f"there is no file {str(path)!r}") from error
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise ManifestError(f"{str(path)!r} cannot be read: {reason}") from error
    if b"\0" in data[:1024]:
        raise ManifestError(f"{str(path)!r} cannot be read: it is not text in UTF-8")
    return data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")


def read_rows(path: Path, gathering: Gathering) -> Iterator[Row]:
    """The JSON objects of a file, a line each; other lines are faults.

    Raises:
        ManifestError: it cannot be read.
    """
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        place = Place(path, number)
        try:
            yield Row(place, parse_object(line))
        except FieldError as error:
            gathering.fault(place, str(error))


def find_audio(text: str, folder: Path) -> Path:
    """The file that a path in a foreign manifest means, absolute.

    A relative one counts from the manifest's folder or one above it, whichever has such a file
    (other tools count from where they are started, often the folder of the whole project), else
    from the working folder. If none has, it is taken to be in the manifest's folder.
    """
    folder = folder.absolute()
    bases = [folder, *list(folder.parents)[:_GENERATIONS], Path.cwd()]
    found = next((base / text for base in bases if is_file(base / text)), folder / text)
    return Path(os.path.normpath(found))


def is_file(path: Path) -> bool:
    """Whether there is such a file, and it can be seen; no name of a file raises."""
    return os.path.isfile(path)  # noqa: PTH113 - Path.is_file raises for names that are too long


def language_of(fields: Mapping[str, Any], names: Iterable[str]) -> tuple[str | None, str | None]:
    """The code of the language that the first of these fields has, and that field's name.

    A name that is not known stays as it is.

    Raises:
        FieldError: it is not text.
    """
    for name in names:
        text = text_of(fields, name)
        if text:
            try:
                return find_language(text), name
            except UnknownNameError:
                return text, name
    return None, None


def own_values(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What an `Entry` takes of Hansard's fields in a foreign line.

    Raises:
        FieldError: one of them has a value it may not have.
    """
    return {
        "id": name_of(fields, "id") or "",
        "speaker": name_of(fields, "speaker"),
        "source": text_of(fields, "source") or None,
        "licence": text_of(fields, "licence") or None,
        "no_speech": flag_of(fields, "no_speech"),
        "segments": stretches_of(fields, "segments"),
    }


def leftover(fields: Mapping[str, Any], used: Iterable[str]) -> dict[str, Any]:
    """The fields that nothing was made of, for an entry's `extra`."""
    taken = frozenset(used)
    return renamed({n: v for n, v in fields.items() if n not in taken}, KNOWN)
