"""Whether a transcript has punctuation already, so that clean-up has nothing to do."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from hansard.transcript import Transcript
from hansard.transcript.subtitles.scripts import ends_sentence
from hansard.writing.language.words import count_words

ENOUGH: Final = 30
"""Words without a single end of a sentence that are no longer one sentence by chance."""
FEWEST: Final = 3
"""Words below which even a full stop tells nothing."""
MOST_WORDS: Final = 50
"""Words to a sentence above which marks are missing; talk has 5 to 25."""
CAPITALS: Final = 0.5
"""The share of sentences that must begin with a capital, in scripts that have them."""
SAMPLE: Final = 1000
"""Segments that are looked at, evenly spread."""
UNSPACED_ENDS: Final = "\u3002\uff01\uff1f\uff61\u17d4\u104b"
"""Ends of sentences in scripts that put no space behind them."""
UNMARKED: Final = ("\u0e00", "\u0eff")
"""Thai and Lao, which mark the end of a sentence with a space, if at all."""


def is_punctuated(transcript: Transcript) -> bool | None:
    """Whether it has marks and capitals; None where there is too little text to tell.

    What made the transcript may say (`versions["asr_backend"]["punctuates"]`); that counts. Else
    it must have the end of a sentence for every 50 words, and capitals behind half of these where
    its script has capitals. Nothing can be told of Thai and Lao, which have no such marks.
    """
    told = _told(transcript)
    if told is not None:
        return told
    segments = transcript.segments
    step = -(-len(segments) // SAMPLE) or 1
    chunks = [chunk for segment in segments[::step] for chunk in segment.text.split()]
    text = " ".join(chunks)
    if _is_unmarked(text):
        return None
    words, ends = count_words(text), _ends(text, chunks)
    if words < FEWEST or (words < ENOUGH and not ends):
        return None
    return ends * MOST_WORDS >= words and _has_capitals(chunks)


def _told(transcript: Transcript) -> bool | None:
    made = transcript.versions.get("asr_backend")
    told = made.get("punctuates") if isinstance(made, Mapping) else None
    return told if isinstance(told, bool) else None


def _is_unmarked(text: str) -> bool:
    letters = sum(character.isalpha() for character in text)
    unmarked = sum(UNMARKED[0] <= character <= UNMARKED[1] for character in text)
    return 2 * unmarked > letters


def _ends(text: str, chunks: Sequence[str]) -> int:
    """Ends of sentences: marks behind a word, and those of scripts without spaces anywhere."""
    behind = sum(ends_sentence(chunk) for chunk in chunks)
    return max(behind, sum(text.count(mark) for mark in UNSPACED_ENDS))


def _has_capitals(chunks: Sequence[str]) -> bool:
    """Whether sentences begin with capitals, as far as their letters have any."""
    begins = [b for a, b in pairwise([".", *chunks]) if ends_sentence(a)]
    letters = [next((c for c in chunk if c.isalpha()), "") for chunk in begins]
    cased = [letter for letter in letters if letter.upper() != letter.lower()]
    return sum(not letter.islower() for letter in cased) >= CAPITALS * len(cased)
