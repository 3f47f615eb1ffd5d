"""What the baseline hears of a voice: its spectrum and its pitch, 50 times a second.

Mel-frequency cepstra after Davis and Mermelstein (1980); pitch and harmonicity from the
autocorrelation divided by that of the window, after Boersma (1993). Sound is read a block at a
time; what is kept of it takes 10 MB for an hour of speech.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy import fft

from hansard.audio import SAMPLE_RATE, Sound
from hansard.errors import Cancelled
from hansard.models.speakers.protocol import Watch
from hansard.transcript import Seconds, Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOP = 320
"""Samples from one frame to the next: 20 ms."""
FRAME: Seconds = HOP / SAMPLE_RATE
"""Seconds from one frame to the next."""
BLOCK = 500
"""Frames a block: 10 s, which take some 15 MB while they are worked on."""
SPECTRUM = 512
"""Samples (32 ms) of a frame's spectrum."""
PERIODS = 1024
"""Samples (64 ms) in which a frame's pitch is looked for: nearly four periods at 60 Hz."""
REACH = PERIODS // 2
"""Samples that are read on both sides of a block."""
EMPHASIS = 0.97
MELS = 30
CEPSTRA = 19
"""Cepstra 1 to 19; the one before them is loudness, which says where a microphone stood."""
LOWEST_HZ, HIGHEST_HZ = 80.0, 7600.0
PITCH_HZ = (60.0, 420.0)
LAG_RATE = 8000
"""Autocorrelation is computed from the spectrum below half this rate."""
OCTAVE_COST = 0.035
"""What a pitch lower by an octave must exceed in harmonicity, to make up for sampled peaks."""
FLOOR = 1e-6
"""Energy added to each mel band: about that of rounding to 16 bits."""


@dataclass(frozen=True, slots=True)
class Frames:
    """Frames of speech in order of time; frame i lies around `(i + 0.5) * FRAME` seconds."""

    index: "NDArray[np.int64]"
    """Counted from the start of the sound; shape (n,)."""
    cepstra: "NDArray[np.float16]"
    """Shape (n, `CEPSTRA`); half precision is a hundredth of what they vary by."""
    pitch: "NDArray[np.float32]"
    """Natural logarithm of the most likely pitch in Hz, voiced or not; shape (n,)."""
    harmonicity: "NDArray[np.float32]"
    """How periodic the frame is, 0 to 1; shape (n,)."""

    def __len__(self) -> int:
        return len(self.index)

    @classmethod
    def at(cls, index: "NDArray[np.int64]") -> "Frames":
        """Frames at these times that hold nothing yet."""
        count = len(index)
        return cls(
            index,
            np.zeros((count, CEPSTRA), dtype=np.float16),
            np.zeros(count, dtype=np.float32),
            np.zeros(count, dtype=np.float32),
        )


def listen(sound: Sound, spans: Sequence[Span], watch: Watch, threads: int = 1) -> Frames:
    """The frames whose middle lies in `spans` (in order, free of overlaps).

    Raises:
        Cancelled: `watch.cancelled` said so.
    """
    count = sound.samples // HOP
    frames = Frames.at(_indices(count, np.array(spans).reshape(-1, 2) - sound.start))
    blocks = range(0, count, BLOCK)

    def hear(block: int) -> None:
        if watch.cancelled():
            raise Cancelled
        first, last = np.searchsorted(frames.index, (block, block + BLOCK))
        if last > first:
            place = slice(int(first), int(last))
            heard = _hear(sound, block, min(block + BLOCK, count), frames.index[place] - block)
            frames.cepstra[place], frames.pitch[place], frames.harmonicity[place] = heard

    with ThreadPoolExecutor(max(1, threads), thread_name_prefix="speakers") as pool:
        for done, _ in enumerate(pool.map(hear, blocks), 1):
            watch.on_progress(done / len(blocks))
    return frames


def _indices(count: int, edges: "NDArray[np.float64]") -> "NDArray[np.int64]":
    """Which of `count` frames have their middle between a start and an end; shape (n,)."""
    starts, ends = np.clip(np.ceil(edges.T / FRAME - 0.5), 0, count).astype(np.int64)
    ranges = [np.arange(start, end) for start, end in zip(starts, ends, strict=True)]
    return np.concatenate([np.zeros(0, dtype=np.int64), *ranges])


def _hear(
    sound: Sound, first: int, last: int, wanted: "NDArray[np.int64]"
) -> "tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]":
    """Cepstra, pitch and harmonicity of the frames from `first` on whose places are `wanted`."""
    begin = first * HOP + HOP // 2 - REACH
    end = last * HOP - HOP // 2 + REACH
    samples = np.zeros(end - begin, dtype=np.float32)
    read = sound.read(sound.start + begin / SAMPLE_RATE, sound.start + end / SAMPLE_RATE)
    offset = max(0, -begin)
    samples[offset : offset + len(read)] = read
    long = np.lib.stride_tricks.sliding_window_view(samples, PERIODS)[::HOP][wanted]
    edge = (PERIODS - SPECTRUM) // 2
    return _cepstra(long[:, edge - 1 : edge + SPECTRUM]), *_pitch(long)


def _cepstra(windows: "NDArray[np.float32]") -> "NDArray[np.float32]":
    """Cepstra of windows that hold one sample more in front; shape (n, 513)."""
    sharp = windows[:, 1:] - np.float32(EMPHASIS) * windows[:, :-1]
    spectrum = fft.rfft(sharp * np.hamming(SPECTRUM).astype(np.float32), axis=1)
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    bands = np.log(power @ _mel_filters() + np.float32(FLOOR))
    cepstra = fft.dct(bands, type=2, norm="ortho", axis=1)[:, 1 : CEPSTRA + 1]
    return np.asarray(cepstra, dtype=np.float32)


@lru_cache(maxsize=1)
def _mel_filters() -> "NDArray[np.float32]":
    """Triangles of equal width in mel; shape (bins, `MELS`)."""
    low, high = (2595 * np.log10(1 + hz / 700) for hz in (LOWEST_HZ, HIGHEST_HZ))
    corners = 700 * (10 ** (np.linspace(low, high, MELS + 2) / 2595) - 1)
    bins = fft.rfftfreq(SPECTRUM, 1 / SAMPLE_RATE)[:, None]
    rise = (bins - corners[:-2]) / (corners[1:-1] - corners[:-2])
    fall = (corners[2:] - bins) / (corners[2:] - corners[1:-1])
    return np.asarray(np.maximum(np.minimum(rise, fall), 0), dtype=np.float32)


def _pitch(windows: "NDArray[np.float32]") -> "tuple[NDArray[np.float32], NDArray[np.float32]]":
    """Log pitch and harmonicity of each window; shapes (n,)."""
    centred = windows - windows.mean(axis=1, keepdims=True)
    shape = np.hanning(PERIODS).astype(np.float32)
    ours = _autocorrelation(centred * shape)
    ours /= np.maximum(ours[:, :1], 1e-12) * _autocorrelation(shape[None])[:, : ours.shape[1]]
    first, last = int(LAG_RATE / PITCH_HZ[1]), int(LAG_RATE / PITCH_HZ[0]) + 1
    lags = np.arange(first, last)
    # Of nearly equal peaks the shortest lag is the pitch; the others are its multiples.
    search = ours[:, first:last] - np.float32(OCTAVE_COST) * np.log2(lags / first)
    peak = np.argmax(search, axis=1)
    rows = np.arange(len(ours))
    left, middle, right = (ours[rows, first + peak + d] for d in (-1, 0, 1))
    bend = np.minimum(left - 2 * middle + right, -1e-6)
    shift = np.clip(0.5 * (left - right) / bend, -0.5, 0.5)
    pitch = np.log(LAG_RATE / (lags[peak] + shift))
    return pitch.astype(np.float32), np.clip(middle, 0, 1).astype(np.float32)


def _autocorrelation(windows: "NDArray[np.float32]") -> "NDArray[np.float32]":
    """Below 1.5 kHz, where periods are plain, sampled at `LAG_RATE`; shape (n, 256), lag 0 is 1."""
    spectrum = fft.rfft(windows, 2 * PERIODS, axis=1)[
        :, : 2 * PERIODS * LAG_RATE // SAMPLE_RATE // 2 + 1
    ]
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    found = fft.irfft(power, axis=1)[:, :256]
    return np.asarray(found / np.maximum(found[:, :1], 1e-12), dtype=np.float32)
