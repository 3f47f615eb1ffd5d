"""How written words are read out: numbers, money, times, signs and units.

Numbers are num2words' work, in its languages. A number in a language that it does not know is not
read out at all, for a wrong word would be looked for in the sound.
"""

import re
from collections.abc import Callable
from decimal import Decimal

from num2words import num2words

Reader = Callable[[re.Match[str], str], str | None]

NEIGHBOURS = {"hr": "sr", "bs": "sr", "sh": "sr", "nb": "no", "nn": "no"}
"""Languages whose numbers are close enough to those of one that is known."""
SIGNS: dict[str, dict[str, str]] = {
    "&": {"en": "and", "de": "und", "fr": "et", "es": "y", "it": "e", "pt": "e", "nl": "en",
          "hr": "i", "sr": "i", "pl": "i"},
    "+": {"en": "plus", "de": "plus", "fr": "plus", "es": "más", "it": "più", "pt": "mais",
          "nl": "plus", "hr": "plus", "sr": "plus", "pl": "plus"},
    "@": {"en": "at", "de": "at", "fr": "arobase", "es": "arroba", "it": "chiocciola",
          "pt": "arroba", "nl": "apenstaartje", "hr": "at", "sr": "at", "pl": "małpa"},
    "%": {"en": "percent", "de": "Prozent", "fr": "pour cent", "es": "por ciento",
          "it": "per cento", "pt": "por cento", "nl": "procent", "hr": "posto", "sr": "posto",
          "pl": "procent"},
    "$": {"en": "dollars", "de": "Dollar", "fr": "dollars", "es": "dólares", "it": "dollari",
          "pt": "dólares", "nl": "dollar", "hr": "dolara", "sr": "dolara", "pl": "dolarów"},
    "€": {"en": "euros", "de": "Euro", "fr": "euros", "es": "euros", "it": "euro", "pt": "euros",
          "nl": "euro", "hr": "eura", "sr": "evra", "pl": "euro"},
    "£": {"en": "pounds", "de": "Pfund", "fr": "livres", "es": "libras", "it": "sterline",
          "pt": "libras", "nl": "pond", "hr": "funti", "sr": "funti", "pl": "funtów"},
    "°": {"en": "degrees", "de": "Grad", "fr": "degrés", "es": "grados", "it": "gradi",
          "pt": "graus", "nl": "graden", "hr": "stupnjeva", "sr": "stepeni", "pl": "stopni"},
}  # fmt: skip
UNITS: dict[str, str] = {
    "km": "kilometers", "m": "meters", "cm": "centimeters", "mm": "millimeters", "kg": "kilograms",
    "g": "grams", "mg": "milligrams", "l": "liters", "ml": "milliliters", "h": "hours",
    "min": "minutes", "s": "seconds", "ms": "milliseconds", "hz": "hertz", "khz": "kilohertz",
    "mhz": "megahertz", "ghz": "gigahertz", "kb": "kilobytes", "mb": "megabytes",
    "gb": "gigabytes", "tb": "terabytes", "ft": "feet", "lb": "pounds", "mph": "miles per hour",
    "k": "thousand", "am": "a m", "pm": "p m",
}  # fmt: skip
"""English; written at the end of a number."""
NUMBER = r"\d{1,3}(?:[,.\u202f\u00a0]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?"
TOKENS = re.compile(
    rf"(?P<time>(?<!\d)\d{{1,2}}:\d{{2}}(?!\d))"
    rf"|(?P<before>[$€£])\s?(?P<money>{NUMBER})"
    rf"|(?P<decade>\d{{3}}0)(?='?s\b)"
    rf"|(?P<ordinal>\d+)(?:st|nd|rd|th)\b"
    rf"|(?P<number>{NUMBER})(?:(?P<unit>[A-Za-z]{{1,3}})\b)?"
    rf"|(?P<sign>[&+@%$€£°])"
    rf"|(?P<text>[^\d&+@%$€£°]+)"
)


def speak(word: str, language: str | None) -> str:
    """A written word as it is said; `language` is a code of ISO 639-1, None counts as English.

    What has no spoken form that is known becomes nothing: an empty answer is a word to leave open.
    """
    code = (language or "en").lower()
    if not re.search(r"[\d&+@%$€£°]", word):
        return word
    parts = [_read(found, code) for found in TOKENS.finditer(word)]
    if any(part is None for part in parts):
        return ""
    return " ".join(part.strip() for part in parts if part)


def _read(found: re.Match[str], code: str) -> str | None:
    reader = next(reader for kind, reader in READERS.items() if found[kind] is not None)
    return reader(found, code)


def _time(found: re.Match[str], code: str) -> str | None:
    hours, minutes = found["time"].split(":")
    said = _number(hours, code)
    if minutes == "00" or said is None:
        return said
    rest = _number(minutes.lstrip("0"), code)
    if rest is None:
        return None
    return f"{said} {'oh ' if minutes[0] == '0' and code == 'en' else ''}{rest}"


def _money(found: re.Match[str], code: str) -> str | None:
    amount, unit = _number(found["money"], code), SIGNS[found["before"]].get(code)
    return None if amount is None or unit is None else f"{amount} {unit}"


def _decade(found: re.Match[str], code: str) -> str | None:
    year = _say(int(found["decade"]), code, "year")
    return None if year is None else re.sub(r"y$", "ie", year)


def _ordinal(found: re.Match[str], code: str) -> str | None:
    return _say(int(found["ordinal"]), code, "ordinal")


def _count(found: re.Match[str], code: str) -> str | None:
    said = _number(found["number"], code)
    unit = found["unit"]
    if said is None or not unit:
        return said
    return f"{said} {UNITS.get(unit.lower(), unit) if code == 'en' else unit}"


def _sign(found: re.Match[str], code: str) -> str | None:
    return SIGNS[found["sign"]].get(code)


def _text(found: re.Match[str], code: str) -> str | None:  # noqa: ARG001 - one shape for all
    return found["text"]


def _number(written: str, code: str) -> str | None:
    """A number as written, with separators of thousands and decimals of either custom."""
    plain = _plain(written)
    if len(written) > 1 and written[0] == "0" and written.isdigit():
        digits = [_say(int(digit), code, "cardinal") for digit in written]
        return None if None in digits else " ".join(filter(None, digits))
    if re.fullmatch(r"(1[1-9]|20)\d\d", written):
        return _say(int(written), code, "year")
    return _say(Decimal(plain) if "." in plain else int(plain), code, "cardinal")


def _plain(written: str) -> str:
    """Without separators of thousands, and with a point before decimals."""
    bare = written.replace("\u202f", "").replace("\u00a0", "")
    if re.fullmatch(r"\d{1,3}(?:[,.]\d{3})+", bare):
        return re.sub(r"[,.]", "", bare)
    whole, mark, decimals = bare.replace(",", ".").rpartition(".")
    return f"{whole.replace('.', '')}.{decimals}" if mark else decimals


def _say(number: int | Decimal, code: str, kind: str) -> str | None:
    try:
        said = num2words(number, lang=NEIGHBOURS.get(code, code), to=kind)
    except (NotImplementedError, OverflowError, ValueError, TypeError, KeyError, IndexError):
        return None if kind == "cardinal" else _say(number, code, "cardinal")
    return str(said).replace("-", " ").replace(",", "")


READERS: dict[str, Reader] = {
    "time": _time,
    "money": _money,
    "decade": _decade,
    "ordinal": _ordinal,
    "number": _count,
    "sign": _sign,
    "text": _text,
}
"""What reads which group of `TOKENS`."""
