"""The utterances of an evaluation, each with what every model made of it."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from hansard.evaluation.rates import ErrorRate
from hansard.evaluation.values import Level, Scored, Scores, Utterance


@dataclass(frozen=True, slots=True)
class Row:
    """One utterance; its place among the rows is its number on the page."""

    utterance: Utterance
    """As the first model that was given it has it."""
    scored: tuple[Scored | None, ...]
    """One for each model, in the evaluation's order; None where a model was not given it."""

    @property
    def badness(self) -> tuple[float, int]:
        """What worst utterances are found by: the largest rate of any model, then errors."""
        rates = [rate_of(scored, "normalised") for scored in self.scored if scored is not None]
        return (
            max((sort_value(rate) for rate in rates), default=0.0),
            max((rate.errors for rate in rates), default=0),
        )


def match_rows(scores: Sequence[Scores]) -> tuple[Row, ...]:
    """Bring utterances of several models together by id; of equal ids, the nth meets the nth."""
    found: dict[tuple[str, int], list[Scored | None]] = {}
    for place, model in enumerate(scores):
        for key, scored in _keys(model.scored):
            found.setdefault(key, [None] * len(scores))[place] = scored
    return tuple(
        Row(next(each.utterance for each in line if each is not None), tuple(line))
        for line in found.values()
    )


def worst_rows(rows: Sequence[Row]) -> list[int]:
    """Numbers of all rows, worst first."""
    return sorted(range(len(rows)), key=lambda number: rows[number].badness, reverse=True)


def rate_of(scored: Scored, level: Level) -> ErrorRate:
    """The word errors of an utterance; without such a level, those of normalised words."""
    return scored.words.get(level, scored.words["normalised"])


def sort_value(rate: ErrorRate) -> float:
    """A rate as a number: words where the reference has none are worse than any rate."""
    value = rate.rate
    return math.inf if value is None else value


def _keys(scored: Iterable[Scored]) -> Iterator[tuple[tuple[str, int], Scored]]:
    seen: Counter[str] = Counter()
    for each in scored:
        name = each.utterance.id
        yield (name, seen[name]), each
        seen[name] += 1
