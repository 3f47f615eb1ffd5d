"""How loud a Sound is, moment by moment."""

from typing import TYPE_CHECKING

import numpy as np

from hansard.audio.sound import SAMPLE_RATE, Sound

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 4096
"""Frames read at once, so that length costs no memory."""
SILENCE = -100.0
"""What digital silence counts as, in decibels."""


def measure_levels(sound: Sound, frame: int = 512) -> "NDArray[np.float32]":
    """The level of each frame of `frame` samples in decibels of full scale; shape (frames,).

    The last frame is padded with silence.
    """
    frames = -(-sound.samples // frame)
    levels = np.full(frames, SILENCE, dtype=np.float32)
    for first in range(0, frames, BLOCK):
        last = min(first + BLOCK, frames)
        start = sound.start + first * frame / SAMPLE_RATE
        samples = sound.read(start, sound.start + last * frame / SAMPLE_RATE)
        padded = np.zeros((last - first) * frame, dtype=np.float32)
        padded[: len(samples)] = samples
        power = np.square(padded).reshape(-1, frame).mean(axis=1)
        levels[first:last] = np.maximum(10 * np.log10(power + 1e-12), SILENCE)
    return levels
