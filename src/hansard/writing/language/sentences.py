"""A transcript's line into sentences."""

import re
from typing import Final

from hansard.transcript.subtitles.scripts import (
    CLOSERS,
    SENTENCE_END,
    ends_clause,
    ends_sentence,
    is_unspaced,
)

LONGEST: Final = 80
"""Words of a sentence; what is longer is speech without punctuation, and is cut for quoting."""
_MARKS = "".join(re.escape(mark) for mark in sorted(SENTENCE_END))
_ENDS = re.compile(f"[{_MARKS}]+[{''.join(re.escape(mark) for mark in sorted(CLOSERS))}]*")


def split_sentences(text: str) -> list[str]:
    """The sentences of a text, in order, without space around them; all of its words are kept.

    A full stop inside a number (3.5), behind a title or an initial (Dr., J.) or in front of a small
    letter ends no sentence. What has no marks for more than 80 words is cut at a comma, or else at
    the 80th word.
    """
    found: list[str] = []
    begin = 0
    for match in _ENDS.finditer(text):
        if _is_end(text, match.end()):
            found.append(text[begin : match.end()].strip())
            begin = match.end()
    found.append(text[begin:].strip())
    return [part for sentence in found if sentence for part in _cut(sentence)]


def _is_end(text: str, at: int) -> bool:
    """Whether a sentence ends before `at`, which stands behind a mark."""
    after = text[at : at + 1]
    if not after or not (after.isspace() or is_unspaced(after) or is_unspaced(text[at - 1])):
        return False
    # An abbreviation is short: the end of the text before the mark is enough to tell it.
    return ends_sentence(text[max(0, at - 40) : at], text[at : at + 8].lstrip())


def _cut(sentence: str) -> list[str]:
    """Pieces of at most LONGEST words, where there are spaces to cut at."""
    words = sentence.split()
    if len(words) <= LONGEST:
        return [sentence]
    pieces: list[str] = []
    begin = 0
    while len(words) - begin > LONGEST:
        ends = range(begin + LONGEST, begin + LONGEST // 2, -1)
        end = next((at for at in ends if ends_clause(words[at - 1])), begin + LONGEST)
        pieces.append(" ".join(words[begin:end]))
        begin = end
    return [*pieces, " ".join(words[begin:])]
