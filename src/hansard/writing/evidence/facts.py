"""Facts in a point that must stand in its lines: numbers, names, and whether it says yes or no.

Anything else may be said in other words; these may not. Numbers are compared as they are read out,
so that "25" and "twenty-five" are one.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from hansard.writing.language.words import code_of, is_stop_word
from hansard.writing.lines import Line

_NUMBER: Final = re.compile(
    r"(?:\d{1,3}(?:[,.\u202f\u00a0]\d{3})+(?!\d)|\d+(?:[.,]\d+)?)(?:st|nd|rd|th)?\b"
)
_GROUPED: Final = re.compile(r"\d{1,3}(?:[,.\u202f\u00a0]\d{3})+")
_WORD: Final = re.compile(r"[^\W\d_](?:[\w'\u2019-]*\w)?")
_SENTENCE: Final = re.compile(r"(?<=[.!?:;])\s+|\n+")
_CAPITAL_NOUNS: Final = frozenset({"de", "lb"})
"""Languages that write every noun with a capital."""
_DOERS: Final = frozenset(
    "will would shall should must can may agreed said asked suggested proposed wants needs thinks "
    "offered promised reported explained".split()
)
"""English words before which a sentence names who did it."""
_NEGATORS: Final = {
    "en": re.compile(r"not|never|cannot|\w+n't"),
    "de": re.compile(r"nicht|niemals|kein\w{0,2}"),
    "hr": re.compile(r"ne|nije|nisu|nisam|nismo|neće|nećemo|neću|nikada?|nema|nemamo"),
}
_UNSURE: Final = re.compile(r"\?|\bor not\b|\bnot only\b|\bnot just\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a point says that can be looked up."""

    text: str
    numbers: tuple[tuple[str, ...], ...]
    """Each number in the ways it may be written or read out."""
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a transcript writes words, which tells names from others."""

    known: frozenset[str]
    """Every word, folded."""
    common: frozenset[str]
    """Words that it writes without a capital, folded: they are no names."""
    speakers: frozenset[str]
    """The parts of its speakers' names, folded."""


def spelling_of(lines: Sequence[Line]) -> Spelling:
    """How these lines write words. Where they have no capitals, no word is known to be common."""
    written = {word for line in lines for word in _WORD.findall(line.text)}
    small = {word for word in written if word[0].islower()}
    cased = 50 * (len(written) - len(small)) >= len(written)
    speakers = {line.speaker for line in lines if line.speaker}
    return Spelling(
        known=frozenset(map(fold, written)),
        common=frozenset(map(fold, small)) if cased else frozenset(),
        speakers=frozenset(
            fold(word) for name in speakers for word in _WORD.findall(name) if len(word) > 2
        ),
    )


def claim_of(text: str, spelling: Spelling, language: str | None) -> Claim:
    """What of a point can be looked up; the language is that of ISO 639-1, or None."""
    return Claim(
        text,
        numbers=tuple(_forms(number, language) for number in set(_NUMBER.findall(text))),
        names=tuple(dict.fromkeys(_names(text, spelling, code_of(language)))),
    )


def facts_missing(
    claim: Claim, lines: Sequence[Line], speakers: Sequence[str], language: str | None
) -> bool:
    """Whether a number or a name of the point stands nowhere in the lines.

    A name counts as well where it is that of a speaker of what supports the point: not of any line
    nearby, for who spoke next did not say it.
    """
    if not claim.numbers and not claim.names:
        return False
    said = " ".join((*speakers, *(line.text for line in lines)))
    if claim.numbers:
        plain = _bare(said, language)
        if any(all(form not in plain for form in forms) for forms in claim.numbers):
            return True
    words = {fold(word): word for word in _WORD.findall(said)}
    return any(not _named(name, words, code_of(language)) for name in claim.names)


def contradicts(point: str, line: Line, language: str | None) -> bool:
    """Whether one says what the other denies, as far as a negation before a shared word shows it.

    Questions and turns such as "not only" prove nothing. Languages without a list: never.
    """
    negator = _NEGATORS.get(code_of(language) or "")
    if negator is None or _UNSURE.search(line.text) or _UNSURE.search(point):
        return False
    one, other = _plain_words(point), _plain_words(line.text)
    denied, said = _denied(one, negator), _denied(other, negator)
    if bool(denied) == bool(said):
        return False
    return bool((denied & set(other)) | (said & set(one)))


def spelled(text: str, language: str | None) -> str:
    """A text with its numbers as they are read out, where that is known in its language."""
    return _NUMBER.sub(lambda found: f" {_said(found.group(), language)} ", text)


def figures(text: str) -> list[str]:
    """The numbers that a text writes in figures, each as a term of its own."""
    return [f"#{_digits(number)}" for number in _NUMBER.findall(text)]


def fold(word: str) -> str:
    """Lower case, without accents and the English genitive."""
    plain = unicodedata.normalize("NFKD", word.lower().replace("\u2019", "'").removesuffix("'s"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _names(text: str, spelling: Spelling, code: str | None) -> Iterator[str]:
    for sentence in _SENTENCE.split(text):
        words = _WORD.findall(sentence)
        capital = [word for word in words if word[0].isupper()]
        titled = 2 * len(capital) > len(words) or code in _CAPITAL_NOUNS
        for number, word in enumerate(words):
            if not word[0].isupper() or is_stop_word(word, code):
                continue
            inside = number > 0 and not titled and fold(word) not in spelling.common
            doer = _does(words[number:], code) and fold(word) not in spelling.known
            if inside or doer or fold(word) in spelling.speakers:
                yield fold(word)


def _does(words: Sequence[str], code: str | None) -> bool:
    """Whether the first of these words stands in front of what its owner does."""
    return code in {None, "en"} and len(words) > 1 and words[1].lower() in _DOERS


def _named(name: str, words: dict[str, str], code: str | None) -> bool:
    if name in words:
        return True
    # Names are inflected in many languages: Ana, Ani, Anu; Peter, Peters, Petera.
    shared = max(2, len(name) - 2)
    return any(
        written[:1].isupper()
        and folded[:shared] == name[:shared]
        and abs(len(folded) - len(name)) <= 3
        for folded, written in words.items()
        if code != "en" or folded.rstrip("s") == name.rstrip("s")
    )


def _forms(number: str, language: str | None) -> tuple[str, ...]:
    bare = re.sub(r"(?:st|nd|rd|th)$", "", number)
    written = {_bare(bare, "", spell=False), _bare(_digits(bare), "", spell=False)}
    return tuple({_bare(number, language), _bare(bare, language), *written})


def _digits(number: str) -> str:
    if _GROUPED.fullmatch(number):
        return re.sub(r"\D", "", number)
    return number.lstrip("0") or number


def _bare(text: str, language: str | None, *, spell: bool = True) -> str:
    """Words in lower case between single spaces, numbers read out; spaces at both ends."""
    plain = re.sub(r"[\W_]+", " ", (spelled(text, language) if spell else text).lower())
    return f" {' '.join(word for word in plain.split() if word != 'and')} "


@lru_cache(maxsize=4096)
def _said(number: str, language: str | None) -> str:
    # It brings num2words, which is wanted only where there are numbers.
    from hansard.models.alignment.spoken import speak

    bare = number if number[-1].isalpha() else _digits(number)
    return speak(bare, code_of(language)) or bare


def _plain_words(text: str) -> list[str]:
    return [word.lower().replace("\u2019", "'") for word in _WORD.findall(text)]


def _denied(words: Sequence[str], negator: re.Pattern[str]) -> set[str]:
    """The words within two of a negation."""
    return {
        near
        for number, word in enumerate(words)
        if negator.fullmatch(word)
        for near in words[number + 1 : number + 3]
        if len(near) > 3
    }
