"""Words of which nobody knows when they were said."""

import math
from collections.abc import Sequence
from dataclasses import replace

from hansard.transcript.values import Transcript, Word

UNPLACED = "none"
"""The method of a word that has no time."""


def is_placed(word: Word) -> bool:
    """Whether it is known when the word was said."""
    return word.method != UNPLACED and math.isfinite(word.start) and math.isfinite(word.end)


def carry(transcript: Transcript) -> Transcript:
    """The transcript for files that have no way to say that a word has no time.

    Such a word stands with the word before it, or after it where a line begins; a line of which
    nothing could be placed has no words. The text is the same.
    """
    if all(map(is_placed, transcript.words)):
        return transcript
    segments = (replace(line, words=tuple(_carried(line.words))) for line in transcript.segments)
    return replace(transcript, segments=tuple(segments))


def _carried(words: Sequence[Word]) -> list[Word]:
    carried: list[Word] = []
    pending = ""
    for word in words:
        if is_placed(word):
            carried.append(replace(word, text=pending + word.text))
            pending = ""
        elif carried:
            carried[-1] = replace(carried[-1], text=carried[-1].text + word.text)
        else:
            pending += word.text
    return carried
