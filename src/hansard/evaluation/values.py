"""What is scored, and what comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from hansard.evaluation.diarisation import DiarisationError
from hansard.evaluation.rates import ErrorRate
from hansard.evaluation.speaker_words import SpeakerWordErrors, TurnWordErrors
from hansard.evaluation.word_times import WordTimeErrors
from hansard.transcript import Seconds, Transcript

Level = Literal["raw", "normalised", "tolerant"]
LEVELS: Final[tuple[Level, ...]] = ("raw", "normalised", "tolerant")
"""`raw`: as written, capitals and punctuation count. `normalised`: by the language's normaliser.
`tolerant`: normalised, and variants of the Bosnian, Croatian and Serbian standards count as one."""

By = Literal["language", "speaker", "length", "noise", "source"]
BY: Final[tuple[By, ...]] = ("language", "speaker", "length", "noise", "source")


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """A stretch of speech: what was said, and what one model heard."""

    id: str
    reference: str
    hypothesis: str
    language: str | None = None
    speaker: str | None = None
    source: str | None = None
    noise: float | None = None
    """Signal-to-noise ratio in dB, where it is known."""
    duration: Seconds | None = None
    audio: Path | None = None
    start: Seconds = 0.0
    """Where it begins in `audio`."""
    seconds: float | None = None
    """How long the model took."""
    reference_transcript: Transcript | None = None
    """The reference with times, words or speakers, where it has them."""
    transcript: Transcript | None = None
    """The same of the hypothesis."""
    failure: str = ""
    """Why the model gave no text; then the hypothesis is empty, and counts as deleted."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two words that stand at the same place; one is None where a word was left out or added."""

    reference: str | None
    hypothesis: str | None
    tolerated: bool = False
    """They differ, and are variants of one word in two standards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """An utterance and its errors."""

    utterance: Utterance
    words: Mapping[Level, ErrorRate]
    characters: Mapping[Level, ErrorRate]
    pairs: tuple[Pair, ...]
    """Normalised words of reference and hypothesis, side by side."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a figure lies with a probability of 95 %, by bootstrap over utterances."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The utterances that share a language, a speaker, a length ..."""

    value: str
    utterances: int
    hours: float | None
    words: Mapping[Level, ErrorRate]
    characters: Mapping[Level, ErrorRate]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """How good one model is on one set of utterances."""

    model: str
    digest: str = ""
    words: Mapping[Level, ErrorRate]
    characters: Mapping[Level, ErrorRate]
    intervals: Mapping[Level, Interval | None]
    """Of the word error rate; None where there are too few utterances."""
    groups: Mapping[By, tuple[Group, ...]]
    """Largest group first; a `By` that no utterance tells of is left out."""
    scored: tuple[Scored, ...]
    hours: float | None = None
    """Of sound, where every utterance tells its length."""
    rtfx: float | None = None
    """Seconds of sound per second of work."""
    invented_words_per_hour: float | None = None
    """Words where the reference has none, per hour of sound."""
    word_times: WordTimeErrors | None = None
    diarisation: DiarisationError | None = None
    speaker_words: SpeakerWordErrors | None = None
    """cpWER."""
    turn_words: TurnWordErrors | None = None
    """DE-WER, of turns of at least three words."""
    failed: int = 0
    """Utterances that the model gave no text for."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Versions and options that it was run with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Whether one model is better than another, on the same utterances."""

    first: str
    second: str
    level: Level
    difference: float
    """Word error rate of the second less that of the first: negative where the second is better."""
    interval: Interval | None
    p_value: float | None
    """How often a difference at least so large comes by chance, if the models are as good as each
    other; None where there are too few utterances to tell."""
    corrected: float | None = None
    """The same where several models are compared with the first: after Holm's correction."""

    @property
    def is_significant(self) -> bool:
        """Whether the difference stands at the level of 5 %."""
        value = self.p_value if self.corrected is None else self.corrected
        return value is not None and value < 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """One or more models on the same utterances."""

    run: str
    created: str
    """ISO 8601, UTC."""
    scores: tuple[Scores, ...]
    comparisons: tuple[Comparison, ...] = ()
