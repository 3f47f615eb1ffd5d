"""What can be measured of a clip's samples, as pure figures: level, clipping, bandwidth, noise.

All samples are float32 in -1 to 1 at 16 kHz, as a model hears them; so no figure can tell of
anything above 8 kHz.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hansard.audio import SAMPLE_RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

SILENT = -100.0
"""What digital silence counts as, in decibels of full scale."""
CLEAN = 80.0
"""Decibels above which nothing is told of noise: below it lie the steps of 16 bits."""
FRAME = 512
"""Samples of a frame: those of the voice detector."""
FULL = 0.999
NEAR_PEAK = 0.985
REACH = 55.0
"""A frequency is there if its level is at most so many decibels below the loudest one's.
Of 60 dB the filters that resample leave traces, of 50 dB a far voice seems to have no hiss."""
QUIET_FRAMES = 8
"""Frames that must be free of speech for the noise to be measured in them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The figures of one clip."""

    seconds: float
    level: float
    """Root mean square in decibels of full scale."""
    peak: float
    """The largest sample, 0 to 1."""
    dc: float
    """The mean of all samples, -1 to 1."""
    full_scale: float
    """Share of samples at full scale."""
    flat: float
    """Share of samples at the clip's own peak: many where its tops were cut off."""
    bandwidth: float
    """Up to which frequency there is sound, in Hz; 8000 = all that can be told."""
    speech: float
    """Seconds in which the detector hears speech."""
    snr: float | None
    """Speech to noise in decibels, at most `CLEAN`; None where it cannot be told."""

    @property
    def speech_share(self) -> float:
        """The share of the clip in which somebody speaks."""
        return self.speech / self.seconds if self.seconds else 0.0


def measure(samples: "NDArray[np.float32]", speech: "NDArray[np.bool_] | None" = None) -> Heard:
    """Measure a clip; `speech` says of each frame of 512 samples whether somebody speaks.

    Without `speech`, frames are told apart by their level, which is rougher. `samples` is of shape
    (n,), `speech` of shape (frames,).
    """
    count = len(samples)
    peak = float(np.abs(samples).max(initial=0.0))
    mean = float(samples.mean(dtype=np.float64)) if count else 0.0
    levels = frame_levels(samples)
    spoken = by_level(levels) if speech is None else fit_frames(speech, len(levels))
    return Heard(
        seconds=count / SAMPLE_RATE,
        level=_decibels(float(np.square(samples, dtype=np.float64).mean()) if count else 0.0),
        peak=peak,
        dc=mean,
        full_scale=_share(samples, FULL) if peak >= FULL else 0.0,
        flat=_share(samples, NEAR_PEAK * peak) if peak else 0.0,
        bandwidth=measure_bandwidth(samples),
        speech=float(spoken.sum()) * FRAME / SAMPLE_RATE,
        snr=measure_snr(levels, spoken),
    )


def frame_levels(samples: "NDArray[np.float32]") -> "NDArray[np.float64]":
    """The mean power of each whole frame of 512 samples; shape (frames,)."""
    whole = len(samples) // FRAME * FRAME
    frames = samples[:whole].reshape(-1, FRAME).astype(np.float64)
    centred = frames - frames.mean(axis=1, keepdims=True)
    return np.asarray(np.square(centred).mean(axis=1))


def by_level(power: "NDArray[np.float64]") -> "NDArray[np.bool_]":
    """Which frames are loud: within 25 dB of the loudest twentieth, and no digital silence."""
    if not len(power):
        return np.zeros(0, dtype=bool)
    loud = float(np.quantile(power, 0.95))
    return np.asarray((power > loud * 10**-2.5) & (power > 1e-9))


def fit_frames(speech: "NDArray[np.bool_]", frames: int) -> "NDArray[np.bool_]":
    """As many flags as there are whole frames; shape (frames,)."""
    fitted = np.zeros(frames, dtype=bool)
    fitted[: len(speech)] = speech[:frames]
    return fitted


def measure_snr(power: "NDArray[np.float64]", speech: "NDArray[np.bool_]") -> float | None:
    """Speech to noise in decibels, from the power of frames with and without speech.

    The noise is the median of frames without speech; where there are too few of them, the quietest
    twentieth of all, which a clip without pauses makes too loud. None where nobody speaks.
    """
    if not speech.any():
        return None
    quiet = power[~_widened(speech)]
    noise = (
        float(np.median(quiet)) if len(quiet) >= QUIET_FRAMES else float(np.quantile(power, 0.05))
    )
    loud = float(power[speech].mean())
    signal = max(loud - noise, 1e-3 * loud)
    return round(min(CLEAN, 10 * float(np.log10(signal / max(noise, 1e-12)))), 1)


def measure_bandwidth(samples: "NDArray[np.float32]") -> float:
    """Up to which frequency there is sound, in Hz.

    The level of each frequency is that of the loudest twentieth of frames, so that a few hissing
    sounds show what the recording can carry.
    """
    whole = len(samples) // FRAME
    if whole < 2:
        return 0.0
    frames = samples[: whole * FRAME].reshape(-1, FRAME) * np.hanning(FRAME).astype(np.float32)
    power = np.square(np.abs(np.fft.rfft(frames, axis=1)))
    level = 10 * np.log10(np.quantile(power, 0.95, axis=0) + 1e-12)
    level[:4] = -120.0
    there = np.flatnonzero(level >= level.max() - REACH)
    if level.max() <= -60 or not len(there):
        return 0.0
    return float(there[-1]) * SAMPLE_RATE / FRAME


def _widened(speech: "NDArray[np.bool_]") -> "NDArray[np.bool_]":
    """Speech with a frame on both sides: words fade in and out."""
    wide = speech.copy()
    wide[1:] |= speech[:-1]
    wide[:-1] |= speech[1:]
    return wide


def _share(samples: "NDArray[np.float32]", limit: float) -> float:
    return float((np.abs(samples) >= limit).mean())


def _decibels(power: float) -> float:
    return round(max(SILENT, 10 * float(np.log10(power + 1e-12))), 1)
