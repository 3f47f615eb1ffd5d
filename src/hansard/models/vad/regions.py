"""From speech probabilities, one a frame, to stretches of speech."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from hansard.models.vad.options import VadOptions
from hansard.transcript import Seconds, Span
from hansard.transcript.spans import intersect, merge, subtract

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from hansard.audio import Sound

FRAME: Seconds = 0.032
"""The length of a frame in seconds: 512 samples at 16 kHz."""

HYSTERESIS = 0.15
"""Speech goes on until the probability falls this far below the threshold, as in Silero's code."""

DOUBTFUL_SECONDS: Seconds = 0.3
"""A stretch of middling probability must last this long to be worth a reader's notice."""


class VoiceDetector(Protocol):
    """Hears how likely each moment is speech."""

    def probabilities(
        self, sound: "Sound", cancelled: "Callable[[], bool]"
    ) -> "NDArray[np.float32]":
        """The probability of speech in each frame of `FRAME` seconds; shape (frames,)."""
        ...


@dataclass(frozen=True, slots=True)
class Heard:
    """What the detector heard, on the recording's clock."""

    speech: tuple[Span, ...]
    """Stretches of speech, not padded."""
    doubtful: tuple[Span, ...]
    """Stretches that may be speech and are not in `speech`: too short, or too unsure."""
    probabilities: "NDArray[np.float32]"
    """One a frame, from `start` on."""
    start: Seconds


def hear(probabilities: "NDArray[np.float32]", bounds: Span, options: VadOptions) -> Heard:
    """Group frames into stretches of speech.

    A stretch begins where the probability reaches the threshold and ends where it has stayed
    below the threshold minus `HYSTERESIS` for the minimum silence. `bounds` is the sound's place on
    the recording's clock: the first frame begins with it, and the last may reach beyond it.
    """
    start = bounds.start
    threshold = options.vad_threshold
    active = _latch(probabilities, threshold, max(threshold - HYSTERESIS, 0.01))
    stretches = merge(_runs(active, start), gap=options.vad_min_silence_ms / 1000)
    shortest = options.vad_min_speech_ms / 1000
    speech = tuple(span for span in stretches if span.duration >= shortest)
    islands = tuple(span for span in stretches if span.duration < shortest)
    middling = _runs(probabilities >= threshold / 2, start)
    unsure = (
        span for span in subtract(merge(middling), speech) if span.duration >= DOUBTFUL_SECONDS
    )
    inside = (bounds,)
    doubtful = intersect(merge((*islands, *unsure)), inside)
    return Heard(intersect(speech, inside), doubtful, probabilities, start)


def _latch(probabilities: "NDArray[np.float32]", begin: float, keep: float) -> "NDArray[np.bool_]":
    """True from a frame that reaches `begin` for as long as frames stay at or above `keep`."""
    kept = probabilities >= keep
    edges = np.flatnonzero(np.diff(kept, prepend=False, append=False))
    active = np.zeros(len(probabilities), dtype=bool)
    for first, last in edges.reshape(-1, 2):
        starts = np.flatnonzero(probabilities[first:last] >= begin)
        if len(starts):
            active[first + starts[0] : last] = True
    return active


def _runs(active: "NDArray[np.bool_]", start: Seconds) -> tuple[Span, ...]:
    edges = np.flatnonzero(np.diff(active, prepend=False, append=False)).reshape(-1, 2)
    return tuple(
        Span(start + float(first) * FRAME, start + float(last) * FRAME) for first, last in edges
    )
