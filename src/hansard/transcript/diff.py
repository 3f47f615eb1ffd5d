"""The shortest way from what was said to what was written, word by word.

Levenshtein's distance is computed a whole row at a time on Python's unbounded integers: bit i of a
row's words says how the distance changes from one reference word to the next (Myers 1999, "A fast
bit-vector algorithm for approximate string matching based on dynamic programming"; the form is that
of Hyyrö 2003, "A bit-vector algorithm for computing Levenshtein and Damerau edit distances"). The
alignment is read back from two bits per cell; where these would take too much memory, Hirschberg's
split (1975, "A linear space algorithm for computing maximal common subsequences") halves the
problem first. Time is n * m / 30 digit operations, memory at most a few tens of megabytes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

EditKind = Literal["equal", "substitute", "delete", "insert"]

# Two bits for each cell of a table are held at once: 2^26 cells take 16 MB.
_TABLE: Final = 1 << 26


@dataclass(frozen=True, slots=True)
class Edit:
    """One step from the reference to the hypothesis."""

    kind: EditKind
    reference: int | None
    """Index of the reference word; None where the hypothesis adds one (`insert`)."""
    hypothesis: int | None
    """Index of the hypothesis word; None where it lacks one (`delete`)."""


def align_words(reference: Sequence[str], hypothesis: Sequence[str]) -> tuple[Edit, ...]:
    """A shortest sequence of edits that turns `reference` into `hypothesis`, in order.

    Among equally short ones: read from the end, words are kept where they can be, then deleted or
    inserted, and substituted last.
    """
    edits: list[Edit] = []
    i = j = 0
    for letter in edit_script(reference, hypothesis):
        match letter:
            case "D":
                edits.append(Edit("delete", i, None))
            case "I":
                edits.append(Edit("insert", None, j))
            case _:
                edits.append(Edit("equal" if letter == "=" else "substitute", i, j))
        i += letter != "I"
        j += letter != "D"
    return tuple(edits)


def edit_script(reference: Sequence[str], hypothesis: Sequence[str], *, table: int = _TABLE) -> str:
    """The edits of `align_words`, one letter each: `=` kept, `X` substituted, `D`, `I`.

    The letters are those of the extended CIGAR string (SAM format specification). A text given as a
    plain string is aligned character by character. Pairs with more than `table` cells are split.
    """
    if len(hypothesis) < 2 or len(reference) * len(hypothesis) <= table:
        return _read_back(reference, hypothesis)
    middle = len(hypothesis) // 2
    head, tail = hypothesis[:middle], hypothesis[middle:]
    costs = _distances(reference, head) + _distances(reference[::-1], tail[::-1])[::-1]
    split = int(np.argmin(costs))
    return edit_script(reference[:split], head, table=table) + edit_script(
        reference[split:], tail, table=table
    )


def _rows(reference: Sequence[str], hypothesis: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """For each hypothesis word, the changes in its row of the distance table, as sets of bits.

    The first two hold the reference words at which the distance is one more, one less than at the
    word before; the third those at which it is one more than in the row above.
    """
    where: dict[str, int] = {}
    for index, word in enumerate(reference):
        where[word] = where.get(word, 0) | 1 << index
    every = (1 << len(reference)) - 1
    more, less = every, 0
    for word in hypothesis:
        same = where.get(word, 0)
        level = ((((same & more) + more) ^ more) | same | less) & every
        grown = less | (every ^ (level | more))
        shrunk = level & more
        above, below = (grown << 1 | 1) & every, (shrunk << 1) & every
        more, less = below | (every ^ (level | above)), above & level
        yield more, less, grown


def _distances(reference: Sequence[str], hypothesis: Sequence[str]) -> NDArray[np.int64]:
    """How far `hypothesis` is from the first 0, 1, ... n words of `reference`: shape (n + 1,)."""
    more, less = (1 << len(reference)) - 1, 0
    for more, less, _ in _rows(reference, hypothesis):  # noqa: B007 - the last row is the answer
        pass
    steps = _bits(more, len(reference)) - _bits(less, len(reference))
    return len(hypothesis) + np.concatenate(([0], np.cumsum(steps)))


def _bits(number: int, count: int) -> NDArray[np.int64]:
    """The lowest `count` bits of a number, lowest first."""
    packed = np.frombuffer(number.to_bytes(count // 8 + 1, "little"), np.uint8)
    return np.unpackbits(packed, count=count, bitorder="little").astype(np.int64)


def _read_back(reference: Sequence[str], hypothesis: Sequence[str]) -> str:
    """The edit script, by walking back through a table of which edits lie on a shortest way."""
    size = len(reference) // 8 + 1
    deletable: list[bytes] = []
    insertable: list[bytes] = []
    for more, _, grown in _rows(reference, hypothesis):
        deletable.append(more.to_bytes(size, "little"))
        insertable.append(grown.to_bytes(size, "little"))
    letters: list[str] = []
    column, row = len(reference), len(hypothesis)
    while column and row:
        place, bit = (column - 1) >> 3, 1 << ((column - 1) & 7)
        if reference[column - 1] == hypothesis[row - 1]:
            letter = "="
        elif deletable[row - 1][place] & bit:
            letter = "D"
        else:
            letter = "I" if insertable[row - 1][place] & bit else "X"
        letters.append(letter)
        column -= letter != "I"
        row -= letter != "D"
    return "D" * column + "I" * row + "".join(reversed(letters))
