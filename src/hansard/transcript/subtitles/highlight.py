"""A cue word by word: as frames in which each is lit while it is spoken, or as lines of pieces."""

import re
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from hansard.transcript.spans import Seconds
from hansard.transcript.subtitles.cues import Cue
from hansard.transcript.values import Word

Piece = tuple[str, bool]
"""Some text, and whether it is lit."""
RUN = re.compile(r"(\s*)(\S+)")
NOBODY = -1


class Frame(NamedTuple):
    """What stands on the screen for a part of a cue's time."""

    start: Seconds
    end: Seconds
    lines: tuple[tuple[Piece, ...], ...]


def still(cue: Cue) -> Frame:
    """The cue with nothing lit."""
    return Frame(cue.start, cue.end, tuple(((line, False),) for line in cue.lines))


def frames_of(cue: Cue) -> Iterator[Frame]:
    """The cue word by word, as openai-whisper's `highlight_words` does; together they last as long.

    A word is lit from its start to its end, and nothing in between. A word without a length is
    never lit. A cue whose words are not known stays as it is.
    """
    plain = still(cue)
    clock = cue.start
    place = visible_length(cue.label)
    for word in cue.words:
        length = visible_length(word.text)
        start = min(max(round(word.start, 3), clock), cue.end)
        end = min(max(round(word.end, 3), start), cue.end)
        if end > start:
            if start > clock:
                yield plain._replace(start=clock, end=start)
            yield Frame(start, end, light(cue.lines, place, place + length))
            clock = end
        place += length
    if clock < cue.end:
        yield plain._replace(start=clock)


def visible_length(text: str) -> int:
    """How many characters of the text are not white space."""
    return sum(1 for character in text if not character.isspace())


def light(lines: tuple[str, ...], first: int, last: int) -> tuple[tuple[Piece, ...], ...]:
    """The lines with their characters from `first` up to `last` lit; white space does not count."""
    lit: list[tuple[Piece, ...]] = []
    place = 0
    for line in lines:
        marks = []
        for character in line:
            blank = character.isspace()
            inside = first < place < last if blank else first <= place < last
            marks.append(inside)
            place += 0 if blank else 1
        lit.append(tuple(runs(line, marks)))
    return tuple(lit)


def runs(line: str, marks: list[bool]) -> Iterator[Piece]:
    """A line in the longest pieces that are lit or not."""
    begun = 0
    for index in range(1, len(line) + 1):
        if index == len(line) or marks[index] != marks[begun]:
            yield line[begun:index], marks[begun]
            begun = index


class Spoken(NamedTuple):
    """A piece of a line, as one word says it."""

    gap: str
    """The white space before it."""
    text: str
    word: Word | None
    """None where nobody knows which word it is, e.g. a speaker's name."""
    share: float
    """How much of the word it is, 0 to 1; less than 1 where a line break parts the word."""


def spoken_lines(cue: Cue) -> tuple[tuple[Spoken, ...], ...]:
    """The lines of a cue word by word; joined, the gaps and texts of a line are the line."""
    owners = [NOBODY] * visible_length(cue.label)
    for index, word in enumerate(cue.words):
        owners += [index] * visible_length(word.text)
    owners += [NOBODY] * visible_length("".join(cue.lines))
    lines = []
    place = 0
    for line in cue.lines:
        lines.append(tuple(spoken(line, owners[place:], cue.words)))
        place += visible_length(line)
    return tuple(lines)


def spoken(line: str, owners: list[int], words: tuple[Word, ...]) -> Iterator[Spoken]:
    """One line word by word; `owners` tells for each visible character which word it is of."""
    place = 0
    for gap, text in RUN.findall(line):
        characters = zip(owners[place : place + len(text)], text, strict=True)
        before = gap
        for owner, run in groupby(characters, key=itemgetter(0)):
            part = "".join(character for _, character in run)
            word = None if owner == NOBODY else words[owner]
            share = len(part) / visible_length(word.text) if word else 1.0
            yield Spoken(before, part, word, share)
            before = ""
        place += len(text)
