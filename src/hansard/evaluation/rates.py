"""Word and character error rates, singly and over a corpus."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hansard.evaluation.normalisers import normalise, split_words
from hansard.transcript.diff import edit_script


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRate:
    """How many of the reference's words (or characters) came through, and what else came."""

    hits: int
    substitutions: int
    deletions: int
    """Those of the reference that the hypothesis lacks."""
    insertions: int
    """Those of the hypothesis that the reference lacks."""

    @property
    def errors(self) -> int:
        """Substitutions, deletions and insertions together: Levenshtein's distance."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def reference_length(self) -> int:
        """How many the reference has."""
        return self.hits + self.substitutions + self.deletions

    @property
    def hypothesis_length(self) -> int:
        """How many the hypothesis has."""
        return self.hits + self.substitutions + self.insertions

    @property
    def rate(self) -> float | None:
        """Errors per reference word (or character), above 1 where much was invented.

        Against an empty reference it is 0.0 for an empty hypothesis; otherwise no rate exists and
        it is None, while `errors` still counts what was invented.
        """
        if not self.errors:
            return 0.0
        return self.errors / self.reference_length if self.reference_length else None


def word_error_rate(reference: str, hypothesis: str, *, normaliser: str = "basic") -> ErrorRate:
    """Compare two texts word by word.

    Raises:
        UnknownNameError: no normaliser has this name.
    """
    return _compare(split_words(reference, normaliser), split_words(hypothesis, normaliser))


def character_error_rate(
    reference: str, hypothesis: str, *, normaliser: str = "basic"
) -> ErrorRate:
    """Compare two texts by Unicode code points; the space between two words counts as one.

    Raises:
        UnknownNameError: no normaliser has this name.
    """
    return _compare(normalise(reference, normaliser), normalise(hypothesis, normaliser))


def pool(rates: Iterable[ErrorRate]) -> ErrorRate:
    """The rate of a corpus: all counts summed, so that long texts weigh more than short ones."""
    hits = substitutions = deletions = insertions = 0
    for rate in rates:
        hits += rate.hits
        substitutions += rate.substitutions
        deletions += rate.deletions
        insertions += rate.insertions
    return ErrorRate(
        hits=hits, substitutions=substitutions, deletions=deletions, insertions=insertions
    )


def _compare(reference: Sequence[str], hypothesis: Sequence[str]) -> ErrorRate:
    script = edit_script(reference, hypothesis)
    return ErrorRate(
        hits=script.count("="),
        substitutions=script.count("X"),
        deletions=script.count("D"),
        insertions=script.count("I"),
    )
