"""What may be asked of the pipeline, beyond engine and detector."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Interval

from hansard.models.alignment import AlignmentOptions
from hansard.models.engines import DecodeOptions
from hansard.models.speakers import SpeakerOptions
from hansard.models.vad import VadOptions
from hansard.transcript import Seconds


@dataclass(frozen=True, kw_only=True)
class LanguageOptions:
    """Which language is spoken."""

    language: str | None = None
    """The language spoken, as a code or an English name; by default it is detected."""
    language_windows: Annotated[int, Interval(ge=1, le=32)] = 4
    """How many windows, spread over the recording, the detection listens to."""
    language_floor: Annotated[float, Interval(ge=0, le=1)] = 0.5
    """Below this probability the detected language is reported as unsure."""


@dataclass(frozen=True, kw_only=True)
class ContextOptions:
    """What the model is told beforehand."""

    initial_prompt: str = ""
    """Text that every window is decoded after: names, spelling, style."""
    hotwords: str = ""
    """Words to listen for; they are put before the initial prompt."""
    condition_on_previous_text: bool = False
    """Decode each window after the text before it; one window at a time, so slower, and a loop in
    one window can spread to the next."""


@dataclass(frozen=True, kw_only=True)
class PlanOptions:
    """How a recording is cut into windows."""

    window: Annotated[Seconds | None, Interval(ge=1, le=3600)] = None
    """The longest window in seconds; by default what the model reads best."""
    word_timestamps: bool = True
    """Find out when each word was said."""


@dataclass(frozen=True, kw_only=True)
class GuardOptions:
    """When a window is decoded again; the thresholds are openai-whisper's where it has them."""

    guards: bool = True
    """Judge each window and decode doubtful ones again."""
    compression_ratio_threshold: Annotated[float, Interval(gt=0, le=20)] = 2.4
    """Text that compresses better than this repeats itself."""
    logprob_threshold: Annotated[float, Interval(ge=-20, le=0)] = -1.0
    """A mean token log-probability below this is doubtful."""
    no_speech_threshold: Annotated[float, Interval(ge=0, le=1)] = 0.6
    """Above this no-speech probability, doubtful text is taken as invented."""
    fastest_speech: Annotated[float, Interval(ge=5, le=200)] = 32.0
    """More characters than this to a second of speech cannot have been said."""
    slowest_speech: Annotated[float, Interval(ge=0, le=10)] = 3.5
    """Fewer characters than this to a second of speech: something is missing."""
    longest_gap: Annotated[Seconds, Interval(ge=0.2, le=30)] = 1.2
    """Speech without words for longer than this many seconds is decoded again."""
    temperature_increment_on_fallback: Annotated[float | None, Interval(gt=0, le=1)] = None
    """Sample at rising temperatures when every other remedy failed; the text may then differ from
    run to run, so it is off by default."""


@dataclass(frozen=True, kw_only=True)
class PipelineOptions(
    DecodeOptions,
    VadOptions,
    LanguageOptions,
    ContextOptions,
    PlanOptions,
    GuardOptions,
    AlignmentOptions,
    SpeakerOptions,
):
    """All that `run` needs to know."""
