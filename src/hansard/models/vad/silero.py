"""Silero's voice activity detector (v6), the ONNX file that comes with faster-whisper.

Source: https://github.com/snakers4/silero-vad (MIT).
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hansard.audio import SAMPLE_RATE, Sound
from hansard.errors import Cancelled, MissingExtraError
from hansard.models.onnx_runtime import open_session

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOP = 512
"""New samples a frame."""
CONTEXT = 64
"""Samples of the frame before that the model sees again."""
BLOCK = 1875
"""Frames a block: 60 s."""
WARM_UP = 125
"""Frames (4 s) that each block hears first and forgets, so that blocks do not depend on each other:
a recording may be heard from any block on, or by several threads, with the same result."""


class Silero:
    """The detector, loaded; safe to share between threads."""

    def __init__(self, *, threads: int = 1) -> None:
        self._session = open_session(find_model())
        self._threads = max(1, threads)

    def probabilities(self, sound: Sound, cancelled: Callable[[], bool]) -> "NDArray[np.float32]":
        """The probability of speech in each frame of 512 samples; shape (frames,).

        The last frame is padded with silence.

        Raises:
            Cancelled: `cancelled` said so between two blocks.
        """
        frames = -(-sound.samples // HOP)

        def hear(first: int) -> "NDArray[np.float32]":
            if cancelled():
                raise Cancelled
            return self._hear(sound, first, min(first + BLOCK, frames))

        starts = range(0, frames, BLOCK)
        if self._threads == 1 or len(starts) == 1:
            blocks = [hear(first) for first in starts]
        else:
            with ThreadPoolExecutor(self._threads, thread_name_prefix="vad") as pool:
                blocks = list(pool.map(hear, starts))
        return np.concatenate([np.zeros(0, dtype=np.float32), *blocks])

    def _hear(self, sound: Sound, first: int, last: int) -> "NDArray[np.float32]":
        warm = min(first, WARM_UP)
        begin = (first - warm) * HOP
        samples = sound.read(
            sound.start + (begin - CONTEXT) / SAMPLE_RATE, sound.start + last * HOP / SAMPLE_RATE
        )
        if not samples.any():
            return np.zeros(last - first, dtype=np.float32)
        wanted = CONTEXT + (last - first + warm) * HOP
        missing = CONTEXT if begin == 0 else 0
        padded = np.zeros(wanted, dtype=np.float32)
        padded[missing : missing + len(samples)] = samples
        rows = np.lib.stride_tricks.sliding_window_view(padded, CONTEXT + HOP)[::HOP]
        state = np.zeros((1, 1, 128), dtype=np.float32)
        output = self._session.run(
            None, {"input": np.ascontiguousarray(rows), "h": state, "c": state}
        )[0]
        return np.asarray(output, dtype=np.float32).reshape(-1)[warm:]


def find_model() -> Path:
    """Where faster-whisper keeps the ONNX file; found without importing that library.

    Raises:
        MissingExtraError: faster-whisper is not installed, or without the file.
    """
    spec = find_spec("faster_whisper")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        found = sorted(Path(folder, "assets").glob("silero_vad_v*.onnx"))
        if found:
            return found[-1]
    raise MissingExtraError(
        "the voice activity model that comes with faster-whisper is not installed",
        hint="pip install --force-reinstall faster-whisper, or run with --no-vad",
    )
