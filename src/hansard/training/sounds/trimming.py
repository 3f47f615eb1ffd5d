"""Which part of a clip is kept, and how much louder it becomes: decisions, apart from effects."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hansard.audio import SAMPLE_RATE, Sound
from hansard.audio.levels import measure_levels
from hansard.models.vad import VadOptions, VoiceDetector, hear
from hansard.training.sounds.writing import blocks_of
from hansard.transcript import Seconds, Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LISTENING = VadOptions(vad_min_speech_ms=30, vad_threshold=0.4)
"""Rather too much is kept than the end of a word cut off."""
_LEVEL_FRAME = 6400
"""0.4 s, a block of ITU-R BS.1770-4, annex 1."""
_ABSOLUTE_GATE = -70.0
_RELATIVE_GATE = 10.0
"""Blocks below these levels (dBFS, and dB below the mean) are pauses, as BS.1770 has it."""
_HEADROOM = -1.0
"""No sample becomes louder than this, in dBFS."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The part of a clip that is kept, in samples from its beginning."""

    first: int
    last: int
    speech: bool
    """False where no speech was heard: then all is kept."""


def clip_of(sound: Sound, start: Seconds, end: Seconds | None) -> Sound:
    """A part of a recording as a Sound of its own, whose clock begins at 0."""
    first = max(0, round((start - sound.start) * SAMPLE_RATE))
    stop = sound.samples if end is None else round((end - sound.start) * SAMPLE_RATE)
    return part_of(sound, first, min(stop, sound.samples))


def part_of(sound: Sound, first: int, last: int) -> Sound:
    """The samples from `first` to `last` as a Sound of its own, whose clock begins at 0."""
    return replace(sound, offset=sound.offset + 2 * first, samples=max(0, last - first), start=0.0)


def listen(
    sound: Sound, detector: VoiceDetector, cancelled: Callable[[], bool]
) -> tuple[Span, ...]:
    """Where there is speech, or may be.

    Raises:
        Cancelled: the caller asked to stop.
    """
    heard = hear(detector.probabilities(sound, cancelled), Span(sound.start, sound.end), _LISTENING)
    return tuple(sorted((*heard.speech, *heard.doubtful)))


def choose(samples: int, speech: Sequence[Span], known: Span | None, pad: Seconds) -> Kept:
    """What is kept of a clip of so many samples: its speech and known words, padded.

    Known words count even where no speech was heard, so that none is ever cut off.
    """
    if not speech:
        return Kept(0, samples, speech=False)
    start = min(span.start for span in (*speech, *((known,) if known else ())))
    end = max(span.end for span in (*speech, *((known,) if known else ())))
    first = max(0, int(np.floor((start - pad) * SAMPLE_RATE)))
    last = min(samples, int(np.ceil((end + pad) * SAMPLE_RATE)))
    return Kept(first, last, speech=True) if last > first else Kept(0, samples, speech=False)


def loudest(sound: Sound) -> float:
    """The level of the loudest 32 ms, in dBFS; -100 for digital silence."""
    return float(measure_levels(sound).max(initial=-100.0))


def measure_speech(sound: Sound) -> float | None:
    """The level of what is no pause, in dBFS; None where all is.

    Gated as in ITU-R BS.1770-4 (without its filter for the ear, which leaves speech as it is within
    a decibel or two, so these are not exactly LUFS).
    """
    power = 10.0 ** (measure_levels(sound, min(_LEVEL_FRAME, max(1, sound.samples))) / 10)
    loud = power[power > _decibels(_ABSOLUTE_GATE)]
    if not len(loud):
        return None
    gated = loud[loud > float(loud.mean()) * _decibels(-_RELATIVE_GATE)]
    return float(10 * np.log10(gated.mean()))


def choose_gain(sound: Sound, level: float) -> float:
    """By how many decibels a sound becomes louder (or quieter) so that its speech has `level`.

    0 where it has no sound; less than needed where its peaks would pass -1 dBFS.
    """
    now = measure_speech(sound)
    if now is None:
        return 0.0
    peak = max((float(np.abs(block).max(initial=0.0)) for block in blocks_of(sound)), default=0.0)
    room = _HEADROOM - 20 * np.log10(max(peak, 1e-6))
    return float(min(level - now, room))


def amplify(samples: "NDArray[np.float32]", decibels: float) -> "NDArray[np.float32]":
    """So much louder. Shape: (n,) -> (n,)."""
    return np.asarray(samples * np.float32(10 ** (decibels / 20)), np.float32)


def _decibels(level: float) -> float:
    """As a ratio of powers."""
    return float(10.0 ** (level / 10))
