"""The times of a clip's words after its sound was cut, moved, or played faster: pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hansard.training.manifest import Stretch, TimedWord
from hansard.transcript import Seconds, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Where a moment of the old sound is in the new one: at `moment / speed + offset`."""

    speed: float = 1.0
    """Above 1 where it is played faster."""
    offset: Seconds = 0.0
    """Below 0 where the beginning was cut off."""

    def then(self, other: "Move") -> "Move":
        """This move, and after it the other one."""
        return Move(speed=self.speed * other.speed, offset=self.offset / other.speed + other.offset)

    def moment(self, before: Seconds) -> Seconds:
        """Where a moment is now."""
        return before / self.speed + self.offset

    def within(self, start: Seconds, end: Seconds, length: Seconds) -> Span | None:
        """Where a stretch is now in a sound of this length; None where nothing is left of it."""
        first = min(max(self.moment(start), 0.0), length)
        last = min(max(self.moment(end), 0.0), length)
        return Span(first, last) if last > first else None


def known_span(segments: Sequence[Stretch]) -> Span | None:
    """From the first to the last moment in which something is known to be said."""
    starts = [s.start for s in segments] + [w.start for s in segments for w in s.words]
    ends = [s.end for s in segments] + [w.end for s in segments for w in s.words]
    return Span(min(starts), max(ends)) if starts else None


def move(segments: Sequence[Stretch], by: Move, length: Seconds) -> tuple[Stretch, ...]:
    """The same words in the new sound; what lies outside it is left out."""
    moved = ((one, by.within(one.start, one.end, length)) for one in segments)
    return tuple(
        replace(one, start=span.start, end=span.end, words=_move_words(one.words, by, length))
        for one, span in moved
        if span is not None
    )


def _move_words(words: Sequence[TimedWord], by: Move, length: Seconds) -> tuple[TimedWord, ...]:
    moved = ((word, by.within(word.start, word.end, length)) for word in words)
    return tuple(
        replace(word, start=span.start, end=span.end) for word, span in moved if span is not None
    )
