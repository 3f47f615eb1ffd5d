"""SpecAugment: holes in the features that a model is trained on.

Park et al. (2019), "SpecAugment: A simple data augmentation method for automatic speech
recognition", sections 2 and 3; without time warping, which they found to matter least.
"""

from typing import TYPE_CHECKING

import numpy as np

from hansard.training.sounds.recipes import SpecAugment

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray


def mask(
    features: "NDArray[np.float32]", wanted: SpecAugment, rng: "Generator", frames: int | None
) -> "NDArray[np.float32]":
    """Log-mel features with stripes of their mean value; a new array of the same shape and type.

    Args:
        features: shape (mels, all frames).
        wanted: how many stripes there are, and how wide they may be.
        rng: draws where they are.
        frames: how many of the frames hold sound, where the rest is padding; None = all.
    """
    masked = features.copy()
    mels, every = features.shape
    used = min(every, every if frames is None else frames)
    if not used:
        return masked
    value = features[:, :used].mean(dtype=np.float64)
    for _ in range(wanted.freq_masks):
        first, last = _stripe(mels, min(wanted.freq_width, mels), rng)
        masked[first:last, :used] = value
    longest = min(wanted.time_width, int(wanted.time_share * used))
    for _ in range(wanted.time_masks):
        first, last = _stripe(used, longest, rng)
        masked[:, first:last] = value
    return masked


def _stripe(room: int, widest: int, rng: "Generator") -> tuple[int, int]:
    width = int(rng.integers(0, widest + 1))
    first = int(rng.integers(0, room - width + 1))
    return first, first + width
