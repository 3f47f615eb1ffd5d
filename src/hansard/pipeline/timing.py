"""Word times that keep to the speech: pure corrections after alignment."""

from collections.abc import Sequence
from dataclasses import replace

from hansard.transcript import Seconds, Span, Word
from hansard.transcript.spans import intersect

LONGEST_WORD: Seconds = 0.7
PER_LETTER: Seconds = 0.09
"""A word longer than 0.7 s and 0.09 s a letter has been stretched over something else."""


def settle(words: Sequence[Word], speech: Sequence[Span]) -> tuple[Word, ...]:
    """Trim words that were stretched over silence or over unwritten speech, and put them in order.

    Attention tends to begin a sentence's first word early and to end its last word late. Where the
    detector heard a pause inside a word, the word keeps the larger part of speech; a word that is
    still longer than it can be said keeps its end if it is the first after a pause, else its start.
    """
    settled: list[Word] = []
    latest = words[0].start if words else 0.0
    for index, word in enumerate(words):
        start, end = max(word.start, latest), max(word.end, latest, word.start)
        start, end = _keep_to_speech(Span(start, end), speech)
        limit = LONGEST_WORD + PER_LETTER * len(word.text.strip())
        if end - start > limit:
            first = index == 0 or start - settled[-1].end > limit
            start, end = (end - limit, end) if first else (start, start + limit)
        settled.append(replace(word, start=start, end=end))
        latest = end
    return tuple(settled)


def _keep_to_speech(span: Span, speech: Sequence[Span]) -> Span:
    parts = intersect((span,), tuple(speech))
    return max(parts, key=lambda part: part.duration) if parts else span
