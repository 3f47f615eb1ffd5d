"""What makes a clip sound otherwise without moving its words: pure functions.

Every function takes samples (float32, 16 kHz, shape (n,)) and gives as many; what is drawn by lot
comes from the generator that it is given.
"""

from typing import TYPE_CHECKING, Literal

import numpy as np

from hansard.audio import SAMPLE_RATE
from hansard.transcript import Seconds

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

Colour = Literal["white", "pink", "brown"]
Law = Literal["mu", "a", "none"]

FLOOR = 1e-4
"""The power that counts as that of speech where a clip is silent: -40 dBFS."""
_STEP = 320
_PAUSE = 1e-3
"""Frames of 20 ms that are 30 dB below the loudest one are pauses."""
_LOWEST = 30.0
"""Hz below which coloured noise does not become louder any more."""
_MU, _A = 255.0, 87.6
"""ITU-T G.711."""


def speech_power(samples: "Samples") -> float:
    """The mean power of frames that are no pauses; `FLOOR` for silence."""
    if not len(samples):
        return FLOOR
    whole = len(samples) // _STEP * _STEP
    frames = samples[:whole].reshape(-1, _STEP) if whole else samples[None, :]
    power = np.einsum("ij,ij->i", frames, frames, dtype=np.float64) / frames.shape[1]
    top = float(power.max(initial=0.0))
    return float(power[power >= top * _PAUSE].mean()) if top > 1e-10 else FLOOR


def make_noise(count: int, colour: Colour, rng: "Generator") -> "Samples":
    """Noise of mean power 1 (about): white, pink (power 1/f) or brown (1/f²). Shape: (count,)."""
    if colour == "white":
        return rng.standard_normal(count, dtype=np.float32)
    from scipy.fft import irfft, next_fast_len, rfftfreq

    size = next_fast_len(max(count, 2), real=True)
    hertz = np.maximum(rfftfreq(size, 1 / SAMPLE_RATE), _LOWEST).astype(np.float32)
    shape = 1 / np.sqrt(hertz) if colour == "pink" else 1 / hertz
    shape /= np.sqrt(np.mean(np.square(shape)))
    parts = rng.standard_normal((2, len(hertz)), dtype=np.float32) * shape
    noise = irfft(parts[0] + 1j * parts[1], n=size)[:count]
    return np.asarray(noise * np.float32(np.sqrt(size / 2)), np.float32)


def add_noise(samples: "Samples", noise: "Samples", snr: float) -> "Samples":
    """The clip with noise that is `snr` decibels below its speech.

    Noise that is silence adds nothing.
    """
    power = float(np.dot(noise, noise)) / max(len(noise), 1)
    if power < 1e-12:
        return samples
    scale = np.sqrt(speech_power(samples) / power / 10 ** (snr / 10))
    return np.asarray(samples + np.float32(scale) * noise, np.float32)


def make_response(rt60: Seconds, direct: float, rng: "Generator") -> "Samples":
    """A room: the direct sound, and noise that decays by 60 dB in `rt60` seconds.

    After Moorer (1979), "About this reverberation business". `direct` is by how many decibels the
    direct sound, which is the first sample, is above all that follows. Shape: (n,).
    """
    count = max(2, round(rt60 * SAMPLE_RATE))
    tail = rng.standard_normal(count, dtype=np.float32)
    times = np.arange(count, dtype=np.float32) / SAMPLE_RATE
    tail *= np.exp(np.float32(-3 * np.log(10) / rt60) * times)
    tail[: int(rng.uniform(0.001, 0.006) * SAMPLE_RATE)] = 0.0  # until the nearest wall answers
    energy = float(np.dot(tail, tail))
    tail *= np.float32(np.sqrt(10 ** (-direct / 10) / max(energy, 1e-12)))
    tail[0] = 1.0
    return tail


def line_up(response: "Samples") -> "Samples":
    """A measured impulse response without the delay before its direct sound, which becomes 1."""
    peak = int(np.argmax(np.abs(response)))
    return np.asarray(response[peak:] / response[peak], np.float32)


def reverberate(samples: "Samples", response: "Samples") -> "Samples":
    """The clip in a room, as loud as before; what sounds after its end is cut off."""
    from scipy.signal import fftconvolve

    wet = fftconvolve(samples, response)[: len(samples)].astype(np.float32)
    scale = np.sqrt(speech_power(samples) / speech_power(wet))
    return np.asarray(wet * np.float32(scale), np.float32)


def telephone(samples: "Samples", low: float, high: float, law: Law) -> "Samples":
    """The clip through a telephone: 8 kHz, a band of frequencies, G.711's 8 bits a sample.

    As loud as before; the 8 bits are those of a line that is used to its full range.
    """
    from scipy.signal import butter, resample_poly, sosfiltfilt

    if len(samples) < 64:
        return samples
    narrow = resample_poly(samples, 1, 2)
    # forth and back, so that no frequency comes late
    narrow = sosfiltfilt(butter(3, (low, high), "bandpass", fs=8000, output="sos"), narrow)
    peak = float(np.abs(narrow).max(initial=0.0))
    if peak < 1e-7:
        return samples * np.float32(0.0)
    heard = compand(np.asarray(narrow / peak, np.float32), law) * np.float32(peak)
    return np.asarray(resample_poly(heard, 2, 1)[: len(samples)], np.float32)


def compand(samples: "Samples", law: Law) -> "Samples":
    """Samples rounded to 8 bits on a logarithmic scale: G.711's mu-law or A-law, as curves."""
    if law == "none":
        return samples
    size = np.abs(samples)
    if law == "mu":
        coded = np.rint(np.log1p(_MU * size) / np.log1p(_MU) * 127) / 127
        heard = np.expm1(coded * np.log1p(_MU)) / _MU
    else:
        whole = 1 + np.log(_A)
        linear = size < 1 / _A
        coded = np.where(linear, _A * size, 1 + np.log(np.maximum(_A * size, 1))) / whole
        coded = np.rint(coded * 127) / 127 * whole
        heard = np.where(coded < 1, coded, np.exp(coded - 1)) / _A
    return np.asarray(np.copysign(heard, samples), np.float32)


def narrow_band(samples: "Samples", rate: int) -> "Samples":
    """The clip as it sounds after it was kept at a lower sample rate."""
    from math import gcd

    from scipy.signal import resample_poly

    common = gcd(rate, SAMPLE_RATE)
    up, down = rate // common, SAMPLE_RATE // common
    small = resample_poly(samples, up, down)
    return np.asarray(resample_poly(small, down, up)[: len(samples)], np.float32)


def lose_detail(samples: "Samples", kept: float) -> "Samples":
    """The clip with only the loudest share of its frequencies, 32 ms by 32 ms.

    It sounds as MP3 of a very low bit rate does (holes and chirps), and is no real codec.
    """
    from hansard.training.sounds.stretching import from_spectrum, to_spectrum

    spectrum = to_spectrum(samples)
    sizes = np.square(spectrum.real) + np.square(spectrum.imag)
    cut = sizes.shape[1] - max(1, round(kept * sizes.shape[1]))
    if cut > 0:
        limits = np.partition(sizes, cut, axis=1)[:, cut]
        spectrum = np.where(sizes >= limits[:, None], spectrum, 0)
    return from_spectrum(spectrum, len(samples))


def amplify(samples: "Samples", decibels: float) -> "Samples":
    """The clip so much louder; what is too loud for the medium is cut off, as in a recorder."""
    louder = samples * np.float32(10 ** (decibels / 20))
    return np.asarray(np.clip(louder, -1.0, 1.0), np.float32)


def clip_peaks(samples: "Samples", share: float) -> "Samples":
    """The clip with this share of its samples cut off at the top."""
    if not len(samples):
        return samples
    size = np.abs(samples)
    place = min(len(size) - 1, max(0, round((1 - share) * len(size))))
    limit = max(float(np.partition(size, place)[place]), 1e-6)
    return np.asarray(np.clip(samples, -limit, limit), np.float32)
