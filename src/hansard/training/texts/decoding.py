"""Bytes of unknown encoding as text: the one that gives plausible letters, and which it was."""

import codecs
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from hansard.errors import DataError
from hansard.transcript.scripts import WORD

_MARKED: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
GUESSED: Final = ("cp1250", "iso-8859-2", "cp1251", "iso-8859-5")
"""Encodings of one byte a letter in which texts of ours are found; the first of equals counts."""
_OURS: Final = frozenset("čćšžđČĆŠŽĐабвгдђежзијклљмнњопрстћуфхцчџшАБВГДЂЕЖЗИЈКЛЉМНЊОПРСТЋУФХЦЧЏШ")
_ALLOWED: Final = frozenset(
    "\u201e\u201c\u201d\u2018\u2019\u201a\u00ab\u00bb\u2013\u2014\u2026\u00b0\u20ac\u00a0\u00ad"
    "äöüßéáëÄÖÜÉ"
)
"""Marks, and letters of names, that speak for no encoding."""
_MOST_ODD: Final = 0.15
"""Of the letters that ASCII does not have; more of them is another encoding."""
_BOTH: Final = re.compile("[A-Za-z][\u0400-\u052f]|[\u0400-\u052f][A-Za-z]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a file."""

    text: str
    encoding: str
    """As Python calls it."""
    guessed: bool
    """True where the bytes do not say it themselves: it is neither UTF-8 nor marked."""


def decode_text(data: bytes) -> Decoded:
    """The text in `data`: UTF-8 or UTF-16 with a mark, UTF-8, or the likeliest of `GUESSED`.

    Raises:
        DataError: it is no text, or none of the encodings gives plausible letters.
    """
    for mark, encoding in _MARKED:
        if data.startswith(mark):
            return Decoded(_decode_as(data, encoding), encoding, guessed=False)
    if b"\0" in data:
        raise DataError("it holds zero bytes, so it is no text", hint="save it as UTF-8")
    try:
        return Decoded(data.decode("utf-8"), "utf-8", guessed=False)
    except UnicodeDecodeError:
        return _guess(data)


def _decode_as(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise DataError(
            f"it begins as {encoding} and is not: byte {error.start}", hint="save it as UTF-8"
        ) from error


def _guess(data: bytes) -> Decoded:
    scored: list[tuple[float, str, str]] = []
    for encoding in GUESSED:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        scored.append((_plausibility(text), encoding, text))
    best = max(scored, key=lambda score: score[0], default=None)
    if best is None or best[0] < 0:
        raise DataError(
            "its encoding is not clear: it is not UTF-8, and no other gives plausible letters",
            hint="save it as UTF-8",
        )
    return Decoded(best[2], best[1], guessed=True)


def _plausibility(text: str) -> float:
    """From -1, no letter can be right, to 1; words of two scripts are no words of ours."""
    foreign = [character for character in text if not character.isascii()]
    gained = [_gain(character) for character in foreign]
    if gained.count(-1.0) > _MOST_ODD * len(gained):
        return -1.0
    words = [word for word in WORD.findall(text) if not word.isascii()]
    torn = sum(bool(_BOTH.search(word)) or _has_odd_capital(word) for word in words)
    return sum(gained) / max(1, len(foreign)) - torn / max(1, len(words))


def _gain(character: str) -> float:
    if character in _OURS:
        return 1.0
    return 0.0 if character in _ALLOWED else -1.0


def _has_odd_capital(word: str) -> bool:
    """Whether a capital stands behind a small letter, as in a text read by the wrong table."""
    return any(a.islower() and b.isupper() and not b.isascii() for a, b in pairwise(word))
