"""What stands beside a number in Bosnian, Croatian or Serbian, and what it asks of the number."""

import re
from collections.abc import Mapping
from typing import Final

from hansard.training.texts.number_words import Gender

Forms = tuple[str, str, str]

_MONTHS: Final = frozenset(
    """
    siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna listopada studenog
    studenoga prosinca januara jula juna februara marta aprila maja avgusta augusta septembra
    oktobra novembra decembra
    """.split()
)
_NOUNS: Final[Mapping[str, str]] = {
    form: ending
    for ending, forms in {
        "i": "vek vijek razred put dan sat rođendan kat sprat član članak stavak krug red "
             "svjetski svetski međunarodni festival kongres maj",
        "og": "veka vijeka stoljeća razreda dana rođendana kata sprata člana članka stavka kola "
              "kruga mjesta mesta svjetskog svetskog međunarodnog festivala kongresa",
        "om": "veku vijeku stoljeću razredu danu rođendanu katu spratu članu članku stavku kolu "
              "krugu mjestu mestu svjetskom svetskom međunarodnom festivalu kongresu godinom",
        "o": "stoljeće mjesto mesto kolo poglavlje",
        "e": "godine sezone minute",
        "a": "godina sezona minuta runda",
        "oj": "godini sezoni minuti rundi",
        "u": "godinu sezonu minutu rundu",
    }.items()
    for form in forms.split()
}  # fmt: skip
"""Endings of the adjective that stands with a form of a noun."""
_SMALL_WORDS: Final = frozenset(
    "i ili a ali od do je su u na za te pa se s sa k ka o po iz da ne ni ko tko bi će".split()
)
_METRIC: Final[Mapping[str, tuple[Forms, Gender]]] = {
    "km": (("kilometar", "kilometra", "kilometara"), "m"),
    "m": (("metar", "metra", "metara"), "m"),
    "cm": (("centimetar", "centimetra", "centimetara"), "m"),
    "mm": (("milimetar", "milimetra", "milimetara"), "m"),
    "kg": (("kilogram", "kilograma", "kilograma"), "m"),
    "g": (("gram", "grama", "grama"), "m"),
    "mg": (("miligram", "miligrama", "miligrama"), "m"),
    "%": (("posto", "posto", "posto"), "m"),
    "$": (("dolar", "dolara", "dolara"), "m"),
    "usd": (("dolar", "dolara", "dolara"), "m"),
    "£": (("funta", "funte", "funti"), "f"),
    "rsd": (("dinar", "dinara", "dinara"), "m"),
    "kn": (("kuna", "kune", "kuna"), "f"),
    "h": (("sat", "sata", "sati"), "m"),
}
_EURO: Final[Mapping[str, Forms]] = {
    "hr": ("euro", "eura", "eura"), "bs": ("euro", "eura", "eura"), "sr": ("evro", "evra", "evra"),
}  # fmt: skip
_LITRE: Final[Mapping[str, tuple[Forms, Gender]]] = {
    "hr": (("litra", "litre", "litara"), "f"),
    "bs": (("litar", "litra", "litara"), "m"),
    "sr": (("litar", "litra", "litara"), "m"),
}
_ONE: Final[Mapping[str, Gender]] = {"a": "f", "o": "n", "e": "n"}
_TWO: Final[Mapping[str, Gender]] = {"a": "m", "e": "f", "i": "f"}
"""The gender by the last letter of what one, or two, are counted of."""
_UNIT: Final = re.compile(
    r"\s?(%|€|\$|£|(?:eur|usd|rsd|kn|km|cm|mm|kg|mg|m|g(?!\.)|l|h)\b(?![/²³]))"
)


def unit_of(sign: str, tail: str, after: str, standard: str) -> tuple[Forms, int, Gender] | None:
    """The unit of a number: its forms, how many characters of `after` it takes, its gender.

    `sign` stands before the number, `tail` is joined to it. A unit of one letter counts only
    where it cannot be the end of a sentence or a short form (1991 g.).
    """
    if sign or tail:
        known = _unit(sign or tail, standard)
        return (known[0], 0, known[1]) if known else None
    found = _UNIT.match(after)
    known = _unit(found[1], standard) if found else None
    return (known[0], found.end(), known[1]) if found and known else None


def _unit(name: str, standard: str) -> tuple[Forms, Gender] | None:
    if name in {"€", "eur"}:
        return _EURO[standard], "m"
    return _LITRE[standard] if name == "l" else _METRIC.get(name)


def is_year(value: int) -> bool:
    """Whether a number may be a year."""
    return 1500 <= value <= 2100


def ending_of(value: int, before: str, after: str, *, dotted: bool) -> str | None:
    """The ending of the ordinal that a number is; None where it is none, or not clear."""
    follows = re.match(r"\.?\s+([^\W\d_]+)", after)
    word = follows[1] if follows else ""
    if not dotted:
        return _NOUNS[word] if is_year(value) and word in {"godine", "godini"} else None
    if word in _MONTHS and value <= 31:
        return "og"
    if word in _NOUNS:
        return _NOUNS[word]
    behind = re.search(r"([^\W\d_]+)\s+$", before)
    return "e" if is_year(value) and behind and behind[1] in _MONTHS else None


def gender_of(value: int, after: str) -> Gender | None:
    """The gender in which a number is said before what it counts; None where that is not clear."""
    last, two = value % 10, value % 100
    if last not in {1, 2} or two in {11, 12}:
        return "m"
    follows = re.match(r"\s+([^\W\d_]+)", after)
    if not follows or follows[1] in _SMALL_WORDS:
        return "m"
    return _one(follows[1]) if last == 1 else _TWO.get(follows[1][-1])


def _one(word: str) -> Gender | None:
    """By a noun in the nominative; what ends as other cases do tells nothing."""
    if re.search(r"(?:[ui]|[oe]m|og|oj|ih|im|ima|ama)$", word):
        return None
    return _ONE.get(word[-1], "m")
