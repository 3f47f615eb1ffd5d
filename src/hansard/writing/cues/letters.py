"""A sentence as cue phrases read it, whichever alphabet and apostrophes it is written with."""

from typing import Final

_LATIN: Final = dict(
    zip(
        "абвгдђежзијклмнопрстћуфхцчшљњџ",
        "a b v g d đ e ž z i j k l m n o p r s t ć u f h c č š lj nj dž".split(),
        strict=True,
    )
)
_LONGEST: Final = 1000
"""Characters of a sentence that are looked at; longer ones are speech without any mark."""


class Folded:
    """A sentence in Latin letters with straight apostrophes, and the way back to it."""

    def __init__(self, sentence: str) -> None:
        self._said = sentence[:_LONGEST]
        pieces = [_latin(letter) for letter in self._said]
        self.text = "".join(pieces)
        self._places = [place for place, piece in enumerate(pieces) for _ in piece]

    def as_said(self, begin: int, end: int) -> str:
        """The stretch of the sentence that a match stands for."""
        return self._said[self._places[begin] : self._places[end - 1] + 1]


def _latin(letter: str) -> str:
    if letter in "\u2019\u02bc\u00b4":
        return "'"
    latin = _LATIN.get(letter.lower())
    if latin is None:
        return letter
    return latin if letter.islower() else latin.capitalize()
