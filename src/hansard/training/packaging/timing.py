"""When each token was said, by where the decoder looked. Pure arrays.

The method is openai-whisper's (`whisper/timing.py`), which CTranslate2 follows: attention of some
heads over the clip's frames, standardised over tokens, median-filtered along time, averaged, and a
path of least cost through it (dynamic time warping). Written out here, so that a conversion can be
compared with it number by number; transformers' own word times take the row of the token before.
"""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEP = 0.02
"""Seconds of an encoder's frame."""
_MEDIAN = 7


def crop(attention: "NDArray[np.float32]", frames: int) -> "NDArray[np.float32]":
    """Attention over the clip alone: cut to `frames`, each row summing to 1 again."""
    inside = attention[..., :frames]
    whole: NDArray[np.float32] = inside / np.maximum(
        inside.sum(axis=-1, keepdims=True), np.finfo(np.float32).tiny
    )
    return whole


def token_times(attention: "NDArray[np.float32]", skip: int) -> "NDArray[np.float64]":
    """When each token begins, in seconds, the last entry being where the last one ends.

    Shapes: (heads, rows, frames) to (rows - skip - 1,). Row r is where the decoder looked after it
    was given token r; the first `skip` rows (language, task) and the last one (end of text) give no
    times.
    """
    deviation = attention.std(axis=-2, keepdims=True)
    mean = attention.mean(axis=-2, keepdims=True)
    smooth = _median_filter((attention - mean) / np.where(deviation == 0, 1, deviation))
    matrix = smooth.mean(axis=0)[skip:-1]
    rows, columns = warp(-matrix.astype(np.float64))
    jumps = np.diff(rows, prepend=-1) > 0
    return np.asarray(columns[jumps] * STEP, dtype=np.float64)


def warp(cost: "NDArray[np.float64]") -> "tuple[NDArray[np.int64], NDArray[np.int64]]":
    """The cheapest path from the first cell to the last: one row, one column, or both at a time.

    Shapes: (rows, columns) to the rows and columns of the path, two of (steps,).
    """
    rows, columns = cost.shape
    total = np.full((rows + 1, columns + 1), np.inf)
    total[0, 0] = 0
    trace = np.zeros((rows + 1, columns + 1), dtype=np.int8)
    for column in range(1, columns + 1):
        for row in range(1, rows + 1):
            both, down, right = (
                total[row - 1, column - 1], total[row - 1, column], total[row, column - 1]
            )  # fmt: skip
            if both < down and both < right:
                best, way = both, 0
            elif down < both and down < right:
                best, way = down, 1
            else:
                best, way = right, 2
            total[row, column] = cost[row - 1, column - 1] + best
            trace[row, column] = way
    return _walk_back(trace)


def _walk_back(trace: "NDArray[np.int8]") -> "tuple[NDArray[np.int64], NDArray[np.int64]]":
    row, column = trace.shape[0] - 1, trace.shape[1] - 1
    trace[0, :], trace[:, 0] = 2, 1
    path: list[tuple[int, int]] = []
    while row > 0 or column > 0:
        path.append((row - 1, column - 1))
        way = trace[row, column]
        row, column = row - (way != 2), column - (way != 1)
    found = np.array(path[::-1], dtype=np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def _median_filter(values: "NDArray[np.float32]") -> "NDArray[np.float32]":
    """Median of seven along the last axis, mirrored at its ends."""
    half = _MEDIAN // 2
    if values.shape[-1] <= half:
        return values
    padded = np.pad(values, [(0, 0)] * (values.ndim - 1) + [(half, half)], mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, _MEDIAN, axis=-1)
    filtered: NDArray[np.float32] = np.median(windows, axis=-1)
    return filtered
