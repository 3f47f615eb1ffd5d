"""What makes a clip faster, slower, higher or lower: pure functions on float32 at 16 kHz.

Tempo and pitch are changed by a phase vocoder: Flanagan and Golden (1966), "Phase vocoder"; with
every frame's phases advanced as in Laroche and Dolson (1999), "Improved phase vocoder time-scale
modification of audio", without their locking of phases.
"""

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]
    Spectrum = NDArray[np.complex64]

SIZE = 512
"""32 ms: two periods of a low voice."""
HOP = SIZE // 4
_FINEST = 64
"""Ratios of sample rates are of numbers up to this, as the filter is as long as they are large."""


def near_ratio(rate: float) -> Fraction:
    """The ratio of small numbers that comes next to a rate."""
    return Fraction(rate).limit_denominator(_FINEST)


def change_speed(samples: "Samples", rate: Fraction) -> "Samples":
    """The clip played `rate` times as fast, and so higher; it becomes n / rate samples long."""
    from scipy.signal import resample_poly

    if rate == 1 or not len(samples):
        return samples
    changed = resample_poly(samples, rate.denominator, rate.numerator)
    return fit(np.asarray(changed, np.float32), round(len(samples) / rate))


def change_tempo(samples: "Samples", rate: float) -> "Samples":
    """The clip spoken `rate` times as fast, as high as before; n / rate samples long."""
    if rate == 1 or not len(samples):
        return samples
    spectrum = to_spectrum(samples)
    count = round(len(samples) / rate)
    steps = np.arange(frames_of(count)) * rate
    before = np.minimum(steps.astype(np.intp), len(spectrum) - 1)
    after = np.minimum(before + 1, len(spectrum) - 1)
    part = (steps - before).clip(0, 1).astype(np.float32)[:, None]
    sizes = np.abs(spectrum)
    sizes = (1 - part) * sizes[before] + part * sizes[after]
    phases = _advance(np.angle(spectrum).astype(np.float32), before, after)
    return from_spectrum(np.asarray(sizes * np.exp(1j * phases), np.complex64), count)


def _advance(
    angles: "NDArray[np.float32]", before: "NDArray[np.intp]", after: "NDArray[np.intp]"
) -> "NDArray[np.float32]":
    """The phases of frames that are taken from between those of `before` and `after`."""
    turn = np.float32(2 * np.pi)
    expected = (turn * HOP / SIZE * np.arange(angles.shape[1])).astype(np.float32)
    step = angles[after] - angles[before] - expected
    step -= turn * np.rint(step / turn)
    step += expected
    step[after == before] = expected
    phases = np.empty_like(step)
    phases[0] = angles[before[0]]
    # summed as doubles: an hour's worth of phases needs the digits
    sums = np.cumsum(step[:-1], axis=0, dtype=np.float64) + phases[0]
    phases[1:] = np.remainder(sums, 2 * np.pi)
    return phases


def change_pitch(samples: "Samples", semitones: float) -> "Samples":
    """The clip higher by so many semitones, as long as before."""
    ratio = near_ratio(2 ** (semitones / 12))
    if ratio == 1 or not len(samples):
        return samples
    longer = change_tempo(samples, float(1 / ratio))
    return fit(change_speed(longer, ratio), len(samples))


def frames_of(count: int) -> int:
    """How many frames so many samples have; the middle of the first is the first sample."""
    return -(-count // HOP) + 1


def to_spectrum(samples: "Samples") -> "Spectrum":
    """Short-time spectra, Hann windows of 32 ms every 8 ms. Shape: (frames, 257)."""
    from scipy.fft import rfft

    frames = frames_of(len(samples))
    padded = np.zeros((frames - 1) * HOP + SIZE, np.float32)
    padded[SIZE // 2 : SIZE // 2 + len(samples)] = samples
    rows = np.lib.stride_tricks.sliding_window_view(padded, SIZE)[::HOP]
    return np.asarray(rfft(rows * _window(), axis=1), np.complex64)


def from_spectrum(spectrum: "Spectrum", count: int) -> "Samples":
    """The samples of short-time spectra, `count` of them: overlapped and added. Shape: (count,)."""
    from scipy.fft import irfft

    rows = np.asarray(irfft(spectrum, n=SIZE, axis=1), np.float32) * _window()
    total = np.zeros((len(rows) + 3, HOP), np.float32)
    weight = np.zeros_like(total)
    squares = np.square(_window()).reshape(4, HOP)
    for part in range(4):
        total[part : part + len(rows)] += rows[:, part * HOP : (part + 1) * HOP]
        weight[part : part + len(rows)] += squares[part]
    whole = np.asarray(total / np.maximum(weight, 1e-3), np.float32).reshape(-1)
    return fit(whole[SIZE // 2 :], count)


def _window() -> "Samples":
    turns = np.arange(SIZE, dtype=np.float32) * np.float32(2 * np.pi / SIZE)
    return np.asarray(0.5 - 0.5 * np.cos(turns), np.float32)


def fit(samples: "Samples", count: int) -> "Samples":
    """Cut or padded with silence to so many samples."""
    if len(samples) >= count:
        return samples[:count]
    return np.pad(samples, (0, count - len(samples)))


def quiet_start(samples: "Samples") -> int:
    """How many samples pass before anything is louder than 30 dB below the loudest."""
    loud = np.flatnonzero(np.abs(samples) > 0.0316 * np.abs(samples).max(initial=0.0))
    return int(loud[0]) if len(loud) else len(samples)
