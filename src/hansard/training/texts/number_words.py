"""Numbers of Bosnian, Croatian and Serbian in words.

Numbers below a thousand are num2words' Serbian ones, with the forms of the other standards in their
place (dvesta, dvjesto, dvjesta); the rest is put together here, for num2words calls a milliard a
billion. `i` is not said between tens and ones (dvadeset jedan), which all three standards allow.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from hansard.models.alignment.spoken import speak

Gender = Literal["m", "f", "n"]
LARGEST: Final = 10**12 - 1
_HUNDREDS: Final = {
    "hr": {"dvesta": "dvjesto", "trista": "tristo", "šesto": "šeststo"},
    "bs": {"dvesta": "dvjesta", "šesto": "šeststo"},
    "sr": {"šesto": "šeststo"},
}
_ONES: Final = {"m": "jedan", "f": "jedna", "n": "jedno"}


@dataclass(frozen=True, slots=True)
class Standard:
    """What one standard calls large numbers."""

    thousand: tuple[str, str, str, str]
    """One, two to four, five and more; and as it stands alone: tisuću i sto."""
    million: tuple[str, str, str, str]
    two: str
    """Two, of feminine nouns."""
    comma: str
    point: str


_MILLIARD: Final = ("milijarda", "milijarde", "milijardi", "milijarda")
STANDARDS: Final = {
    "hr": Standard(("tisuća", "tisuće", "tisuća", "tisuću"),
                   ("milijun", "milijuna", "milijuna", "milijun"), "dvije", "zarez", "točka"),
    "bs": Standard(("hiljada", "hiljade", "hiljada", "hiljadu"),
                   ("milion", "miliona", "miliona", "milion"), "dvije", "zarez", "tačka"),
    "sr": Standard(("hiljada", "hiljade", "hiljada", "hiljadu"),
                   ("milion", "miliona", "miliona", "milion"), "dve", "zarez", "tačka"),
}  # fmt: skip
_ORDINALS: Final = {
    0: "nult", 1: "prv", 2: "drug", 3: "treć", 4: "četvrt", 5: "pet", 6: "šest", 7: "sedm",
    8: "osm", 9: "devet", 10: "deset", 100: "stot",
}  # fmt: skip
_SOFT: Final = {"o": "e", "og": "eg", "om": "em"}
"""Endings of treći, where others have a hard one: petog, trećeg."""


def pick_form(number: int, forms: tuple[str, ...]) -> str:
    """The form of a noun that a number asks for: one of 1, 2-4, 5 and more."""
    last, two = number % 10, number % 100
    if last == 1 and two != 11:
        return forms[0]
    return forms[1] if 2 <= last <= 4 and not 12 <= two <= 14 else forms[2]


@lru_cache(maxsize=4096)
def cardinal(number: int, language: str, gender: Gender = "m") -> str:
    """A number from 0 to `LARGEST` in words; `language` is one of `STANDARDS`."""
    standard = STANDARDS[language]
    parts: list[str] = []
    scales: tuple[tuple[int, Gender, tuple[str, str, str, str]], ...] = (
        (10**9, "f", _MILLIARD), (10**6, "m", standard.million), (1000, "f", standard.thousand),
    )  # fmt: skip
    rest = number
    for size, kind, forms in scales:
        count, rest = divmod(rest, size)
        if count == 1:
            parts.append(forms[3] if not parts else forms[0])
        elif count:
            parts += [_below_thousand(count, language, kind), pick_form(count, forms)]
    if rest or not parts:
        parts.append(_below_thousand(rest, language, gender))
    return " ".join(parts)


def _below_thousand(number: int, language: str, gender: Gender) -> str:
    words = speak(str(number), "sr").split()
    words = [_HUNDREDS[language].get(word, word) for word in words]
    if words[-1] == "jedan":
        words[-1] = _ONES[gender]
    if words[-1] == "dva" and gender == "f":
        words[-1] = STANDARDS[language].two
    return " ".join(words)


@lru_cache(maxsize=4096)
def ordinal(number: int, language: str, ending: str) -> str | None:
    """An ordinal number with an ending of adjectives (`i`, `a`, `og`); None where it is not known.

    Known are those to 9999 but for whole thousands.
    """
    if number > 9999 or (number and number % 1000 == 0):
        return None
    last = number % 100 if 10 <= number % 100 <= 19 else number % 10
    if not last and number % 100:
        last = number % 100
    if not last and number:
        last = 100
    if last == 100:
        head, count = number - number % 1000, number % 1000 // 100
        stem = "stot" if count == 1 else _below_thousand(count * 100, language, "m") + "t"
        stem = stem.replace("stat", "stot").replace("stott", "stot")
    else:
        head = number - last
        stem = _ORDINALS.get(last) or speak(str(last), "sr")
    said = stem + (_SOFT.get(ending, ending) if stem == "treć" else ending)
    return f"{cardinal(head, language)} {said}" if head else said
