"""Words of a reference and of a hypothesis, side by side."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from hansard.evaluation.alternations import (
    alternates,
    join,
    key_of,
    tolerated,
    tolerated_spans,
)
from hansard.evaluation.normalisers import normalise, normaliser_for
from hansard.evaluation.rates import ErrorRate
from hansard.evaluation.values import Pair
from hansard.transcript.diff import edit_script
from hansard.transcript.scripts import to_latin


def comparable(text: str, language: str | None) -> str:
    """A text as it is compared with others of its language: normalised, single spaces.

    By `normaliser_for` the language; Bosnian, Croatian and Serbian in Latin letters, whatever they
    were written in.
    """
    latin = to_latin(text) if alternates(language) else text
    return normalise(latin, normaliser_for(language))


def pair_words(reference: Sequence[str], hypothesis: Sequence[str]) -> tuple[Pair, ...]:
    """A shortest alignment, word by word."""
    return tuple(_pairs(reference, hypothesis, edit_script(reference, hypothesis)))


def pair_variants(reference: Sequence[str], hypothesis: Sequence[str]) -> tuple[Pair, ...]:
    """The same where words of Bosnian, Croatian and Serbian stand for their variants.

    A pair is tolerated where both sides differ and are one word; one side of such a pair may be two
    words with a space between (`radit ću`, `radiću`). There are never more errors than without
    tolerance.
    """
    plain = pair_words(reference, hypothesis)
    if all(pair.reference == pair.hypothesis for pair in plain):
        return plain
    units = _respell(reference, hypothesis)
    names = _names(reference, [unit.token for unit in units])
    script = edit_script([names[word] for word in reference], [names[unit.token] for unit in units])
    pairs = tuple(_read(reference, units, script))
    return pairs if count_pairs(pairs).errors <= count_pairs(plain).errors else plain


def count_pairs(pairs: Iterable[Pair]) -> ErrorRate:
    """The errors of an alignment; tolerated pairs are hits, one for each word of the reference."""
    hits = substitutions = deletions = insertions = 0
    for pair in pairs:
        if pair.reference is None:
            insertions += 1
        elif pair.hypothesis is None:
            deletions += 1
        elif pair.tolerated or pair.reference == pair.hypothesis:
            hits += pair.reference.count(" ") + 1
        else:
            substitutions += 1
    return ErrorRate(
        hits=hits, substitutions=substitutions, deletions=deletions, insertions=insertions
    )


def forgive(pairs: Iterable[Pair]) -> str:
    """The hypothesis with the reference's word in the place of every variant of it."""
    kept = (pair.reference if pair.tolerated else pair.hypothesis for pair in pairs)
    return " ".join(word for word in kept if word is not None)


@dataclass(frozen=True, slots=True)
class _Unit:
    """What is put in the place of words of the hypothesis, to be aligned."""

    token: str
    surface: tuple[str, ...]
    """The words that stand there; none for the second half of a word that was parted."""


def _pairs(reference: Sequence[str], hypothesis: Sequence[str], script: str) -> Iterator[Pair]:
    i = j = 0
    for letter in script:
        yield Pair(
            None if letter == "I" else reference[i], None if letter == "D" else hypothesis[j]
        )
        i += letter != "I"
        j += letter != "D"


def _respell(reference: Sequence[str], hypothesis: Sequence[str]) -> list[_Unit]:
    """The hypothesis with as many words as the reference where it parts or joins them otherwise."""
    known = set(reference)
    parted = _bigrams(reference)
    joined = {(a, b) for a, b in _bigrams(hypothesis) if (a, b) not in parted}
    singles = _index(known) if joined else {}
    wide = {form: pair for pair, forms in parted.items() for form in forms}
    halves = _index(wide) if wide else {}
    units: list[_Unit] = []
    j = 0
    while j < len(hypothesis):
        word, both = hypothesis[j], tuple(hypothesis[j : j + 2])
        single = _find(join(*both), singles) if len(both) == 2 and both in joined else None
        form = _find((word,), halves) if word not in known else None
        if single is not None:
            units.append(_Unit(single, both))
        elif form is not None:
            units += [_Unit(wide[form][0], (word,)), _Unit(wide[form][1], ())]
        else:
            units.append(_Unit(word, (word,)))
        j += 2 if single is not None else 1
    return units


def _bigrams(words: Sequence[str]) -> dict[tuple[str, str], tuple[str, ...]]:
    """The neighbours that may be one word, with that word."""
    found = {pair: join(*pair) for pair in pairwise(words)}
    return {pair: forms for pair, forms in found.items() if forms}


def _index(words: Iterable[str]) -> dict[object, list[str]]:
    """Words by what they share with their variants."""
    index: dict[object, list[str]] = defaultdict(list)
    for word in sorted(words):
        for key in key_of(word):
            index[key].append(word)
    return index


def _find(forms: Iterable[str], index: dict[object, list[str]]) -> str | None:
    """The first word of an index that one of these forms may stand for."""
    for form in forms:
        for key in key_of(form):
            for word in index.get(key, ()):
                if tolerated(word, form):
                    return word
    return None


def _names(reference: Sequence[str], hypothesis: Sequence[str]) -> dict[str, str]:
    """A name for every word, the same for all that stand for one another, directly or not."""
    said, names = set(reference), {word: word for word in (*reference, *hypothesis)}
    index = _index(said)
    for heard in sorted(set(hypothesis)):
        near = {word for key in key_of(heard) for word in index.get(key, ())}
        for word in sorted(near):
            if tolerated(word, heard):
                one, other = _root(names, word), _root(names, heard)
                names[other] = one
    return {word: _root(names, word) for word in names}


def _root(names: dict[str, str], word: str) -> str:
    while names[word] != word:
        word = names[word]
    return word


def _read(reference: Sequence[str], units: Sequence[_Unit], script: str) -> Iterator[Pair]:
    """The pairs of an alignment of units, each made of the words that stand in their places."""
    i = j = place = 0
    while place < len(script):
        letter = script[place]
        if letter == "D":
            yield Pair(reference[i], None)
        elif script[place : place + 2] == "==" and _is_parted(reference[i : i + 2], units[j:]):
            yield Pair(" ".join(reference[i : i + 2]), units[j].surface[0], tolerated=True)
            i, j, place = i + 1, j + 1, place + 1
        else:
            yield from _read_unit(None if letter == "I" else reference[i], units[j])
        i += letter != "I"
        j += letter != "D"
        place += 1


def _is_parted(words: Sequence[str], units: Sequence[_Unit]) -> bool:
    """Whether two words of the reference meet one word of the hypothesis that was parted."""
    whole = len(words) == 2 and len(units) > 1 and not units[1].surface
    return whole and tolerated_spans(words, units[0].surface)


def _read_unit(word: str | None, unit: _Unit) -> Iterator[Pair]:
    if word is not None and len(unit.surface) == 2 and tolerated_spans((word,), unit.surface):
        yield Pair(word, " ".join(unit.surface), tolerated=True)
        return
    first, *rest = unit.surface or (None,)
    if word is not None or first is not None:
        same = word is not None and first is not None and word != first and tolerated(word, first)
        yield Pair(word, first, tolerated=same)
    yield from (Pair(None, other) for other in rest)
