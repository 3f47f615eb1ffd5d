"""What layout must know about writing systems: widths, clusters, and where a line may break.

Sources: East Asian width, UAX #11; grapheme clusters, a subset of UAX #29 that needs no tables
beyond `unicodedata`; characters that may not begin or end a line, JIS X 4051 and W3C's JLReq 3.1.7.
"""

import re
import unicodedata
from functools import lru_cache

BREAKABLE_SPACE = re.compile(
    r"[\t-\r\x1c-\x20\x85\u1680\u2000-\u2006\u2008-\u200a\u2028\u2029\u205f\u3000]+"
)
"""White space where a line may break; the no-break spaces are not among it."""

UNSPACED = re.compile(
    "["
    "\u0e01-\u0e3a\u0e40-\u0eff"  # Thai (without the baht sign), Lao
    "\u1000-\u109f\u1780-\u17ff"  # Burmese, Khmer
    "\u2e80-\u2fdf\u3001-\u30ff\u3100-\u312f\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"  # Han, kana
    "\uf900-\ufaff\uff01-\uff60\uff65-\uff9f"  # compatibility, full-width and half-width forms
    "\U0001b000-\U0001b16f\U00020000-\U0003ffff"  # historic kana, rarer Han
    "]"
)
"""Scripts that write no spaces between words."""

CLOSERS = frozenset(
    "\"'\u2019\u201d\u00bb\u203a)]}\uff09\uff3d\uff5d\u300d\u300f\u3011\u3015\u300b\u3009"
)

NO_START = frozenset(
    ".,:;!?%)]}\u00bb\u203a\u2019\u201d\u2026\u2025\u00b0"
    "\u3001\u3002\uff0c\uff0e\uff1a\uff1b\uff1f\uff01\u30fb\u30fc\u3005\u303b\u301c\uff5e\uff05"
    "\uff09\uff3d\uff5d\u300d\u300f\u3011\u3015\u300b\u3009\u3017\u3019\uff60\uff61\uff63\uff64\uff65"
    "\u3041\u3043\u3045\u3047\u3049\u3063\u3083\u3085\u3087\u308e\u3095\u3096"  # small hiragana
    "\u30a1\u30a3\u30a5\u30a7\u30a9\u30c3\u30e3\u30e5\u30e7\u30ee\u30f5\u30f6"  # small katakana
    "\u31f0\u31f1\u31f2\u31f3\u31f4\u31f5\u31f6\u31f7\u31f8\u31f9\u31fa\u31fb\u31fc\u31fd\u31fe\u31ff"
    "\uff67\uff68\uff69\uff6a\uff6b\uff6c\uff6d\uff6e\uff6f\uff70"  # small half-width katakana
    "\u309b\u309c\u309d\u309e\u30fd\u30fe\u0e2f\u0e30\u0e32\u0e33\u0e45\u0e46"  # marks; Thai vowels
    "\u0eaf\u0eb0\u0eb2\u0eb3\u0ec6\u104a\u104b\u17d4\u17d5\u060c\u061b\u061f\u0964\u0965"
)
"""Characters that may not begin a line: closing marks, small kana, vowels written behind."""

NO_END = frozenset(
    "([{\u00ab\u2039\u2018\u201c\u00a1\u00bf$\u00a3\u00a5\u20ac\uffe5\uff04"
    "\uff08\uff3b\uff5b\u300c\u300e\u3010\u3014\u300a\u3008\u3016\u3018\uff5f\uff62"
    "\u0e40\u0e41\u0e42\u0e43\u0e44\u0ec0\u0ec1\u0ec2\u0ec3\u0ec4"  # vowels written in front
    "\u1039\u17d2"  # marks that stack the next letter below
)
"""Characters that may not end a line: opening marks, currency, vowels written in front."""

SENTENCE_END = frozenset(
    ".!?\u2026\u3002\uff01\uff1f\uff61\u061f\u06d4\u0964\u0965\u1362\u104b\u17d4\u17d5\u0589"
)
CLAUSE_END = frozenset(",;:\u2013\u2014\u3001\uff0c\uff1b\uff1a\u060c\u061b\u104a\u1363")

ABBREVIATION = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|prof|st|jr|sr|vs|gen|sen|rep|capt|approx|nr|bzw|usw|ca|sra?|mme|mlle)"
    r"|\b[^\W\d_](?:\.[^\W\d_])*)\.$",
    re.IGNORECASE,
)
"""A word whose full stop does not end a sentence: titles, and single letters (`J.`, `e.g.`)."""

ZWJ = "\u200d"


def squeeze(text: str) -> str:
    """The text on one line, with each run of breakable white space made one space."""
    return BREAKABLE_SPACE.sub(" ", text).strip(" ")


def is_visible(text: str) -> bool:
    """Whether the text has anything but white space, controls and format characters."""
    return any(unicodedata.category(character)[0] not in "CZ" for character in text)


def is_unspaced(character: str) -> bool:
    """Whether its script writes no spaces between words (Chinese, Japanese, Thai, ...)."""
    return UNSPACED.match(character) is not None


@lru_cache(maxsize=4096)
def width_of(character: str) -> int:
    """How many columns one code point takes: 0 for marks and controls, 2 for wide ones, else 1."""
    if unicodedata.category(character) in {"Mn", "Me", "Mc", "Cf", "Cc"}:
        return 0
    if "\u1160" <= character <= "\u11ff":  # Hangul vowels and finals join the initial before them
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def columns(text: str) -> int:
    """How many columns the text takes; a cluster (a letter with its marks) counts once."""
    if text.isascii():
        return len(text)
    total = 0
    before = ""
    for character in text:
        if before != ZWJ and not "\U0001f3fb" <= character <= "\U0001f3ff":
            total += width_of(character)
        before = character
    return total


def clusters(text: str) -> list[str]:
    """The text in grapheme clusters: what a reader takes for one character each."""
    found: list[str] = []
    for character in text:
        if found and (width_of(character) == 0 or extends(found[-1], character)):
            found[-1] += character
        else:
            found.append(character)
    return found


def extends(cluster: str, character: str) -> bool:
    """Whether a character that has a width of its own still belongs to the cluster before it."""
    if cluster[-1] == ZWJ or "\U0001f3fb" <= character <= "\U0001f3ff":
        return True
    if "\uff9e" <= character <= "\uff9f":  # half-width voicing marks
        return True
    return is_regional(character) and len(cluster) == 1 and is_regional(cluster)


def is_regional(character: str) -> bool:
    """Whether it is half of a flag."""
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def inseparable(left: str, right: str, *, spaced: bool) -> bool:
    """Whether no line may break between two pieces of text that follow each other.

    Args:
        left: the piece before, not empty.
        right: the piece after, not empty.
        spaced: True where a space stands between them.
    """
    if spaced:  # French sets a space before `!` and inside guillemets
        return NO_START.issuperset(right) or NO_END.issuperset(left)
    if right[0] in NO_START or left[-1] in NO_END or width_of(right[0]) == 0:
        return True
    return not (is_unspaced(left[-1]) or is_unspaced(right[0]))


def begins_phrase(left: str, right: str) -> bool:
    """Whether Japanese likely begins a new phrase here: no hiragana after hiragana.

    Endings and particles are hiragana, and what carries the meaning of the next phrase seldom is.
    """
    return is_hiragana(left[-1]) and not is_hiragana(right[0])


def is_hiragana(character: str) -> bool:
    """Whether it is a hiragana."""
    return "\u3041" <= character <= "\u309f"


def seam(left: str, right: str) -> str:
    """What to write between two lines that become one: nothing in scripts without spaces."""
    if left and right and is_unspaced(left[-1]) and is_unspaced(right[0]):
        return ""
    return " "


def ends_sentence(text: str, following: str = "") -> bool:
    """Whether a sentence ends with this text; a small letter in `following` says it does not."""
    bare = strip_closers(text)
    if not bare or bare[-1] not in SENTENCE_END:
        return False
    if following[:1].islower() and bare[-1] in ".\u2026":
        return False
    return not ABBREVIATION.search(bare)


def ends_clause(text: str) -> bool:
    """Whether a clause ends with this text."""
    bare = strip_closers(text)
    return bool(bare) and bare[-1] in CLAUSE_END | SENTENCE_END


def strip_closers(text: str) -> str:
    """The text without the closing quotes and brackets behind it."""
    end = len(text)
    while end and text[end - 1] in CLOSERS:
        end -= 1
    return text[:end].rstrip()
