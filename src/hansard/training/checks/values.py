"""What a check finds, and where its limits lie."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from hansard.training.manifest import Entry
from hansard.transcript import Seconds

Severity = Literal["error", "warning", "note"]
"""`error`: a model must not learn from the entry. `warning`: somebody should look. `note`: good to
know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong with an entry."""

    kind: str
    """One of `hansard.training.checks.advice.ADVICE`."""
    severity: Severity
    message: str
    value: float | str | None = None
    """What was measured."""
    limit: float | str | None = None
    """What is allowed."""
    fixed: bool = False
    """Whether it is put right in what is written; then it counts as a note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """An entry of a manifest, or a line that is none, and what is wrong with it."""

    line: int
    """From 1."""
    id: str | None
    findings: tuple[Finding, ...] = ()
    measures: Mapping[str, Any] = field(default_factory=dict)
    entry: Entry | None = None
    """As it can be used: with its measured duration, and put right where that was asked for."""

    @property
    def is_good(self) -> bool:
        """Whether a model may learn from it."""
        return self.entry is not None and not any(f.severity == "error" for f in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is allowed; `error` where beyond it a model cannot learn, else a warning."""

    max_seconds: Seconds = 30.0
    """Longer clips do not fit into a model's window (error)."""
    min_seconds: Seconds = 0.3
    """Shorter clips hold no words (error)."""
    max_tokens: int = 448
    """Longer transcripts do not fit into a model's memory, its own marks included (error)."""
    max_deviation: Seconds = 0.2
    """How far a declared length, or a clip's end, may be off."""
    min_rate: int = 8000
    """Recordings with fewer samples a second are refused (error)."""
    min_speech: Seconds = 0.1
    """Less speech than this is silence (error where there is a transcript)."""
    min_speech_share: float = 0.2
    """A smaller part of speech is mostly silence."""
    max_clipping: float = 0.002
    """Share of samples at full scale, or at a clip's own peak."""
    min_level: float = -45.0
    """Mean level in decibels of full scale."""
    max_dc: float = 0.01
    """How far the mean of all samples may lie from zero."""
    min_bandwidth: float = 4800.0
    """Hz up to which there must be sound; telephones carry about 3400."""
    min_snr: float = 10.0
    """Speech to noise, in decibels."""
    max_characters: float = 25.0
    """Letters and digits to a second of speech."""
    min_characters: float = 3.0
    """Fewer to a second: something said is not written."""
    max_words: float = 6.0
    """Words to a second of speech."""
    max_repeats: int = 3
    """On so many different sounds the same transcript of three or more words may be."""
    max_wer: float = 0.6
    """With `--score engine`: share of words that the model hears otherwise (error)."""
    min_confidence: float = 0.3
    """With `--score ctc`: mean confidence of the transcript's words, 0 to 1 (error)."""


def note(kind: str, message: str, value: float | str | None = None) -> Finding:
    """A finding that is good to know."""
    return Finding(kind=kind, severity="note", message=message, value=value)


def warn(
    kind: str, message: str, value: float | str | None = None, limit: float | str | None = None
) -> Finding:
    """A finding that somebody should look at."""
    return Finding(kind=kind, severity="warning", message=message, value=value, limit=limit)


def fail(
    kind: str, message: str, value: float | str | None = None, limit: float | str | None = None
) -> Finding:
    """A finding that keeps a model from learning."""
    return Finding(kind=kind, severity="error", message=message, value=value, limit=limit)
