"""Stretches of text cut so that they stay quotations: nothing is added, no word is halved."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from hansard.transcript.subtitles.scripts import clusters, is_unspaced
from hansard.writing.language.words import count_words

_CLAUSE: Final = re.compile(
    r"(?<=[,;:\u2026])\s+|\s+[\u2013\u2014-]\s+|[\u2013\u2014]|(?<=[\u3001\uff0c\uff1b\uff1a])"
)
_LOOSE: Final = (
    ' \t,;:.!\u2026\u2013\u2014-\u3001\u3002\uff0c\uff1b\uff1a\uff01"\u201c\u201d\u201e\u00bb\u00ab'
)
_OPENERS: Final = frozenset(
    "so and but well okay ok um uh erm yeah then oh hmm pa ali dakle znači ovaj onda und aber also "
    "dann äh ähm".split()
)
"""Words that open a sentence and change nothing of what it says."""
_FIRST_WORD: Final = re.compile(r"([^\W_]+)(?:[,.]?\s+)")


def clauses(sentence: str) -> list[str]:
    """The parts of a sentence between its marks, without opening words such as "so" and "well"."""
    parts = (bare(part) for part in _CLAUSE.split(sentence))
    return [part for part in parts if part]


def bare(part: str) -> str:
    """A part without the marks around it and without the words that only open it."""
    text = part.strip(_LOOSE)
    while (match := _FIRST_WORD.match(text)) and match.group(1).casefold() in _OPENERS:
        text = text[match.end() :].lstrip(_LOOSE)
    return text


def clip(text: str, limit: int) -> str | None:
    """The longest beginning of at most `limit` characters that ends between words.

    Cut behind a clause where at least half of the room is used so; None where even the first word
    is longer.
    """
    if len(text) <= limit:
        return text
    borders = [match.start() for match in _CLAUSE.finditer(text) if match.start() <= limit]
    if borders and borders[-1] >= limit / 2:
        return text[: borders[-1]].rstrip(_LOOSE) or None
    return text[: _word_border(text, limit)].rstrip(_LOOSE) or None


def shorter(text: str) -> Iterator[str]:
    """Quotations out of a text that are shorter than it, longest first."""
    parts = sorted(dict.fromkeys(clauses(text)), key=lambda part: (-len(part), text.index(part)))
    yield from (part for part in parts if len(part) < len(text) and count_words(part) > 1)


def find_phrase(phrase: str, text: str) -> str | None:
    """A phrase as it stands in a text, whichever case its letters have there; whole words only."""
    if phrase in text and any(is_unspaced(letter) for letter in phrase):
        return phrase
    match = _whole(phrase).search(text)
    return match.group() if match else None


@lru_cache(maxsize=256)
def _whole(phrase: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(phrase)}(?!\w)", re.IGNORECASE)


def _word_border(text: str, limit: int) -> int:
    """Where the last word ends that fits; any character may be the last in scripts without spaces.

    A text that is longer than the limit is given.
    """
    if text[limit].isspace():
        return limit
    space = max(text.rfind(" ", 0, limit), 0)
    if not (is_unspaced(text[limit - 1]) or is_unspaced(text[limit])):
        return space
    used = 0
    for cluster in clusters(text[: limit + 1]):
        if used + len(cluster) > limit:
            break
        used += len(cluster)
    return used
