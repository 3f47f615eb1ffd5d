"""A model that answers as it is told, and transcripts to clean."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from hansard.models.llm import Ask, Generation, LanguageModelInfo, Reply, Usage
from hansard.transcript import Segment, Transcript, Word

Line = dict[str, Any]
JFK = (
    "And so, my fellow Americans, ask not what your country can do for you.",
    "Ask what you can do for your country!",
    "My fellow citizens of the world: ask not what America will do for you, but what we can do!",
)


class ScriptedModel:
    """Hands the lines that it is asked about to a function, and says what that returns."""

    def __init__(self, say: Callable[[list[Line]], str], *, context: int = 8192) -> None:
        self.info = LanguageModelInfo(name="scripted", version="1", model="m", context=context)
        self.asked: list[tuple[Ask, Generation]] = []
        self._say = say

    def complete(
        self,
        ask: Ask,
        generation: Generation,
        cancelled: Callable[[], bool] = lambda: False,  # noqa: ARG002
    ) -> Reply:
        self.asked.append((ask, generation))
        text = self._say(lines_in(ask))
        return Reply(text=text, usage=Usage(requests=1, prompt_tokens=7, completion_tokens=3))

    def count_tokens(self, text: str) -> int:
        return len(text) // 3 + 1

    def close(self) -> None:
        """Nothing to free."""


def lines_in(ask: Ask) -> list[Line]:
    """The lines that a question is about."""
    return list(question_in(ask)["lines"])


def question_in(ask: Ask) -> dict[str, Any]:
    """The JSON of a question."""
    user = next(message.content for message in ask.messages if message.role == "user")
    body = user.removeprefix("<transcript>\n").removesuffix("\n</transcript>")
    question: dict[str, Any] = json.loads(body)
    return question


def each(rewrite: Callable[[str], str]) -> Callable[[list[Line]], str]:
    """What a model says that rewrites each line."""
    return lambda lines: json.dumps(
        {"lines": [{"id": line["id"], "text": rewrite(line["text"])} for line in lines]}
    )


def bare(text: str) -> str:
    """A text as a recogniser without punctuation writes it."""
    kept = (c if c.isalnum() or c in " '" else " " if c == "-" else "" for c in text.lower())
    return " ".join("".join(kept).split())


def restoring(texts: Sequence[str]) -> Callable[[list[Line]], str]:
    """What a model says that knows the original of each bare text."""
    originals = {bare(text): text for text in texts}
    return each(originals.__getitem__)


def spoken(texts: Sequence[str], *, words: bool = True, speaker: str | None = "A") -> Transcript:
    """A transcript with one segment of two seconds for each text."""
    segments = []
    for number, text in enumerate(texts):
        start = 2.0 * number
        timed = timed_words(text, start, start + 2.0, speaker) if words else ()
        segments.append(
            Segment(
                id=number, text=f" {text}", start=start, end=start + 2.0, words=timed,
                speaker=speaker, tokens=(1, 2, 3), avg_logprob=-0.25,
            )
        )  # fmt: skip
    speakers = () if speaker is None else (speaker,)
    return Transcript(
        segments=tuple(segments), language="en", duration=2.0 * len(segments), speakers=speakers
    )


def timed_words(text: str, start: float, end: float, speaker: str | None) -> tuple[Word, ...]:
    """The words between spaces, evenly spread."""
    parts = text.split()
    step = (end - start) / max(1, len(parts))
    return tuple(
        Word(
            text=f" {part}",
            start=start + step * number,
            end=start + step * (number + 1),
            probability=0.5 + number / 1000,
            speakers=() if speaker is None else (speaker,),
            method="cross-attention",
            confidence=0.9,
            tokens=(number,),
        )
        for number, part in enumerate(parts)
    )
