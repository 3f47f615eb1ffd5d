"""Ask a model for an object that keeps a schema, and tell it what is wrong until it does.

The schema goes with the question, but no back end is trusted to hold the model to it: each answer
is read (`answer_reading`) and validated here.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hansard.errors import Cancelled, LlmAnswerError
from hansard.models.llm.answering.corrections import Correction, with_correction
from hansard.models.llm.answering.json_text import shorten
from hansard.models.llm.answering.reading import Reading, read_answer
from hansard.models.llm.options import Generation
from hansard.models.llm.protocol import Ask, LanguageModel, Message, Reply, Schema, Usage

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An object that keeps its schema."""

    value: Any
    """Plain JSON; it can be written as UTF-8."""
    usage: Usage
    """Of all tries together."""
    attempts: int
    """How often the model was asked."""
    problems: tuple[str, ...] = ()
    """What was still complained of after the last try, or that its end was cut off."""


def ask_object(
    model: LanguageModel,
    ask: Ask,
    generation: Generation,
    *,
    retries: int,
    complain: Callable[[Any], Sequence[str]] = lambda _: (),
    cancelled: Callable[[], bool] = lambda: False,
) -> Answered:
    """Ask for an object that keeps `ask.schema`, and again up to `retries` times.

    An answer that is not valid, or that `complain` finds something about, is asked for again: with
    that answer (shortened) and what is wrong with it, and with temperature 0 where one above 0 was
    asked for. No answer at all (`LlmAnswerError` of the model) is asked for again in the same
    words. If no valid answer is without complaints, the one with the fewest is given back.

    Raises:
        LlmAnswerError: no answer was valid.
        Cancelled: `cancelled` said so.
        LanguageModelError: as `model.complete` does; then nothing is asked again.
        TemplateError: the schema is none.
    """
    if ask.schema is None:
        raise ValueError("an object is asked for, and the question has no schema")
    talk = _Talk(model, ask, ask.schema, generation, complain)
    for attempt in range(max(retries, 0) + 1):
        if cancelled():
            raise Cancelled
        if talk.goes_well(last=attempt >= retries, cancelled=cancelled):
            break
    return talk.outcome()


@dataclass(slots=True)
class _Talk:
    """One question and all that came of it so far."""

    model: LanguageModel
    ask: Ask
    schema: Schema
    generation: Generation
    complain: Callable[[Any], Sequence[str]]
    usage: Usage = field(default_factory=Usage)
    attempts: int = 0
    best: Reading | None = None
    """The valid answer with the fewest problems."""
    failure: LlmAnswerError | None = None
    """Why nothing of use came of the last try."""
    messages: Sequence[Message] = ()
    """What is asked after the first try."""
    said: str | None = None
    """The last answer."""

    def goes_well(self, *, last: bool, cancelled: Callable[[], bool]) -> bool:
        """Ask once; whether what came leaves nothing to complain of."""
        messages = self.messages or self.ask.messages
        generation = _calmer(self.generation) if self.attempts else self.generation
        self.attempts += 1
        try:
            reply = self.model.complete(replace(self.ask, messages=messages), generation, cancelled)
        except LlmAnswerError as error:
            self.usage += Usage(requests=1)
            self.failure = error
            logger.debug("try %d brought no answer: %s", self.attempts, error)
            return False
        self.usage += reply.usage
        return self._takes(reply, last=last)

    def outcome(self) -> Answered:
        """The best that there is.

        Raises:
            LlmAnswerError: there is nothing valid.
        """
        if self.best is not None:
            return Answered(
                value=self.best.value,
                usage=self.usage,
                attempts=self.attempts,
                problems=self.best.problems,
            )
        raise self.failure or LlmAnswerError

    def _takes(self, reply: Reply, *, last: bool) -> bool:
        reading = read_answer(reply.text, self.schema, finished=reply.finished, last=last)
        if reading.valid:
            complaints = tuple(self.complain(reading.value))
            reading = replace(reading, problems=(*reading.problems, *complaints))
            if self.best is None or (
                not reading.cut and len(reading.problems) <= len(self.best.problems)
            ):
                self.best = reading
            if not reading.problems:
                return True
        logger.debug("try %d has %d problems", self.attempts, len(reading.problems))
        self.failure = _failure(self.attempts, reading)
        if not last:
            correction = Correction(reply.text, reading.problems, again=reply.text == self.said)
            self.messages = with_correction(self.ask.messages, correction, self.model, self.room)
            self.said = reply.text
        return False

    @property
    def room(self) -> int:
        """Tokens that the messages may take, so that the answer finds room beside them."""
        context = self.model.info.context
        return context - (self.generation.max_tokens or context // 4)


def _calmer(generation: Generation) -> Generation:
    return replace(generation, temperature=0.0) if generation.temperature else generation


def _failure(attempts: int, reading: Reading) -> LlmAnswerError:
    times = "once" if attempts == 1 else f"{attempts} times"
    hint = "take a larger model, or a server that holds answers to a schema (llm_schema)"
    if reading.cut:
        hint = f"allow longer answers (max_tokens) or a larger context (llm_context); else {hint}"
    problem = shorten(reading.problems[0], 300) if reading.problems else "nothing was valid"
    return LlmAnswerError(
        f"the language model was asked {times} and gave no object that can be used: {problem}",
        hint=hint,
    )
