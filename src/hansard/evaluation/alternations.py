"""Words that the Bosnian, Croatian, Montenegrin and Serbian standards write differently.

A recogniser that writes `vreme` where `vrijeme` was said has heard rightly. Only what is listed
alternates (`alternations_yat.txt`, `alternations_variants.txt`): stems with the reflex of yat,
other sounds (`suh`, `suv`), verbs in -irati and -isati, and some words that differ altogether
(`vlak`, `voz`); and the future tense, one word or two (`radit ću`, `radiću`). Two words stand for
one another where one of them is the ekavian, or another, form of the other: `dijela` and `dela`,
`djela` and `dela`, but not `dijela` and `djela`, which are different words of one standard.

Words are normalised, in small letters of the Latin alphabet. For the reflexes of yat see Alexander
2006, "Bosnian, Croatian, Serbian, a Grammar, with Sociolinguistic Commentary".
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Final

from hansard.evaluation.alternations_lists import Stem, read_stems, read_yat

LANGUAGES: Final = frozenset({"bs", "hr", "sr", "sh", "cnr"})
"""Codes of the languages whose variants are tolerated."""
_PREFIXES: Final = (
    "bez bes do is iz iza izu među na naj nad ne ni o ob od po pod pre pred pri pro pra raz ras s "
    "sa su u uz us za polu sve"
).split()
_FUTURE: Final = re.compile(r"(?P<stem>\w+)(?P<will>ću|ćeš|će|ćemo|ćete)")
_WILL: Final = frozenset({"ću", "ćeš", "će", "ćemo", "ćete"})
_NOT: Final = "ne"

Key = tuple[object, ...]


def alternates(language: str | None) -> bool:
    """Whether variants are tolerated in a language, given by its code (`hr`, `sr-Latn`)."""
    return re.split(r"[-_]", language or "", maxsplit=1)[0].casefold() in LANGUAGES


@lru_cache(maxsize=1 << 16)
def tolerated(reference: str, hypothesis: str) -> bool:
    """Whether two words are one, written as two standards write it; equal words are."""
    if reference == hypothesis:
        return True
    said, heard = _keys(reference), _keys(hypothesis)
    return not (
        said.isdisjoint(heard)
        and said.isdisjoint(_ekavian_keys(hypothesis))
        and heard.isdisjoint(_ekavian_keys(reference))
    )


def tolerated_spans(reference: Sequence[str], hypothesis: Sequence[str]) -> bool:
    """The same of several words on either side, such as (`radit`, `ću`) and (`radiću`,)."""
    if len(reference) == len(hypothesis):
        return all(map(tolerated, reference, hypothesis))
    wide, narrow = (
        (reference, hypothesis) if len(reference) > len(hypothesis) else (hypothesis, reference)
    )
    if len(wide) != 2 or len(narrow) != 1:
        return False
    return any(tolerated(joined, narrow[0]) for joined in join(wide[0], wide[1]))


def join(first: str, second: str) -> tuple[str, ...]:
    """One word that is written as two elsewhere, in one word; none if there is no such.

    The future of a verb in -ti (`radit ću`) or -sti (`jest ću`), and of not to want (`ne ću`);
    airports (`zračna luka`).
    """
    if second in _WILL and first == _NOT:
        return (first + second,)
    if second in _WILL and len(first) > 2 and first.endswith("t"):
        stem = first[:-1]
        return (stem[:-1] + "š" + second,) if stem.endswith("s") else (stem + second,)
    return tuple(_AIRPORTS.get((first, second), ()))


def key_of(word: str) -> frozenset[Key]:
    """What a word shares with all words that it may stand for, and perhaps with some others."""
    return _keys(word) | _ekavian_keys(word)


def to_ekavian(word: str) -> frozenset[str]:
    """The ekavian forms of a word that ijekavian writes otherwise; the word itself is not one."""
    return frozenset(_turn(word)) | _turn_future(word)


_AIRPORTS: Final = {
    ("zračna", "luka"): ("aerodrom",),
    ("zračne", "luke"): ("aerodroma", "aerodromi", "aerodrome"),
    ("zračnoj", "luci"): ("aerodromu",),
    ("zračnu", "luku"): ("aerodrom",),
    ("zračnom", "lukom"): ("aerodromom",),
    ("zračnih", "luka"): ("aerodroma",),
    ("zračnim", "lukama"): ("aerodromima",),
}


@lru_cache(maxsize=1 << 16)
def _ekavian_keys(word: str) -> frozenset[Key]:
    return frozenset(key for form in to_ekavian(word) for key in _keys(form))


@lru_cache(maxsize=1 << 16)
def _keys(word: str) -> frozenset[Key]:
    """The word itself, and every list of variants that it is on, with its ending."""
    stems = _stems()
    found: set[Key] = {(word,)}
    for cut in range(len(word), 0, -1):
        for stem in stems.get(word[:cut], ()):
            found.update(_match(stem, word[cut:]))
    for prefix in _PREFIXES:
        if word.startswith(prefix):
            rest = word[len(prefix) :]
            for cut in range(len(rest), 1, -1):
                for stem in stems.get(rest[:cut], ()):
                    if stem.takes_prefix:
                        found.update((prefix, *key) for key in _match(stem, rest[cut:]))
    return frozenset(found)


def _match(stem: Stem, ending: str) -> Iterator[Key]:
    for number, pattern in enumerate(stem.endings):
        if pattern.endswith("*") and ending.startswith(pattern[:-1]):
            yield (stem.group, number, ending[len(pattern) - 1 :])
        elif pattern == ending:
            yield (stem.group, number)


def _turn(word: str) -> Iterator[str]:
    if "j" not in word and "i" not in word:
        return
    for pattern, replacements in _yat():
        match = pattern.match(word)
        if match is None:
            continue
        turned, last = "", 0
        for number, replacement in enumerate(replacements, start=1):
            turned += word[last : match.start(number)] + replacement
            last = match.end(number)
        yield turned + word[last:]


def _turn_future(word: str) -> frozenset[str]:
    """`vidjeću` is no word that is listed, but the future of one that is: `vidjeti`."""
    match = _FUTURE.fullmatch(word)
    if match is None:
        return frozenset()
    infinitives = _turn(match["stem"] + "ti")
    return frozenset(form.removesuffix("ti") + match["will"] for form in infinitives)


@cache
def _yat() -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    return tuple(read_yat(_PREFIXES))


@cache
def _stems() -> dict[str, list[Stem]]:
    return read_stems()
