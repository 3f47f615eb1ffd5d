"""A model asked for clean text, part by part, until it answers or there is no hope."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from hansard.errors import Cancelled, LlmAnswerError
from hansard.models.llm import Ask, Generation, LanguageModel
from hansard.models.llm.answering.answers import ask_object
from hansard.writing.cleaning.parts import Part, Passage, Sizes, answer_tokens
from hansard.writing.cleaning.prompt import complaint, messages_of, schema_of, texts_in

GIVE_UP: Final = 8
"""Lines in a row, each asked for by itself in vain, after which the model is asked no more."""

logger = logging.getLogger(__name__)


class Asking:
    """Asks a model about parts; safe to share between threads."""

    def __init__(
        self,
        model: LanguageModel,
        generation: Generation,
        sizes: Sizes,
        canary: str,
        retries: int,
    ) -> None:
        self._model = model
        self._generation = generation
        self._sizes = sizes
        self._canary = canary
        self._retries = retries
        self._vain = 0
        self._asked: set[int] = set()

    def answers(self, part: Part, cancelled: Callable[[], bool]) -> dict[int, str]:
        """Number of a passage to the model's text for it; those without an answer are left out.

        A part for which nothing valid comes is halved and asked for again, down to one passage.

        Raises:
            Cancelled: `cancelled` said so.
            LanguageModelError: the model cannot be asked.
        """
        found: dict[int, str] = {}
        waiting = [part]
        while waiting and self._vain < GIVE_UP:
            if cancelled():
                raise Cancelled
            part = waiting.pop()
            try:
                found |= self._ask(part, cancelled)
                self._vain = 0
            except LlmAnswerError as error:
                logger.info("no answer for %d lines: %s", len(part.passages), error.code)
                if len(part.passages) > 1:
                    waiting += reversed(part.halves())
                else:
                    self._vain += 1
        return found

    def why(self, passage: Passage) -> str:
        """Why there is no answer for a passage."""
        if passage.number in self._asked:
            return "no answer"
        return f"not asked: {GIVE_UP} lines before had no answer"

    def _ask(self, part: Part, cancelled: Callable[[], bool]) -> dict[int, str]:
        passages = part.passages
        self._asked.update(passage.number for passage in passages)
        messages = messages_of(
            [passage.text for passage in passages],
            [passage.text for passage in part.before],
            self._canary,
        )
        answered = ask_object(
            self._model,
            Ask(messages=messages, schema=schema_of(len(passages))),
            self._generation_for(part),
            retries=self._retries,
            complain=complaint(len(passages)),
            cancelled=cancelled,
        )
        texts = texts_in(answered.value)
        return {passages[number - 1].number: text for number, text in texts.items()}

    def _generation_for(self, part: Part) -> Generation:
        if self._generation.max_tokens is not None:
            return self._generation
        thinks = self._model.info.thinking is not False
        most = answer_tokens(part, self._sizes, thinks=thinks)
        return replace(self._generation, max_tokens=most)
