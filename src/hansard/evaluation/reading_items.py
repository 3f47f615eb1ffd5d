"""What a file says of one utterance."""

import codecs
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from hansard.errors import DataError, UnknownNameError
from hansard.transcript import Seconds, Transcript
from hansard.transcript.languages import find_language

_THREE_LETTERS: Final = {"hrv": "hr", "srp": "sr", "bos": "bs", "eng": "en", "hbs": "sh"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What a file says of one utterance."""

    id: str
    text: str | None
    """What was said, or heard; None where a line only holds predictions."""
    predictions: Mapping[str, str] = field(default_factory=dict)
    """What models heard, where that stands beside it; the name is empty where none is given."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """How long each took."""
    transcript: Transcript | None = None
    language: str | None = None
    speaker: str | None = None
    source: str | None = None
    noise: float | None = None
    duration: Seconds | None = None
    audio: Path | None = None
    start: Seconds = 0.0


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, or UTF-16 with its mark.

    Raises:
        DataError: there is no such file, or it is no text.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise DataError(f"cannot read {str(path)!r}: {reason}") from error
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{str(path)!r} is no text in UTF-8: byte {error.start}", hint="save it as UTF-8"
        ) from error
    if "\0" in text:
        raise DataError(f"{str(path)!r} is no text", hint="a text or a transcript is needed")
    return text


def code_of(language: str | None) -> str | None:
    """The code of a language as files name it; what nobody knows stays as it is."""
    if not language:
        return None
    name = _THREE_LETTERS.get(language.strip().casefold(), language)
    try:
        return find_language(name)
    except UnknownNameError:
        return name.strip().casefold()


def unique_ids(items: Iterable[Item]) -> tuple[Item, ...]:
    """The same with numbers behind ids that come again."""
    seen: Counter[str] = Counter()
    unique = []
    for item in items:
        seen[item.id] += 1
        number = seen[item.id]
        unique.append(item if number == 1 else replace(item, id=f"{item.id}#{number}"))
    return tuple(unique)
