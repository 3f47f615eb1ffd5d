"""FLAC by PyAV: the only place of this room that encodes."""

from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.audio.frame import AudioFrame

from hansard.audio import SAMPLE_RATE
from hansard.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray


def encode_flac(path: Path, blocks: "Iterable[NDArray[np.int16]]") -> int:
    """Write 16-bit samples at 16 kHz as FLAC; returns how many.

    Raises:
        OutputError: FFmpeg cannot write it.
        OSError: the disk refuses.
    """
    samples = 0
    try:
        with av.open(str(path), "w", format="flac") as container:
            stream = container.add_stream("flac", rate=SAMPLE_RATE, layout="mono")
            stream.codec_context.format = "s16"
            for block in blocks:
                frame = AudioFrame.from_ndarray(block.reshape(1, -1), format="s16", layout="mono")
                frame.sample_rate = SAMPLE_RATE
                frame.pts = samples
                samples += len(block)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    except av.FFmpegError as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise OutputError(f"cannot encode {str(path)!r} as FLAC: {error}") from error
    return samples
