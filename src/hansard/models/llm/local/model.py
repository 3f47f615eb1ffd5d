"""A language model in this process: turns, budgets, and what came as a reply."""

import contextlib
import gc
import threading
import time
from collections.abc import Callable, Iterator

import torch

from hansard.errors import Cancelled, LanguageModelError, MemoryExhaustedError
from hansard.models.llm.generation import resolve
from hansard.models.llm.local.constraint import Constraint, Guide
from hansard.models.llm.local.failures import failing_to_answer
from hansard.models.llm.local.run import Parts, Run, Said, Watch
from hansard.models.llm.options import Generation, LlmOptions
from hansard.models.llm.protocol import Ask, LanguageModelInfo, Reply, Usage
from hansard.models.llm.reasoning import strip_reasoning

LEAST = 64
"""Tokens that must be left for an answer."""
MOST = 4096
"""Tokens of an answer where nobody says how many."""
_LOOK = 0.1
"""Seconds between two looks at `cancelled` while others have their turn."""


class TransformersModel:
    """A model in this process.

    With a schema it cannot think first, for thoughts are no JSON: its template is told so. Without
    one it thinks as `llm_thinking` says, or as it does by itself.
    """

    def __init__(self, info: LanguageModelInfo, parts: Parts, options: LlmOptions) -> None:
        self.info = info
        self._parts: Parts | None = parts
        self._options = options
        self._constraint: Constraint | None = None
        self._turn = threading.Lock()

    def complete(
        self, ask: Ask, generation: Generation, cancelled: Callable[[], bool] = lambda: False
    ) -> Reply:
        """Answer, greedily unless a temperature above 0 is asked for, here or by the model's file.

        An answer with a schema is JSON of that schema whenever `max_tokens` has room for the least
        that the schema asks; where it would be longer than that, it is brought to an early end, and
        `finished` is False.

        Raises:
            LanguageModelError: the prompt is too long, the time is up, the schema contradicts
                itself, or the model failed.
            MemoryExhaustedError: there is no room.
            Cancelled: `cancelled` said so.
        """
        with self._alone(cancelled) as parts:
            wanted = resolve([("asked", generation), ("model", self.info.defaults)]).values
            thinking = False if ask.schema is not None else self._options.llm_thinking
            prompt = parts.chat.tokens(ask.messages, thinking)
            budget = self._budget(len(prompt), wanted.max_tokens)
            guide = None
            if ask.schema is not None:
                guide = self._constrain(parts).guide(ask.schema, budget)
            seconds = self._options.llm_timeout
            watch = Watch(cancelled, time.monotonic() + seconds, seconds)
            said = self._run(Run(parts, guide, watch), prompt, wanted, budget)
        text, finished = self._read(parts, said, guide)
        usage = Usage(requests=1, prompt_tokens=len(prompt), completion_tokens=len(said.tokens))
        return Reply(text=text, usage=usage, finished=finished)

    def _run(self, run: Run, prompt: list[int], wanted: Generation, budget: int) -> Said:
        try:
            with failing_to_answer(self.info.model):
                return run.generate(prompt, wanted, budget)
        except MemoryExhaustedError:
            _free_device()
            raise

    def count_tokens(self, text: str) -> int:
        """How many tokens a text takes."""
        return len(self._ready().chat.text(text))

    def close(self) -> None:
        """Free it."""
        self._parts = self._constraint = None
        gc.collect()
        _free_device()

    def _ready(self) -> Parts:
        if self._parts is None:
            raise LanguageModelError(f"model {self.info.model!r} has been unloaded")
        return self._parts

    @contextlib.contextmanager
    def _alone(self, cancelled: Callable[[], bool]) -> Iterator[Parts]:
        """Wait for a turn, for as long as the caller wants it."""
        while not self._turn.acquire(timeout=_LOOK):
            if cancelled():
                raise Cancelled
        try:
            if cancelled():
                raise Cancelled
            yield self._ready()
        finally:
            self._turn.release()

    def _budget(self, prompt: int, asked: int | None) -> int:
        """How many tokens the answer may have."""
        left = self.info.context - prompt
        if left < LEAST:
            raise LanguageModelError(
                f"the prompt takes {prompt} tokens, and the {self.info.context} tokens of context "
                f"of model {self.info.model!r} leave no room for an answer",
                hint="shorten the prompt, raise llm_context if the model can take more, or choose "
                "a model with a longer context",
            )
        return min(left, MOST if asked is None else asked)

    def _constrain(self, parts: Parts) -> Constraint:
        if self._constraint is None:
            try:
                self._constraint = Constraint(parts.tokenizer, parts.ends)
            except ValueError as error:
                raise LanguageModelError(
                    f"model {self.info.model!r} cannot be held to a schema: {error}",
                    hint="choose a model with a tokenizer.json, or a server (--llm-url)",
                ) from error
        return self._constraint

    def _read(self, parts: Parts, said: Said, guide: Guide | None) -> tuple[str, bool]:
        if guide is not None:
            return guide.text, guide.complete and not said.hurried
        finished = bool(said.tokens) and said.tokens[-1] in parts.ends
        tokens = [token for token in said.tokens if token not in parts.ends]
        text = parts.tokenizer.decode(tokens, clean_up_tokenization_spaces=False)
        for stop in parts.chat.stops:
            text, found, _ = text.partition(stop)
            finished = finished or bool(found)
        if self._options.llm_reasoning_parser == "auto":
            text = strip_reasoning(text)
        for mark in parts.chat.marks:
            text = text.replace(mark, "")
        return text.strip(), finished


def _free_device() -> None:
    """Give back what torch keeps on a GPU."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
