"""Utterances that have something in common, and the errors in them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final

from hansard.evaluation.normalisers import split_words
from hansard.evaluation.rates import ErrorRate, pool
from hansard.evaluation.values import BY, LEVELS, By, Group, Level, Scored, Utterance

UNKNOWN: Final = "unknown"
"""The group of utterances that do not tell, where others do."""
_SECONDS: Final = (2.0, 5.0, 10.0, 20.0, 30.0)
_WORDS: Final = (5, 10, 20, 40)
_DECIBELS: Final = (0.0, 10.0, 20.0, 30.0)


def group_all(scored: Sequence[Scored]) -> dict[By, tuple[Group, ...]]:
    """Groups by all that any utterance tells of, the largest first.

    Lengths are in seconds where every utterance has a duration, else in words of the reference.
    """
    timed = all(each.utterance.duration is not None for each in scored)
    ways: dict[By, Callable[[Utterance], str | None]] = {
        "language": lambda one: one.language,
        "speaker": lambda one: one.speaker,
        "length": seconds_bucket if timed else words_bucket,
        "noise": noise_bucket,
        "source": lambda one: one.source,
    }
    found = {by: _group(scored, ways[by]) for by in BY}
    return {by: groups for by, groups in found.items() if groups}


def pool_words(scored: Iterable[Scored]) -> Mapping[Level, ErrorRate]:
    """Word errors of many utterances together."""
    listed = list(scored)
    return {level: pool(each.words[level] for each in listed) for level in LEVELS}


def pool_characters(scored: Iterable[Scored]) -> Mapping[Level, ErrorRate]:
    """Character errors of many utterances together."""
    listed = list(scored)
    return {level: pool(each.characters[level] for each in listed) for level in LEVELS}


def total_hours(utterances: Iterable[Utterance]) -> float | None:
    """Hours of sound; None where an utterance does not tell its length."""
    lengths = [one.duration for one in utterances]
    known = [length for length in lengths if length is not None]
    return sum(known) / 3600 if known and len(known) == len(lengths) else None


def seconds_bucket(utterance: Utterance) -> str | None:
    """How long it is, e.g. `2-5 s`."""
    return _bucket(utterance.duration, _SECONDS, "s")


def words_bucket(utterance: Utterance) -> str | None:
    """How many words its reference has, e.g. `5-10 words`."""
    return _bucket(len(split_words(utterance.reference, "none")), _WORDS, "words")


def noise_bucket(utterance: Utterance) -> str | None:
    """How far the voice stands above the noise, e.g. `10-20 dB`."""
    return _bucket(utterance.noise, _DECIBELS, "dB")


def _bucket(value: float | None, edges: Sequence[float], unit: str) -> str | None:
    """The stretch between two edges that a value lies in; the upper edge belongs to the next."""
    if value is None:
        return None
    if value < edges[0]:
        return f"under {edges[0]:g} {unit}"
    for low, high in pairwise(edges):
        if value < high:
            return f"{low:g}-{high:g} {unit}"
    return f"over {edges[-1]:g} {unit}"


def _group(
    scored: Sequence[Scored], value_of: Callable[[Utterance], str | None]
) -> tuple[Group, ...]:
    parts: dict[str | None, list[Scored]] = {}
    for each in scored:
        parts.setdefault(value_of(each.utterance), []).append(each)
    if not any(value is not None for value in parts):
        return ()
    groups = [
        Group(
            value=UNKNOWN if value is None else value,
            utterances=len(members),
            hours=total_hours(each.utterance for each in members),
            words=pool_words(members),
            characters=pool_characters(members),
        )
        for value, members in parts.items()
    ]
    return tuple(sorted(groups, key=lambda group: (-group.utterances, group.value)))
