"""Can this hypothesis be believed? Pure judgements; "not judged" where the engine cannot say.

Compression ratio, mean log-probability and no-speech probability are the tests of Radford et al.
2022 (arXiv 2212.04356, section 4.5); the others catch what they miss on batched decoding.
"""

import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from hansard.models.engines import Hypothesis, Window
from hansard.pipeline.options import GuardOptions
from hansard.transcript import Seconds, Span, Word
from hansard.transcript.spans import merge, subtract, total

JUDGEABLE: Seconds = 0.5
"""With less speech than this in a window, an empty text is no surprise."""
PACE_JUDGEABLE: Seconds = 3.0
"""With less speech than this, too slow a pace proves nothing."""
LONGEST_GRAM = 12
"""Loops of up to this many words are looked for."""
WIDE_WEIGHT = 2.5
"""A Chinese, Japanese or Korean character takes about as long to say as so many letters."""
BRIDGE: Seconds = 0.5
"""Speech between two words this close belongs to them: breaths, drawn-out vowels."""
EDGE: Seconds = 0.25
"""How far detector and aligner may disagree about where speech begins."""


class Reason(StrEnum):
    """Why a hypothesis is not believed."""

    EMPTY = "no text where speech was heard"
    CUT_OFF = "cut off at the token limit"
    REPETITIVE = "repeats itself (compression ratio)"
    LOOP = "repeats itself (word loop)"
    UNSURE = "low mean log-probability"
    SILENT = "the model itself hears no speech"
    TOO_FAST = "more text than can be said in the time"
    TOO_SLOW = "too little text for the speech"
    DISORDER = "timestamps out of order"
    GAP = "speech without words"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judgement with the evidence that a transcript shows."""

    reasons: tuple[Reason, ...]
    compression_ratio: float | None

    @property
    def passed(self) -> bool:
        """True where nothing speaks against the hypothesis."""
        return not self.reasons


def judge(window: Window, hypothesis: Hypothesis, options: GuardOptions) -> Verdict:
    """Every reason not to believe what an engine heard in a window."""
    text = hypothesis.text.strip()
    speech = total(window.speech)
    ratio = compression_ratio(text) if text else None
    doubts: list[tuple[Reason, bool]] = [
        (Reason.EMPTY, not text and speech >= JUDGEABLE),
        (Reason.CUT_OFF, not hypothesis.finished),
        (Reason.REPETITIVE, ratio is not None and ratio > options.compression_ratio_threshold),
        (Reason.LOOP, find_loop(text) is not None),
        (Reason.UNSURE, _unsure(hypothesis, options) and bool(text)),
        (Reason.SILENT, _silent(hypothesis, options) and bool(text)),
        (Reason.TOO_FAST, _pace(text, speech, window) > options.fastest_speech),
        (Reason.TOO_SLOW, _too_slow(text, speech, options)),
        (Reason.DISORDER, _disordered(hypothesis)),
    ]
    return Verdict(tuple(reason for reason, found in doubts if found), ratio)


def compression_ratio(text: str) -> float:
    """UTF-8 bytes over zlib-compressed bytes, as openai-whisper computes it."""
    data = text.encode()
    return len(data) / len(zlib.compress(data))


def find_loop(text: str) -> str | None:
    """The words that a text repeats over and over, or None; see `find_loops`."""
    words = text.split()
    found = next(iter(find_loops(words)), None)
    return None if found is None else " ".join(words[found[0] : found[0] + found[2]])


def find_loops(words: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Runs of words that repeat: index of the first word, index after the last, phrase length.

    A run counts as a loop when one word comes 6 times in a row, two words 4 times, or more words 3
    times: natural speech ("no, no, no") stays below. Punctuation and case do not matter.
    """
    bare = [word.strip(" .,!?;:…").casefold() for word in words]
    end = 0
    for size in range(1, min(LONGEST_GRAM, len(words) // 3) + 1):
        # k copies of a phrase of n words match themselves, shifted by n, over (k - 1) * n words
        enough = ({1: 6, 2: 4}.get(size, 3) - 1) * size
        matched = 0
        for at in range(size, len(bare) + 1):
            if at < len(bare) and bare[at] == bare[at - size]:
                matched += 1
                continue
            first = at - matched - size
            if matched >= enough and first >= end:
                yield first, at, size
                end = at
            matched = 0


def weigh(text: str) -> float:
    """The length of a text in letters, wide characters counted for what they take to say."""
    letters = (c for c in text if not c.isspace())
    return sum(WIDE_WEIGHT if unicodedata.east_asian_width(c) in "WF" else 1.0 for c in letters)


def find_gaps(window: Window, words: tuple[Word, ...], longest: Seconds) -> tuple[Span, ...]:
    """Where a window's speech has no words for longer than `longest` seconds."""
    holes = subtract(window.speech, cover(words))
    return tuple(span for span in holes if span.duration > longest)


def cover(words: tuple[Word, ...]) -> tuple[Span, ...]:
    """The time that words account for: theirs, short breaths between them, and their edges."""
    return merge((Span(word.start - EDGE, word.end + EDGE) for word in words), gap=BRIDGE)


def _unsure(hypothesis: Hypothesis, options: GuardOptions) -> bool:
    sure = hypothesis.avg_logprob
    return sure is not None and sure < options.logprob_threshold


def _silent(hypothesis: Hypothesis, options: GuardOptions) -> bool:
    silent = hypothesis.no_speech_prob
    return silent is not None and silent > options.no_speech_threshold


def _pace(text: str, speech: Seconds, window: Window) -> float:
    """Letters a second of speech (of the window where no speech was heard in it)."""
    seconds = speech + 2 * EDGE if speech > 0 else window.end - window.start
    return weigh(text) / max(seconds, 0.1)


def _too_slow(text: str, speech: Seconds, options: GuardOptions) -> bool:
    return bool(text) and speech >= PACE_JUDGEABLE and weigh(text) / speech < options.slowest_speech


def _disordered(hypothesis: Hypothesis) -> bool:
    times = [time for piece in hypothesis.pieces for time in (piece.start, piece.end)]
    squeezed = any(piece.end <= piece.start for piece in hypothesis.pieces)
    return squeezed or any(late < early for early, late in pairwise(times))
