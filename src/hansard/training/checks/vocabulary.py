"""Words and characters of transcripts: how many, how varied, which are odd. Pure."""

import string
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from hansard.evaluation import split_words
from hansard.training.manifest import Entry

_LATIN: Final = frozenset(string.ascii_lowercase)
_SLAVIC: Final = _LATIN - set("qwxy") | set("čćđšž") | set("абвгдђежзијклљмнњопрстћуфхцчџш")
LETTERS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "en": _LATIN,
        "bs": frozenset(_SLAVIC),
        "hr": frozenset(_SLAVIC),
        "sr": frozenset(_SLAVIC),
        "sl": frozenset(_LATIN - set("qwxy") | set("čšž")),
        "de": _LATIN | set("äöüß"),
    }
)
"""Letters that words of a language are written with; of other languages every letter is taken."""
PUNCTUATION: Final = frozenset(
    " .,;:!?-'\"/()%&\n\u2013\u2014\u2018\u2019\u201c\u201d\u201e\u2026\u00ab\u00bb"
)
"""With dashes, quotation marks and the ellipsis of print."""
LISTED = 50


def measure_vocabulary(entries: Sequence[Entry]) -> dict[str, Any]:
    """Words, different words and their ratio, by language."""
    words: dict[str, Counter[str]] = defaultdict(Counter)
    for entry in entries:
        words[entry.language or "unknown"].update(split_words(entry.transcript, "lower"))
    return {
        language: {
            "words": sum(counts.values()),
            "vocabulary": len(counts),
            "type_token_ratio": round(len(counts) / max(1, sum(counts.values())), 4),
            "once": sum(count == 1 for count in counts.values()),
        }
        for language, counts in sorted(words.items())
    }


def measure_alphabet(entries: Sequence[Entry]) -> dict[str, Any]:
    """All characters in the order of how often they come, and the odd ones with where they are.

    Odd are letters that the entry's language is not written with, and everything but letters,
    digits and usual punctuation.
    """
    counts: Counter[str] = Counter()
    odd: Counter[str] = Counter()
    where: dict[str, str] = {}
    for entry in entries:
        text = unicodedata.normalize("NFC", entry.transcript)
        counts.update(text)
        for character in text:
            if is_odd(character, entry.language):
                odd[character] += 1
                where.setdefault(character, entry.id)
    return {
        "characters": len(counts),
        "alphabet": "".join(c for c, _ in counts.most_common() if c.isprintable()),
        "odd": [
            {
                "character": character,
                "code": f"U+{ord(character):04X}",
                "name": unicodedata.name(character, "no character"),
                "count": count,
                "example": where[character],
            }
            for character, count in odd.most_common(LISTED)
        ],
    }


def is_odd(character: str, language: str | None) -> bool:
    """Whether a character is none that a transcript of this language is expected to have."""
    if character.isdecimal() and character.isascii():
        return False
    if character.isalpha() or unicodedata.category(character).startswith("M"):
        letters = LETTERS.get(language or "")
        return letters is not None and character.lower() not in letters
    return character not in PUNCTUATION


def measure_unknown_words(parts: Mapping[str, Sequence[Entry]]) -> dict[str, Any]:
    """For each part but `train`: the share of its words that training never sees."""
    known = {word for entry in parts["train"] for word in split_words(entry.transcript, "lower")}
    found = {}
    for part, entries in parts.items():
        if part == "train":
            continue
        counts: Counter[str] = Counter()
        for entry in entries:
            counts.update(split_words(entry.transcript, "lower"))
        unknown = {word: count for word, count in counts.items() if word not in known}
        found[part] = {
            "words": sum(counts.values()),
            "unknown": round(sum(unknown.values()) / max(1, sum(counts.values())), 4),
            "unknown_vocabulary": round(len(unknown) / max(1, len(counts)), 4),
            "examples": sorted(unknown, key=lambda word: (-unknown[word], word))[:10],
        }
    return found
