"""Words of any script, and which of them carry meaning.

Scripts that write no spaces between words (Chinese, Japanese, Thai, ...) are read as overlapping
pairs of characters, which serves search and comparison about as well as a dictionary (Nie, Gao,
Zhang, Zhou 2000, "On the use of words and n-grams for Chinese information retrieval"). Stems are
Snowball's (Porter 2001).
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Final

import snowballstemmer
from stop_words import LANGUAGE_MAPPING, get_stop_words

from hansard.transcript.subtitles.scripts import UNSPACED, is_hiragana, is_unspaced
from hansard.writing.language.small_words import FILLERS, OWN

ALIASES: Final = {
    "sr": "hr", "bs": "hr", "sh": "hr", "cnr": "hr", "me": "hr", "no": "nb", "nn": "nb",
    "yue": "zh", "iw": "he", "in": "id",
}  # fmt: skip
"""Language codes that share the words of another."""
SNOWBALL: Final = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian",
    "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hr": "serbian",
    "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian",
    "nb": "norwegian", "ne": "nepali", "nl": "dutch", "pl": "polish", "pt": "portuguese",
    "ro": "romanian", "ru": "russian", "sv": "swedish", "ta": "tamil", "tr": "turkish",
    "yi": "yiddish",
}  # fmt: skip
"""ISO 639-1 code to the name of its stemmer."""
CLITIC: Final = frozenset({"fr", "it", "ca"})
"""Languages that write a small word in front of an apostrophe: l'équipe, dell'azienda."""
CYRILLIC: Final = str.maketrans("abvgdđežzijklmnoprstćufhcčš", "абвгдђежзијклмнопрстћуфхцчш")
"""Serbian in its other alphabet, once `lj`, `nj` and `dž` are written."""
SCRIPTS: Final = {
    "HIRAGANA": "ja", "KATAKANA": "ja", "CJK": "zh", "HANGUL": "ko", "THAI": "th", "LAO": "lo",
    "KHMER": "km", "MYANMAR": "my", "HEBREW": "he", "GREEK": "el", "GEORGIAN": "ka",
    "ARMENIAN": "hy", "TAMIL": "ta", "TELUGU": "te", "GUJARATI": "gu", "BENGALI": "bn",
}  # fmt: skip
"""First word of a letter's Unicode name to the language that it most likely is."""
NOTES: Final = re.compile(r"\{[^{}]{1,60}\}|\[[^\[\]]{1,60}\]|<[^<>]{1,60}>|[\u266a\u266b]+")
"""What a transcriber remarks and nobody said: [laughter], {vocalsound}, <unk>, music notes."""
_PARTS: Final = re.compile(r"[^'\u2019\u02bc]+")
SAMPLE: Final = 2000
"""Words that a guess of the language looks at."""
SURE: Final = 0.18
"""Share of the words that must be small words of a language before it is guessed."""


def words(text: str) -> list[str]:
    """Every word as it is written, in order; pairs of characters in scripts without spaces."""
    found: list[str] = []
    for match in _pattern().finditer(without_notes(text)):
        word = match.group()
        if match.lastgroup == "run" and len(word) > 2:
            found.extend(word[at : at + 2] for at in range(len(word) - 1))
        else:
            found.append(word)
    return found


def spans(text: str, language: str | None = None) -> list[tuple[int, int]]:
    """Where each word begins and ends; single characters in scripts without spaces.

    In languages that write small words in front of an apostrophe, these are words too.
    """
    found: list[tuple[int, int]] = []
    for match in _pattern().finditer(without_notes(text)):
        begin, end = match.span()
        if match.lastgroup == "run":
            found.extend((at, at + 1) for at in range(begin, end))
        elif code_of(language) in CLITIC:
            found.extend(part.span() for part in _PARTS.finditer(text, begin, end))
        else:
            found.append((begin, end))
    return found


def count_words(text: str) -> int:
    """How long a text is: its words between spaces; two characters count one without spaces."""
    text = without_notes(text)
    spaced = len(text.split())
    if text.isascii():
        return spaced
    return spaced + sum(len(match.group()) // 2 for match in _runs().finditer(text))


def without_notes(text: str) -> str:
    """The text with spaces in place of remarks; every word stays where it is."""
    return NOTES.sub(lambda match: " " * len(match.group()), text)


def content_words(text: str, language: str | None) -> list[str]:
    """The words that carry meaning: lower case, without small words and fillers, stemmed.

    With a language that nobody knows (None, or no list and no stemmer for it) no word is taken for
    a small one except what is said everywhere (`um`), and nothing is stemmed: see
    `guess_language`. Single letters are left out, numbers stay.

    Args:
        text: of any script.
        language: ISO 639-1, as Whisper and transcripts name it; a region (`en-US`) is ignored.
    """
    code = code_of(language)
    small = _small_words(code)
    found: list[str] = []
    for word in words(normalise(text)):
        parts = word.split("'") if code in CLITIC else (word,)
        found.extend(stem(part, code) for part in parts if part and not _is_small(part, small))
    return found


def is_stop_word(word: str, language: str | None) -> bool:
    """Whether a word carries little meaning: a small word, a filler, or a single letter."""
    return _is_small(normalise(word), _small_words(code_of(language)))


def normalise(text: str) -> str:
    """Lower case, compatibility forms made one (NFKC), apostrophes straight."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("\u2019", "'").replace("\u02bc", "'")
    return text.lower()


def guess_language(texts: Iterable[str]) -> str | None:
    """The language whose small words cover most of the texts, or None where none does clearly.

    A word counts the less the more languages have it. Looks at the first 2,000 words. Croatian,
    Serbian and Bosnian are one here (`hr`).
    """
    counts = _sample(texts)
    total = counts.total()
    if not total:
        return None
    if by_script := _language_of_script(counts):
        return by_script
    scores: dict[str, float] = {}
    covered: Counter[str] = Counter()
    for word, count in counts.items():
        owners = _owners().get(word, ())
        for code in owners:
            scores[code] = scores.get(code, 0.0) + count / len(owners)
            covered[code] += count
    best = max(scores, key=lambda code: (scores[code], code), default=None)
    return best if best and covered[best] / total >= SURE else None


def code_of(language: str | None) -> str | None:
    """The code under which a language's words are kept here, or None."""
    if not language:
        return None
    code = re.split(r"[-_]", language.strip().lower(), maxsplit=1)[0]
    return ALIASES.get(code, code)


@lru_cache(maxsize=1 << 16)
def stem(word: str, code: str | None) -> str:
    """The stem of a word in lower case; the word itself where the language has no stemmer."""
    name = SNOWBALL.get(code or "")
    if name is None or not word[0].isalpha():
        return word
    # A stemmer holds the word it works on: one of its own for each call keeps threads apart.
    return str(snowballstemmer.stemmer(name).stemWord(word)) or word


def _is_small(word: str, small: frozenset[str]) -> bool:
    if word in small or (len(word) == 1 and word.isalpha() and not is_unspaced(word)):
        return True
    return len(word) <= 2 and all(is_hiragana(character) for character in word)


@cache
def fillers(language: str | None) -> frozenset[str]:
    """What people say while they think, in lower case, single words."""
    code = code_of(language) or ""
    return frozenset(f"{FILLERS['']} {FILLERS.get(code, '') if code else ''}".split())


@cache
def _small_words(code: str | None) -> frozenset[str]:
    """The list of a language and its fillers, in lower case, also without apostrophes."""
    listed = OWN[code].split() if code and code in OWN else _package(code)
    whole = {normalise(word) for word in (*listed, *fillers(code))}
    parts = {part for word in whole for part in word.split("'") if code in CLITIC and part}
    if code == "hr":
        whole |= {_cyrillic(word) for word in whole}
    return frozenset(whole | parts | {word.replace("'", "") for word in whole if word > "'"})


def _cyrillic(word: str) -> str:
    for digraph, letter in (("lj", "љ"), ("nj", "њ"), ("dž", "џ")):
        word = word.replace(digraph, letter)
    return word.translate(CYRILLIC)


def _package(code: str | None) -> list[str]:
    """The package's list without its flaws: quotes and marks around words, byte-order marks."""
    if code not in LANGUAGE_MAPPING:
        return []
    bare = (word.strip("\ufeff\",'.^ ") for word in get_stop_words(code))
    return [word for word in bare if word and " " not in word]


@cache
def _owners() -> dict[str, tuple[str, ...]]:
    """Small word to the languages that have it."""
    owners: dict[str, list[str]] = {}
    for code in sorted({*LANGUAGE_MAPPING, *OWN}):
        for word in _small_words(code):
            owners.setdefault(word, []).append(code)
    everywhere = _small_words(None)
    return {word: tuple(codes) for word, codes in owners.items() if word not in everywhere}


def _sample(texts: Iterable[str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(words(normalise(text)))
        if counts.total() >= SAMPLE:
            break
    return counts


def _language_of_script(counts: Counter[str]) -> str | None:
    """The language of most words' first letters, where a script belongs to one; kana before Han."""
    scripts: Counter[str | None] = Counter()
    for word, count in counts.items():
        for letter in word if is_unspaced(word[0]) else word[:1]:
            scripts[SCRIPTS.get(unicodedata.name(letter, "").split(" ", 1)[0])] += count
    if 10 * scripts["ja"] >= scripts.total():
        return "ja"
    code, count = scripts.most_common(1)[0]
    return code if 2 * count > scripts.total() else None


@cache
def _marks() -> str:
    """Marks that belong to the letter before them; a word pattern alone would leave them out."""
    marks = (chr(code) for code in range(0x300, 0x1E00))
    joiners = "\u200c\u200d"
    return joiners + "".join(
        mark
        for mark in marks
        if unicodedata.category(mark).startswith("M") and not is_unspaced(mark)
    )


@cache
def _pattern() -> re.Pattern[str]:
    unspaced = UNSPACED.pattern[1:-1]
    letter = rf"(?:(?![{unspaced}])\w|[{_marks()}])"
    return re.compile(
        rf"(?P<number>\d+(?:[.,:]\d+)+)|(?P<katakana>[\u30a1-\u30fa\u30fc\uff66-\uff9f]+)"
        rf"|(?P<run>(?:(?=[{unspaced}])[\w{_unspaced_marks()}])+)"
        rf"|(?P<word>(?=\w){letter}+(?:['\u2019\u02bc]{letter}+)*)"
    )


@cache
def _unspaced_marks() -> str:
    codes = (*range(0xE00, 0xF00), *range(0x1000, 0x10A0), *range(0x1780, 0x1800))
    return "".join(chr(c) for c in codes if unicodedata.category(chr(c)).startswith("M"))


@cache
def _runs() -> re.Pattern[str]:
    return re.compile(rf"(?:(?=\w){UNSPACED.pattern})+")
