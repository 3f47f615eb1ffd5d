"""A segment's words after its text was rewritten: each keeps the time of what it came from.

    pieces of the words ─ shortest edits ─ letters of what differs ─ shares ─ groups ─ words

Nothing is timed anew. A word that was written for two spans both; of two that were written for one,
each takes its share of the time by letters; a word that nobody said stands with its neighbour; the
time of a word that is no longer written is dropped.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hansard.transcript import Seconds, Word
from hansard.transcript.diff import Edit, align_words, edit_script
from hansard.transcript.placing import is_placed
from hansard.transcript.subtitles.scripts import is_unspaced
from hansard.writing.cleaning.tokens import Piece, pieces_of

Shares = Counter[int]
"""Number of a word as it was to how many letters of it are in a piece of the new text."""


@dataclass(slots=True)
class _Group:
    """Pieces that become one word."""

    text: str
    shares: Shares = field(default_factory=Counter)


def realign(words: Sequence[Word], text: str) -> tuple[Word, ...]:
    """The words of `text`, with the times and all else of `words`, which it was made from.

    Joined, they spell `text`. Where the words' times are in order, the new ones' are, and none lies
    outside. No words are made where there were none, or where there is no text.
    """
    pieces = pieces_of(text)
    if not words or not pieces:
        return ()
    groups = _groups(pieces, _shares(words, pieces))
    groups[0].text = _space_before(words[0].text) + groups[0].text.lstrip()
    if not groups[0].shares:
        groups[0].shares.update(range(len(words)))
    whole: Shares = Counter()
    for group in groups:
        whole.update(group.shares)
    used: Shares = Counter()
    made: list[Word] = []
    for group in groups:
        made.append(_word(group, words, used, whole))
        used.update(group.shares)
    return tuple(made)


def _shares(words: Sequence[Word], pieces: Sequence[Piece]) -> list[Shares]:
    """Which words each piece comes from, and how many letters of each."""
    said = [
        (piece.key, index) for index, word in enumerate(words) for piece in pieces_of(word.text)
    ]
    shares: list[Shares] = [Counter() for _ in pieces]
    edits = align_words([key for key, _ in said], [piece.key for piece in pieces])
    for block in blocks_of(edits):
        old = [said[edit.reference] for edit in block if edit.reference is not None]
        new = [edit.hypothesis for edit in block if edit.hypothesis is not None]
        before = [(letter, index) for key, index in old for letter in key]
        after = [(letter, place) for place in new for letter in pieces[place].key]
        for index, place in _matched(before, after):
            shares[place][index] += 1
    return shares


def blocks_of(edits: Sequence[Edit]) -> Iterator[Sequence[Edit]]:
    """The edits in order, those that are next to each other and change something together."""
    begin = 0
    for at, edit in enumerate(edits):
        if edit.kind == "equal":
            if begin < at:
                yield edits[begin:at]
            yield edits[at : at + 1]
            begin = at + 1
    if begin < len(edits):
        yield edits[begin:]


def _matched(
    before: Sequence[tuple[str, int]], after: Sequence[tuple[str, int]]
) -> Iterator[tuple[int, int]]:
    """The owners of letters that stand for each other."""
    i = j = 0
    script = edit_script([letter for letter, _ in before], [letter for letter, _ in after])
    for step in script:
        if step in "=X":
            yield before[i][1], after[j][1]
        i += step != "I"
        j += step != "D"


def _groups(pieces: Sequence[Piece], shares: Sequence[Shares]) -> list[_Group]:
    """The pieces that become one word each; at least one group."""
    groups: list[_Group] = []
    for piece, share in zip(pieces, shares, strict=True):
        text = f" {piece.text}" if piece.spaced else piece.text
        if groups and (not share or not groups[-1].shares or _is_one(piece, groups[-1], share)):
            groups[-1].text += text
            groups[-1].shares.update(share)
        else:
            groups.append(_Group(text, Counter(share)))
    return groups


def _is_one(piece: Piece, group: _Group, share: Mapping[int, int]) -> bool:
    """Whether a character of a script without spaces goes on with the word before it."""
    touching = not piece.spaced and (is_unspaced(piece.text[0]) or is_unspaced(group.text[-1]))
    return touching and set(share) == set(group.shares)


def _word(group: _Group, words: Sequence[Word], used: Shares, whole: Shares) -> Word:
    """One word; `used` says how many letters of each old word stand in words before it."""
    sources = sorted(group.shares)
    placed = [index for index in sources if is_placed(words[index])] or sources
    first, last = placed[0], placed[-1]
    model = replace(words[first], text=group.text)
    if len(sources) == 1 and whole[first] == group.shares[first]:
        return model
    old = [words[index] for index in sources]
    chances = [word.probability for word in old if word.probability is not None]
    sure = [word.confidence for word in old if word.confidence is not None]
    return replace(
        model,
        start=_at(words[first], used[first], whole[first]),
        end=_at(words[last], used[last] + group.shares[last], whole[last]),
        probability=sum(chances) / len(chances) if chances else None,
        confidence=min(sure, default=None),
        speakers=tuple(dict.fromkeys(name for word in old for name in word.speakers)),
        # Tokens cannot be cut: the first word that has part of them has them.
        tokens=tuple(t for index in sources if not used[index] for t in words[index].tokens),
    )


def _at(word: Word, letters: int, of: int) -> Seconds:
    """When so many of a word's letters had been said, were all equally long."""
    if letters == 0:
        return word.start
    if letters == of:
        return word.end
    return min(word.end, word.start + (word.end - word.start) * letters / of)


def _space_before(text: str) -> str:
    return text[: len(text) - len(text.lstrip())]
