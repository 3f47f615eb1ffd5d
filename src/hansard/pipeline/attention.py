"""The recogniser as an aligner: it is told the words, and its attention says when."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hansard.audio import Sound
from hansard.models.engines import Engine, Hypothesis, Piece, Window
from hansard.pipeline.timing import fit
from hansard.transcript import Span, Word


@dataclass(frozen=True, slots=True)
class Attention:
    """The recogniser's own attention as an aligner: it is told the words, and asked when."""

    engine: Engine

    def align(
        self, sound: Sound, span: Span, words: Sequence[str], language: str | None
    ) -> tuple[Word | None, ...]:
        """When each of the words was said within `span`; see `hansard.models.alignment`.

        `probability` says how likely the recogniser finds the word there.

        Raises:
            EngineError: it failed.
        """
        piece = Piece(text="".join(words), start=span.start, end=span.end)
        window = Window(sound, span.start, span.end)
        encoded = self.engine.encode([window])
        try:
            found = encoded.align({0: Hypothesis(pieces=(piece,), language=language)})
        finally:
            encoded.close()
        return by_letters(words, fit(found.get(0, ()), window))


def by_letters(words: Sequence[str], found: Sequence[Word]) -> tuple[Word | None, ...]:
    """Timed words for words that are cut elsewhere; None where a timed word lies in two of them."""
    edges = {0: 0}
    length = 0
    for number, word in enumerate(found, start=1):
        length += _letters(word.text)
        edges[length] = number
    if length != sum(map(_letters, words)):
        return (None,) * len(words)
    placed: list[Word | None] = []
    at = 0
    for text in words:
        first, at = edges.get(at), at + _letters(text)
        last = edges.get(at)
        whole = first is not None and last is not None and first < last
        placed.append(_joined(text, found[first:last]) if whole else None)
    return tuple(placed)


def _letters(text: str) -> int:
    return sum(1 for character in text if not character.isspace())


def _joined(text: str, parts: Sequence[Word]) -> Word:
    known = [part.probability for part in parts if part.probability is not None]
    return replace(
        parts[0],
        text=text,
        end=parts[-1].end,
        probability=sum(known) / len(known) if known else None,
        tokens=tuple(token for part in parts for token in part.tokens),
    )
