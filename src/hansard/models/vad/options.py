"""How speech is told from the rest."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Interval


@dataclass(frozen=True, kw_only=True)
class VadOptions:
    """How speech is told from the rest."""

    vad: bool = True
    """Decode only where speech is heard; without it everything is decoded, and text where no speech
    was heard is flagged."""
    vad_threshold: Annotated[float, Interval(gt=0, lt=1)] = 0.5
    """How sure the detector must be that a moment is speech, 0 to 1."""
    vad_min_silence_ms: Annotated[int, Interval(ge=0, le=10_000)] = 500
    """A pause shorter than this many milliseconds does not end a stretch of speech."""
    vad_min_speech_ms: Annotated[int, Interval(ge=0, le=10_000)] = 100
    """A stretch of speech shorter than this many milliseconds is reported, not decoded."""
    vad_padding_ms: Annotated[int, Interval(ge=0, le=5_000)] = 400
    """How much sound around speech is decoded with it, in milliseconds."""
