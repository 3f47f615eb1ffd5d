"""One answer in the making, token by token, by transformers' own `generate`."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
import transformers

from hansard.errors import Cancelled, LanguageModelError
from hansard.models.llm.local.chat import Chat
from hansard.models.llm.options import Generation

if TYPE_CHECKING:
    from hansard.models.llm.local.constraint import Guide

CHUNK = 512
"""Tokens of a prompt that are read at once; between two of these it can be cancelled."""
SEED = 20_240_229
"""Where a model samples, the same question gets the same answer: a result can be made again."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a loaded model is made of."""

    model: Any
    tokenizer: Any
    chat: Chat
    ends: tuple[int, ...]
    """The tokens that end an answer."""


@dataclass(frozen=True, slots=True)
class Watch:
    """When to stop."""

    cancelled: Callable[[], bool]
    deadline: float
    """On the monotonic clock."""
    seconds: float

    def look(self) -> None:
        """Go on, or stop.

        Raises:
            Cancelled: the caller asked to.
            LanguageModelError: it takes too long.
        """
        if self.cancelled():
            raise Cancelled
        if time.monotonic() > self.deadline:
            raise LanguageModelError(
                f"the language model did not answer within {self.seconds:g} s",
                hint="raise llm_timeout, ask for less (max_tokens), or choose a smaller model",
            )


@dataclass(frozen=True, slots=True)
class Said:
    """What came of a run."""

    tokens: Sequence[int]
    hurried: bool
    """Whether it was brought to an early end."""


class Run:
    """One answer in the making."""

    def __init__(self, parts: Parts, guide: "Guide | None", watch: Watch) -> None:
        self._parts = parts
        self._guide = guide
        self._watch = watch
        self._hurried = False

    def generate(self, prompt: Sequence[int], wanted: Generation, budget: int) -> Said:
        """Let the model write."""
        model = self._parts.model
        device = model.device
        ids = torch.tensor([list(prompt)], device=device)
        masks = [self._mask] if self._guide is not None else []
        hook = model.register_forward_pre_hook(lambda *_: self._watch.look())
        devices = [device] if device.type == "cuda" else []
        try:
            with torch.inference_mode(), torch.random.fork_rng(devices):
                torch.manual_seed(SEED)
                made = model.generate(
                    ids,
                    attention_mask=torch.ones_like(ids),
                    generation_config=_settings(
                        self._parts, wanted, budget, long=len(prompt) > CHUNK
                    ),
                    # After the penalties and before top_p and top_k, which only take away: so what
                    # the schema allows is never lost to them.
                    logits_processor=transformers.LogitsProcessorList(masks),
                    stopping_criteria=transformers.StoppingCriteriaList([self._stop]),
                )
        finally:
            hook.remove()
        return Said(made[0, len(prompt) :].tolist(), self._hurried)

    def _mask(self, _ids: Any, scores: Any) -> Any:
        """Take from the scores what does not fit the schema."""
        assert self._guide is not None  # noqa: S101 - only a run with a guide has this mask
        fits = self._guide.allowed()
        lands = self._guide.landing(fits)
        masked = _masked(scores, fits)
        if lands is fits:
            return masked
        self._hurried = self._hurried or not lands[int(masked[0].argmax())]
        return _masked(scores, lands)

    def _stop(self, ids: Any, _scores: Any, **_: Any) -> Any:
        """After each token: whether it was the last."""
        self._watch.look()
        over = False
        if self._guide is not None:
            self._guide.take(int(ids[0, -1]))
            over = self._guide.ended
        elif self._parts.chat.stops:
            tail = self._parts.tokenizer.decode(ids[0, -16:])
            over = any(stop in tail for stop in self._parts.chat.stops)
        return torch.full((ids.shape[0],), over, device=ids.device, dtype=torch.bool)


def _masked(scores: Any, mask: Any) -> Any:
    """The scores with minus infinity where the mask says no; vocabularies may be padded."""
    width = min(scores.shape[-1], len(mask))
    keep = torch.zeros(scores.shape[-1], dtype=torch.bool)
    keep[:width] = torch.from_numpy(mask[:width])
    return scores.masked_fill(~keep.to(scores.device), float("-inf"))


def _settings(parts: Parts, wanted: Generation, budget: int, *, long: bool) -> Any:
    """How transformers is to choose; nothing of its own defaults is left."""
    sampling = {}
    if wanted.temperature:
        sampling = {
            "temperature": wanted.temperature,
            "top_p": 1.0 if wanted.top_p is None else wanted.top_p,
            "top_k": wanted.top_k or 0,
        }
    return transformers.GenerationConfig(
        max_new_tokens=budget,
        do_sample=bool(sampling),
        repetition_penalty=wanted.repetition_penalty or 1.0,
        eos_token_id=list(parts.ends) or None,
        pad_token_id=parts.ends[0] if parts.ends else 0,
        prefill_chunk_size=CHUNK if long else None,
        **sampling,
    )
