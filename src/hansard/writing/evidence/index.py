"""Which lines speak of the same things as a point, and how much of it they cover.

A term weighs by how rare it is among the lines (inverse document frequency, Robertson and Sparck
Jones 1976); lines are ranked as BM25 does (Robertson, Walker 1994), with half of their neighbours'
score. A point is covered by the terms that its lines have together with the line before and after
each: sentences of one thought stand beside each other.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from math import log
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hansard.writing.lines import Line

Terms = Callable[[str], Sequence[str]]

CANDIDATES: Final = 15
"""Lines that are looked at more closely for a point."""


OTHERS: Final = 20
"""Lines that are thought to be there as well, so that in a short talk a word that was not said does
not outweigh all that was."""


class Index:
    """The terms of every line. `silent` lines lend theirs to nobody and are not found."""

    def __init__(self, lines: Sequence[Line], terms: Terms, silent: Collection[int] = ()) -> None:
        self.lines = tuple(lines)
        self.terms = terms
        self.numbers = {line.segment: number for number, line in enumerate(self.lines)}
        self._own = [_terms_of(line, terms) for line in self.lines]
        self._lent = [
            frozenset() if line.segment in silent else own
            for line, own in zip(self.lines, self._own, strict=True)
        ]
        self._postings = _postings(self._lent)
        lengths = np.array([len(own) + 1.0 for own in self._own])
        self._damping = np.sqrt(0.25 + 0.75 * lengths / lengths.mean()) if lengths.size else lengths

    def weights(self, terms: Iterable[str]) -> dict[str, float]:
        """How much each term says; one that occurs nowhere weighs most."""
        count = len(self.lines) + OTHERS
        found = {term: len(self._postings.get(term, ())) for term in terms}
        return {
            term: log(1 + (count - seen + 0.5) / (seen + 0.5)) if seen else log(2 + count)
            for term, seen in found.items()
        }

    def nearest(self, weights: Mapping[str, float], count: int = CANDIDATES) -> list[int]:
        """Numbers of the lines that speak most of these terms, best first."""
        scores = np.zeros(len(self.lines))
        for term, weight in weights.items():
            scores[self._postings.get(term, [])] += weight
        return best_of(spread(scores / self._damping), count)

    def around(self, number: int, *, alone: bool = False) -> frozenset[str]:
        """The terms of a line, with those that its neighbours lend."""
        own = self._own[number]
        if alone:
            return own
        before = self._lent[number - 1] if number else frozenset()
        after = self._lent[number + 1] if number + 1 < len(self._lent) else frozenset()
        return own | before | after

    def neighbourhood(self, numbers: Iterable[int]) -> list[Line]:
        """These lines with their neighbours, each once, in order; no silent neighbour."""
        given = set(numbers)
        wide = {near for number in given for near in (number - 1, number, number + 1)}
        return [
            self.lines[number]
            for number in sorted(wide)
            if 0 <= number < len(self.lines) and (number in given or self._lent[number])
        ]


def spread(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each score with half of its neighbours'."""
    wide = scores.copy()
    wide[1:] += scores[:-1] / 2
    wide[:-1] += scores[1:] / 2
    return wide


def best_of(scores: NDArray[np.float64], count: int) -> list[int]:
    """Numbers of the highest scores above zero, best first, the earlier one where they are even."""
    order = np.argsort(-scores, kind="stable")[:count]
    return [int(number) for number in order if scores[number] > 0]


def _terms_of(line: Line, terms: Terms) -> frozenset[str]:
    return frozenset(terms(line.text)) | frozenset(terms(line.speaker or ""))


def _postings(lines: Sequence[frozenset[str]]) -> dict[str, list[int]]:
    postings: defaultdict[str, list[int]] = defaultdict(list)
    for number, terms in enumerate(lines):
        for term in terms:
            postings[term].append(number)
    return dict(postings)
