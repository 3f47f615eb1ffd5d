"""The phrases that a transcript is about.

    texts ─ runs between marks ─ candidates of 1 to 3 words ─ score ─ drop near-duplicates

The score is the C-value (Frantzi, Ananiadou, Mima 2000, "Automatic recognition of multi-word
terms"), with the +1 of Barrón-Cedeño et al. (2009) so that single words have one too: how often a
phrase is said other than inside longer phrases, times the logarithm of its length. The logarithm is
squared here: speech repeats long phrases less than the scientific prose of the paper does.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from math import log2
from typing import Final

from hansard.transcript.subtitles.scripts import is_unspaced
from hansard.writing.language.words import (
    code_of,
    guess_language,
    is_stop_word,
    normalise,
    spans,
    stem,
)

LONGEST: Final = 3
"""Words of a phrase."""
WHOLE: Final = 4
"""Characters between small words that are taken for one word in scripts without spaces."""
_BRIDGE: Final = re.compile(r"[ \t\u00a0]|[-'\u2019\u02bc]|")
"""What may stand between two words of a phrase; any other mark parts phrases."""

Key = tuple[str, ...]
Place = tuple[int, int]


@dataclass(slots=True)
class _Phrase:
    """A candidate: its stems in order are its key."""

    forms: Counter[str] = field(default_factory=Counter)
    """As it was written, and how often."""

    @property
    def count(self) -> int:
        return self.forms.total()


def keyphrases(texts: Sequence[str], language: str | None, count: int) -> tuple[str, ...]:
    """At most `count` phrases of 1 to 3 words as they are written in the texts, best first.

    None begins or ends with a small word, and none holds another word by word. Where there is any
    word at all there is at least one.
    """
    code = code_of(language) or guess_language(texts)
    phrases: dict[Key, _Phrase] = {}
    for text in texts:
        for key, form in _candidates(text, code):
            phrases.setdefault(key, _Phrase()).forms[form] += 1
    chosen = _distinct(sorted(_scores(phrases).items(), key=lambda item: -item[1]), count)
    if chosen or count < 1:
        return tuple(_usual_form(phrases[key]) for key in chosen)
    return _any_word(texts)


def _candidates(text: str, code: str | None) -> Iterator[tuple[Key, str]]:
    """Every phrase of a text: its stems, and as it is written."""
    for run in _runs(text, code):
        for stretch in _without_stops(text, run, code):
            stems = [stem(normalise(text[begin:end]), code) for begin, end in stretch]
            for first, end in _windows(stretch, unspaced=is_unspaced(text[stretch[0][0]])):
                form = text[stretch[first][0] : stretch[end - 1][1]]
                if _says_something(form):
                    yield tuple(stems[first:end]), form


def _windows(stretch: Sequence[Place], *, unspaced: bool) -> Iterator[Place]:
    """Begins and ends of phrases in a stretch of words.

    Without spaces the words are characters: a short stretch is one phrase, and of a longer one all
    pairs are tried, as most Chinese words have two.
    """
    size = len(stretch)
    if unspaced and size <= WHOLE:
        yield 0, size
        return
    for first in range(size):
        ends = range(first + 1, min(first + LONGEST, size) + 1)
        yield from ((first, end) for end in ends if not unspaced or end == first + 2)


def _without_stops(text: str, run: Sequence[Place], code: str | None) -> Iterator[list[Place]]:
    """The parts of a run between its small words."""
    for small, places in groupby(run, key=lambda place: _is_small(text[slice(*place)], code)):
        if not small:
            yield list(places)


def _says_something(form: str) -> bool:
    """Whether it has letters, and is no scrap of a word (`th`); short names are in capitals."""
    letters = [character for character in form if character.isalpha()]
    return len(letters) > 2 or any(letter.isupper() or is_unspaced(letter) for letter in letters)


def _runs(text: str, code: str | None) -> Iterator[list[Place]]:
    """Places of words that follow each other with no mark between them; a hyphen makes one word."""
    run: list[Place] = []
    for begin, end in spans(text, code):
        bridge = text[run[-1][1] : begin] if run else ""
        if run and not _BRIDGE.fullmatch(bridge):
            yield run
            run = []
        run.append((run.pop()[0] if bridge == "-" else begin, end))
    if run:
        yield run


def _is_small(word: str, code: str | None) -> bool:
    """Whether a word is small; with hyphens, whether all of its parts are (`uh-huh`)."""
    return all(is_stop_word(part, code) for part in word.split("-") if part)


def _scores(phrases: dict[Key, _Phrase]) -> dict[Key, float]:
    """The C-value of each phrase."""
    inside: dict[Key, list[int]] = {}
    for key, phrase in phrases.items():
        for part in _parts(key):
            if part in phrases:
                inside.setdefault(part, []).append(phrase.count)
    scores: dict[Key, float] = {}
    for key, phrase in phrases.items():
        longer = inside.get(key, [0])
        own = phrase.count - sum(longer) / len(longer)
        # What was said once is no term, however long it is.
        scores[key] = own * (log2(1 + len(key)) ** 2 if phrase.count > 1 else 1.0)
    return scores


def _parts(key: Key) -> set[Key]:
    """Every shorter phrase inside a phrase."""
    return {
        key[first : first + length]
        for length in range(1, len(key))
        for first in range(len(key) - length + 1)
    }


def _distinct(ranked: Sequence[tuple[Key, float]], count: int) -> list[Key]:
    """The best phrases of which none holds another."""
    chosen: list[Key] = []
    for key, _ in ranked:
        if len(chosen) >= count:
            break
        if not any(set(key) <= set(other) or set(other) <= set(key) for other in chosen):
            chosen.append(key)
    return chosen


def _usual_form(phrase: _Phrase) -> str:
    """The most frequent form; of equal ones the one with the fewest capitals."""

    def order(form: str) -> tuple[int, int, str]:
        return -phrase.forms[form], sum(map(str.isupper, form)), form

    return " ".join(min(phrase.forms, key=order).split())


def _any_word(texts: Sequence[str]) -> tuple[str, ...]:
    """The most frequent word, small or not."""
    found = Counter(text[begin:end] for text in texts for begin, end in spans(text))
    return tuple(word for word, _ in found.most_common(1))
