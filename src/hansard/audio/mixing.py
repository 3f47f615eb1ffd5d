"""From decoded channels to one: numpy only, no media library."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

DTYPES: Mapping[str, np.dtype[np.generic]] = MappingProxyType(
    {name: np.dtype(code) for name, code in
     {"u8": "u1", "s16": "i2", "s32": "i4", "s64": "i8", "flt": "f4", "dbl": "f8"}.items()}
)  # fmt: skip
"""FFmpeg's packed sample formats as numpy types; a planar one has a `p` behind its name."""
_LOUDEST = 1e6
"""Beyond this, a float sample is damage that would not even fit the arithmetic."""


def is_weighable(layout: str, channels: int) -> bool:
    """Whether FFmpeg can mix this layout by the places of its loudspeakers.

    Not if it does not know the places (`6 channels`, ambisonic), nor with more than 8 channels,
    which are microphones rather than loudspeakers.
    """
    if channels <= 2:
        return True
    return channels <= 8 and " channels" not in layout and not layout.startswith("ambisonic")


def views(
    planes: Sequence[Any], sample_format: str, samples: int, channels: int
) -> list[NDArray[np.generic]]:
    """The channels of a frame, as arrays over its own memory. Shape of each: (samples,)."""
    dtype = DTYPES[sample_format.removesuffix("p")]
    if sample_format.endswith("p"):
        return [np.frombuffer(planes[i], dtype=dtype, count=samples) for i in range(channels)]
    packed = np.frombuffer(planes[0], dtype=dtype, count=samples * channels)
    return list(packed.reshape(samples, channels).T)


def replace_non_finite(samples: NDArray[np.generic]) -> int:
    """Sets NaN and infinite samples to 0 in place; returns how many there were."""
    with np.errstate(over="ignore", invalid="ignore"):
        total = np.add.reduce(samples)  # one fast pass: any NaN or infinity shows in the sum
    if np.isfinite(total):
        return 0
    bad = ~np.isfinite(samples)
    samples[bad] = 0
    return int(np.count_nonzero(bad))


def to_mono(channels: Sequence[NDArray[np.generic]], channel: int | None) -> NDArray[np.float32]:
    """One channel of several, or their mean, as float32 in -1 to 1. Shape of each: (n,)."""
    if channel is not None:
        return _to_float(channels[channel])
    mixed = np.zeros(channels[0].shape, dtype=np.float32)
    for each in channels:
        mixed += _to_float(each)
    mixed /= len(channels)
    return mixed


def _to_float(samples: NDArray[np.generic]) -> NDArray[np.float32]:
    if samples.dtype.kind == "f":
        clipped: NDArray[np.float32] = np.clip(samples, -_LOUDEST, _LOUDEST).astype(np.float32)
        return clipped
    values = samples.astype(np.float32)
    if samples.dtype.kind == "u":
        values -= 128
        values /= 128
    else:
        values /= 2.0 ** (8 * samples.dtype.itemsize - 1)
    return values
