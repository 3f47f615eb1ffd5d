"""Text in pieces that can be compared: what was written, and what of it was said."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from hansard.transcript.subtitles.scripts import NO_END, clusters, is_unspaced

SIGNS: Final = frozenset("%€$£°+&@")
"""Marks that are read out."""
SILENT: Final = frozenset("'\u2018\u2019\u02bc\uff07`\u00b4\u00ad\u200b\u200c\u200d\u2060")
"""Marks inside a word that part nothing."""
INSIDE: Final = frozenset(".,:")
"""Marks that belong to a number between its digits."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A word as it is written; in scripts without spaces a character."""

    text: str
    """With the marks that stand at it."""
    key: str
    """What of it was said, for comparison; where that is nothing, the marks."""
    spaced: bool
    """Whether a space stands before it."""


def pieces_of(text: str) -> list[Piece]:
    """A text in pieces, which spell it but for its white space."""
    found: list[Piece] = []
    for chunk in text.split():
        for index, part in enumerate(_with_marks(chunk)):
            key = "".join(keys_of(part)) or part
            found.append(Piece(part, key, spaced=index == 0))
    return found


def keys_of(text: str) -> list[str]:
    """What was said, in order.

    These are words without case, marks and apostrophes; numbers in one piece, with European digits;
    each sign that is read out; each character of a script without spaces.
    """
    return [part for run in fold(text).split() for part in parts_of(run)]


def fold(text: str) -> str:
    """The text without case (nor the dot of a Turkish i) and marks, its words parted by spaces."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("i\u0307", "i")
    plain = plain.replace("\u0131", "i")  # what `I` was in Turkish
    return "".join(_folded(plain, at) for at in range(len(plain)))


def parts_of(run: str) -> Iterator[str]:
    """A run of characters as it is, or cut around each character of a script without spaces."""
    if run.isascii():
        yield run
        return
    held = ""
    for cluster in clusters(run):
        if held and (is_unspaced(cluster[0]) or is_unspaced(held[0])):
            yield held
            held = ""
        held += cluster
    if held:
        yield held


def _with_marks(chunk: str) -> list[str]:
    """The parts of a chunk, marks at the word that they belong to."""
    found: list[str] = []
    opening = ""
    for part in parts_of(chunk):
        if keys_of(part):
            found.append(opening + part)
            opening = ""
        elif found and part not in NO_END:
            found[-1] += opening + part
            opening = ""
        else:
            opening += part
    if not opening:
        return found
    return [*found[:-1], found[-1] + opening] if found else [opening]


def _folded(text: str, at: int) -> str:
    """What stands for one character."""
    character = text[at]
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    if unicodedata.category(character)[0] in "LNM":
        return character
    if character in INSIDE:
        between = text[at - 1 : at].isdecimal() and text[at + 1 : at + 2].isdecimal()
        return character if between else " "
    if character in SIGNS:
        return f" {character} "
    return "" if character in SILENT else " "
