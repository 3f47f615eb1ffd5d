"""Text into lines: as few as can be, evenly filled, broken where a reader would pause.

Breaks fall between words; in scripts without spaces (Chinese, Japanese, Thai, ...) between grapheme
clusters, with the characters that may not begin or end a line kept where they belong. Text written
from right to left stays in its logical order: turning it round is the display's work (UAX #9).
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from hansard.transcript.subtitles import scripts
from hansard.transcript.subtitles.languages import clings, joins
from hansard.transcript.subtitles.profiles import Profile

TOP_HEAVY = 1.6
"""How much worse it is for a line that is not the last to be too long than too short."""
ORPHAN = 1.5
"""What a line of one word costs where there are more words to go round."""


class Atom(NamedTuple):
    """A piece of text in which no line may break."""

    text: str
    spaced: bool
    """A space stands before it, unless it begins a line."""
    columns: int
    begins: bool
    """It begins a word; False for what continues one in a script without spaces."""


class Fill(NamedTuple):
    """How far a cue is filled when its lines are filled one after the other."""

    lines: int = 0
    columns: int = 0
    words: int = 0


def atoms_of(text: str, *, spaced: bool = False) -> tuple[Atom, ...]:
    """The text in its unbreakable pieces; `spaced` says whether a space stands before the first."""
    pieces: list[tuple[str, bool]] = []
    for token in scripts.BREAKABLE_SPACE.split(text):
        for index, piece in enumerate(pieces_of(token)):
            gap = index == 0
            if pieces and scripts.inseparable(pieces[-1][0], piece, spaced=gap):
                joint = " " if gap else ""
                pieces[-1] = (pieces[-1][0] + joint + piece, pieces[-1][1])
            else:
                pieces.append((piece, gap and (bool(pieces) or spaced)))
    return tuple(
        Atom(piece, gap, scripts.columns(piece), gap or index == 0)
        for index, (piece, gap) in enumerate(pieces)
    )


def pieces_of(token: str) -> list[str]:
    """A token without spaces, in pieces between which its script lets a line break."""
    if not token or token.isascii():
        return [token] if token else []
    pieces: list[list[str]] = []
    for cluster in scripts.clusters(token):
        if pieces and scripts.inseparable(pieces[-1][-1], cluster, spaced=False):
            pieces[-1].append(cluster)
        else:
            pieces.append([cluster])
    return ["".join(piece) for piece in pieces]


def pour(atoms: Iterable[Atom], profile: Profile, fill: Fill | None = None) -> Fill:
    """The fill after these atoms, each put on the current line while it fits.

    Filling greedily needs the fewest lines there can be, so it decides what fits into a cue.
    """
    lines, columns, words = fill or Fill()
    room = profile.line_columns
    most = profile.words_per_line
    for atom in atoms:
        width = columns + atom.columns + (1 if atom.spaced else 0)
        begun = words + (1 if atom.begins else 0)
        if lines == 0 or width > room or (most is not None and begun > most):
            lines, columns, words = lines + 1, atom.columns, 1
        else:
            columns, words = width, begun
    return Fill(lines, columns, words)


def text_of(atoms: Sequence[Atom]) -> str:
    """The atoms as one line."""
    return "".join(
        (" " if atom.spaced and index else "") + atom.text for index, atom in enumerate(atoms)
    )


def wrap(text: str, profile: Profile, language: str | None = None) -> tuple[str, ...]:
    """The text in lines that the profile's width holds, as few as can be, `()` for no text.

    A word longer than a line keeps a line for itself. Where the text needs more lines than the
    profile allows it gets them, filled one after the other: nothing is ever cut away.
    """
    return wrap_atoms(atoms_of(text), profile, language)


def wrap_atoms(
    atoms: Sequence[Atom], profile: Profile, language: str | None = None
) -> tuple[str, ...]:
    """As `wrap`, for text that is in atoms already."""
    count = pour(atoms, profile).lines
    if count <= 1:
        return (text_of(atoms),) if atoms else ()
    if count > profile.line_count:  # it will be read as a block of text anyway
        cuts = flow(atoms, profile)
    else:
        cuts = divide(atoms, count, profile, language)
    return tuple(text_of(atoms[start:end]) for start, end in pairwise(cuts))


def flow(atoms: Sequence[Atom], profile: Profile) -> list[int]:
    """The places to cut the atoms where each line takes what it can hold, with both ends."""
    cuts: list[int] = []
    fill = Fill()
    for index, atom in enumerate(atoms):
        before = fill.lines
        fill = pour((atom,), profile, fill)
        if fill.lines > before:
            cuts.append(index)
    return [*cuts, len(atoms)]


class Ruler:
    """Widths and words of any run of atoms, in constant time."""

    def __init__(self, atoms: Sequence[Atom], profile: Profile) -> None:
        self.atoms = atoms
        self.profile = profile
        self.columns = [0]
        self.words = [0]
        for atom in atoms:
            self.columns.append(self.columns[-1] + atom.columns + (1 if atom.spaced else 0))
            self.words.append(self.words[-1] + (1 if atom.begins else 0))

    def width(self, start: int, end: int) -> int:
        """The columns of a line of the atoms from `start` up to `end`."""
        return self.columns[end] - self.columns[start] - (1 if self.atoms[start].spaced else 0)

    def fits(self, start: int, end: int) -> bool:
        """Whether these atoms may stand on one line; a single one always may."""
        if end - start == 1:
            return True
        if self.width(start, end) > self.profile.line_columns:
            return False
        most = self.profile.words_per_line
        words = self.words[end] - self.words[start] + (0 if self.atoms[start].begins else 1)
        return most is None or words <= most

    def ends(self, start: int, *, last: bool) -> Iterable[int]:
        """Where a line that begins with atom `start` may end; the last line ends the text."""
        final = len(self.atoms)
        if last:
            if start < final and self.fits(start, final):
                yield final
            return
        for end in range(start + 1, final):
            if not self.fits(start, end):
                return
            yield end


def divide(atoms: Sequence[Atom], count: int, profile: Profile, language: str | None) -> list[int]:
    """The cheapest places to cut the atoms into `count` lines, with both ends.

    Dynamic programming over (line, last atom); each line looks back no further than it is wide.
    """
    ruler = Ruler(atoms, profile)
    mean = max(ruler.width(0, len(atoms)) / count, 1)
    costs = [0.0, *(break_cost(atoms[i - 1], atoms[i], language) for i in range(1, len(atoms)))]
    best: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}]
    for line in range(1, count + 1):
        last = line == count
        reached: dict[int, tuple[float, int]] = {}
        for start, (before, _) in best[-1].items():
            for end in ruler.ends(start, last=last):
                cost = before + costs[start] + line_cost(ruler.width(start, end), mean, last=last)
                cost += orphan_cost(atoms, start, end)
                if end not in reached or cost < reached[end][0]:
                    reached[end] = (cost, start)
        best.append(reached)
    cuts = [len(atoms)]
    for line in range(count, 0, -1):
        cuts.append(best[line][cuts[-1]][1])
    return cuts[::-1]


def line_cost(columns: int, mean: float, *, last: bool) -> float:
    """What a line costs that is longer or shorter than the mean; the lower may be the longer."""
    off = (columns - mean) / mean
    return 4 * off * off * (TOP_HEAVY if off > 0 and not last else 1.0)


def orphan_cost(atoms: Sequence[Atom], start: int, end: int) -> float:
    """What it costs to leave one word alone on a line."""
    alone = end - start == 1 and len(atoms) > 2 and not scripts.is_unspaced(atoms[start].text[-1])
    return ORPHAN if alone else 0.0


def break_cost(left: Atom, right: Atom, language: str | None) -> float:
    """What it costs to break between two atoms: less than nothing where a reader pauses anyway."""
    if scripts.ends_sentence(left.text, right.text):
        return -0.8
    if scripts.ends_clause(left.text):
        return -0.5
    if not right.spaced:
        cost = 0.0 if scripts.begins_phrase(left.text, right.text) else 0.7
        return cost - (0.2 if right.begins else 0.0)
    cost = 0.3 if clings(left.text, language) else 0.0
    return cost - (0.25 if joins(right.text, language) else 0.0)
