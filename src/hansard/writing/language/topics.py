"""Where the talk turns to something else.

    lines ─ blocks of half a minute ─ the cheapest cuts (dynamic programming) ─ topics

The method is Utiyama and Isahara's (2001, "A statistical model for domain-independent text
segmentation"): the best cutting is the one under which the whole text is most probable, where each
topic draws its words from its own counts, smoothed, and every cut costs something. Limits on the
length of a topic are ours.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from math import inf, log
from typing import Final

from hansard.transcript import Seconds
from hansard.writing.language.words import code_of, content_words, count_words, guess_language
from hansard.writing.lines import Line

BLOCK: Final[Seconds] = 25.0
"""A topic begins where a block begins, and a block is at least this long."""
SHORTEST: Final[Seconds] = 120.0
LONGEST: Final[Seconds] = 900.0
MOST: Final = 30
"""Topics of one recording."""
WORDS_A_SECOND: Final = 2.5
"""Of speech, where nobody knows the times."""
CUT: Final = 2.5
"""What a cut costs against the paper's; above 1 there are fewer topics."""
TOO_SHORT: Final = 1e9
TOO_LONG: Final = 1e6
"""Costs that no words outweigh; it is worse to be too short."""


def find_topics(lines: Sequence[Line], language: str | None) -> list[tuple[Line, ...]]:
    """Consecutive parts of a transcript, each about one thing; together they are all its lines.

    A part takes 2 to 15 minutes where the lines allow it (300 to 2,250 words where no times are
    known), so a recording of less than 4 minutes is one part. There are at most 30; in a very long
    recording both limits grow. No lines, no parts.

    Args:
        lines: in order.
        language: ISO 639-1; None is guessed.
    """
    sizes = _sizes(lines)
    shortest = max(SHORTEST, sum(sizes) / MOST)
    blocks = _blocks(sizes, max(BLOCK, shortest / 5))
    code = code_of(language) or guess_language(line.text for line in lines)
    bags = [
        Counter(word for line in lines[begin:end] for word in content_words(line.text, code))
        for begin, end in blocks
    ]
    lengths = [sum(sizes[begin:end]) for begin, end in blocks]
    cuts = _best_cuts(bags, lengths, shortest)
    starts = [0, *(blocks[cut - 1][1] for cut in cuts[1:])]
    return [tuple(lines[begin:end]) for begin, end in pairwise(starts)]


def _sizes(lines: Sequence[Line]) -> list[Seconds]:
    """How long each line takes: until the next one begins, or by its words without times."""
    moments = [line.start for line in lines] + [line.end for line in lines[-1:]]
    if None in moments:
        return [count_words(line.text) / WORDS_A_SECOND for line in lines]
    known = [moment for moment in moments if moment is not None]
    return [max(0.0, after - before) for before, after in pairwise(known)]


def _blocks(sizes: Sequence[Seconds], least: Seconds) -> list[tuple[int, int]]:
    """Begin and end of consecutive runs of lines; a rest that is too short joins the last run."""
    ends: list[int] = []
    length = 0.0
    for number, size in enumerate(sizes):
        length += size
        if length >= least:
            ends.append(number + 1)
            length = 0.0
    if ends:
        ends[-1] = len(sizes)
    elif sizes:
        ends = [len(sizes)]
    return list(pairwise([0, *ends]))


def _best_cuts(
    bags: Sequence[Counter[str]], lengths: Sequence[Seconds], shortest: Seconds
) -> list[int]:
    """Where the topics of the cheapest cutting begin, in blocks, and the number of blocks."""
    kinds = len(set().union(*bags))
    price = CUT * log(max(2, sum(bag.total() for bag in bags)))
    best = [0.0] + [inf] * len(bags)
    before = [0] * (len(bags) + 1)
    for begin in range(len(bags)):
        topic = _Topic(kinds, shortest)
        for end in range(begin + 1, len(bags) + 1):
            topic.add(bags[end - 1], lengths[end - 1])
            cost = best[begin] + price + topic.cost
            if cost < best[end]:
                best[end], before[end] = cost, begin
            if topic.over >= shortest:
                break
    cuts = [len(bags)]
    while cuts[-1]:
        cuts.append(before[cuts[-1]])
    return cuts[::-1]


class _Topic:
    """The cost of one stretch of blocks, which grows block by block."""

    def __init__(self, kinds: int, shortest: Seconds) -> None:
        self.over: Seconds = 0.0
        """How much was added after it was too long already."""
        self._kinds = kinds
        self._shortest = shortest
        self._longest = max(LONGEST, 2.5 * shortest)
        self._length: Seconds = 0.0
        self._words = 0
        self._counts: Counter[str] = Counter()
        self._saved = 0.0

    def add(self, bag: Counter[str], length: Seconds) -> None:
        """Let the topic go on for one more block."""
        if self._length > self._longest:
            self.over += length
        self._length += length
        self._words += bag.total()
        for word, more in bag.items():
            old = self._counts[word]
            new = self._counts[word] = old + more
            self._saved += new * log(new + 1) - old * log(old + 1)

    @property
    def cost(self) -> float:
        """Minus the logarithm of the words' probability, and what a bad length costs."""
        said = self._words * log(self._words + self._kinds) if self._words else 0.0
        lacks = max(0.0, 1 - self._length / self._shortest)
        exceeds = max(0.0, self._length / self._longest - 1)
        return said - self._saved + TOO_SHORT * lacks + TOO_LONG * exceeds
