"""Whose words: turns onto words, sentences cut where the speaker changes. Pure.

turns ─ slices ─┐
words ──────────┴ label ─ smooth ─ cut ─ segments
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from hansard.transcript import Seconds, Segment, Turn, Word

REACH: Seconds = 0.5
"""A word outside all turns belongs to the nearest one within this many seconds."""
BOTH = 0.5
"""A word that lies this far, as a share of its time, in the turns of two speakers has both."""
ISLAND: Seconds = 0.45
"""A change of speaker inside a sentence that lasts no longer than this is no change: diarisers
place their borders a few tenths of a second off."""

NOBODY: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Slice:
    """A stretch of time in which the same people speak."""

    start: Seconds
    end: Seconds
    speakers: tuple[str, ...]
    unsure: bool
    """Whether the diariser is too unsure of all of them to name any."""


def label(segments: Sequence[Segment], turns: Sequence[Turn], margin: float) -> tuple[Segment, ...]:
    """The segments with the speaker of each word, cut where the speaker changes.

    What was said does not change: all words and texts are as before, in the same order. A word
    said by two at once has both. One that lies in turns of a confidence below `margin`, or near
    none, has nobody. A segment without words of its own is labelled as a whole.
    """
    slices = cut_slices(turns, margin)
    labelled: list[Segment] = []
    for segment in segments:
        for part in _label_segment(segment, slices):
            labelled.append(replace(part, id=len(labelled)))
    return tuple(labelled)


def cut_slices(turns: Sequence[Turn], margin: float) -> tuple[Slice, ...]:
    """Turns, which may overlap, as slices, which do not; in order, silence left out."""
    edges: dict[Seconds, list[tuple[int, Turn]]] = defaultdict(list)
    for number, turn in enumerate(turns):
        if turn.end > turn.start:
            edges[turn.start].append((number, turn))
            edges[turn.end].append((number, turn))
    slices: list[Slice] = []
    active: dict[int, Turn] = {}
    before: Seconds = 0.0
    for time in sorted(edges):
        if active:
            slices.append(_slice(before, time, active, margin))
        for number, turn in edges[time]:
            if active.pop(number, None) is None:
                active[number] = turn
        before = time
    return tuple(slices)


def _slice(start: Seconds, end: Seconds, active: Mapping[int, Turn], margin: float) -> Slice:
    sure = [turn for turn in active.values() if turn.confidence is None or turn.confidence > margin]
    names = dict.fromkeys(turn.speaker for turn in (sure or active.values()))
    return Slice(start, end, tuple(names), unsure=not sure)


def whose(start: Seconds, end: Seconds, slices: Sequence[Slice]) -> tuple[str, ...]:
    """Who speaks between two times, the one who speaks longest first; at most two, or nobody."""
    middle = (start + end) / 2
    start, end = min(start, middle - 0.01), max(end, middle + 0.01)
    first = bisect_right(slices, start, key=lambda slice_: slice_.end)
    last = bisect_left(slices, end, key=lambda slice_: slice_.start)
    spoken: dict[str, Seconds] = defaultdict(float)
    unsure: Seconds = 0.0
    for found in slices[first:last]:
        shared = min(end, found.end) - max(start, found.start)
        if found.unsure:
            unsure += shared
            continue
        for name in found.speakers:
            spoken[name] += shared
    if spoken:
        return _longest(spoken, unsure, end - start)
    return NOBODY if unsure else _nearest(start, end, slices, first)


def _longest(spoken: Mapping[str, Seconds], unsure: Seconds, length: Seconds) -> tuple[str, ...]:
    ranked = sorted(spoken, key=lambda name: -spoken[name])
    if spoken[ranked[0]] < unsure:
        return NOBODY
    return tuple(name for n, name in enumerate(ranked[:2]) if not n or spoken[name] > BOTH * length)


def _nearest(start: Seconds, end: Seconds, slices: Sequence[Slice], place: int) -> tuple[str, ...]:
    """Whose turn is nearest to a time outside all turns; `place` is that of the next slice."""
    near = [(start - slices[place - 1].end, slices[place - 1])] if place > 0 else []
    near += [(slices[place].start - end, slices[place])] if place < len(slices) else []
    distance, found = min(near, key=lambda pair: pair[0], default=(REACH, None))
    if found is None or distance >= REACH or found.unsure:
        return NOBODY
    return found.speakers[:1]


def _label_segment(segment: Segment, slices: Sequence[Slice]) -> Iterator[Segment]:
    words = segment.words
    if "".join(word.text for word in words).strip() != segment.text.strip() or not words:
        names = whose(segment.start, segment.end, slices)
        own = tuple(replace(w, speakers=whose(w.start, w.end, slices)) for w in words)
        yield replace(segment, words=own, speaker=names[0] if names else None)
        return
    names_of = _smooth(words, [whose(word.start, word.end, slices) for word in words])
    parts = list(_cut(words, names_of))
    for number, part in enumerate(parts):
        yield _part(segment, part, first=number == 0, alone=len(parts) == 1)


def _smooth(words: Sequence[Word], names: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Short runs of another speaker inside a sentence are given to the longer run beside them."""
    while True:
        runs = _runs(words, names)
        short = [n for n, run in enumerate(runs) if run.length <= ISLAND]
        if len(runs) < 2 or not short:
            return names
        chosen = min(short, key=lambda n: runs[n].length)
        beside = [runs[n] for n in (chosen - 1, chosen + 1) if 0 <= n < len(runs)]
        named = [run for run in beside if run.speaker is not None] or beside
        wins = max(named, key=lambda run: run.length)
        first, last = runs[chosen].first, runs[chosen].last
        taken = NOBODY if wins.speaker is None else (wins.speaker,)
        names = [*names[:first], *([taken] * (last - first)), *names[last:]]


@dataclass(frozen=True, slots=True)
class _Run:
    """Neighbouring words that one speaker goes through."""

    first: int
    last: int
    speaker: str | None
    length: Seconds


def _runs(words: Sequence[Word], names: Sequence[tuple[str, ...]]) -> list[_Run]:
    runs: list[_Run] = []
    spoken = _lead(names)
    for speaker, group in groupby(range(len(words)), key=lambda n: spoken[n]):
        places = list(group)
        first, last = places[0], places[-1] + 1
        runs.append(_Run(first, last, speaker, words[last - 1].end - words[first].start))
    return runs


def _lead(names: Sequence[tuple[str, ...]]) -> list[str | None]:
    """Who leads at each word: whoever led before goes on while he is among the speakers."""
    led: list[str | None] = []
    for own in names:
        before = led[-1] if led else None
        led.append(before if before in own else own[0] if own else None)
    return led


def _cut(
    words: Sequence[Word], names: Sequence[tuple[str, ...]]
) -> Iterator[tuple[str | None, tuple[Word, ...]]]:
    for run in _runs(words, names):
        own = zip(words[run.first : run.last], names[run.first : run.last], strict=True)
        yield run.speaker, tuple(replace(word, speakers=_led_by(run, n)) for word, n in own)


def _led_by(run: _Run, names: tuple[str, ...]) -> tuple[str, ...]:
    """The speakers of a word, the one whose segment it stands in first."""
    if run.speaker is None:
        return names
    return (run.speaker, *(name for name in names if name != run.speaker))


def _part(
    segment: Segment, part: tuple[str | None, tuple[Word, ...]], *, first: bool, alone: bool
) -> Segment:
    speaker, words = part
    if alone:
        return replace(segment, words=words, speaker=speaker)
    return replace(
        segment,
        text="".join(word.text for word in words).strip(),
        start=words[0].start,
        end=max(word.end for word in words),
        words=words,
        speaker=speaker,
        tokens=tuple(token for word in words for token in word.tokens),
        continues=segment.continues if first else True,
    )
