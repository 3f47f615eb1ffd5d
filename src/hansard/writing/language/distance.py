"""How much of a text was changed."""

from itertools import pairwise
from typing import Final

from rapidfuzz.distance import OSA, Levenshtein

CELLS: Final = 1 << 35
"""The largest table of letters that is reckoned at once: two texts of 185,000 letters, which is
about three hours of talk, and at most a second or two."""


def edit_rate(before: str, after: str) -> float:
    """Levenshtein's distance of letters divided by the longer length: 0 where nothing changed.

    Two empty texts have 0. Texts too long for one table are cut at the same places of either, as
    shares of their length, and the distances of the pieces are added; that is never less than the
    true distance, and little more where the texts run side by side. Time grows with the length of
    the text, memory hardly at all.
    """
    longer = max(len(before), len(after))
    if not longer:
        return 0.0
    parts = -(-len(before) * len(after) // CELLS) or 1
    pairs = zip(_cut(before, parts), _cut(after, parts), strict=True)
    distance = sum(Levenshtein.distance(a, b, score_hint=max(31, len(a) // 10)) for a, b in pairs)
    return min(1.0, distance / longer)


def slips(before: str, after: str) -> int:
    """How many letters were added, dropped, replaced or swapped with their neighbour.

    This is the distance of optimal string alignment.
    """
    return int(OSA.distance(before, after))


def _cut(text: str, parts: int) -> list[str]:
    edges = [len(text) * number // parts for number in range(parts + 1)]
    return [text[a:b] for a, b in pairwise(edges)]
