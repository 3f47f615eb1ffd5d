"""Tables of what was taken for what."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from hansard.evaluation.report.rows import Row
from hansard.evaluation.report.shades import shade_of
from hansard.evaluation.report.tallies import Mistake, Tally

NOTHING: Final = "\u2205"
OTHERS: Final = "all others"
"""No word or character is called so, as there is a space in it."""
_MOST_EXAMPLES: Final = 60


@dataclass(frozen=True, slots=True)
class Cell:
    """How often one thing was written for another."""

    count: int
    share: float | None
    """Of all times that the row's thing was said, 0 to 1; None in the row of nothing."""
    shade: int
    right: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """What was written for one thing that was said."""

    label: str
    said: int
    accuracy: float | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """What was said, row by row, against what was written, column by column."""

    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    shown: int
    """How many of the things that were ever mistaken have a row."""
    mistaken: int


@dataclass(frozen=True, slots=True)
class Confusion:
    """One mistake, and where it happened."""

    said: str | None
    heard: str | None
    count: int
    share: float | None
    """Of the times that the word was said."""
    rows: tuple[int, ...] = ()
    """Numbers of the first utterances with it."""


def make_matrix(tally: Tally, most: int) -> Matrix:
    """The matrix of the `most` things that take part in the most mistakes."""
    parts: Counter[str] = Counter()
    for mistake, count in tally.wrong.items():
        for side in mistake:
            if side is not None:
                parts[side] += count
    # sorted first, so that equal counts are in a fixed order
    ranked = sorted(parts, key=lambda name: (-parts[name], name))
    names = sorted(ranked[:most])
    folded = _fold(tally, set(names))
    lines = [_line(tally, folded, name, names) for name in names]
    lines.append(_inserted(folded, names))
    return Matrix((*names, OTHERS, NOTHING), tuple(lines), len(names), len(ranked))


def list_confusions(tally: Tally, most: int) -> tuple[Confusion, ...]:
    """The most frequent mistakes, without places."""
    ranked = sorted(tally.wrong.items(), key=lambda item: (-item[1], _key(item[0])))
    return tuple(
        Confusion(said, heard, count, None if said is None else count / tally.said[said])
        for (said, heard), count in ranked[:most]
    )


def locate(confusions: Sequence[Confusion], rows: Iterable[Row], model: int) -> list[Confusion]:
    """The same mistakes with the first utterances that have them."""
    places: dict[Mistake, list[int]] = {(each.said, each.heard): [] for each in confusions}
    for number, row in enumerate(rows):
        scored = row.scored[model]
        for pair in () if scored is None else scored.pairs:
            found = places.get((pair.reference, pair.hypothesis))
            if found is not None and len(found) < _MOST_EXAMPLES and number not in found[-1:]:
                found.append(number)
    return [
        Confusion(c.said, c.heard, c.count, c.share, tuple(places[c.said, c.heard]))
        for c in confusions
    ]


def _fold(tally: Tally, names: set[str]) -> Counter[Mistake]:
    """Mistakes with what has no row or column counted as others."""
    folded: Counter[Mistake] = Counter()
    for (said, heard), count in tally.wrong.items():
        if said is None or said in names:
            folded[said, heard if heard is None or heard in names else OTHERS] += count
    return folded


def _line(tally: Tally, folded: Counter[Mistake], name: str, names: Sequence[str]) -> Line:
    said = tally.said[name]
    cells = []
    for column in (*names, OTHERS, None):
        right = column == name
        count = tally.right[name] if right else folded[name, column]
        share = count / said if said else None
        cells.append(Cell(count, share, 0 if right else shade_of(share), right))
    return Line(name, said, tally.right[name] / said if said else None, tuple(cells))


def _inserted(folded: Counter[Mistake], names: Sequence[str]) -> Line:
    """The row of what was written where nothing was said."""
    counts = [folded[None, column] for column in (*names, OTHERS)]
    total = sum(counts)
    cells = [Cell(n, None, shade_of(n / total if total else None)) for n in counts]
    return Line(NOTHING, 0, None, (*cells, Cell(0, None, 0)))


def _key(mistake: Mistake) -> tuple[bool, str, str]:
    """Of equally frequent mistakes, those come last that only add something."""
    said, heard = mistake
    return (said is None, said or "", heard or "")
