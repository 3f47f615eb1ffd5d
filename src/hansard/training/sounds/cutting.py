"""A long recording with times for its words, cut into clips that a model can hear at once: pure.

Stretches of which text and sound do not agree are left out first. What is left is cut where it
hurts least (dynamic programming over the words): at the ends of sentences and in long pauses,
never inside a word, and into as few clips as that allows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from hansard.pipeline.stitch import ends_sentence
from hansard.transcript import Seconds, Span, Word
from hansard.transcript.placing import is_placed

LONGEST: Seconds = 30.0
PAD: Seconds = 0.2
"""Sound that is kept before and after a clip's words, where it is nobody else's."""
STRANGERS = 3
"""So many words in a row without a time were perhaps not said: they are left out."""
WIDE: Seconds = 5.0
"""So are fewer, where there is so much time for them that something else was said."""
_CLIP = 1.0
"""What each clip costs, ..."""
_INSIDE = 2.0
"""... a cut inside a sentence, ..."""
_TIGHT = 4.0
"""... and a second that a pause is shorter than half a second."""
_PAUSE: Seconds = 0.5
_DROPPED = 1000.0
"""What it costs to leave out words that last too long."""
_LONG: Seconds = 3.0
"""A pause in which a cut costs nothing."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A clip: words in a row, and the sound that it has."""

    words: range
    span: Span


@dataclass(frozen=True, slots=True)
class Cut:
    """A recording in clips."""

    pieces: tuple[Piece, ...]
    left_out: int
    """Words that are in no clip."""


def cut_words(
    words: Sequence[Word], unwritten: Sequence[Span], length: Seconds, longest: Seconds = LONGEST
) -> Cut:
    """Clips of at most `longest` seconds.

    Args:
        words: all words of the text, in order; those without a time, too.
        unwritten: where somebody says what is not in the text; in no clip.
        length: of the recording.
        longest: of a clip.
    """
    pieces = [
        Piece(inner, _span(words, inner, unwritten, length))
        for run in _runs(words, unwritten)
        for inner in _cut(words, run, longest - 2 * PAD)
    ]
    return Cut(tuple(pieces), len(words) - sum(len(piece.words) for piece in pieces))


def _runs(words: Sequence[Word], unwritten: Sequence[Span]) -> Iterator[range]:
    """Runs of words that text and sound agree on; each begins and ends with a placed word."""
    placed = [number for number, word in enumerate(words) if is_placed(word)]
    start: int | None = None
    for before, after in zip_longest(placed, placed[1:]):
        start = before if start is None else start
        if after is None or _parts(words, before, after, unwritten):
            yield range(start, before + 1)
            start = None


def _parts(words: Sequence[Word], before: int, after: int, unwritten: Sequence[Span]) -> bool:
    """Whether something lies between two placed words that no clip may hold."""
    missing = after - before - 1
    gap = Span(words[before].end, words[after].start)
    if missing >= STRANGERS or (missing and gap.duration > WIDE):
        return True
    middles = ((span.start + span.end) / 2 for span in unwritten)
    return any(words[before].start <= middle <= words[after].end for middle in middles)


def _cut(words: Sequence[Word], run: range, longest: Seconds) -> Iterator[range]:
    """The cheapest clips of a run; words that last too long by themselves are left out."""
    places = [n for n in run if is_placed(words[n]) and (n == run.start or is_placed(words[n - 1]))]
    stops = [*places[1:], run.stop]
    best = [0.0]
    origin: list[int | None] = [None]
    for last, stop in enumerate(stops, 1):
        best.append(best[-1] + _DROPPED)
        origin.append(None)
        for first in range(last - 1, -1, -1):
            if words[stop - 1].end - words[places[first]].start > longest:
                break
            cost = best[first] + _cost(words, stop, run.stop)
            if cost < best[last]:
                best[last], origin[last] = cost, first
    found: list[range] = []
    last = len(stops)
    while last:
        begin = origin[last]
        if begin is not None:
            found.append(range(places[begin], stops[last - 1]))
        last = last - 1 if begin is None else begin
    yield from reversed(found)


def _cost(words: Sequence[Word], stop: int, end: int) -> float:
    """What it costs to end a clip before word `stop`."""
    if stop == end:
        return _CLIP
    pause = words[stop].start - words[stop - 1].end
    if pause >= _LONG:
        return 0.0
    inside = 0.0 if ends_sentence(words[stop - 1].text) else _INSIDE
    return _CLIP + inside + _TIGHT * max(0.0, _PAUSE - pause)


def _span(words: Sequence[Word], piece: range, unwritten: Sequence[Span], length: Seconds) -> Span:
    """The sound of a clip: its words, and a little of the pauses around them."""
    start, end = words[piece.start].start, max(words[n].end for n in _placed(words, piece))
    before = [words[n].end for n in _placed(words, range(piece.start))[-1:]]
    before += [span.end for span in unwritten if span.end <= start + PAD]
    after = [words[n].start for n in _placed(words, range(piece.stop, len(words)))[:1]]
    after += [span.start for span in unwritten if span.start >= end - PAD]
    left = min(PAD, max(0.0, (start - max(before, default=0.0)) / 2 if before else start))
    right = min(PAD, max(0.0, (min(after) - end) / 2 if after else length - end))
    return Span(start - left, min(length, end + right))


def _placed(words: Sequence[Word], among: range) -> list[int]:
    return [number for number in among if is_placed(words[number])]
