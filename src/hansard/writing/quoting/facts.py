"""Facts of a transcript that need no words of it: lengths, counts, its language."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from hansard.models.llm import Schema
from hansard.transcript import Transcript
from hansard.transcript.speaking import known_speakers
from hansard.writing.language.words import count_words
from hansard.writing.quoting.fit import allows, fit_number, kind_of

_SPEAKERS: Final = "(?:speaker|participant|attendee|people|person)s?"
_FACTS: Final[Mapping[str, Callable[[Transcript], Any]]] = {
    r"(?:duration|length|total_duration)(?:_(?:in_)?s(?:ec(?:onds?)?)?)?": lambda told: (
        told.duration or None
    ),
    r"(?:duration|length|total_duration)_(?:in_)?m(?:in(?:utes?)?)": lambda told: (
        told.duration / 60 or None
    ),
    rf"(?:{_SPEAKERS}_count|(?:number|count|num|no)_of_{_SPEAKERS}|num_{_SPEAKERS})": lambda told: (
        len(known_speakers(told)) or None
    ),
    r"(?:word_count|words?_count|number_of_words|num_words)": lambda told: count_words(told.text),
    r"(?:language|lang|language_code|spoken_language|jezik|sprache)": lambda told: told.language,
}


def fact(name: str, node: Schema, transcript: Transcript) -> Any:
    """The fact that a property of this name asks for, where it is valid there; else None."""
    words = re.sub(r"[\W_]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)).strip("_").lower()
    for pattern, read in _FACTS.items():
        if re.fullmatch(pattern, words):
            return _valid(read(transcript), node)
    return None


def _valid(value: Any, node: Schema) -> Any:
    if isinstance(value, str):
        return value if kind_of(node) == "string" and allows(node, value) else None
    return None if value is None else fit_number(value, node)
