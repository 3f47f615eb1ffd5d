"""Whether a transcript is of its sound: what a model is asked, and what is made of the answer."""

from dataclasses import dataclass
from typing import Protocol

from hansard.audio import Sound
from hansard.training.checks.values import Finding, Limits, fail, warn
from hansard.training.manifest import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """How well a transcript fits its sound, by one of two measures."""

    wer: float | None = None
    """Share of words that a recogniser hears otherwise."""
    hypothesis: str | None = None
    """What it hears."""
    confidence: float | None = None
    """Mean confidence of an aligner in the transcript's words; one that is not found counts 0."""
    failure: str = ""
    """Why there is neither."""


class Scorer(Protocol):
    """Compares transcripts with sounds."""

    @property
    def name(self) -> str:
        """The measure and the very model: another name, and everything is scored again."""
        ...

    def score(self, entry: Entry, sound: Sound) -> Match:
        """How well an entry's transcript fits its clip.

        Raises:
            ModelError: the model cannot be had.
        """
        ...


def judge(match: Match, limits: Limits) -> tuple[Finding, ...]:
    """What a score means."""
    if match.failure:
        return (warn("not scored", match.failure),)
    if match.wer is not None and match.wer > limits.max_wer:
        heard = (match.hypothesis or "")[:80] or "nothing"
        message = f"the model hears something else: {heard!r}"
        return (fail("mismatch", message, round(match.wer, 3), limits.max_wer),)
    if match.confidence is not None and match.confidence < limits.min_confidence:
        message = "the transcript's words are not found in the sound"
        return (fail("mismatch", message, round(match.confidence, 3), limits.min_confidence),)
    return ()
