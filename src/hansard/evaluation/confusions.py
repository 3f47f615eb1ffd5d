"""What was taken for what, counted."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from hansard.evaluation.values import Scored
from hansard.transcript.diff import edit_script

Mistake = tuple[str | None, str | None]
"""What was said and what was written; None = nothing."""


@dataclass(frozen=True, slots=True)
class Confusions:
    """Mistakes, the most frequent first; equally frequent ones in alphabetical order."""

    words: tuple[tuple[Mistake, int], ...]
    """Normalised words; tolerated variants are no mistakes."""
    characters: tuple[tuple[Mistake, int], ...]
    """Characters within the words that were mistaken."""


def confusions(scored: Iterable[Scored]) -> Confusions:
    """Count the mistakes in some utterances."""
    words: Counter[Mistake] = Counter()
    for each in scored:
        for pair in each.pairs:
            if not pair.tolerated and pair.reference != pair.hypothesis:
                words[pair.reference, pair.hypothesis] += 1
    characters: Counter[Mistake] = Counter()
    for (said, heard), count in words.items():
        for mistake in _characters(said or "", heard or ""):
            characters[mistake] += count
    return Confusions(_rank(words), _rank(characters))


def _characters(said: str, heard: str) -> Iterable[Mistake]:
    i = j = 0
    for letter in edit_script(said, heard):
        if letter != "=":
            yield None if letter == "I" else said[i], None if letter == "D" else heard[j]
        i += letter != "I"
        j += letter != "D"


def _rank(counts: Counter[Mistake]) -> tuple[tuple[Mistake, int], ...]:
    return tuple(
        sorted(counts.items(), key=lambda item: (-item[1], item[0][0] or "", item[0][1] or ""))
    )
