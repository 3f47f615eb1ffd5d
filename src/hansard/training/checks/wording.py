"""What can be told from a transcript, alone and beside its sound. Pure."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Final

from hansard.errors import UnknownNameError
from hansard.training.checks.tokens import TokenCounter
from hansard.training.checks.values import Finding, Limits, fail, warn
from hansard.training.manifest import Entry
from hansard.training.texts.varieties import guess_language
from hansard.transcript import Seconds
from hansard.transcript.languages import LANGUAGES, find_language
from hansard.transcript.scripts import script_of

SURE = 0.9
"""So sure must a guess of the language be before it speaks against what is declared."""
VERY_SURE = 0.97
"""The same among standards that share nearly all of their words."""
ENOUGH = 20
"""Letters from which on a language is guessed."""
SETTLED: Seconds = 1.0
"""Speech from which on a rate means something."""
STANDARDS: Final = frozenset({"bs", "hr", "sr", "sh"})
"""Standards of one language: a sentence often belongs to all of them."""
ALLOWED: Final = "\t\n"
_MOJIBAKE: Final = re.compile(
    "\\ufffd|[\\u00c3\\u00c4\\u00c5\\u0102\\u0139][\\u0080-\\u00bf\\u2018-\\u2022\\u20ac\\u2122"
    "\\u017d\\u017e\\u0160\\u0161\\u0178\\u0152\\u0153\\u0141\\u0142\\u02c7\\u2021\\u2026]"
)
"""A replacement character, or UTF-8 that was read as an 8-bit code page: two letters for one."""


def count_letters(text: str) -> int:
    """Letters and digits of a text."""
    return sum(1 for character in text if character.isalnum())


def has_spaces(text: str) -> bool:
    """Whether its script parts words by spaces, as far as the kind of its letters tells."""
    kinds = [unicodedata.category(character) for character in text]
    return kinds.count("Lo") * 2 <= sum(kind.startswith("L") for kind in kinds)


def check_text(entry: Entry, counter: TokenCounter, limits: Limits) -> Iterator[Finding]:
    """What is wrong with an entry's words, without its sound."""
    yield from _length(entry.transcript, counter, limits)
    yield from _characters(entry.transcript)
    if script_of(entry.transcript) == "mixed":
        shown = mixed_words(entry.transcript)
        where = f", even within {shown[0]!r}" if shown else ""
        yield warn("mixed scripts", f"Cyrillic and Latin letters{where}", shown[0] if shown else "")
    yield from _language(entry)
    if not entry.licence:
        yield warn("no licence", "nothing says what the entry may be used for")


def check_pace(
    text: str, speech: Seconds, limits: Limits
) -> tuple[Mapping[str, float], tuple[Finding, ...]]:
    """How fast a text is said, and whether anybody speaks so; nothing of less than a second."""
    if speech < SETTLED / 4 or not count_letters(text):
        return {}, ()
    letters = count_letters(text) / speech
    measures = {"characters_per_second": round(letters, 2)}
    found = []
    if letters > limits.max_characters:
        found.append(_pace("more letters than can be said", letters, limits.max_characters))
    elif letters < limits.min_characters and speech >= SETTLED:
        found.append(_pace("few letters for so much speech", letters, limits.min_characters))
    if has_spaces(text):
        words = len(text.split()) / speech
        measures["words_per_second"] = round(words, 2)
        if words > limits.max_words and not found:
            found.append(_pace("more words than can be said", words, limits.max_words))
    return measures, tuple(found)


def _pace(what: str, value: float, limit: float) -> Finding:
    return warn("rate", f"{what}: {value:.1f} to a second", round(value, 2), limit)


def _length(text: str, counter: TokenCounter, limits: Limits) -> Iterator[Finding]:
    count = counter.count(text)
    if count > limits.max_tokens:
        by = "an estimate; --model counts" if counter.name == "estimate" else counter.name
        message = f"the transcript is {count} tokens long ({by})"
        yield fail("too many tokens", message, count, limits.max_tokens)


def forbidden(text: str) -> tuple[str, ...]:
    """Characters of a text that are none: control characters, invisible marks, private use."""
    return tuple(dict.fromkeys(c for c in text if c not in ALLOWED and _is_forbidden(c)))


def _is_forbidden(character: str) -> bool:
    # joiners belong to the spelling of some scripts, so they are left alone
    kind = unicodedata.category(character)
    return kind in {"Cc", "Co", "Cn"} or (kind == "Cf" and character not in "\u200c\u200d")


def without_forbidden(text: str) -> str:
    """The text without them, white space made single spaces."""
    kept = "".join(" " if unicodedata.category(c) == "Cc" else c for c in text)
    return " ".join("".join(c for c in kept if not _is_forbidden(c)).split())


def _characters(text: str) -> Iterator[Finding]:
    odd = forbidden(text)
    if odd:
        shown = ", ".join(f"U+{ord(c):04X}" for c in odd[:5])
        yield fail("characters", f"characters that are no text: {shown}", shown)
    broken = _MOJIBAKE.search(text)
    if broken:
        yield fail("encoding", f"read in a wrong encoding: {broken[0]!r}", broken[0])


def mixed_words(text: str) -> tuple[str, ...]:
    """Words that hold letters of two scripts: often one that only looks like another."""
    return tuple(word for word in text.split() if script_of(word) == "mixed")


def _language(entry: Entry) -> Iterator[Finding]:
    if not entry.language:
        yield warn("no language", "no language is given")
        return
    try:
        code = find_language(entry.language)
    except UnknownNameError:
        yield fail("language", f"no model knows the language {entry.language!r}", entry.language)
        return
    if entry.language not in LANGUAGES:
        yield warn("language", f"{entry.language!r} is no code; its code is {code}", entry.language,
                   code)  # fmt: skip
    if count_letters(entry.transcript) < ENOUGH:
        return
    guess = guess_language(entry.transcript)
    if guess.language is None or guess.probability < SURE or guess.language == code:
        return
    if not {guess.language, code} <= STANDARDS or guess.probability >= VERY_SURE:
        message = f"declared {code}, reads like {guess.language} ({guess.probability:.2f})"
        yield warn("other language", message, guess.language, code)
