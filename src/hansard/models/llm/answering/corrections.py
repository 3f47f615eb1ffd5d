"""What a model is told about a wrong answer, within the room that its context leaves."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hansard.models.llm.answering.json_text import shorten
from hansard.models.llm.answering.reading import CUT, clean_text
from hansard.models.llm.protocol import LanguageModel, Message

MAX_REMARKS = 20
"""Problems that a model is told at once."""

_REMARK_LENGTH = 300
_QUOTED = 4_000
"""Characters of its last answer that a model is shown."""
_MESSAGE_TOKENS = 8
"""What a chat template puts around a message; a guess."""
_REQUEST = "Answer with the whole corrected JSON object only."


@dataclass(frozen=True, slots=True)
class Correction:
    """An answer and what is wrong with it."""

    text: str
    problems: Sequence[str]
    again: bool = False
    """Whether the answer before was the same."""


def with_correction(
    messages: Sequence[Message], correction: Correction, model: LanguageModel, room: int
) -> tuple[Message, ...]:
    """A question together with the wrong answer to it and what is wrong, in at most `room` tokens.

    Where that is too much, the answer is left out, then all problems but the first: a conversation
    that overflows the context would be no answer at all.
    """
    shown = clean_text(correction.text[:_QUOTED])
    remark = _remark(correction, MAX_REMARKS)
    whole = (
        *messages,
        Message("assistant", f"{shown} [...]" if len(correction.text) > _QUOTED else shown),
        Message("user", remark),
    )
    if shown.strip() and _tokens(model, whole) <= room:
        return whole
    without = _added(messages, remark)
    if _tokens(model, without) <= room:
        return without
    return _added(messages, _remark(correction, 1))


def _remark(correction: Correction, most: int) -> str:
    problems = correction.problems
    lines = ["Your last answer cannot be used:"]
    lines += [f"- {shorten(problem, _REMARK_LENGTH)}" for problem in problems[:most]]
    if len(problems) > most:
        lines.append(f"- and {len(problems) - most} more")
    if CUT in problems:
        lines.append("Write less this time, so that the object is complete.")
    if correction.again:
        lines.append("You gave this same answer before: change it.")
    return "\n".join([*lines, _REQUEST])


def _added(messages: Sequence[Message], remark: str) -> tuple[Message, ...]:
    """With the remark in the user's last message: many chat templates want turns to alternate."""
    *before, last = messages
    if last.role != "user":
        return (*messages, Message("user", remark))
    return (*before, replace(last, content=f"{last.content}\n\n{remark}"))


def _tokens(model: LanguageModel, messages: Sequence[Message]) -> int:
    return sum(_MESSAGE_TOKENS + model.count_tokens(message.content) for message in messages)
