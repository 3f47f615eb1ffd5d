"""How often each word and character was right, and what stands in its place where it was not."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from hansard.evaluation.values import Scored
from hansard.transcript.diff import edit_script

Mistake = tuple[str | None, str | None]
"""What was said and what was written; None = nothing."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one kind of thing: words, or characters."""

    said: Counter[str] = field(default_factory=Counter)
    """How often each is in the references."""
    right: Counter[str] = field(default_factory=Counter)
    """How often of these it was written, or a tolerated variant of it."""
    wrong: Counter[Mistake] = field(default_factory=Counter)
    tolerated: Counter[Mistake] = field(default_factory=Counter)

    def accuracy(self, word: str) -> float:
        """The share of its occurrences that are right, 0 to 1."""
        return self.right[word] / self.said[word]


@dataclass(frozen=True, slots=True)
class Missed:
    """A word that was never right, and what was written in its place."""

    word: str
    count: int
    heard: tuple[tuple[str | None, int], ...]


def tally_words(scored: Iterable[Scored | None]) -> Tally:
    """Count the normalised words of one model's utterances."""
    tally = Tally()
    for each in scored:
        for pair in () if each is None else each.pairs:
            mistake = (pair.reference, pair.hypothesis)
            same = pair.reference == pair.hypothesis
            variant = pair.tolerated and None not in mistake
            for word in _said(pair.reference, variant=variant):
                tally.said[word] += 1
                tally.right[word] += same or variant
            if not same:
                (tally.tolerated if variant else tally.wrong)[mistake] += 1
    return tally


def tally_characters(words: Tally) -> Tally:
    """Count characters within words that stand at the same place; variants are left out.

    A letter and the marks on it are one character, whether they are stored as one or not.
    """
    tally = Tally()
    for word, count in words.said.items():
        kept = words.right[word]
        for letter in characters(word):
            tally.said[letter] += count
            tally.right[letter] += kept
    for (said, heard), count in words.wrong.items():
        _add(tally, characters(said or ""), characters(heard or ""), count)
    return tally


def never_right(words: Tally, most: int) -> tuple[tuple[Missed, ...], int]:
    """The most frequent of the words that were never right, and how many such there are."""
    names = [word for word, count in words.said.items() if count and not words.right[word]]
    names.sort(key=lambda word: (-words.said[word], word))
    heard: defaultdict[str, Counter[str | None]] = defaultdict(Counter)
    chosen = set(names[:most])
    for (said, written), count in words.wrong.items():
        if said in chosen and said is not None:
            heard[said][written] += count
    missed = (Missed(n, words.said[n], tuple(heard[n].most_common(3))) for n in names[:most])
    return tuple(missed), len(names)


def characters(text: str) -> list[str]:
    """A text in letters, each with the combining marks that follow it."""
    letters: list[str] = []
    for character in unicodedata.normalize("NFC", text):
        if letters and unicodedata.category(character).startswith("M"):
            letters[-1] += character
        else:
            letters.append(character)
    return letters


def count_characters(texts: Iterable[str]) -> Counter[str]:
    """How often each character other than white space is in some texts."""
    words: Counter[str] = Counter()
    for text in texts:
        words.update(text.split())
    counts: Counter[str] = Counter()
    for word, count in words.items():
        for letter in characters(word):
            counts[letter] += count
    return counts


def _said(reference: str | None, *, variant: bool) -> list[str]:
    """The words of one side of a pair: one, or none, or two that are a variant of one."""
    if reference is None:
        return []
    return reference.split(" ") if variant else [reference]


def _add(tally: Tally, said: list[str], heard: list[str], count: int) -> None:
    """Count the characters of one mistake, which are in `said` of the tally already."""
    i = j = 0
    for step in edit_script(said, heard):
        one = None if step == "I" else said[i]
        other = None if step == "D" else heard[j]
        if step == "=" and one is not None:
            tally.right[one] += count
        else:
            tally.wrong[one, other] += count
        i += step != "I"
        j += step != "D"
