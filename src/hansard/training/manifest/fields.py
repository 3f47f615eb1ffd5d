"""The values that fields of a manifest may have, ours and other tools'."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any, Never

from hansard.training.manifest.values import Stretch, TimedWord
from hansard.transcript import Seconds

_LARGEST_LINE = 4 * 2**20
_SURROGATE = re.compile("[\ud800-\udfff]")
_NO_PATH = re.compile("[\ud800-\udc7f\udd00-\udfff]")
"""Half characters, but for those that stand for a byte of a file's name (PEP 383)."""


class FieldError(ValueError):
    """A field of a line has a value it may not have."""


def parse_object(line: str) -> dict[str, Any]:
    """The JSON object of a line.

    Raises:
        FieldError: it is not one, holds numbers that JSON has not (NaN), or is larger than 4 MiB.
    """
    if len(line) > _LARGEST_LINE:
        raise FieldError(f"it has {len(line)} characters")
    if _SURROGATE.search(line):
        raise FieldError("it is not UTF-8")
    try:
        fields = json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise FieldError(f"it is not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise FieldError("it is not a JSON object")
    return fields


def _refuse(name: str) -> Never:
    raise ValueError(f"{name} is no number")


def make_line(fields: Mapping[str, Any]) -> str:
    """A line of JSON, without its end. Bytes of file names that are not UTF-8 become escapes."""
    line = json.dumps(fields, ensure_ascii=False)
    return json.dumps(fields) if _SURROGATE.search(line) else line


def text_of(fields: Mapping[str, Any], name: str) -> str | None:
    """A field of text; None where there is none.

    Raises:
        FieldError: it is not text.
    """
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise FieldError(f"{name} is {_shown(value)}, not text")
    if value is not None and (_SURROGATE.search(value) or "\0" in value):
        raise FieldError(f"{name} holds characters that no text has")
    return value


def path_of(fields: Mapping[str, Any], name: str) -> str:
    """A field with the path of a file.

    Raises:
        FieldError: it is not there, or no path.
    """
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise FieldError(f"{name} is {_shown(value)}, not a path")
    if not value:
        raise FieldError(f"it names no {name}")
    if _NO_PATH.search(value) or "\0" in value:
        raise FieldError(f"{name} holds characters that no path has")
    return value


def name_of(fields: Mapping[str, Any], name: str) -> str | None:
    """A field with a name or a whole number, as text; None where there is none.

    Raises:
        FieldError: it is something else, empty, or cannot be printed.
    """
    value = fields.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise FieldError(f"{name} is {_shown(value)}, not a name")
    return value


def seconds_of(fields: Mapping[str, Any], name: str) -> Seconds | None:
    """A field with seconds, not below zero; None where there is none.

    Raises:
        FieldError: it is no number, infinite, or below zero.
    """
    value = fields.get(name)
    if value is None:
        return None
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    if not plain or not 0 <= value < math.inf or value > 1e12:
        raise FieldError(f"{name} is {_shown(value)}, not a number of seconds")
    return float(value)


def needed_seconds(fields: Mapping[str, Any], name: str) -> Seconds:
    """A field with seconds that has to be there.

    Raises:
        FieldError: it is not there, or no number of seconds.
    """
    value = seconds_of(fields, name)
    if value is None:
        raise FieldError(f"there is no {name}")
    return value


def flag_of(fields: Mapping[str, Any], name: str) -> bool:
    """A field that is true or false; false where there is none.

    Raises:
        FieldError: it is neither.
    """
    value = fields.get(name)
    if value is not None and not isinstance(value, bool):
        raise FieldError(f"{name} is {_shown(value)}, not true or false")
    return bool(value)


def stretches_of(fields: Mapping[str, Any], name: str) -> tuple[Stretch, ...]:
    """A field with the transcript's parts, their times and words; empty where there is none.

    Raises:
        FieldError: it is not a list of them.
    """
    return tuple(
        Stretch(
            text=text_of(one, "text") or "",
            start=needed_seconds(one, "start"),
            end=needed_seconds(one, "end"),
            words=tuple(_word(word) for word in _objects(one, "words")),
        )
        for one in _objects(fields, name)
    )


def _objects(fields: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    value = fields.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise FieldError(f"{name} is not a list of objects")
    return value


def _word(fields: Mapping[str, Any]) -> TimedWord:
    return TimedWord(
        word=text_of(fields, "word") or "",
        start=needed_seconds(fields, "start"),
        end=needed_seconds(fields, "end"),
        score=seconds_of(fields, "score"),
    )


def stretch_fields(stretch: Stretch) -> dict[str, Any]:
    """A part of a transcript as `stretches_of` reads it."""
    shown: dict[str, Any] = {
        "start": rounded(stretch.start),
        "end": rounded(stretch.end),
        "text": stretch.text,
    }
    if stretch.words:
        shown["words"] = [_word_fields(word) for word in stretch.words]
    return shown


def _word_fields(word: TimedWord) -> dict[str, Any]:
    score = {} if word.score is None else {"score": round(word.score, 4)}
    return {"word": word.word, "start": rounded(word.start), "end": rounded(word.end), **score}


def rounded(seconds: Seconds | None) -> Seconds | None:
    """To a hundredth of a millisecond, finer than one sample at 48 kHz."""
    return None if seconds is None else round(seconds, 5)


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 80 else f"{shown[:77]}..."


def parse_seconds(text: str, name: str) -> Seconds:
    """Seconds from a word of text.

    Raises:
        FieldError: it is no number of seconds.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if math.isnan(value):
        raise FieldError(f"{name} is {_shown(text)}, not a number of seconds")
    return needed_seconds({name: value}, name)
