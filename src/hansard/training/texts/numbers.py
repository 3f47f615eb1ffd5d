"""Numbers in a text, read out in its language; where that is unsure, a number stays and is told.

In Bosnian, Croatian and Serbian a number bends with what it counts (dva eura, dvije žene, petog
maja), so the word behind it decides. Other languages are left to num2words, as in alignment.
"""

import re
from dataclasses import dataclass
from typing import Final

from hansard.models.alignment.spoken import speak
from hansard.training.texts import number_context as context
from hansard.training.texts.edits import Edit
from hansard.training.texts.number_words import (
    LARGEST,
    STANDARDS,
    Gender,
    cardinal,
    ordinal,
    pick_form,
)
from hansard.training.texts.varieties import SOUTH_SLAVIC, dialect_of
from hansard.transcript.scripts import script_of, to_cyrillic, to_latin

_CHUNK: Final = re.compile(
    r"(?<![\w.,/:+-])(?P<minus>[-\u2212](?=[\d$€£]))?(?P<sign>[$€£]\s?)?"
    r"(?P<body>\d{1,3}(?: \d{3})+(?![\d.,:/-]*\d)|\d(?:[\d.,:/\u2013-]*\d)?)"
    r"(?P<tail>(?:[-'\u2019]?[^\W\d_])\w*)?"
)
_WHOLE: Final = re.compile(r"\d+|\d{1,3}(?:[. ]\d{3})+")
_DECIMAL: Final = re.compile(r"(\d+|\d{1,3}(?:[. ]\d{3})+),(\d+)|(\d+)\.(\d{1,2}|\d{4,})")
_TIME: Final = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")
_ENGLISH_ORDINAL: Final = re.compile(r"st|nd|rd|th")


@dataclass(frozen=True, slots=True)
class _Place:
    """A number and what stands around it, in Latin script and small letters."""

    found: re.Match[str]
    before: str
    after: str
    standard: str

    @property
    def value(self) -> int | None:
        body = self.found["body"]
        if not _WHOLE.fullmatch(body) or (body[0] == "0" and len(body) > 1):
            return None
        value = int(re.sub(r"\D", "", body))
        return value if value <= LARGEST else None


def find_numbers(text: str, language: str | None) -> tuple[list[Edit], list[str]]:
    """Edits that put words in the place of numbers, and the numbers that are left."""
    edits: list[Edit] = []
    left: list[str] = []
    standard = _standard(text, language) if language in SOUTH_SLAVIC else ""
    cyrillic = bool(standard) and script_of(text) == "cyrillic"
    for found in _CHUNK.finditer(text):
        if standard:
            before, after = (
                text[max(0, found.start() - 40) : found.start()],
                text[found.end() :][:60],
            )
            place = _Place(found, to_latin(before).lower(), to_latin(after).lower(), standard)
            edit = _read(place, text)
        else:
            edit = _read_other(found, text, language)
        if edit is None:
            left.append(f"number left: {found[0]!r}")
        elif cyrillic:
            edits.append(Edit(edit.start, edit.end, to_cyrillic(edit.text)))
        else:
            edits.append(edit)
    return edits, left


def _standard(text: str, language: str | None) -> str:
    if language == "sr":
        return "bs" if dialect_of(text) == "ijekavian" else "sr"
    return language if language in STANDARDS else "bs"


def _read_other(found: re.Match[str], text: str, language: str | None) -> Edit | None:
    if language is None or re.search(r"[/\u2013-]", found["body"]):
        return None
    tail, rest = found["tail"], text[found.end() :]
    if tail and not (language == "en" and _ENGLISH_ORDINAL.fullmatch(tail)):
        return None
    if language != "en" and re.match(r"\.\s+\w", rest):
        return None
    percent = re.match(r"\s?%", rest)
    end = found.end() + (percent.end() if percent else 0)
    written = re.sub(r"\s", "", text[found.start("sign" if found["sign"] else "body") : end])
    said = speak(written, language)
    minus = "minus " if found["minus"] else ""
    return Edit(found.start(), end, minus + " ".join(said.split())) if said else None


def _read(place: _Place, text: str) -> Edit | None:
    """What a number of ours becomes; None where it is not clear."""
    found = place.found
    for reader in (_measure, _ordinal, _time, _count):
        read = reader(place)
        if read is not None:
            said, more = read
            at_head = not text[: found.start()].rpartition("\n")[2].strip()
            start = found.start() + (1 if found["minus"] and at_head else 0)
            minus = "minus " if found["minus"] and not at_head else ""
            return Edit(start, found.end() + more, minus + said) if said else None
    return None


def _measure(place: _Place) -> tuple[str, int] | None:
    """A number with a unit, a currency or a per cent sign."""
    found = place.found
    tail = (found["tail"] or "").lower()
    unit = context.unit_of((found["sign"] or "").strip(), tail, place.after, place.standard)
    if unit is None:
        return ("", 0) if tail else None
    forms, length, gender = unit
    value = place.value
    if value is not None:
        return f"{cardinal(value, place.standard, gender)} {pick_form(value, forms)}", length
    said = _decimal(place)
    return (f"{said} {forms[1]}", length) if said else ("", 0)


def _decimal(place: _Place) -> str | None:
    found = _DECIMAL.fullmatch(place.found["body"])
    if not found:
        return None
    standard = STANDARDS[place.standard]
    whole, digits = found[1] or found[3], found[2] or found[4]
    mark = standard.comma if found[1] else standard.point
    bare = digits.lstrip("0")
    zeros = ["nula"] * (len(digits) - len(bare))
    rest = [bare] if len(digits) <= 3 else list(bare)
    said = [cardinal(int(part), place.standard) for part in rest if part]
    count = int(re.sub(r"\D", "", whole))
    if count > LARGEST:
        return None
    return " ".join([cardinal(count, place.standard), mark, *zeros, *said])


def _ordinal(place: _Place) -> tuple[str, int] | None:
    """A number with a full stop, which is an ordinal or ends a sentence; or a year."""
    value = place.value
    if value is None:
        return None
    dotted = place.after.startswith(".") and not place.after.startswith("..")
    ending = context.ending_of(value, place.before, place.after, dotted=dotted)
    if ending is None:
        return _ends(place, value) if dotted else None
    said = ordinal(value, place.standard, ending)
    last = dotted and not re.match(r"\.\s*[\w,;:)]", place.after)
    return (said or "", 1 if dotted and not last else 0)


def _ends(place: _Place, value: int) -> tuple[str, int]:
    """A number before a full stop and no ordinal that is known: spoken only where the text ends."""
    ends_text = not re.match(r"\.[\"'”)]*[ \t]*[^\s\"'”)]", place.after)
    if not ends_text or context.is_year(value):
        return "", 0
    return cardinal(value, place.standard), 0


def _time(place: _Place) -> tuple[str, int] | None:
    found = _TIME.fullmatch(place.found["body"])
    if not found:
        return None
    hours, minutes = cardinal(int(found[1]), place.standard), int(found[2])
    return (f"{hours} i {cardinal(minutes, place.standard)}" if minutes else hours), 0


def _count(place: _Place) -> tuple[str, int] | None:
    value = place.value
    if value is None:
        said = _decimal(place)
        return (said, 0) if said else None
    gender: Gender | None = context.gender_of(value, place.after)
    return (cardinal(value, place.standard, gender), 0) if gender else None
