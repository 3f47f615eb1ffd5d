"""What every engine of the Whisper family shares: pieces from tokens, words from punctuation.

Source of the token layout: Radford et al. 2022, "Robust Speech Recognition via Large-Scale Weak
Supervision" (arXiv 2212.04356), section 2.3.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from hansard.models.engines.protocol import Piece
from hansard.transcript import Seconds, Word

TIMESTAMP_STEP: Seconds = 0.02
"""What one timestamp token stands for."""
MAX_TOKENS = 448
"""Positions in the decoder: prompt and text together."""
CONTEXT: Seconds = 30.0
"""What the encoder was trained on."""
OPENING = "\"'“¿([{-"
CLOSING = "\"'.。,，!！?？:：”)]}、"  # noqa: RUF001 - wide punctuation is meant


@dataclass(frozen=True, slots=True)
class TokenTable:
    """The special tokens of one checkpoint, and its way back to text."""

    end_of_text: int
    timestamp_begin: int
    decode: Callable[[Sequence[int]], str]


def split_pieces(
    tokens: Sequence[int], table: TokenTable, start: Seconds, end: Seconds
) -> tuple[Piece, ...]:
    """Cut a token sequence at its timestamps; `start` and `end` are the window's.

    Without timestamps all of it is one piece that lasts as long as the window. Text after the
    last timestamp lasts until the window's end. A timestamp that runs backwards is read as the
    latest one before it, so that pieces are in order.
    """
    pieces: list[Piece] = []
    text: list[int] = []
    began = start

    def close(until: Seconds) -> None:
        spoken = table.decode(text) if text else ""
        if spoken.strip():
            pieces.append(Piece(text=spoken, start=began, end=until, tokens=tuple(text)))
        text.clear()

    for token in tokens:
        if token >= table.timestamp_begin:
            stamp = start + (token - table.timestamp_begin) * TIMESTAMP_STEP
            stamp = min(max(stamp, began), end)
            close(stamp)
            began = stamp
        elif token < table.end_of_text:
            text.append(token)
    close(end)
    return tuple(pieces)


def attach_punctuation(words: Sequence[Word]) -> tuple[Word, ...]:
    """Give free-standing punctuation to the word that it belongs to.

    Opening marks go to the word after them, closing marks to the word before, with their tokens;
    the word keeps its own times (openai-whisper's `merge_punctuations`, on values).
    """
    joined: list[Word] = []
    pending: list[Word] = []
    for word in words:
        mark = word.text.strip()
        if joined and not pending and mark and mark in CLOSING and not word.text.startswith(" "):
            last = joined[-1]
            joined[-1] = replace(last, text=last.text + word.text, tokens=last.tokens + word.tokens)
        elif word.text.startswith(" ") and mark and mark in OPENING:
            pending.append(word)
        else:
            joined.append(_prefix(pending, word))
            pending = []
    joined.extend(pending)
    return tuple(joined)


def _prefix(marks: Sequence[Word], word: Word) -> Word:
    if not marks:
        return word
    return replace(
        word,
        text="".join(mark.text for mark in marks) + word.text,
        tokens=tuple(token for mark in marks for token in mark.tokens) + word.tokens,
    )
