"""How far the times of words are from the truth."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from hansard.evaluation.normalisers import normalise
from hansard.transcript import Seconds, Word
from hansard.transcript.diff import align_words


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeError:
    """How far one kind of time, starts or ends, lies from the truth."""

    median: Seconds
    """Of the absolute errors, as the next two."""
    p95: Seconds
    """19 of 20 words are nearer than that."""
    mean: Seconds
    bias: Seconds
    """The median with its sign: above 0 where times come late."""
    within_100ms: float
    """The share of words that are at most 0.1 s off, 0 to 1."""
    within_200ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WordTimeErrors:
    """The times of those words that were read rightly."""

    start: TimeError | None
    """None where no word was read rightly."""
    end: TimeError | None
    matched: int
    """Reference words that the hypothesis has."""
    unmatched: int
    """Reference words that it lacks, or reads otherwise."""


def word_time_errors(
    reference: Iterable[Word], hypothesis: Iterable[Word], *, normaliser: str = "lower"
) -> WordTimeErrors:
    """Compare the times of words that a shortest alignment of both texts keeps.

    Each side is in the order in which its words are said. Words are compared after normalising each
    for itself; those of which nothing is left (dashes) count on neither side.

    Raises:
        UnknownNameError: no normaliser has this name.
    """
    return compare_word_times(match_words(reference, hypothesis, normaliser=normaliser))


@dataclass(frozen=True, slots=True)
class MatchedWords:
    """Reference words, and the same ones in the hypothesis."""

    pairs: tuple[tuple[Word, Word], ...]
    """Reference and hypothesis."""
    unmatched: tuple[Word, ...]
    """Of the reference."""


def match_words(
    reference: Iterable[Word], hypothesis: Iterable[Word], *, normaliser: str = "lower"
) -> MatchedWords:
    """The words that a shortest alignment of both texts keeps, as `word_time_errors` sees them.

    Raises:
        UnknownNameError: no normaliser has this name.
    """
    said, heard = _name(reference, normaliser), _name(hypothesis, normaliser)
    pairs, unmatched = [], []
    for edit in align_words([name for name, _ in said], [name for name, _ in heard]):
        if edit.reference is None:
            continue
        word = said[edit.reference][1]
        if edit.kind == "equal" and edit.hypothesis is not None:
            pairs.append((word, heard[edit.hypothesis][1]))
        else:
            unmatched.append(word)
    return MatchedWords(tuple(pairs), tuple(unmatched))


def compare_word_times(matched: MatchedWords) -> WordTimeErrors:
    """The errors of words that are matched already, e.g. those of many recordings together."""
    return WordTimeErrors(
        start=_summarise([heard.start - said.start for said, heard in matched.pairs]),
        end=_summarise([heard.end - said.end for said, heard in matched.pairs]),
        matched=len(matched.pairs),
        unmatched=len(matched.unmatched),
    )


def _name(words: Iterable[Word], normaliser: str) -> list[tuple[str, Word]]:
    """Words with what they are compared by."""
    named = ((normalise(word.text, normaliser).replace(" ", ""), word) for word in words)
    return [(name, word) for name, word in named if name]


def _summarise(errors: Sequence[Seconds]) -> TimeError | None:
    if not errors:
        return None
    distances = np.abs(errors)
    # a time that is off by 0.1 s exactly must not miss the mark by a rounding error
    return TimeError(
        median=float(np.median(distances)),
        p95=float(np.percentile(distances, 95)),
        mean=float(distances.mean()),
        bias=float(np.median(errors)),
        within_100ms=float((distances <= 0.1 + 1e-9).mean()),
        within_200ms=float((distances <= 0.2 + 1e-9).mean()),
    )
