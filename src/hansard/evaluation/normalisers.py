"""The field's ways of making two texts comparable before they are scored.

`none`      the text as it stands
`lower`     casefolded, composed (NFC), punctuation and symbols out, apostrophes inside words kept
`basic`     Whisper's BasicTextNormalizer, the field's usual one for languages other than English
`english`   Whisper's EnglishTextNormalizer: spelling, numbers, contractions and fillers made one

The last two are Appendix C of Radford et al. 2022, "Robust Speech Recognition via Large-Scale Weak
Supervision", as the package `whisper_normalizer` holds them, so that figures can be set beside
published ones: their oddities (text in brackets goes, a curly apostrophe parts words) are kept.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from hansard.errors import UnknownNameError

# Single quotation marks, the modifier letter and the full-width form, all used for one.
_APOSTROPHES: Final = str.maketrans(dict.fromkeys("\u2018\u2019\u02bc\uff07", "'"))
_LOOSE_APOSTROPHE: Final = re.compile(r"(?<!\S)'+|'+(?!\S)|''+")

# Languages whose vowel signs or tones are Unicode marks that no letter absorbs. `basic` puts a
# space in the place of every such mark, which tears words apart and flatters the figures (Manohar,
# Pillai and Sherly 2024, "What is lost in Normalization?"); `lower` keeps them.
_MARKED: Final = re.compile("as|bn|bo|gu|hi|km|kn|lo|ml|mr|my|ne|pa|sa|si|ta|te|th|yi|yo")


def normalise(text: str, name: str) -> str:
    """`text` as the normaliser of this name writes it, its words parted by single spaces.

    Raises:
        UnknownNameError: no normaliser has this name.
    """
    if name not in NORMALISERS:
        raise UnknownNameError(
            f"there is no normaliser {name!r}", hint=f"choose one of {', '.join(NORMALISERS)}"
        )
    return " ".join(NORMALISERS[name](text).split())


def split_words(text: str, name: str = "basic") -> tuple[str, ...]:
    """The words of `text` after normalising: what stands between white space.

    Raises:
        UnknownNameError: no normaliser has this name.
    """
    return tuple(normalise(text, name).split())


def normaliser_for(language: str | None) -> str:
    """The name of the normaliser that suits a language code (`en`, `pt-BR`); None = unknown.

    Chinese, Japanese and other languages written without spaces need `character_error_rate`: no
    normaliser here finds their words.
    """
    code = re.split(r"[-_]", language or "", maxsplit=1)[0].casefold()
    if code == "en":
        return "english"
    return "lower" if _MARKED.fullmatch(code) else "basic"


def _lower(text: str) -> str:
    # Unicode's canonical caseless matching: folded while decomposed, composed at the end.
    folded = unicodedata.normalize("NFD", text).casefold().translate(_APOSTROPHES)
    kept = unicodedata.normalize("NFC", "".join(map(_keep, folded)))
    return _LOOSE_APOSTROPHE.sub(" ", kept)


def _keep(character: str) -> str:
    category = unicodedata.category(character)
    if character == "'" or category[0] in "LMN":
        return character
    # Soft hyphens, joiners and direction marks are invisible: they part no words.
    return "" if category == "Cf" else " "


def _basic(text: str) -> str:
    return _whisper_basic()(text)


def _english(text: str) -> str:
    return _whisper_english()(text)


@cache
def _whisper_basic() -> Callable[[str], str]:
    from whisper_normalizer.basic import BasicTextNormalizer

    normaliser: Callable[[str], str] = BasicTextNormalizer(remove_diacritics=False)
    return normaliser


@cache
def _whisper_english() -> Callable[[str], str]:
    from whisper_normalizer.english import EnglishTextNormalizer

    normaliser: Callable[[str], str] = EnglishTextNormalizer()
    return normaliser


NORMALISERS: Final[Mapping[str, Callable[[str], str]]] = MappingProxyType(
    {"none": str, "lower": _lower, "basic": _basic, "english": _english}
)
