"""Transcripts and templates for the tests of what is written by quotation."""

from collections.abc import Iterator, Mapping
from typing import Any

from hansard.models.llm.shapes.schemas import check_schema
from hansard.transcript import Segment, Transcript
from hansard.writing.forms.template import Method, Template

A, B, C = "SPEAKER_00", "SPEAKER_01", "SPEAKER_02"

MEETING = (
    (A, "Welcome everyone, today we talk about the budget of the new library."),
    (B, "The library budget is forty thousand euros for the first year."),
    (A, "What do you think about the opening hours of the library?"),
    (B, "I believe the library should never close before eight in the evening!"),
    (A, "We decided to open the library on the third of June."),
    (B, "I will send the plan of the opening by Friday."),
    (A, "Mark will check the lights before next Tuesday."),
    (B, "You find the drawings at example.com/library, as always."),
    (A, "Who pays for the new roof of the library?"),
)


def said(
    *turns: tuple[str | None, str], language: str | None = None, timed: bool = True
) -> Transcript:
    """A transcript of turns of five seconds each."""
    return Transcript(
        segments=tuple(
            Segment(id=n, text=text, start=5.0 * n, end=5.0 * n + 4, speaker=speaker)
            for n, (speaker, text) in enumerate(turns)
        ),
        duration=5.0 * len(turns) if timed else 0.0,
        language=language,
        speakers=tuple(dict.fromkeys(speaker for speaker, _ in turns if speaker)),
    )


def shaped(
    properties: Mapping[str, Any],
    *,
    required: tuple[str, ...] | None = None,
    extract: Mapping[str, Method] | None = None,
) -> Template:
    """A template with these properties, and tags; all of them required unless said otherwise."""
    wanted = {"tags": {"type": "array", "items": {"type": "string"}}} | dict(properties)
    schema = {
        "type": "object",
        "properties": wanted,
        "required": list(wanted if required is None else required),
    }
    return Template(
        id="odd",
        name="Odd",
        description="",
        schema=check_schema(schema),
        prompt="",
        example={},
        extract=extract or {},
    )


def plain(text: str) -> str:
    """A text with its white space made one."""
    return " ".join(text.split())


def texts_in(value: Any) -> Iterator[str]:
    """Every string in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from texts_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts_in(part)


STRING = {"type": "string"}
STRINGS = {"type": "array", "items": STRING}
MAYBE = {"type": ["string", "null"]}
