"""Words of which no change is small: negations, and numbers in words and in digits.

A number that is written another way is the same number where both are read out alike: `twenty five`
and `25`, `five percent` and `5 %`, `1,000` and `1000`. How a number is read out is known of the
languages of `num2words`; in others digits must stay digits. A year is read as a year: `2019` is
`twenty nineteen`, and not `two thousand nineteen`.
"""

from collections.abc import Sequence
from functools import cache
from types import MappingProxyType
from typing import Final

from hansard.transcript.subtitles.scripts import is_unspaced
from hansard.writing.cleaning.tokens import SIGNS, keys_of

NEGATIONS: Final = MappingProxyType(
    {
        "en": "not no never none nothing nobody nowhere neither nor without nope cannot",
        "de": "nicht nichts kein keine keinen keinem keiner keines keinerlei nie niemals niemand "
        "niemanden niemandem nirgends nirgendwo weder ohne nein",
        "hr": "ne ni nije nisam nisi nismo niste nisu neću nećeš neće nećemo nećete nemam nemaš "
        "nema nemamo nemate nemaju nemoj nemojte nikad nikada nitko niko nikoga nikome ništa "
        "ničega nigdje nigde nijedan nijedna nijedno niti bez не ни није нисам ниси нисмо нисте "
        "нису нећу нећеш неће нећемо нећете немам немаш нема немамо немате немају никад никада "
        "нико ништа нигде ниједан ниједна нити без",
        "fr": "ne pas non jamais rien aucun aucune sans ni nul nulle",
        "es": "no nunca jamás nada nadie ningún ninguno ninguna sin ni tampoco",
        "it": "non no mai niente nulla nessun nessuno nessuna senza né neanche nemmeno",
        "pt": "não nunca jamais nada ninguém nenhum nenhuma sem nem tampouco",
        "nl": "niet niets geen nooit niemand nergens zonder nee noch",
        "pl": "nie nigdy nic nikt nikogo żaden żadna żadne bez ani nigdzie",
        "cs": "ne není nejsou nemá nikdy nic nikdo žádný žádná žádné bez ani nikde",
        "sk": "nie nikdy nič nikto žiadny žiadna žiadne bez ani nikde",
        "sl": "ne ni nisem nisi nismo niste niso nimam nima nikoli nič nihče noben brez niti",
        "ru": "не нет ни никогда ничего ничто никто никого нигде без нельзя",
        "uk": "не ні ані немає ніколи нічого ніщо ніхто ніде без",
        "bg": "не ни няма никога нищо никой никъде без нито",
        "mk": "не ни нема никогаш ништо никој никаде без ниту",
        "sv": "inte ingen inget inga aldrig ingenting utan nej ej varken",
        "da": "ikke ingen intet aldrig ingenting uden nej hverken",
        "nb": "ikke ingen intet aldri ingenting uten nei verken ikkje",
        "fi": "en et ei emme ette eivät älä älkää ilman eikä",
        "hu": "nem ne soha semmi senki sehol nincs nincsenek nélkül se sem",
        "ro": "nu niciodată nimic nimeni fără nici niciun nicio",
        "tr": "değil hayir yok hiç asla ne",
        "el": "δεν δε μην μη όχι ποτέ τίποτα κανείς κανένας χωρίς ούτε",
        "ar": "لا لم لن ليس ليست ما غير بدون أبدا",
        "he": "לא אין בלי אף אל מעולם",
        "hi": "नहीं न ना मत बिना कभी",
        "ko": "안 못 아니 아니다 아니요 없다 없이 않다",
        "id": "tidak bukan jangan belum tanpa tak",
        "vi": "không chưa chẳng đừng",
    }
)
"""Language to the words that turn a sentence into its contrary."""
UNSPACED_NEGATIONS: Final = (
    *"不没沒无無未别別非勿",
    "ない", "なかっ", "なく", "ませ", "ไม่", "မ", "មិន", "ບໍ່",
)  # fmt: skip
"""The same within scripts without spaces: Chinese, Japanese, Thai, Burmese, Khmer, Lao."""
CONTRACTIONS: Final = MappingProxyType(
    {
        short: (whole, "not")
        for short, whole in (
            pair.split("=")
            for pair in (
                "dont=do doesnt=does didnt=did isnt=is arent=are wasnt=was werent=were havent=have "
                "hasnt=has hadnt=had cant=can cannot=can couldnt=could wont=will wouldnt=would "
                "shouldnt=should mustnt=must neednt=need mightnt=might shant=shall aint=is"
            ).split()
        )
    }
)
"""English, as it is compared: without apostrophe, to what it stands for."""
MORE_NUMBERS: Final = MappingProxyType(
    {
        "en": "hundreds thousands millions billion billions trillion dozen half double twice",
        "de": "ein zwo hunderte tausende millionen milliarde milliarden dutzend halb doppelt",
        "hr": "jedna jedno dvije tisuća tisuće tisuću milijun milijuna milijarda milijarde pola",
    }
)
"""Words of numbers that reading out numbers does not give."""
HAN_NUMBERS: Final = frozenset("〇零一二三四五六七八九十百千万萬億亿兆两兩")
"""Numbers in Chinese characters."""
LINKS: Final = frozenset("and und i y et e en och og и".split())
"""Words that may stand inside a number, and may be left out of it."""
_READ_OUT: Final = (*range(21), *range(30, 100, 10), 100, 1000, 10**6)


def expand(keys: Sequence[str], code: str | None) -> list[str]:
    """The keys, with English contractions of `not` as two."""
    if code != "en":
        return list(keys)
    return [part for key in keys for part in CONTRACTIONS.get(key, (key,))]


@cache
def negations(code: str | None) -> frozenset[str]:
    """The negations of a language; those of all for a language without a list."""
    own = NEGATIONS.get(code or "")
    lists = NEGATIONS.values() if own is None else (own,)
    return frozenset(key for words in lists for key in keys_of(words))


def count_negations(text: str) -> int:
    """Negations within scripts without spaces."""
    if not any(map(is_unspaced, text)):
        return 0
    return sum(text.count(negation) for negation in UNSPACED_NEGATIONS)


def is_number(key: str, code: str | None) -> bool:
    """Whether a key is part of a number: digits, a sign that is read out, or a word of a number."""
    if has_digit(key) or key in SIGNS or key in HAN_NUMBERS:
        return True
    return key in _number_words(code)


def has_digit(key: str) -> bool:
    """Whether it is written with digits."""
    return any(character.isdecimal() for character in key)


def same_number(before: Sequence[str], after: Sequence[str], code: str | None) -> bool:
    """Whether both are read out alike, or but for a word such as `and`."""
    one, other = _read_out(before, code), _read_out(after, code)
    if not one or not other:
        return False
    return "".join(one) == "".join(other) or _bare(one) == _bare(other)


@cache
def _number_words(code: str | None) -> frozenset[str]:
    from hansard.models.alignment.spoken import speak

    written = [f"{number}{end}" for number in _READ_OUT for end in ("", "th")]
    said = keys_of(" ".join(speak(number, code) for number in written))
    return frozenset({*said, *MORE_NUMBERS.get(code or "", "").split()} - LINKS)


def _read_out(keys: Sequence[str], code: str | None) -> Sequence[str]:
    """The words that are said; none where nobody knows how to read it out."""
    if not any(has_digit(key) or key in SIGNS for key in keys):
        return keys
    from hansard.models.alignment.spoken import speak

    return keys_of(speak(" ".join(keys), code))


def _bare(keys: Sequence[str]) -> str:
    return "".join(key for key in keys if key not in LINKS)
