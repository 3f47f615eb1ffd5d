"""Characters that look alike, or like nothing, made one."""

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from hansard.transcript.scripts import compose, mend_words

if TYPE_CHECKING:
    from collections.abc import Callable

_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
_CONTROL: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_ODD_SPACE: Final = re.compile("[\t\x0b\x0c\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_LINE_END: Final = re.compile("\r\n|[\r\x85\u2028\u2029]")
_QUOTES: Final = str.maketrans(
    dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\uff02", '"')
    | dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02bc\u2039\u203a\u00b4\u0060\uff07", "'")
)
_DASHES: Final = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_REPEATED: Final = re.compile(r"([!?,;:])\1+|\.{4,}")
_LEADING: Final = re.compile(r"^[ \t]*(?:-+|•|>>+|>)[ \t]*", re.MULTILINE)
_SPACE_BEFORE: Final = re.compile(r"[ \t]+(?=[,.;!?](?:\s|$))|[ \t]+(?=:(?:\s|$))")
_INNER: Final = frozenset("'\u2019.,:/-@_\u2011")
SPOKEN: Final = frozenset("%‰°+&@€$£#=§")
"""Signs that are read out: no policy takes them."""


def clean_characters(text: str) -> tuple[str, list[str]]:
    """`text` in composed letters, without what cannot be seen; and what changed."""
    changes: list[str] = []
    steps: tuple[tuple[str, Callable[[str], str]], ...] = (
        ("line ends", lambda given: _LINE_END.sub("\n", given)),
        ("control characters", lambda given: _CONTROL.sub(" ", given)),
        ("invisible characters", lambda given: _INVISIBLE.sub("", given)),
        ("odd spaces", lambda given: _ODD_SPACE.sub(" ", given)),
        ("composed letters", compose),
        ("letters of the other script", mend_words),
    )
    for name, step in steps:
        made = step(text)
        if made != text:
            changes.append(name)
            text = made
    return text, changes


def simplify_punctuation(text: str) -> str:
    """`text` with plain quotes and dashes, no dashes before turns, and no mark thrice."""
    plain = _DASHES.sub("-", text.translate(_QUOTES)).replace("\u2026", "...")
    plain = _LEADING.sub("", plain)
    plain = _REPEATED.sub(lambda found: found[1] or "...", plain)
    return _SPACE_BEFORE.sub("", plain)


def drop_punctuation(text: str) -> str:
    """`text` without punctuation; that inside words and numbers stays, and signs that are said."""
    plain = simplify_punctuation(text)
    last = len(plain) - 1
    kept: list[str] = []
    for place, sign in enumerate(plain):
        if sign.isalnum() or sign.isspace() or sign in SPOKEN or unicodedata.combining(sign):
            kept.append(sign)
            continue
        inner = 0 < place < last and _joins(plain[place - 1], sign, plain[place + 1])
        minus = sign == "-" and place < last and plain[place + 1].isdigit()
        kept.append(sign if inner or minus else " ")
    return "".join(kept)


def _joins(before: str, sign: str, after: str) -> bool:
    """Whether a sign stands inside a word (Wi-Fi, d'Artagnan), a number (3,5) or an address."""
    if sign not in _INNER or not before.isalnum() or not after.isalnum():
        return False
    if sign in ".,:":
        # after a full stop without a space a word begins with a capital
        return (before.isdigit() and after.isdigit()) or (sign == "." and after.islower())
    return True


def squeeze(text: str) -> str:
    """`text` with single spaces and no empty lines; nothing where nothing can be said."""
    if not any(character.isalnum() or character in SPOKEN for character in text):
        return ""
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)
