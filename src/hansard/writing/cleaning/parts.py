"""A transcript in parts that fit into a model's context, together with the answer: pure."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from hansard.transcript import Transcript
from hansard.writing.cleaning.prompt import as_json, schema_of, system_of
from hansard.writing.lines import Line, lines_of, split_lines

MOST_TOKENS: Final = 1500
"""Tokens of lines in one question: a longer list makes models skip lines."""
MOST_LINES: Final = 40
"""Lines in one question, likewise."""
LONGEST: Final = 600
"""Tokens of one passage; a longer line (a plain text may be one line) is cut between words."""
GROWTH: Final = 1.6
"""By how much an answer may have more tokens than its lines."""
MARGIN: Final = 96
"""Tokens for a chat template, and for what is fed back after a wrong answer."""
BEFORE: Final = 3
"""Passages before a part that are shown with it."""
THINKING: Final = 4096
"""Tokens that a model may think for, where it is not known to answer at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A segment's text, or a piece of one that is too long."""

    number: int = 0
    """Of the passage, in order from 0."""
    index: int
    """Of the segment, within the transcript."""
    segment: int
    """The segment's id."""
    text: str
    """On one line."""
    glue: str = ""
    """What stands between it and the passage before it in the same segment."""
    cost: int = 0
    """Tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How many tokens there are."""

    context: int
    told: int
    """For the instructions and the schema."""
    lines: int
    """For the lines of one question."""
    before: int
    """For what was said before them."""


@dataclass(frozen=True, slots=True)
class Part:
    """Passages that are asked for at once."""

    passages: tuple[Passage, ...]
    before: tuple[Passage, ...] = ()

    def halves(self) -> tuple["Part", "Part"]:
        """Two parts of at least one passage each."""
        middle = len(self.passages) // 2
        first, second = self.passages[:middle], self.passages[middle:]
        return Part(first, self.before), Part(second, first[-BEFORE:])


Count = Callable[[str], int]


def sizes_of(context: int, most: int | None, canary: str, count: Count) -> Sizes:
    """How much fits; `most` are the tokens that an answer may have, None = what is left."""
    told = count(system_of(canary)) + count(json.dumps(schema_of(MOST_LINES))) + MARGIN
    room = max(0, context - told)
    before = room // 12
    lines = int((room - before) / (1 + GROWTH))
    if most is not None:
        lines = min(lines, int(most / GROWTH))
    return Sizes(context=context, told=told, lines=max(32, min(lines, MOST_TOKENS)), before=before)


def passages_of(transcript: Transcript, sizes: Sizes, count: Count) -> list[Passage]:
    """All text of a transcript, in order."""
    places = [at for at, segment in enumerate(transcript.segments) if segment.text.strip()]
    longest = min(LONGEST, sizes.lines)
    found = (
        passage
        for index, line in zip(places, lines_of(transcript), strict=True)
        for passage in _cut(line, index, longest, count)
    )
    return [replace(passage, number=number) for number, passage in enumerate(found)]


def parts_of(passages: Sequence[Passage], sizes: Sizes) -> list[Part]:
    """The passages in parts, each with what was said before it."""
    least = sizes.lines // MOST_LINES
    lines = [Line(segment=at, text=passage.text) for at, passage in enumerate(passages)]
    parts = split_lines(lines, sizes.lines, lambda line: max(least, passages[line.segment].cost))
    return [
        Part(
            tuple(passages[line.segment] for line in part),
            _before(passages[: part[0].segment][-BEFORE:], sizes.before),
        )
        for part in parts
    ]


def answer_tokens(part: Part, sizes: Sizes, *, thinks: bool) -> int:
    """The longest answer that a part needs, in tokens."""
    asked = sum(passage.cost for passage in part.passages)
    shown = sum(passage.cost for passage in part.before)
    needed = int(asked * GROWTH) + MARGIN + (THINKING if thinks else 0)
    return max(MARGIN, min(needed, sizes.context - sizes.told - asked - shown))


def _before(passages: Sequence[Passage], budget: int) -> tuple[Passage, ...]:
    """The last passages that fit."""
    shown: list[Passage] = []
    for passage in reversed(passages):
        budget -= passage.cost
        if budget < 0:
            break
        shown.insert(0, passage)
    return tuple(shown)


def _cut(line: Line, index: int, longest: int, count: Count) -> list[Passage]:
    """One passage, or several of about the same length where the line is too long."""
    cost = count(as_json({"id": MOST_LINES, "text": line.text}))
    pieces = -(-cost // longest)
    units = line.text.split(" ")
    glue = " "
    if len(units) < 4 * pieces:  # a script without spaces
        units, glue = list(line.text), ""
    edges = [len(units) * number // pieces for number in range(pieces + 1)]
    texts = [glue.join(units[a:b]) for a, b in pairwise(edges) if a < b]
    return [
        Passage(
            index=index,
            segment=line.segment,
            text=text,
            glue=glue if number else "",
            cost=cost if len(texts) == 1 else count(as_json({"id": MOST_LINES, "text": text})),
        )
        for number, text in enumerate(texts)
    ]
