"""A given text found among the words that were heard: pure.

    words -> tokens ─ unique runs ─ shortest edits between them ─ islands that chance would make too
          are dropped ─ tokens spelt alike ─ matches of words

Long texts stay cheap because runs of tokens that occur once on either side part the problem, as in
Cohen's patience diff; only what lies between them is compared exactly. Chance is reckoned as for
local alignments of sequences (Karlin and Altschul 1990): among n * m places, a match that carries
b bits is expected n * m / 2^b times.
"""

import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log2

from hansard.transcript.diff import edit_script
from hansard.transcript.subtitles import scripts

Tokens = tuple[str, ...]

RUN = 5
"""Tokens in a row that part the problem where they occur once on either side."""
CLOSE = 3
"""Matches with at most so many other tokens between them, on either side, are one island."""
MARGIN = 3.0
"""Bits by which an island must be rarer than chance: one in eight is doubted too much."""
ALIKE = 0.6
"""The share of letters in common from which on two tokens may be one, misspelt or misheard."""
JOINED = 0.84
"""... and from which on two tokens are one that was written apart."""
SHORTEST_ALIKE = 3
"""Letters below which tokens must be equal."""
HALF = 0.5
"""The share of a word's letters that must be found for the word to be."""
TABLE = 2500
"""Pairs of tokens that are compared letter by letter in one hole."""
COMMON = 1000
"""Tokens that a short text is thought to be part of, so that its words are not taken for common."""

_APOSTROPHES = re.compile("['\u2018\u2019\u02bc\uff07\u0300-\u036f]")


@dataclass(frozen=True, slots=True)
class Match:
    """Given words that are the same as heard ones, each side in a row; mostly one of each."""

    given: range
    heard: range
    likeness: float
    """The share of it that is spelt alike, 0 to 1."""


@dataclass(frozen=True, slots=True)
class _Pair:
    given: int
    heard: int
    likeness: float = 1.0


def split_words(text: str) -> tuple[str, ...]:
    """The words of a text as they are written, with the space before them, in order.

    Joined they spell the text. Marks that stand alone belong to the word before (else after). In
    scripts without spaces each character is a word. A text without letters or digits has none.
    """
    words: list[str] = []
    pending = ""
    for chunk in scripts.squeeze(text).split(" "):
        for index, part in enumerate(_parts(chunk)):
            bare = "" if index or (scripts.is_unspaced(part[0]) and not words) else " "
            piece = bare + part
            if tokens_of(part):
                words.append(pending + piece)
                pending = ""
            elif words and part not in scripts.NO_END:
                words[-1] += pending + piece
                pending = ""
            else:
                pending += piece
    if words:
        words[-1] += pending
    return tuple(words)


def _parts(chunk: str) -> Iterator[str]:
    """A chunk as it is, or cut before and after each character of a script without spaces."""
    held = ""
    for cluster in scripts.clusters(chunk):
        alone = scripts.is_unspaced(cluster[0])
        if held and (alone or scripts.is_unspaced(held[0])):
            yield held
            held = ""
        held += cluster
    if held:
        yield held


def tokens_of(word: str) -> Tokens:
    """What is compared of a word: letters and digits, without case, accents and apostrophes.

    `well-known` has two tokens, a dash none, `東京` two.
    """
    folded = _APOSTROPHES.sub("", unicodedata.normalize("NFKD", word).casefold())
    kept = "".join(c if unicodedata.category(c)[0] in "LNM" else " " for c in folded)
    return tuple(part for run in kept.split() for part in _parts(run))


def match(given: Sequence[Tokens], heard: Sequence[Tokens]) -> tuple[Match, ...]:
    """Which of the given words were heard, in the order of both; each word is in one match at most.

    Words without tokens are in none. Time is nearly linear where the two agree; where they do not,
    it is that of `edit_script`.
    """
    left, right = _flatten(given), _flatten(heard)
    keys = [key for key, _ in left], [key for key, _ in right]
    bits = _information(*keys)
    pairs = [_Pair(i, j) for i, j in _exact(*keys)]
    pairs = _without_chance(pairs, keys, bits)
    pairs = sorted([*pairs, *_alike(pairs, keys)], key=lambda pair: (pair.given, pair.heard))
    pairs = _without_chance(pairs, keys, bits)
    owners = [owner for _, owner in left], [owner for _, owner in right]
    folded = _fold(pairs, keys, owners)
    return tuple(found for found in folded if found.likeness >= HALF)


def _flatten(words: Sequence[Tokens]) -> list[tuple[str, int]]:
    return [(token, index) for index, tokens in enumerate(words) for token in tokens]


def _exact(given: Sequence[str], heard: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pairs of equal tokens on a way through both, in order."""
    i = j = 0
    for k, m in (*_unique_runs(given, heard), (len(given), len(heard))):
        same = 0  # back from the next run first: it tells copies of a chorus apart
        while i < k - same and j < m - same and given[k - same - 1] == heard[m - same - 1]:
            same += 1
        for letter in edit_script(given[i : k - same], heard[j : m - same]):
            if letter == "=":
                yield i, j
            i += letter != "I"
            j += letter != "D"
        yield from ((k - n, m - n) for n in range(same, 0, -1))
        if k < len(given):
            yield k, m
        i, j = k + 1, m + 1


def _unique_runs(given: Sequence[str], heard: Sequence[str]) -> list[tuple[int, int]]:
    """Where runs that occur once on either side begin, in the longest order that both share."""
    here, there = _grams(given), _grams(heard)
    pairs = [(i, there[gram]) for gram, i in here.items() if gram in there]
    tails: list[int] = []
    tail_of: list[int] = []
    before: list[int] = []
    for index, (_, j) in enumerate(pairs):
        place = bisect_left(tails, j)
        before.append(tail_of[place - 1] if place else -1)
        tails[place : place + 1] = [j]
        tail_of[place : place + 1] = [index]
    chain: list[tuple[int, int]] = []
    index = tail_of[-1] if tail_of else -1
    while index >= 0:
        chain.append(pairs[index])
        index = before[index]
    return chain[::-1]


def _grams(keys: Sequence[str]) -> dict[Tokens, int]:
    """Every run of tokens that occurs once, with where it begins, in order."""
    places: dict[Tokens, int] = {}
    again: set[Tokens] = set()
    for index in range(len(keys) - RUN + 1):
        gram = tuple(keys[index : index + RUN])
        if gram in places:
            again.add(gram)
        places[gram] = index
    return {gram: index for gram, index in places.items() if gram not in again}


def _information(given: Sequence[str], heard: Sequence[str]) -> dict[str, float]:
    """How many bits each token tells: the rarer, the more."""
    counts = Counter(given)
    counts.update(heard)
    total = max(sum(counts.values()), COMMON)
    return {key: log2(total / (count + 1)) for key, count in counts.items()}


def _without_chance(
    pairs: Sequence[_Pair], keys: tuple[Sequence[str], Sequence[str]], bits: dict[str, float]
) -> list[_Pair]:
    """The pairs without the islands that unrelated texts of this size would share as well."""
    islands = list(_islands(pairs))
    weights = [_weigh(island, keys[0], bits) for island in islands]
    kept = list(range(len(islands)))
    while True:
        edges = [(-1, -1), *((islands[n][-1].given, islands[n][-1].heard) for n in kept)]
        starts = [(islands[n][0].given, islands[n][0].heard) for n in kept]
        starts.append((len(keys[0]), len(keys[1])))
        stay = [
            n
            for place, n in enumerate(kept)
            if weights[n] >= MARGIN + log2(_area(edges[place], starts[place + 1]))
        ]
        if len(stay) == len(kept):
            return [pair for n in kept for pair in islands[n]]
        kept = stay


def _weigh(island: Sequence[_Pair], given: Sequence[str], bits: dict[str, float]) -> float:
    """The bits that an island tells, less those for the choice of where its pairs stand."""
    told = sum(bits[given[pair.given]] * (2 * pair.likeness - 1) for pair in island)
    ways = (
        max(1, after.given - before.given) * max(1, after.heard - before.heard)
        for before, after in pairwise(island)
    )
    return told - sum(map(log2, ways))


def _area(edge: tuple[int, int], start: tuple[int, int]) -> int:
    """In how many ways a token of the one side can meet one of the other, between two islands."""
    return max(1, start[0] - edge[0] - 1) * max(1, start[1] - edge[1] - 1)


def _islands(pairs: Sequence[_Pair]) -> Iterator[list[_Pair]]:
    held: list[_Pair] = []
    for pair in pairs:
        if held and max(pair.given - held[-1].given, pair.heard - held[-1].heard) > CLOSE + 1:
            yield held
            held = []
        held.append(pair)
    if held:
        yield held


def _alike(pairs: Sequence[_Pair], keys: tuple[Sequence[str], Sequence[str]]) -> Iterator[_Pair]:
    """Tokens in the holes between pairs that are spelt alike, or are one word written as two."""
    i = j = 0
    for k, m in (*((pair.given, pair.heard) for pair in pairs), (len(keys[0]), len(keys[1]))):
        if 0 < (k - i) * (m - j) <= TABLE:
            for found in _best_way(keys[0][i:k], keys[1][j:m]):
                yield _Pair(found.given + i, found.heard + j, found.likeness)
        i, j = k + 1, m + 1


STEPS = ((1, 1), (1, 2), (2, 1))
"""How many tokens of either side are read as one."""


def _best_way(given: Sequence[str], heard: Sequence[str]) -> Iterator[_Pair]:
    """The pairs, in order, that have the most letters in common."""
    rows, columns = len(given), len(heard)
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    step = [[(0, 0, 0.0)] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            ways = [(best[i + 1][j], (1, 0, 0.0)), (best[i][j + 1], (0, 1, 0.0))]
            for a, b in STEPS:
                same = _sameness(given[i : i + a], heard[j : j + b], (a, b))
                if same:
                    ways.append((best[i + a][j + b] + same * (a + b), (a, b, same)))
            best[i][j], step[i][j] = max(ways)
    i = j = 0
    while i < rows and j < columns:
        a, b, same = step[i][j]
        for m in range(max(a, b) if same else 0):
            yield _Pair(i + min(m, a - 1), j + min(m, b - 1), same)
        i, j = i + a, j + b


def _sameness(given: Sequence[str], heard: Sequence[str], size: tuple[int, int]) -> float:
    """How alike tokens are that are read as one; 0 where they are not alike enough, or too few."""
    if (len(given), len(heard)) != size:
        return 0.0
    same = likeness("".join(given), "".join(heard))
    return same if same >= (ALIKE if size == (1, 1) else JOINED) else 0.0


def likeness(one: str, other: str) -> float:
    """The share of letters that two tokens have in common, 0 for short ones that differ."""
    if one == other:
        return 1.0
    short, long = sorted((len(one), len(other)))
    if short < SHORTEST_ALIKE or short < ALIKE * long:
        return 0.0
    return edit_script(one, other).count("=") / long


def _fold(
    pairs: Sequence[_Pair],
    keys: tuple[Sequence[str], Sequence[str]],
    owners: tuple[Sequence[int], Sequence[int]],
) -> Iterator[Match]:
    """Pairs of tokens as matches of the words that they are part of."""
    letters: Counter[int] = Counter()
    for key, owner in zip(keys[0], owners[0], strict=True):
        letters[owner] += len(key)
    held: list[_Pair] = []
    for pair in pairs:
        if held and not _shares(held[-1], pair, owners):
            yield _match(held, keys[0], owners, letters)
            held = []
        held.append(pair)
    if held:
        yield _match(held, keys[0], owners, letters)


def _shares(before: _Pair, after: _Pair, owners: tuple[Sequence[int], Sequence[int]]) -> bool:
    return (
        owners[0][before.given] == owners[0][after.given]
        or owners[1][before.heard] == owners[1][after.heard]
    )


def _match(
    pairs: Sequence[_Pair],
    keys: Sequence[str],
    owners: tuple[Sequence[int], Sequence[int]],
    letters: Counter[int],
) -> Match:
    given = range(owners[0][pairs[0].given], owners[0][pairs[-1].given] + 1)
    heard = range(owners[1][pairs[0].heard], owners[1][pairs[-1].heard] + 1)
    best: dict[int, float] = {}
    for pair in pairs:
        best[pair.given] = max(best.get(pair.given, 0.0), pair.likeness)
    same = sum(len(keys[place]) * share for place, share in best.items())
    return Match(given, heard, same / sum(letters[word] for word in given))
