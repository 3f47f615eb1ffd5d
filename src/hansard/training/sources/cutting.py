"""Clips short enough to learn from, cut out of a long recording at the borders of its segments."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hansard.training.manifest import Stretch, TimedWord
from hansard.transcript import Seconds, Segment, Span, Word
from hansard.transcript.handover import piece_of
from hansard.transcript.placing import is_placed
from hansard.transcript.subtitles.blocks import spell
from hansard.transcript.subtitles.scripts import squeeze

LONGEST_GAP: Seconds = 3.0
"""A longer pause parts two clips: nobody wrote down what is in it."""
PADDING: Seconds = 0.2
"""What a clip has before its first and after its last word, where nobody else speaks there."""
_TOUCH: Seconds = 0.05
"""Segments that overlap by no more than this can be parted."""
_SLACK: Seconds = 0.5
"""Seconds by which times may lie behind the end of the recording."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A stretch of a recording and what is said in it, on the recording's clock."""

    span: Span
    segments: tuple[Segment, ...]


@dataclass(slots=True)
class Cuts:
    """What became of a transcript."""

    clips: list[Cut] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    """Why parts of it are in no clip."""


def is_timed(segments: Sequence[Segment]) -> bool:
    """Whether it is known of all that is said when it is."""
    said = [segment for segment in segments if squeeze(segment.text)]
    return bool(said) and all(segment.end > segment.start for segment in said)


def cut(segments: Sequence[Segment], duration: Seconds, longest: Seconds) -> Cuts:
    """Clips of at most `longest` seconds that hold all segments, in order, each whole.

    A segment that is longer is cut between its words where their times are known.
    """
    cuts = Cuts()
    groups: list[list[Segment]] = []
    for cluster in _clusters(_usable(segments, duration, longest, cuts)):
        if _length(cluster) > longest:
            cuts.left_out.append(
                f"{cluster[0].start:.1f} to {_end(cluster):.1f} s is longer than {longest:g} s"
                " and cannot be cut, as its words have no times or talk overlaps"
            )
        elif groups and _fits(groups[-1], cluster, longest):
            groups[-1] += cluster
        else:
            groups.append(cluster)
    borders = [Span(group[0].start, _end(group)) for group in groups]
    for index, group in enumerate(groups):
        before = borders[index - 1].end if index else 0.0
        after = borders[index + 1].start if index + 1 < len(borders) else duration
        span = padded(borders[index], Span(before, after), longest)
        cuts.clips.append(Cut(span, tuple(group)))
    return cuts


def padded(span: Span, free: Span, longest: Seconds) -> Span:
    """The span with a little more on both sides, but nothing of what is beyond `free`."""
    room = max(0.0, min(PADDING, (longest - span.duration) / 2))
    start = max(min(free.start, span.start), span.start - room, 0.0)
    return Span(start, min(max(free.end, span.end), span.end + room))


def _usable(
    segments: Sequence[Segment], duration: Seconds, longest: Seconds, cuts: Cuts
) -> Iterator[Segment]:
    """The segments in order of time, those that are too long in parts."""
    for segment in sorted(segments, key=lambda each: (each.start, each.end)):
        if not squeeze(segment.text):
            continue
        if segment.end > duration + _SLACK:
            cuts.left_out.append(
                f"{segment.start:.1f} to {segment.end:.1f} s lies beyond the end of the recording,"
                f" which has {duration:.1f} s"
            )
        else:
            yield from _parts(segment, longest)


def _parts(segment: Segment, longest: Seconds) -> Iterator[Segment]:
    """The segment, cut at its longest pauses until every part is short enough."""
    waiting = [segment]
    while waiting:
        part = waiting.pop()
        spelt = spell(part) if all(map(is_placed, part.words)) else None
        if part.end - part.start <= longest or spelt is None or len(part.words) < 2:
            yield part
            continue
        texts = [(" " if spaced else "") + text for text, spaced in spelt]
        words = list(part.words)
        place = _best_cut(words)
        waiting.append(piece_of(part, words[place:], texts[place:]))
        waiting.append(piece_of(part, words[:place], texts[:place]))


def _best_cut(words: Sequence[Word]) -> int:
    """Before which word to cut: at a long pause, rather near the middle."""
    middle = (words[0].start + words[-1].end) / 2
    whole = max(words[-1].end - words[0].start, 0.001)

    def worth(index: int) -> float:
        pause = max(0.0, words[index].start - words[index - 1].end)
        return pause - abs(words[index].start - middle) / whole

    return max(range(1, len(words)), key=worth)


def _clusters(segments: Iterator[Segment]) -> Iterator[list[Segment]]:
    """Segments that overlap in time, as one."""
    cluster: list[Segment] = []
    for segment in segments:
        if cluster and segment.start >= _end(cluster) - _TOUCH:
            yield cluster
            cluster = []
        cluster.append(segment)
    if cluster:
        yield cluster


def _fits(group: list[Segment], cluster: list[Segment], longest: Seconds) -> bool:
    near = cluster[0].start - _end(group) <= LONGEST_GAP
    return near and _end(cluster) - group[0].start <= longest


def _length(cluster: Sequence[Segment]) -> Seconds:
    return _end(cluster) - cluster[0].start


def _end(segments: Sequence[Segment]) -> Seconds:
    return max(segment.end for segment in segments)


def stretches(segments: Sequence[Segment], origin: Seconds) -> tuple[Stretch, ...]:
    """Segments as a manifest has them: times from the clip's start."""
    return tuple(
        Stretch(
            text=squeeze(segment.text),
            start=max(0.0, segment.start - origin),
            end=max(0.0, segment.end - origin),
            words=tuple(
                TimedWord(
                    word=word.text.strip(),
                    start=max(0.0, word.start - origin),
                    end=max(0.0, word.end - origin),
                    score=word.confidence,
                )
                for word in segment.words
                if is_placed(word) and word.text.strip()
            ),
        )
        for segment in segments
        if squeeze(segment.text)
    )
