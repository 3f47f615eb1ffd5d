"""What was read in the windows of a recording: pure values and choices between them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hansard.models.engines import DecodeOptions, Hypothesis, Window
from hansard.pipeline.guard import Reason, Verdict
from hansard.pipeline.options import GuardOptions
from hansard.transcript import Seconds, Word

INVENTED = frozenset({Reason.SILENT, Reason.UNSURE})
"""Together these mean that nothing was said (openai-whisper skips such windows too)."""
LOOPING = frozenset({Reason.LOOP, Reason.REPETITIVE, Reason.CUT_OFF, Reason.TOO_FAST})
WANTING = frozenset({Reason.EMPTY, Reason.TOO_SLOW})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read in one window, and how it came about."""

    window: Window
    hypothesis: Hypothesis
    verdict: Verdict
    words: tuple[Word, ...] = ()
    temperature: float = 0.0
    remedy: str | None = None
    """What brought this text about; None = the first decoding."""
    doubts: tuple[Reason, ...] = ()
    """What spoke against the first decoding."""
    tried: tuple[str, ...] = ()
    """Remedies, in the order in which they were tried."""

    @property
    def invented(self) -> bool:
        """True where the evidence says that nothing was said here."""
        return set(self.verdict.reasons) >= INVENTED


@dataclass(frozen=True, slots=True)
class Group:
    """Windows that are decoded together and stored when they are finished."""

    first: int
    """Its first window's place in the plan."""
    windows: int
    """How many planned windows it holds."""
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Before:
    """What an earlier run of the same recording and options leaves to the next one."""

    groups: Sequence[Group] = ()
    longest_group: Seconds | None = None
    """How many seconds of windows are finished together at most, so that a listener hears and
    stores them in time; None = as many as suit the engine."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """Another way to decode a window that failed its guards."""

    name: str
    options: DecodeOptions
    reasons: frozenset[Reason]
    """It is tried where one of these spoke against the text."""


def remedies(options: DecodeOptions) -> tuple[Remedy, ...]:
    """The ways to ask the same batch again that always give the same text, the likeliest first."""
    every = frozenset(Reason)
    ladder: list[Remedy] = []
    if (options.beam_size or 1) < 5 and not options.temperature:
        ladder.append(Remedy("beam search", replace(options, beam_size=5), every))
    unrepeated = replace(options, no_repeat_ngram_size=3, repetition_penalty=1.1)
    ladder.append(Remedy("no repeated phrases", unrepeated, LOOPING))
    other = replace(options, timestamps=not options.timestamps)
    name = "with timestamps" if other.timestamps else "without timestamps"
    ladder.append(Remedy(name, other, WANTING | LOOPING | {Reason.UNSURE}))
    return tuple(ladder)


def samplings(options: DecodeOptions, guards: GuardOptions) -> tuple[Remedy, ...]:
    """Sampling at rising temperatures, where it was asked for."""
    step = guards.temperature_increment_on_fallback
    if step is None:
        return ()
    begin = options.temperature or 0.0
    heights = [round(begin + step * n, 3) for n in range(1, int((1.0 - begin) / step + 1e-6) + 1)]
    return tuple(
        Remedy(f"sampling at {height}", replace(options, temperature=height), frozenset(Reason))
        for height in heights
    )


def choose(attempts: Sequence[Reading]) -> Reading:
    """The attempt with the fewest reasons against it, then the likeliest, then the earliest."""

    def rank(attempt: Reading) -> tuple[int, float]:
        sure = attempt.hypothesis.avg_logprob
        return len(attempt.verdict.reasons), -(sure if sure is not None else 0.0)

    return min(attempts, key=rank)
