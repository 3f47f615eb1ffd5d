"""Whether a model's rewrite of a text may take its place: pure.

A rewrite is rejected where it is empty or of another length, holds line breaks, markup or another
script, talks about itself, repeats what the model was told, or changes words (`cleaning_changes`).
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hansard.writing.cleaning.changes import fault_of
from hansard.writing.cleaning.tokens import SIGNS, fold

LONGER: Final = 1.5
"""Times as long as it was, and ..."""
SHORTER: Final = 0.6
"""... this part of what it was, and ..."""
LEEWAY: Final = 8
"""... this many letters more or less, is about the same length."""
MARKUP: Final = frozenset("*_#{}[]\\")
"""Marks that are no punctuation; so are symbols (`<`, `|`, `~`, emoji), by their category."""
JOINERS: Final = frozenset("\u200c\u200d")
"""Format characters that belong to spelling, in Persian and in India."""
SCRIPTS: Final = {"HIRAGANA": "CJK", "KATAKANA": "CJK", "KATAKANA-HIRAGANA": "CJK"}
"""Scripts that are written with another one, by the first word of their letters' names."""
ENTITY: Final = re.compile(r"&(?:#\w+|[a-z]\w*);", re.IGNORECASE)
ITSELF: Final = re.compile(
    r"\b(?:here(?: is|s) (?:the|your|a) (?:clean|correct|rewritten|punctuated|revised|edited|text)"
    r"|(?:cleaned|corrected|rewritten|punctuated|edited)(?: up)? (?:text|transcript|version|line)"
    r"|as an? (?:ai|language model)|i(?:m| am) sorry but i|i (?:cant|cannot) (?:help|assist)"
    r"|hier ist (?:der|die) (?:bereinigt|korrigiert|überarbeitet)|als (?:ki|sprachmodell)\b"
    r"|evo (?:ispravljen|očišćen|uređen)|kao jezični model|voici le texte|aquí está el texto)"
)
"""What models say of their own work, in folded text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a rewrite is held to."""

    limit: float
    """The share of the words that may be changed, 0 to 1."""
    canary: str
    """Stands in what the model was told, and must not come back."""
    language: str | None = None


def judge(before: str, after: str, bounds: Bounds) -> str | None:
    """Why `after` must not take the place of `before`, in a few plain words; None where it may.

    It may wherever only punctuation, capitals and spaces between words were changed, as long as it
    is about as long as before.
    """
    fault = _of_another_shape(before, after, bounds.canary)
    return fault or fault_of(before, after, bounds.language, bounds.limit)


def _of_another_shape(before: str, after: str, canary: str) -> str | None:
    """What is wrong with a rewrite as a whole, the cheap tests first."""
    tests: tuple[tuple[str, Callable[[], object]], ...] = (
        ("the answer is empty", lambda: not after.strip()),
        ("it repeats what the model was told", lambda: _tells(after, canary, before)),
        ("it is far longer", lambda: len(after) > LONGER * len(before) + LEEWAY),
        ("it is far shorter", lambda: len(after) < SHORTER * len(before) - LEEWAY),
        ("it breaks the line or holds control characters", lambda: _new(before, after, _controls)),
        ("it holds markup", lambda: _new(before, after, _markup)),
        ("it is in another script", lambda: _scripts(after) - _scripts(before)),
        ("it talks about itself", lambda: _talks(after) and not _talks(before)),
    )
    return next((reason for reason, test in tests if test()), None)


def _tells(after: str, canary: str, before: str) -> bool:
    return canary.casefold() in after.casefold() and canary.casefold() not in before.casefold()


def _new(before: str, after: str, count: Callable[[str], Counter[str]]) -> Counter[str]:
    """Characters that were added."""
    return count(after) - count(before)


def _controls(text: str) -> Counter[str]:
    """What breaks a line or is not shown: controls, direction marks, half characters."""
    kinds = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    return Counter(c for c in text if c not in JOINERS and unicodedata.category(c) in kinds)


def _markup(text: str) -> Counter[str]:
    """Symbols that are not read out, and `&amp;` and the like."""
    entities = Counter(ENTITY.findall(text))
    return entities + Counter(
        c
        for c in text
        if c not in SIGNS and (c in MARKUP or unicodedata.category(c) in {"Sm", "Sk", "So"})
    )


def _scripts(text: str) -> set[str]:
    letters = {c for c in unicodedata.normalize("NFKC", text) if c.isalpha()}
    first = {unicodedata.name(letter, "NONE").split(" ", 1)[0] for letter in letters}
    return {SCRIPTS.get(name, name) for name in first}


def _talks(text: str) -> bool:
    return ITSELF.search(" ".join(fold(text).split())) is not None
