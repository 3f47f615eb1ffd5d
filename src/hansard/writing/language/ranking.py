"""Which texts of a transcript say the most, and which of those to quote together.

    texts ─ content words ─ weight of each word ─ score of each text ─ greedy choice in a budget

The choice maximises a submodular function, as Lin and Bilmes (2011, "A class of submodular
functions for document summarization") showed to work well: the square root of how often each word
is covered, so that a second quotation with the same words is worth less. Costs are scaled as theirs
(2010, "Multi-document summarization via budgeted maximization of submodular functions"): the gain
is divided by the length to a power below 1. The lazy evaluation is Minoux's (1978).
"""

import heapq
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hansard.transcript.subtitles.scripts import ends_sentence, strip_closers
from hansard.writing.language.sentences import split_sentences
from hansard.writing.language.words import (
    NOTES,
    code_of,
    content_words,
    count_words,
    fillers,
    guess_language,
    normalise,
    words,
)

__all__ = ["choose", "rank", "split_sentences"]

LENGTH_POWER: Final = 0.7
"""1 would favour the shortest texts, 0 the longest."""
READABLE: Final = 8
"""Words of a quotation that can stand alone; shorter ones count for less."""
OPENING: Final = 0.1
"""The share of the texts, at the beginning, where people say what it will be about."""
GREETED: Final = 50
"""Texts from which on the opening is more than a greeting."""
QUESTION: Final = 0.7
"""What a question is worth against a statement."""
NOISY: Final = 0.6
"""What a text is worth with each remark in it, such as [laughter]."""
FRAGMENT: Final = 0.8
"""What a text without an end mark is worth against a whole sentence."""
SAME: Final = 0.8
"""The share of a text's words in one that was chosen before that makes it a repetition."""
WORDLESS: Final = 1e-6
"""The score of a text of small words only: above that of an empty one."""

Bag = frozenset[str]


def rank(texts: Sequence[str], language: str | None) -> NDArray[np.float64]:
    """How much of the whole each text says: float64[n], 0 to 1, the best is 1.

    A text counts for the words that are frequent in all texts, against its length; for less where
    it is very short, a question, a fragment or full of fillers; for more near the beginning. The
    same texts give the same scores. Time and memory grow with the number of words.

    Args:
        texts: in the order in which they were said; sentences rather than paragraphs.
        language: ISO 639-1; None is guessed.
    """
    code = code_of(language) or guess_language(texts)
    bags = _bags(texts, code)
    weights = Counter(word for bag in bags for word in bag)
    scores = np.asarray(
        [
            sum(weights[word] for word in bag) / max(1, count_words(text)) ** LENGTH_POWER
            for text, bag in zip(texts, bags, strict=True)
        ],
        dtype=np.float64,
    )
    scores *= np.asarray([_quotable(text, code) for text in texts], dtype=np.float64)
    scores *= _opening(len(texts))
    if scores.size and scores.max() > 0:
        scores /= scores.max()
    floor = np.asarray([WORDLESS if words(text) else 0.0 for text in texts], dtype=np.float64)
    return np.maximum(scores, floor)


def choose(
    texts: Sequence[str],
    scores: Sequence[float] | NDArray[np.float64],
    words: int,
    *,
    language: str | None = None,
) -> list[int]:
    """Which texts to quote together, in the order of the texts; at most `words` words in all.

    Each step takes the text with the most score for what it adds to those chosen before. Texts
    that repeat a chosen one and texts with score 0 are left out, and one of small words only is
    taken when there is nothing else. Nothing is chosen where nothing fits.

    Args:
        texts: as given to `rank`.
        scores: one for each text, 0 or more.
        words: the budget, in words (`hansard.writing.language.words.count_words`).
        language: ISO 639-1; None is guessed.
    """
    bags = _bags(texts, code_of(language) or guess_language(texts))
    sizes = [count_words(text) for text in texts]
    fitting = [n for n, size in enumerate(sizes) if 0 < size <= words and scores[n] > 0]
    choice = _Choice(bags, scores)
    heap = [(-choice.gain(n), n) for n in fitting if bags[n]]
    heapq.heapify(heap)
    while heap:
        _, number = heapq.heappop(heap)
        if sizes[number] > words or choice.repeats(number):
            continue
        gain = choice.gain(number)
        if heap and -gain > heap[0][0]:
            heapq.heappush(heap, (-gain, number))
            continue
        choice.take(number)
        words -= sizes[number]
    if fitting and not choice.taken:
        return [max(fitting, key=lambda n: (scores[n], -n))]
    return sorted(choice.taken)


class _Choice:
    """What was taken so far, and how much each word is covered by it."""

    def __init__(self, bags: Sequence[Bag], scores: Sequence[float] | NDArray[np.float64]) -> None:
        self.taken: list[int] = []
        self._bags = bags
        self._scores = scores
        self._weights = Counter(word for bag in bags for word in bag)
        self._covered: Counter[str] = Counter()

    def gain(self, number: int) -> float:
        """The text's score, less what its words are worth after those that are covered."""
        whole = new = 0.0
        for word in sorted(self._bags[number]):  # sums of floats need one order
            covered = self._covered[word]
            whole += self._weights[word]
            new += self._weights[word] * (sqrt(covered + 1) - sqrt(covered))
        return float(self._scores[number]) * new / whole

    def repeats(self, number: int) -> bool:
        """Whether nearly all of its words are in one text that was taken."""
        bag = self._bags[number]
        return any(len(bag & self._bags[other]) >= SAME * len(bag) for other in self.taken)

    def take(self, number: int) -> None:
        """Add a text to the choice."""
        self.taken.append(number)
        self._covered.update(self._bags[number])


def _bags(texts: Iterable[str], code: str | None) -> list[Bag]:
    return [frozenset(content_words(text, code)) for text in texts]


def _quotable(text: str, code: str | None) -> float:
    """How well a text can stand alone, 0 to 1."""
    said = words(normalise(text))
    if not said:
        return 0.0
    idle = fillers(code)
    again = sum(word == before for before, word in pairwise(said))
    worth = 1 - min(len(said), again + sum(word in idle for word in said)) / len(said)
    worth *= NOISY ** len(NOTES.findall(text))
    worth *= min(1.0, count_words(text) / READABLE)
    if strip_closers(text)[-1:] in {"?", "\uff1f", "\u061f"}:
        return worth * QUESTION
    return worth if ends_sentence(text) else worth * FRAGMENT


def _opening(count: int) -> NDArray[np.float64]:
    """From 2 at the very beginning to 1 where the opening ends; less in short talk."""
    place = np.arange(count) / max(1.0, OPENING * count)
    return 1.0 + np.maximum(0.0, 1.0 - place) * min(1.0, count / GREETED)
