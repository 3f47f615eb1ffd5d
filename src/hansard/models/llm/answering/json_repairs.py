"""Objects out of text that nearly is JSON: single quotes, missing commas, comments, cut ends."""

import re
from typing import Any

import json_repair

from hansard.models.llm.answering.json_text import (
    MAX_NESTING,
    NotJsonError,
    closers,
    last_string,
    nesting,
    parse,
)

MAX_LENGTH = 256_000
"""Characters; the library takes seconds for more."""

_NO_VALUE = re.compile(r":\s*+[-+]?\s*+[,}\]]")
_WHOLE_LETTERS = re.compile(
    r"""
    "(?: [^"\\]
       | \\[^u]
       | \\u (?![dD][89abAB]) [0-9a-fA-F]{4}
       | \\u [dD][89abAB] [0-9a-fA-F]{2} (?= [^\\] | \\[^u] | \\u[0-9a-fA-F]{4} )
    )*+
    """,
    re.DOTALL | re.VERBOSE,
)
"""As far as a string goes without half an escape or half of a surrogate pair at its end."""
_HALF_MEMBER = re.compile(
    r"""(?:"[^"]*+"|'[^']*+'|\w{1,60}+)\s*+:\s*+(?:[\[{]\s*+)*+'?[-+.\w]*+\s*+\Z"""
)
_HALF_ITEM = re.compile(r",\s*+(?:[\[{]\s*+)*+[-+.\w]*+\s*+\Z")


def repaired(text: str, *, cut: bool) -> list[dict[str, Any]]:
    """The objects that a broken text stands for; closed where the end is `cut`.

    Nothing is made up: where a value is not there, nothing is given back, and a number or a word
    at an end that was cut may be half of one, so it goes together with its key. A text there stays
    as far as it goes.
    """
    if len(text) > MAX_LENGTH or nesting(text) > MAX_NESTING:
        return []
    if cut:
        text = _without_half_end(text)
        text = f"{text}{closers(text)}"
    if _NO_VALUE.search(text):
        return []
    value = _strictly(text) if cut else None
    value = _by_library(text) if value is None else value
    found = value if isinstance(value, list) else [value]
    return [one for one in found if isinstance(one, dict)]


def _strictly(text: str) -> Any:
    """Most texts are only cut; the library does not read every escape in them as it should."""
    try:
        return parse(text, strict=False)
    except NotJsonError as error:
        return None if error.broken else []


def _by_library(text: str) -> Any:
    try:
        return json_repair.loads(text, skip_json_loads=True)
    except (ValueError, RecursionError):
        return []


def _without_half_end(text: str) -> str:
    found = last_string(text)
    if found is not None:
        start, closed = found
        letters = _WHOLE_LETTERS.match(text, start)
        before = text[:start].rstrip()
        is_key = before.endswith("{") or (before.endswith(",") and closers(before)[:1] == "}")
        if closed and not is_key:
            return text
        if letters is not None and letters[0] != '"' and not is_key:
            return f'{text[: letters.end()]}"'
        text = before
    without = _HALF_MEMBER.sub("", text)
    without = without if without != text else _HALF_ITEM.sub("", text)
    return without.rstrip().removesuffix(",")
