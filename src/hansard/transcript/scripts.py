"""Latin and Cyrillic script of Bosnian, Croatian, Montenegrin and Serbian.

From Cyrillic to Latin every letter has one answer, but for capitals: Љ is LJ in ЉУБАВ and Lj in
Љубав. From Latin to Cyrillic `lj`, `nj` and `dž` may be one letter or two (`scripts_pairs`), and
some words stay as they are (`scripts_foreign`). The letters themselves are cyrtranslit's; it takes
LJ, NJ and DŽ in capitals for two letters, and returns a text of a language that it does not know
unchanged, so both are seen to here.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final, Literal

import cyrtranslit

from hansard.transcript.scripts_foreign import ADDRESSES, stays_latin
from hansard.transcript.scripts_pairs import BREAK, part_pairs

Script = Literal["latin", "cyrillic", "mixed", "none"]

WORD: Final = re.compile(r"(?:[^\W\d_][\u0300-\u036f]*)+")
_ALPHABET: Final = "sr"
_LATIN: Final = re.compile("[A-Za-z\u00aa\u00ba\u00c0-\u024f\u1e00-\u1eff]")
_CYRILLIC: Final = re.compile("[\u0400-\u052f]")
_MIXED: Final = re.compile(
    f"{_LATIN.pattern}[\u0300-\u036f]*{_CYRILLIC.pattern}|{_CYRILLIC.pattern}[\u0300-\u036f]*{_LATIN.pattern}"
)
"""Where two letters of a word are of different scripts."""
_SERBIAN: Final = frozenset("абвгдђежзијклљмнњопрстћуфхцчџш")
_DIGRAPHS: Final = str.maketrans(
    {"Ǆ": "DŽ", "ǅ": "Dž", "ǆ": "dž", "Ǉ": "LJ", "ǈ": "Lj", "ǉ": "lj", "Ǌ": "NJ", "ǋ": "Nj",
     "ǌ": "nj"}
)  # fmt: skip
_DIGRAPH: Final = re.compile("[\u01c4-\u01cc]")
_ETH: Final = re.compile("[ÐƉð]")
_ETHS: Final = str.maketrans("ÐƉð", "ĐĐđ")
"""Letters that look like ours and are Icelandic or African."""
_TO_CYRILLIC: Final = str.maketrans("aeojkmtcpxyABEJKMHOPCTXY", "аеојкмтсрхуАВЕЈКМНОРСТХУ")
_TO_LATIN: Final = str.maketrans("аеојкмтсрхуАВЕЈКМНОРСТХУ", "aeojkmtcphuABEJKMHOPCTHU")
"""Letters that look alike. Those like X and Y become H and U: no Latin word of ours has X or Y."""
_ACUTES: Final = str.maketrans({letter: unicodedata.normalize("NFD", letter) for letter in "śźŚŹ"})
"""Montenegro's two letters, which Cyrillic writes as a letter and a mark."""
_CAPITAL_PAIRS: Final = re.compile("LJ|NJ|DŽ")
_WIDE_CAPITALS: Final = re.compile("[ЉЊЏ]")


def script_of(text: str) -> Script:
    """The script that a text is written in; `none` where it has no letters of either.

    Foreign words that stay in Latin script (Windows, XX) do not make a Cyrillic text mixed; a word
    that has letters of both does, and so does a Cyrillic word in a Latin text.
    """
    latin, cyrillic = _LATIN.search(text), _CYRILLIC.search(text)
    if not cyrillic:
        return "latin" if latin else "none"
    if not latin:
        return "cyrillic"
    if _MIXED.search(text) or to_cyrillic(text) != compose(text):
        return "mixed"
    return "cyrillic"


def compose(text: str) -> str:
    """`text` with each letter as one character: c and a caron are č, and ǆ is d and ž."""
    plain = text if text.isascii() else unicodedata.normalize("NFC", text)
    return plain.translate(_DIGRAPHS) if _DIGRAPH.search(plain) else plain


def mend_words(text: str) -> str:
    """`text` with words of both scripts put into that to which they belong.

    A Cyrillic letter that looks like `a` in a Latin word is made Latin, and the other way, where
    only one script has letters that look like none of the other. A word that is truly of both (a
    Latin name with a Cyrillic ending) stays.
    """
    if not _MIXED.search(text):
        return text
    mostly_latin = len(_LATIN.findall(text)) >= len(_CYRILLIC.findall(text))
    return WORD.sub(lambda found: _mend(found[0], mostly_latin=mostly_latin), text)


def to_latin(text: str) -> str:
    """`text` in Latin script. Cyrillic words with letters that Serbian does not have stay."""
    plain = _prepare(text)
    if not _CYRILLIC.search(plain):
        return plain
    return compose(WORD.sub(_latin_word, plain))


def to_cyrillic(text: str) -> str:
    """`text` in Cyrillic script; foreign words, addresses, Roman numerals and units stay Latin.

    Words that are not in the lists and not spelled in a foreign manner are taken for our own, so a
    text in another language becomes nonsense: ask for its language first.
    """
    plain = _prepare(text)
    parts = ADDRESSES.split(plain)
    parts[::2] = [WORD.sub(_cyrillic_word, part) for part in parts[::2]]
    return "".join(parts)


def _prepare(text: str) -> str:
    plain = compose(text)
    return mend_words(plain.translate(_ETHS) if _ETH.search(plain) else plain)


def _mend(word: str, *, mostly_latin: bool) -> str:
    latin = [letter for letter in word if _LATIN.match(letter)]
    cyrillic = [letter for letter in word if _CYRILLIC.match(letter)]
    if not latin or not cyrillic:
        return word
    sure_latin = [letter for letter in latin if ord(letter) not in _TO_CYRILLIC]
    sure_cyrillic = [letter for letter in cyrillic if ord(letter) not in _TO_LATIN]
    if sure_latin and sure_cyrillic:
        return word
    if sure_latin or sure_cyrillic:
        return word.translate(_TO_LATIN if sure_latin else _TO_CYRILLIC)
    more = len(latin) - len(cyrillic)
    return word.translate(_TO_LATIN if more > 0 or (not more and mostly_latin) else _TO_CYRILLIC)


def _latin_word(found: re.Match[str]) -> str:
    word = found[0]
    if not _CYRILLIC.search(word):
        return word
    wide = len(word) == 1 and word in "ЉЊЏ" and _among_capitals(found)
    return _spell_latin(word, wide=wide)


@lru_cache(maxsize=65536)
def _spell_latin(word: str, *, wide: bool) -> str:
    if any(_CYRILLIC.match(letter) and letter not in _SERBIAN for letter in word.lower()):
        return word

    def capital(found: re.Match[str]) -> str:
        beside = word[found.end() : found.end() + 1] or word[: found.start()][-1:]
        small = cyrtranslit.to_latin(found[0], _ALPHABET)
        return str(small).upper() if (beside.isupper() or wide) else str(small)

    return str(cyrtranslit.to_latin(_WIDE_CAPITALS.sub(capital, word), _ALPHABET))


def _among_capitals(found: re.Match[str]) -> bool:
    """Whether the words before and after, of two letters or more, are all in capitals."""
    before = [word for word in WORD.findall(found.string[: found.start()][-80:]) if len(word) > 1]
    after = [word for word in WORD.findall(found.string[found.end() :][:80]) if len(word) > 1]
    beside = before[-1:] + after[:1]
    return bool(beside) and all(word.isupper() for word in beside)


def _cyrillic_word(found: re.Match[str]) -> str:
    word = found[0]
    return word if _CYRILLIC.search(word) or stays_latin(found) else _spell_cyrillic(word)


@lru_cache(maxsize=65536)
def _spell_cyrillic(word: str) -> str:
    parted = part_pairs(word.translate(_ACUTES))
    single = _CAPITAL_PAIRS.sub(lambda pair: pair[0].capitalize(), parted)
    return str(cyrtranslit.to_cyrillic(single, _ALPHABET)).replace(BREAK, "")
