"""A transcript as blocks: the pieces of text, with their times, that no cue may cut in two.

A block is a word, or several that cannot be parted (` don` + `'t`, a closing bracket, French ` !`).
Times are made finite and put in order; white space is squeezed; words without a visible character
are left out.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from hansard.transcript.spans import Seconds
from hansard.transcript.subtitles import scripts
from hansard.transcript.subtitles.labels import label_of
from hansard.transcript.subtitles.profiles import Profile
from hansard.transcript.subtitles.wrapping import Atom, atoms_of, pour
from hansard.transcript.values import Segment, Transcript, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A piece of text that stays together."""

    text: str
    spaced: bool
    """A space stands before it where it continues a line."""
    start: Seconds
    end: Seconds
    speaker: str | None = None
    language: str | None = None
    words: tuple[Word, ...] = ()
    """The words that it shows; none where the segment has no word times."""
    opens: bool = False
    """It begins a segment."""
    atoms: tuple[Atom, ...] = ()


def blocks_of(
    transcript: Transcript, profile: Profile, *, labels: bool = False
) -> tuple[Block, ...]:
    """All that was said, in order, as blocks with times that never go backwards.

    `labels` says whether the speaker's name takes room in the first line of each cue.
    """
    found: list[Block] = []
    clock = 0.0
    for segment in transcript.segments:
        language = segment.language or transcript.language
        opens = True
        for block in blocks_of_segment(segment, profile, labels=labels):
            if not scripts.is_visible(block.text):
                continue
            start = max(clock, finite(block.start, found[-1].end if found else 0.0))
            end = max(start, finite(block.end, start))
            spaced = needs_space(found[-1].text, block.text) if opens and found else block.spaced
            found.append(
                settle(replace(block, start=start, end=end, spaced=spaced, opens=opens), language)
            )
            clock = start
            opens = False
    return tuple(found)


def settle(block: Block, language: str | None) -> Block:
    """The block with its language and its atoms."""
    atoms = block.atoms or atoms_of(block.text)
    first = atoms[0]._replace(spaced=block.spaced)
    return replace(block, language=language, atoms=(first, *atoms[1:]))


def finite(value: Seconds, otherwise: Seconds) -> Seconds:
    """The time, or another where it is not a number."""
    return value if math.isfinite(value) else otherwise


def needs_space(left: str, right: str) -> bool:
    """Whether a space parts two segments on one line: not in Chinese and Japanese."""
    wide = scripts.is_unspaced(left[-1]) and scripts.width_of(left[-1]) == 2
    return not (wide and scripts.is_unspaced(right[0]))


def blocks_of_segment(segment: Segment, profile: Profile, *, labels: bool) -> Iterable[Block]:
    """One segment as blocks: by its words where they spell its text, else by an estimate."""
    pieces = spell(segment)
    if pieces is None:
        return estimate(segment, profile, labels=labels)
    return join(timed(segment, pieces))


def spell(segment: Segment) -> list[tuple[str, bool]] | None:
    """The text of each word as the segment writes it, and whether a space stands before it.

    Returns one entry a word, or None where the words do not spell the segment's text: then the text
    is what was meant, and the words' times are those of another one.
    """
    whole = scripts.squeeze("".join(word.text for word in segment.words))
    text = scripts.squeeze(segment.text) or whole
    if not whole or whole.replace(" ", "") != text.replace(" ", ""):
        return None
    pieces: list[tuple[str, bool]] = []
    place = 0
    for word in segment.words:
        spaced = place < len(text) and text[place] == " "
        place += 1 if spaced else 0
        start = place
        left = len(scripts.squeeze(word.text).replace(" ", ""))
        while left:
            left -= text[place] != " "
            place += 1
        pieces.append((text[start:place], spaced))
        if start == place and spaced:
            place -= 1
    return pieces


def timed(segment: Segment, pieces: Iterable[tuple[str, bool]]) -> Iterator[Block]:
    """One block for each visible word."""
    for word, (text, spaced) in zip(segment.words, pieces, strict=True):
        if text:
            yield Block(
                text=text,
                spaced=spaced,
                start=word.start,
                end=word.end,
                speaker=speaker_of(word, segment),
                words=(word,),
            )


def speaker_of(word: Word, segment: Segment) -> str | None:
    """Who says the word: its own speaker where it has one, else the segment's."""
    if not word.speakers or segment.speaker in word.speakers:
        return segment.speaker
    return word.speakers[0]


def join(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks with those made one that cannot be parted."""
    held: list[Block] = []
    for block in blocks:
        if held and not sticks(held[-1], block):
            yield joined(held)
            held = []
        held.append(block)
    if held:
        yield joined(held)


def sticks(left: Block, right: Block) -> bool:
    """Whether two neighbours must stay together."""
    same = left.speaker == right.speaker
    return same and scripts.inseparable(left.text, right.text, spaced=right.spaced)


def joined(blocks: list[Block]) -> Block:
    """Neighbouring blocks as one."""
    if len(blocks) == 1:
        return blocks[0]
    text = blocks[0].text + "".join(
        (" " if block.spaced else "") + block.text for block in blocks[1:]
    )
    words = tuple(word for block in blocks for word in block.words)
    return replace(blocks[0], text=text, end=blocks[-1].end, words=words)


def estimate(segment: Segment, profile: Profile, *, labels: bool) -> Iterator[Block]:
    """A segment without word times as one block, or as several where it is too long for one cue.

    The several share the segment's time in proportion to their columns. That is an estimate used
    for layout only; it is never shown as a word's time.
    """
    atoms = atoms_of(segment.text, spaced=True)
    if not atoms:
        return
    start, end = segment.start, segment.end
    whole = Block(
        text=scripts.squeeze(segment.text),
        spaced=True,
        start=start,
        end=end,
        speaker=segment.speaker,
    )
    lines = pour((*name_atoms(whole, labels=labels), *atoms), profile).lines
    short = end - start <= profile.longest and lines <= profile.line_count
    if short or not (math.isfinite(start) and math.isfinite(end)):
        yield whole
        return
    total = sum(atom.columns + 1 for atom in atoms)
    done = 0
    for atom in atoms:
        begin = start + (end - start) * done / total
        done += atom.columns + 1
        yield replace(
            whole,
            text=atom.text,
            spaced=atom.spaced,
            atoms=(atom,),
            start=begin,
            end=start + (end - start) * done / total,
        )


def name_atoms(block: Block, *, labels: bool) -> tuple[Atom, ...]:
    """The name of its speaker, where it is shown and known."""
    return atoms_of(label_of(block.speaker)) if labels else ()


def leading(block: Block, *, labels: bool) -> tuple[Atom, ...]:
    """The atoms of a cue's first block, after the speaker's name where it is shown."""
    name = name_atoms(block, labels=labels)
    if not name:
        return block.atoms
    return (*name, block.atoms[0]._replace(spaced=True), *block.atoms[1:])
