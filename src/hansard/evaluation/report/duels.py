"""Two models side by side: which words, and which utterances, one hears better than the other."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hansard.evaluation.report.numbers import isolate, plural
from hansard.evaluation.report.rows import Row, rate_of, sort_value
from hansard.evaluation.report.scatter import Dot, draw_scatter
from hansard.evaluation.report.svg import Drawing
from hansard.evaluation.report.tallies import Tally
from hansard.evaluation.values import Evaluation, Scored

_GRID: Final = 50
"""Dots stand at multiples of 2 %; what meets there is one dot."""
_MOST_ROWS: Final = 60
_MOST_NAMES: Final = 12
_MOST_WORDS: Final = 60
_MOST_PAIRS: Final = 6
_ROWS_OF_A_WORD: Final = 5


@dataclass(frozen=True, slots=True)
class LoneWord:
    """A word that one model hears at least once, and the other never."""

    word: str
    count: int
    right: int
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Duel:
    """The comparison of two models."""

    first: str
    second: str
    words: Drawing
    utterances: Drawing
    only_first: tuple[LoneWord, ...]
    only_second: tuple[LoneWord, ...]
    lone: tuple[int, int]
    """How many such words there are in all."""


def choose_pairs(evaluation: Evaluation) -> tuple[tuple[int, int], ...]:
    """Which models are shown against each other: those compared, or the first with each other."""
    names = [model.model for model in evaluation.scores]
    asked = [
        (names.index(each.first), names.index(each.second))
        for each in evaluation.comparisons
        if each.first in names and each.second in names and each.first != each.second
    ]
    pairs = dict.fromkeys(asked or [(0, other) for other in range(1, len(names))])
    return tuple(pairs)[:_MOST_PAIRS]


def make_duel(
    evaluation: Evaluation, rows: Sequence[Row], tallies: Sequence[Tally], pair: tuple[int, int]
) -> Duel:
    """Draw one comparison."""
    first, second = (evaluation.scores[side].model for side in pair)
    words = (tallies[pair[0]], tallies[pair[1]])
    places = _find_words(rows, pair)
    only = (_lone(words[0], words[1], places), _lone(words[1], words[0], places))
    return Duel(
        first,
        second,
        draw_scatter(_word_dots(words, places), "Accuracy of each word", (first, second), "high"),
        draw_scatter(_utterance_dots(rows, pair), "WER of each utterance", (first, second), "low"),
        only[0][:_MOST_WORDS],
        only[1][:_MOST_WORDS],
        (len(only[0]), len(only[1])),
    )


def _word_dots(words: tuple[Tally, Tally], places: Mapping[str, Sequence[int]]) -> list[Dot]:
    found: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
    for word, count in words[0].said.items():
        if count and words[1].said[word]:
            spot = (_place(words[0].accuracy(word)), _place(words[1].accuracy(word)))
            found[spot].append(word)
    dots = []
    for (x, y), names in found.items():
        names.sort(key=lambda word: (-words[0].said[word], word))
        told = ", ".join(isolate(name) for name in names[:_MOST_NAMES])
        more = f" and {len(names) - _MOST_NAMES:,} more" if len(names) > _MOST_NAMES else ""
        numbers = dict.fromkeys(n for name in names for n in places.get(name, ()))
        text = f"{plural(len(names), 'word')}: {told}{more}"
        dots.append(Dot(x / _GRID, y / _GRID, len(names), text, tuple(numbers)[:_MOST_ROWS]))
    return dots


def _utterance_dots(rows: Sequence[Row], pair: tuple[int, int]) -> list[Dot]:
    found: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        one, other = row.scored[pair[0]], row.scored[pair[1]]
        if one is not None and other is not None:
            found[_place(_rate(one)), _place(_rate(other))].append(number)
    return [
        Dot(
            x / _GRID,
            y / _GRID,
            len(numbers),
            plural(len(numbers), "utterance"),
            tuple(numbers[:_MOST_ROWS]),
        )
        for (x, y), numbers in found.items()
    ]


def _lone(words: Tally, others: Tally, places: Mapping[str, Sequence[int]]) -> tuple[LoneWord, ...]:
    lone = [
        LoneWord(word, count, words.right[word], tuple(places.get(word, ())))
        for word, count in words.said.items()
        if words.right[word] and others.said[word] and not others.right[word]
    ]
    return tuple(sorted(lone, key=lambda each: (-each.right, -each.count, each.word)))


def _find_words(rows: Sequence[Row], pair: tuple[int, int]) -> dict[str, list[int]]:
    """The first utterances in which either model has each word wrong."""
    places: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        for side in pair:
            scored = row.scored[side]
            for pairing in () if scored is None else scored.pairs:
                word = pairing.reference
                if word is None or word == pairing.hypothesis or pairing.tolerated:
                    continue
                found = places.setdefault(word, [])
                if len(found) < _ROWS_OF_A_WORD and number not in found:
                    found.append(number)
    return places


def _rate(scored: Scored) -> float:
    return min(1.0, sort_value(rate_of(scored, "normalised")))


def _place(share: float) -> int:
    return round(share * _GRID)
