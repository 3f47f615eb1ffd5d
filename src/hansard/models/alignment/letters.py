"""A model's letters, and any script written in them.

A character that the model lacks is tried without its diacritics (Unicode's canonical
decomposition), then in Latin letters (anyascii); what is left over, punctuation above all, is
dropped.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from anyascii import anyascii


@dataclass(frozen=True, slots=True)
class Alphabet:
    """The tokens of a CTC model."""

    letters: Mapping[str, int]
    """Each single character, in the model's own case, and its index."""
    blank: int
    between: int | None
    """The token between words; None where the model has none."""

    def spell(self, text: str) -> tuple[int, ...]:
        """The tokens of what is said; none where it cannot be written in these letters."""
        tokens: list[int] = []
        for word in text.split():
            found = [index for letter in word for index in self._find(letter)]
            if found and tokens and self.between is not None:
                tokens.append(self.between)
            tokens += found
        return tuple(tokens)

    def _find(self, letter: str) -> tuple[int, ...]:
        for form in _forms(letter):
            found = tuple(index for part in form if (index := self._index(part)) is not None)
            if found:
                return found
        return ()

    def _index(self, letter: str) -> int | None:
        for case in (letter, letter.lower(), letter.upper()):
            if case in self.letters:
                return self.letters[case]
        return None


def make_alphabet(vocabulary: Mapping[str, int], blank: int, delimiter: str) -> Alphabet:
    """An alphabet from a vocabulary as checkpoints have it; special tokens are no letters."""
    between = vocabulary.get(delimiter)
    letters = {
        token: index
        for token, index in vocabulary.items()
        if len(token) == 1 and index not in {blank, between} and _sounds(token)
    }
    return Alphabet(letters, blank, None if between == blank else between)


def _sounds(letter: str) -> bool:
    return letter.isalnum() or letter in "'\u2019" or unicodedata.category(letter)[0] in "LM"


def _forms(letter: str) -> Iterator[str]:
    """The letter, without its diacritics, in Latin."""
    yield letter
    if letter == "\u2019":
        yield "'"
        return
    if unicodedata.category(letter)[0] not in "LMN":
        return
    bare = "".join(
        part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part)
    )
    yield bare
    yield anyascii(letter)
