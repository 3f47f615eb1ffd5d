"""A transcript longer than a model's context, read part by part into notes.

Parts are cut between turns, none is left out. Notes that do not fit into the context together are
condensed in further rounds. A part for which the model has no useful answer is quoted in its place.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from hansard.errors import Cancelled, LlmAnswerError
from hansard.models.llm import Ask, Generation, LanguageModel, Schema
from hansard.models.llm.answering.answers import ask_object
from hansard.models.llm.metering import ask_together
from hansard.writing.guards.guarding import WITHHELD, Guard
from hansard.writing.language.ranking import choose, rank
from hansard.writing.lines import Line, split_lines
from hansard.writing.summaries.prompt import (
    LINES,
    NOTES,
    TIMES,
    fields_of,
    material,
    neutral,
    system_of,
    written,
)

SCHEMA: Final[Schema] = {
    "type": "object",
    "properties": {
        "notes": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string"},
                    "segments": {"type": "array", "items": {"type": "integer"}},
                },
                "required": ["text", "segments"],
                "additionalProperties": False,
            },
        },
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["notes", "tags"],
    "additionalProperties": False,
}
TASK: Final = """\
You take notes of {part} of a long transcript. Others will write from your notes alone: {fields}
Each note is one full sentence about a fact, a decision, a task, a question or an argument, with \
its names, numbers and dates, and "segments" are the numbers of the one to three lines that say \
it. Write at most {most} notes, in the order of the lines, and at most ten "tags"."""
QUOTED: Final = 150
"""Words that are quoted of a part for which there is no answer."""
ROUNDS: Final = 5
"""After so many rounds notes are cut."""
_NOTE: Final = 45
"""Tokens that a note takes, about."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that was said, and where."""

    text: str
    segments: tuple[int, ...]
    start: float | None = None

    def written(self, *, timed: bool) -> str:
        """As a model reads it."""
        moment = f" ({self.start:.1f})" if timed and self.start is not None else ""
        numbers = ",".join(map(str, self.segments))
        return f"[{numbers}]{moment} {neutral(self.text)}"


@dataclass(frozen=True, slots=True)
class Taken:
    """What was noted of one part."""

    notes: list[Note]
    tags: list[str] = field(default_factory=list)
    quoted: bool = False
    """True where the model had no answer."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What reading in parts needs to know."""

    model: LanguageModel
    generation: Generation
    retries: int
    guard: Guard
    nonce: str
    budget: int
    """Tokens of material in one question."""
    timed: bool = False
    language: str | None = None
    on_share: Callable[[float], None] = lambda _: None
    cancelled: Callable[[], bool] = lambda: False


@dataclass
class Record:
    """What reading in parts came to."""

    parts: int = 0
    rounds: int = 0
    lines_read: int = 0
    quoted: int = 0
    """Parts for which the model had no answer."""
    cut: int = 0
    """Notes that were shortened because no round made them few enough."""
    tags: list[str] = field(default_factory=list)


def take_notes(
    reading: Reading, lines: Sequence[Line], schema: Schema
) -> tuple[list[Note], Record]:
    """Notes about all lines that fit into one question together.

    Raises:
        LlmAnswerError: the model had no useful answer for any part.
        Cancelled: the caller asked to stop.
        LanguageModelError: the model cannot be asked.
    """
    record = Record(rounds=1)
    parts = split_lines(
        lines,
        reading.budget,
        lambda line: reading.model.count_tokens(written(line, timed=reading.timed)) + 1,
    )
    record.parts = len(parts)

    def read(number: int, cancelled: Callable[[], bool]) -> Taken:
        place = (number, len(parts))
        return _notes_of(replace(reading, cancelled=cancelled), parts[number], schema, place)

    taken: dict[int, Taken] = {}
    for number, found in ask_together(
        range(len(parts)), read, at_once=reading.model.info.parallel, cancelled=reading.cancelled
    ):
        taken[number] = found
        record.lines_read += len(parts[number])
        reading.on_share(len(taken) / len(parts))
    notes = [note for number in sorted(taken) for note in taken[number].notes]
    record.tags += [tag for number in sorted(taken) for tag in taken[number].tags]
    record.quoted = sum(one.quoted for one in taken.values())
    if record.quoted == len(parts):
        raise LlmAnswerError(
            f"the model had no useful answer for any of {len(parts)} parts of the transcript",
            hint="try another model, or raise llm_max_retries",
        )
    return _condensed(reading, notes, schema, record), record


def _condensed(reading: Reading, notes: list[Note], schema: Schema, record: Record) -> list[Note]:
    """The notes in so many rounds that they fit."""
    while (size := _size(reading, notes)) > reading.budget:
        if record.rounds >= ROUNDS:
            return _cut(reading, notes, record)
        record.rounds += 1
        groups = _groups(reading, notes)
        shorter: list[Note] = []
        for number, group in enumerate(groups):
            shorter += _condense(reading, group, schema, (number, len(groups)))
        if not shorter or _size(reading, shorter) > 0.9 * size:
            return _cut(reading, notes, record)
        notes = shorter
    return notes


def _groups(reading: Reading, notes: Sequence[Note]) -> list[list[Note]]:
    """Consecutive notes that fit into one question."""
    parts = split_lines(
        [Line(segment=number, text=note.text) for number, note in enumerate(notes)],
        reading.budget,
        lambda line: _cost(reading, notes[line.segment]),
    )
    return [[notes[line.segment] for line in part] for part in parts]


def _notes_of(
    reading: Reading, part: Sequence[Line], schema: Schema, place: tuple[int, int]
) -> Taken:
    marks = LINES + (TIMES if reading.timed else "")
    texts = [written(line, timed=reading.timed) for line in part]
    starts = {line.segment: line.start for line in part}
    try:
        return _ask(reading, texts, _Wanted(schema, marks, place, starts))
    except LlmAnswerError as error:
        logger.info("no notes for part %d of %d: %s", place[0] + 1, place[1], error.code)
        return Taken(_quotes(part, reading.language), quoted=True)


def _condense(
    reading: Reading, notes: Sequence[Note], schema: Schema, place: tuple[int, int]
) -> list[Note]:
    texts = [note.written(timed=reading.timed) for note in notes]
    starts = {number: note.start for note in notes for number in note.segments}
    try:
        return _ask(reading, texts, _Wanted(schema, NOTES, place, starts)).notes
    except LlmAnswerError:
        return list(notes)


@dataclass(frozen=True, slots=True)
class _Wanted:
    schema: Schema
    marks: str
    place: tuple[int, int]
    """Number of the part, and of all parts."""
    starts: dict[int, float | None]
    """The segments that may be named, and when each begins."""


def _ask(reading: Reading, texts: Sequence[str], wanted: _Wanted) -> Taken:
    if reading.cancelled():
        raise Cancelled
    number, count = wanted.place
    task = TASK.format(
        part=f"part {number + 1} of {count}",
        fields="; ".join(fields_of(wanted.schema)),
        most=max(3, min(60, reading.budget // (_NOTE * count))),
    )
    system = system_of(
        task,
        what="the material",
        marks=wanted.marks,
        nonce=reading.nonce,
        canary=reading.guard.canary,
        schema=SCHEMA,
    )
    guard = Guard(reading.guard.canary, system.content, reading.guard.secrets, reading.guard.said)
    answered = ask_object(
        reading.model,
        Ask(messages=(system, material(texts, reading.nonce)), schema=SCHEMA),
        reading.generation,
        retries=reading.retries,
        complain=lambda value: tuple(guard.complaints(value)),
        cancelled=reading.cancelled,
    )
    value, gone = guard.withhold(answered.value, SCHEMA)
    notes = [_note(entry, wanted.starts) for entry in value["notes"] if _says_something(entry)]
    if gone and not notes:
        raise LlmAnswerError("the model gave away its instructions, and wrote nothing else")
    return Taken(notes, [tag for tag in value["tags"][:10] if WITHHELD not in tag])


def _says_something(entry: Any) -> bool:
    return bool(entry["text"].strip()) and WITHHELD not in entry["text"]


def _note(entry: Any, starts: dict[int, float | None]) -> Note:
    segments = tuple(dict.fromkeys(n for n in entry["segments"] if n in starts))[:5]
    return Note(entry["text"], segments, starts[segments[0]] if segments else None)


def _quotes(part: Sequence[Line], language: str | None) -> list[Note]:
    texts = [line.text for line in part]
    chosen = choose(texts, rank(texts, language), QUOTED, language=language)
    return [Note(part[one].text, (part[one].segment,), part[one].start) for one in chosen]


def _cut(reading: Reading, notes: Sequence[Note], record: Record) -> list[Note]:
    """Notes shortened until they fit, each to the same length."""
    record.cut = len(notes)
    length = 400
    while length > 20:
        short = [Note(note.text[:length], note.segments[:2], note.start) for note in notes]
        if _size(reading, short) <= reading.budget:
            return short
        length = length * 2 // 3
    # Even so many beginnings do not fit: every n-th note, from the first to the last.
    keep = max(1, reading.budget // 20)
    return short[:: len(short) // keep + 1]


def _size(reading: Reading, notes: Sequence[Note]) -> int:
    return sum(_cost(reading, note) for note in notes)


def _cost(reading: Reading, note: Note) -> int:
    return reading.model.count_tokens(note.written(timed=reading.timed)) + 1
