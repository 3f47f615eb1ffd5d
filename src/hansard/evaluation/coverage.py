"""What a transcript lost and what it made up, judged against the truth."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hansard.transcript import Seconds, Span, Word
from hansard.transcript.diff import align_words
from hansard.transcript.spans import intersect, merge, total


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventions:
    """Words that were written where nobody spoke."""

    words: tuple[Word, ...]
    silence: Seconds
    """How much of the recording holds no speech."""

    @property
    def per_hour(self) -> float | None:
        """Invented words per hour without speech; None where words were invented in no time."""
        if not self.words:
            return 0.0
        return len(self.words) * 3600 / self.silence if self.silence > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LostWord:
    """A word of the reference that the hypothesis does not have in its place."""

    position: int
    """Its index among the reference words."""
    text: str
    heard: str | None
    """What the hypothesis has instead; None = nothing."""


def invented_words(
    words: Iterable[Word], speech: Iterable[Span], duration: Seconds, *, tolerance: Seconds = 0.5
) -> Inventions:
    """The words whose middle lies more than `tolerance` seconds away from all true speech.

    `speech` is what was truly spoken, in any order; `duration` is the recording's. Words timed
    after its end count unless speech is near.
    """
    spoken = merge(speech)
    near = merge(Span(span.start - tolerance, span.end + tolerance) for span in spoken)
    return Inventions(
        words=tuple(word for word in words if not _holds(near, (word.start + word.end) / 2)),
        silence=duration - total(intersect(spoken, (Span(0.0, duration),))),
    )


def lost_words(reference: Sequence[str], hypothesis: Sequence[str]) -> tuple[LostWord, ...]:
    """The reference words that a shortest alignment does not keep, in order.

    Both sides are words as `split_words` gives them, normalised alike.
    """
    return tuple(
        LostWord(
            position=edit.reference,
            text=reference[edit.reference],
            heard=None if edit.hypothesis is None else hypothesis[edit.hypothesis],
        )
        for edit in align_words(reference, hypothesis)
        if edit.kind != "equal" and edit.reference is not None
    )


def _holds(spans: Sequence[Span], moment: Seconds) -> bool:
    """Whether the moment lies in one of the spans, which are in order and free of overlaps."""
    before = bisect_right(spans, moment, key=lambda span: span.start)
    return before > 0 and moment <= spans[before - 1].end
