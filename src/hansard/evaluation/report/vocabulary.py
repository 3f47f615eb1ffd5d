"""The characters of all texts, and the words that a model never hears."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hansard.evaluation.report.rows import Row
from hansard.evaluation.report.tallies import count_characters

_MOST: Final = 400


@dataclass(frozen=True, slots=True)
class Letter:
    """A character and how often it was said and written."""

    shown: str
    code: str
    """Its code points and the name of the first."""
    said: int
    written: tuple[int, ...]
    """By each model."""

    @property
    def kind(self) -> str:
        """`foreign` to the references, `never` written by a model that should have, or neither."""
        if not self.said:
            return "foreign"
        return "" if all(self.written) else "never"


@dataclass(frozen=True, slots=True)
class Alphabet:
    """The characters of the texts as they are written, commonest first."""

    letters: tuple[Letter, ...]
    left_out: int

    @property
    def foreign(self) -> tuple[Letter, ...]:
        """Characters of hypotheses that no reference has."""
        return tuple(letter for letter in self.letters if letter.kind == "foreign")


def make_alphabet(rows: Sequence[Row], models: int) -> Alphabet:
    """Count the characters of references and hypotheses, white space left out."""
    said = count_characters(row.utterance.reference for row in rows)
    written = [_written(rows, model) for model in range(models)]
    names = Counter(said)
    for counts in written:
        names.update(dict.fromkeys(counts, 0))
    ranked = sorted(names, key=lambda name: (-said[name], name))
    letters = [
        Letter(_show(name), _describe(name), said[name], tuple(counts[name] for counts in written))
        for name in ranked
    ]
    # foreign ones are what is looked for, so that they stay
    letters.sort(key=lambda letter: bool(letter.said))
    kept = sorted(letters[:_MOST], key=lambda letter: -letter.said)
    return Alphabet(tuple(kept), len(letters) - len(kept))


def _written(rows: Sequence[Row], model: int) -> Counter[str]:
    scored = (row.scored[model] for row in rows)
    return count_characters(each.utterance.hypothesis for each in scored if each is not None)


def _show(letter: str) -> str:
    """A character that can be seen: marks on a dotted circle, invisible ones by their code."""
    category = unicodedata.category(letter[0])
    if category.startswith("M"):
        return f"\u25cc{letter}"
    return f"U+{ord(letter[0]):04X}" if category.startswith("C") else letter


def _describe(letter: str) -> str:
    codes = " ".join(f"U+{ord(point):04X}" for point in letter)
    return f"{codes} {unicodedata.name(letter[0], '')}".strip()
