"""One voice as a vector: an ONNX model of WeSpeaker, 3D-Speaker or NeMo, through sherpa-onnx."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hansard.audio import SAMPLE_RATE
from hansard.errors import ModelDamagedError
from hansard.models.onnx_runtime import open_session

# after onnxruntime, whose telemetry is then off in the copy that sherpa-onnx brings, too
import sherpa_onnx  # isort: skip

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PLAIN = ("sample_rate", "output_dim", "normalize_samples", "language")
_NEEDED = {
    "wespeaker": _PLAIN,
    "3d-speaker": _PLAIN,
    "nemo": ("sample_rate", "output_dim", "feat_dim", "window_size_ms", "window_stride_ms"),
}
"""What sherpa-onnx wants to know of each family."""


class VoiceModel:
    """The model, loaded; for one thread at a time."""

    def __init__(self, path: Path, *, threads: int) -> None:
        """Load it.

        Raises:
            ModelDamagedError: it is no voice embedding model of a layout that sherpa-onnx reads.
        """
        check(path)
        config = sherpa_onnx.SpeakerEmbeddingExtractorConfig(
            model=str(path), num_threads=max(1, threads)
        )
        self._extractor = sherpa_onnx.SpeakerEmbeddingExtractor(config)

    def embed(self, samples: "NDArray[np.float32]") -> "NDArray[np.float32] | None":
        """The voice in these samples, of length 1; None where they are too short. Shape: (d,)."""
        stream = self._extractor.create_stream()
        stream.accept_waveform(SAMPLE_RATE, samples)
        stream.input_finished()
        if not self._extractor.is_ready(stream):
            return None
        vector = np.asarray(self._extractor.compute(stream), dtype=np.float32)
        length = float(np.linalg.norm(vector))
        if not np.isfinite(length) or length < 1e-6:
            return None
        return np.asarray(vector / length, dtype=np.float32)


def check(path: Path) -> None:
    """See that sherpa-onnx can use it: where metadata are missing it ends the whole process.

    Raises:
        ModelDamagedError: says what is wrong.
    """
    try:
        said = open_session(path).get_modelmeta().custom_metadata_map
    except Exception as error:  # onnxruntime has a class for each way to fail
        raise damaged(path, str(error).partition("\n")[0]) from error
    framework = said.get("framework", "")
    if framework not in _NEEDED:
        raise damaged(path, f"its framework is {framework!r}, not {' or '.join(_NEEDED)}")
    missing = [key for key in _NEEDED[framework] if not said.get(key)]
    if missing:
        raise damaged(path, f"its metadata lacks {', '.join(missing)}")
    if said["sample_rate"] != str(SAMPLE_RATE):
        raise damaged(path, f"it hears {said['sample_rate']} Hz, not {SAMPLE_RATE}")


def damaged(path: Path, what: str) -> ModelDamagedError:
    """The error for a file that is no voice embedding model."""
    return ModelDamagedError(
        f"{str(path)!r} is no voice embedding model: {what}",
        hint="name one with sherpa-onnx's metadata, e.g. --embedding-model wespeaker-resnet34, "
        "or fetch it again",
    )
