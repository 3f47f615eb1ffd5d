"""One summary in the making: what it is made from, and what follows from that."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from hansard.errors import UsageError
from hansard.models.llm import Generation, LanguageModelInfo, Message, Schema
from hansard.models.llm.metering import Metered
from hansard.transcript import Transcript
from hansard.writing.forms.rendering import render_prompt
from hansard.writing.forms.template import Template
from hansard.writing.guards.guarding import Guard, canary_of
from hansard.writing.language.words import guess_language
from hansard.writing.lines import Line
from hansard.writing.options import SummaryOptions
from hansard.writing.summaries.prompt import CITE, LINES, NOTES, TIMES, nonce_of, system_of
from hansard.writing.summaries.times import Clock, has_times
from hansard.writing.summaries.wire import Accepting, wire_schema

MARGIN: Final = 200
"""Tokens of the context that are left alone: marks of the chat template, and counting by guess."""
LEAST: Final = 200
"""Tokens of material with which reading in parts still makes sense."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """What a summary is made from."""

    transcript: Transcript
    lines: Sequence[Line]
    template: Template
    model: Accepting
    options: SummaryOptions
    retries: int
    secrets: tuple[str, ...]
    cancelled: Callable[[], bool]

    @cached_property
    def said(self) -> str:
        """All that was said, and by whom."""
        return said_in(self.lines)

    @cached_property
    def nonce(self) -> str:
        """The mark around the material."""
        return nonce_of(self.said)

    @cached_property
    def language(self) -> str | None:
        """What the transcript says, else a guess."""
        return self.transcript.language or guess_language(line.text for line in self.lines)

    @cached_property
    def timed(self) -> bool:
        """Whether the model must know when lines were said."""
        known = any(line.start is not None for line in self.lines)
        return known and has_times(self.template.schema)

    @cached_property
    def clock(self) -> Clock:
        """The times of the recording."""
        return Clock(self.lines, max(self.transcript.duration, 0.0))

    @cached_property
    def wire(self) -> Schema:
        """The shape that the model is asked for."""
        return wire_schema(self.template.schema)

    @cached_property
    def generation(self) -> Generation:
        """What is asked of the model, with a longest answer."""
        return with_longest(self.options.summary_generation, self.model.info)

    @cached_property
    def budget(self) -> int:
        """Tokens of material that one question may hold.

        Raises:
            UsageError: there is no room.
        """
        return room_for(
            self.model, self.generation, self.system(noted=False), self.wire, self.retries
        )

    def system(self, *, noted: bool) -> Message:
        """The instructions, for lines or for notes of them."""
        prompt = render_prompt(
            self.template,
            language=self.language,
            speakers=self.transcript.speakers or self._speakers,
            title=None,
            duration=self.transcript.duration or None,
        )
        marks = (NOTES if noted else LINES) + (TIMES if self.timed else "")
        return system_of(
            f'{prompt}\n\nAll of this is the "summary". {CITE}',
            what="notes of a transcript" if noted else "a transcript",
            marks=marks,
            nonce=self.nonce,
            canary=canary_of(self.said),
            schema=self.wire,
        )

    def guard(self, *, noted: bool) -> Guard:
        """What must not come out."""
        instructions = self.system(noted=noted).content
        return Guard(canary_of(self.said), instructions, self.secrets, self.said)

    @cached_property
    def _speakers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(line.speaker for line in self.lines if line.speaker))


def said_in(lines: Sequence[Line]) -> str:
    """The text of lines with their speakers, one line each."""
    return "\n".join(f"{line.speaker or ''}: {line.text}" for line in lines)


def with_longest(generation: Generation, info: LanguageModelInfo) -> Generation:
    """The same with a longest answer: as asked, as the model's own, else a quarter of its context.

    Never more than half of the context, so that something can be asked.
    """
    most = generation.max_tokens or info.defaults.max_tokens or info.context // 4
    return replace(generation, max_tokens=max(1, min(most, info.context // 2)))


def room_for(
    model: Metered, generation: Generation, system: Message, schema: Schema, retries: int
) -> int:
    """Tokens of the context that are left beside instructions and answer.

    A back end may put the schema into the prompt, and a wrong answer is shown to the model when it
    is asked again, so both are counted.

    Raises:
        UsageError: next to nothing is left.
    """
    context, answer = model.info.context, generation.max_tokens or 0
    fixed = model.count_tokens(system.content) + model.count_tokens(json.dumps(schema))
    again = min(answer, 1024) if retries else 0
    left = context - fixed - answer - MARGIN - again
    if left < LEAST:
        left = context - model.count_tokens(system.content) - answer - MARGIN
    if left < LEAST:
        raise UsageError(
            f"instructions and answer leave {max(0, left)} of {context} tokens to read with",
            hint="set llm_context to what the model holds, lower summary_max_tokens, or take a "
            "shorter template",
        )
    return left
