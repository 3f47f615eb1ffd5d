"""Which language a text is in, and Bosnian, Croatian and Serbian told apart as far as it allows.

The standards share nearly all of their words. What tells them apart is the vowel yat (mleko, or
mlijeko), some hundreds of words (hiljada, tisuća), the infinitive and the future (biće, bit će).
Each such word is evidence of a known weight, and evidence adds up: a sentence may have none, a page
has plenty. Evidence of one text is not independent, so the sum is damped before it is told as a
probability.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, Literal, TypeVar

from hansard.training.texts import variety_words as words
from hansard.training.texts.language_words import COMMON
from hansard.training.texts.variety_yat import EKAVIAN, IJEKAVIAN
from hansard.transcript.scripts import WORD, compose, to_latin

Dialect = Literal["ekavian", "ijekavian", "mixed"]
Weights = tuple[float, float, float]
T = TypeVar("T")

VARIETIES: Final = ("hr", "sr", "bs")
SOUTH_SLAVIC: Final = frozenset({"hr", "sr", "bs", "sh", "cnr", "me"})
"""Codes of languages that are written in the Serbian Cyrillic alphabet or in Gaj's Latin one."""
_PRIOR: Final[Weights] = (math.log(0.42), math.log(0.42), math.log(0.16))
_DAMPED: Final = 0.8
_SURE: Final = 0.6
"""Below this probability no language is told."""
_LISTS: Final[tuple[tuple[str, Weights], ...]] = (
    (words.HR, (0, -3.5, -2.5)),
    (words.SR, (-3.5, 0, -2.5)),
    (words.BS, (-3.5, -3.5, 0)),
    (words.HR_BS, (0, -3, 0)),
    (words.SR_BS, (-3, 0, 0)),
    (words.HR_LEAN, (0, -0.5, -0.3)),
    (words.SR_LEAN, (-0.5, 0, -0.2)),
    (EKAVIAN, (-4, 0, -4)),
    (IJEKAVIAN, (0, -3.5, 0)),
)
_MODAL: Final = (
    r"\b(?:mora|može|mogu|treba|želi|hoće|neće|mogao|mogla|mogli|trebao|trebala|poče|pokuša|uspe|"
    r"uspje|odluči|nastavi)\w*"
)
_TURNS: Final[tuple[tuple[re.Pattern[str], Weights], ...]] = (
    (re.compile(r"\b\w+[aeiuj]t\s+ć(?:u|eš|e|emo|ete)\b"), (0, -3, 0)),  # bit će
    (re.compile(r"\b\w{2,}[aiu]ć(?:emo|ete|eš)\b"), (-2.5, 0, -0.3)),  # imaćemo
    (re.compile(r"\bbiće\b|\b\w{2,}(?:ra|ma|da|ova|ja|ni|zi|ri|ši|ži)će\b"), (-1, 0, -0.3)),
    (re.compile(_MODAL + r"\s+da\s"), (-2, 0, -1)),  # želi da ide
    (re.compile(_MODAL + r"\s+(?:\w+\s+)?\w{2,}ti\b"), (0, -1.2, -0.2)),  # želi ići
    (re.compile(r"\bda\s+li\b"), (-1, 0, 0)),
    (re.compile(r"\b(?:je|nije|jesu|jesi|jeste)\s+li\b"), (0, -0.8, 0)),
    (re.compile(r"\b\w+izira\w*"), (0, -1.5, 0)),  # organizirati
    (re.compile(r"\b\w+iz(?:ova|uje|uju)\w*"), (-1.5, 0, 0)),  # organizovati
    (re.compile(r"\bsa\s+(?![sšzž])"), (-0.4, 0, 0)),
    (re.compile(r"\bs\s+(?![sšzž])"), (0, -0.5, -0.1)),
)
"""What takes more than one word to see."""


_LETTERS: Final[tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]] = (
    (re.compile("[ćđђћ]"), ("sh",)),
    (re.compile("[јљњџ]"), ("sh", "mk")),
    (re.compile("[čšž]"), ("sh", "sl", "cs")),
    (re.compile("[ѓќѕ]"), ("mk",)),
    (re.compile("[ыэё]"), ("ru",)),
    (re.compile("[щй]"), ("ru", "bg")),
    (re.compile("ъ"), ("bg",)),
    (re.compile("[äöüß]"), ("de",)),
    (re.compile("[ąęłńśźż]"), ("pl",)),
    (re.compile("[ěřů]"), ("cs",)),
    (re.compile("[őű]"), ("hu",)),
    (re.compile("[ñ]"), ("es",)),
    (re.compile("[çêœ]"), ("fr",)),
    (re.compile("(?:ije|nje|lje)"), ("sh",)),
    (re.compile("(?:ing|tion|th|wh|ee|oo)"), ("en",)),
)
"""Letters that few languages have."""
_UNKNOWN: Final = 0.12
"""Evidence a word that a language should leave, or else none of ours is it."""
_STEEP: Final = 1.5


@dataclass(frozen=True, slots=True)
class Guess:
    """What language a text seems to be in."""

    language: str | None
    """ISO 639-1; None where the text does not tell."""
    probability: float
    """That it is the likeliest one; 0 where nothing is known at all."""
    candidates: tuple[str, ...] = ()
    """The likeliest first; for a text that tells too little, those it may be."""


def guess_language(text: str) -> Guess:
    """The language of a text; longer texts are told apart better.

    Bosnian, Croatian, Serbian, English, German, Slovenian, Macedonian, Russian, Bulgarian, Italian,
    French, Spanish, Polish, Czech and Hungarian are known.
    """
    family, sure = _guess_family(text)
    if family != "sh":
        told = family if sure >= _SURE else None
        return Guess(told, round(sure, 3), (family,) if family else ())
    chances = _chances(to_latin(text).lower())
    ranked = sorted(zip(VARIETIES, chances, strict=True), key=lambda pair: -pair[1])
    best, chance = ranked[0]
    probability = round(chance * sure, 3)
    candidates = tuple(name for name, part in ranked if part > 0.1)
    return Guess(best if probability >= _SURE else None, probability, candidates)


def dialect_of(text: str) -> Dialect | None:
    """Whether the text is ekavian (mleko) or ijekavian (mlijeko); None where no word tells."""
    counts = Counter(_reflex(word) for word in _words(text))
    ekavian, ijekavian = counts["e"], counts["je"]
    if not ekavian and not ijekavian:
        return None
    share = ijekavian / (ekavian + ijekavian)
    # a slip or a quotation does not make a text mixed
    return "ekavian" if share <= 0.15 else "ijekavian" if share >= 0.85 else "mixed"


def _words(text: str) -> list[str]:
    return WORD.findall(to_latin(text).lower())


def _chances(text: str) -> Sequence[float]:
    """For each of `VARIETIES`, how likely it is."""
    sums = [0.0, 0.0, 0.0]
    for weights in _evidence(text):
        for place, weight in enumerate(weights):
            sums[place] += weight
    scores = [_damp(total) + prior for total, prior in zip(sums, _PRIOR, strict=True)]
    return _shares(scores)


def _damp(total: float) -> float:
    return _DAMPED * total


def _shares(scores: Sequence[float]) -> list[float]:
    top = max(scores)
    parts = [math.exp(score - top) for score in scores]
    return [part / sum(parts) for part in parts]


def _evidence(text: str) -> Iterator[Weights]:
    for word in WORD.findall(text):
        if weights := _weigh(word):
            yield weights
    for turn, weights in _TURNS:
        for _ in turn.finditer(text):
            yield weights


@lru_cache(maxsize=65536)
def _weigh(word: str) -> Weights | None:
    """What a word tells; the longest stem that fits counts."""
    return _longest(word, _weights())


@lru_cache(maxsize=65536)
def _reflex(word: str) -> str | None:
    return _longest(word, _reflexes())


def _longest(word: str, table: Mapping[str, T]) -> T | None:
    """The value of a word, or of its longest beginning that is a stem of the table."""
    if word in table:
        return table[word]
    stems = (f"{word[:length]}*" for length in range(len(word), 2, -1))
    return next((table[stem] for stem in stems if stem in table), None)


@cache
def _weights() -> Mapping[str, Weights]:
    return {stem: weights for stems, weights in reversed(_LISTS) for stem in stems.split()}


@cache
def _reflexes() -> Mapping[str, str]:
    return {
        stem: kind for stems, kind in ((EKAVIAN, "e"), (IJEKAVIAN, "je")) for stem in stems.split()
    }


def _guess_family(text: str) -> tuple[str | None, float]:
    """The language, or `sh`, and how sure that is against all others and none."""
    tokens = WORD.findall(compose(text).lower())
    if not tokens:
        return None, 0.0
    scores = dict.fromkeys(COMMON, 0.0)
    for token in tokens:
        for name, gain in _signs(token):
            scores[name] += gain
    best = max(scores, key=lambda name: scores[name])
    unknown = max(1.0, _UNKNOWN * len(tokens))
    shares = _shares([_STEEP * score for score in (*scores.values(), unknown)])
    return (best if scores[best] else None), shares[list(scores).index(best)]


@lru_cache(maxsize=65536)
def _signs(token: str) -> tuple[tuple[str, float], ...]:
    """Languages that a word speaks for, and how much."""
    spelled = to_latin(token)
    names = [
        name
        for name, common in _commons().items()
        if token in common or (name == "sh" and spelled in common)
    ]
    gains = dict.fromkeys(names, 1 / math.sqrt(len(names) or 1))
    if "sh" not in gains and _weigh(spelled):
        gains["sh"] = 0.9
    for letters, among in _LETTERS:
        if letters.search(token):
            gains |= {name: gains.get(name, 0) + 0.5 for name in among}
    return tuple(gains.items())


@cache
def _commons() -> Mapping[str, frozenset[str]]:
    return {name: frozenset(common.split()) for name, common in COMMON.items()}
