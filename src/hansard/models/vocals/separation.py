"""UVR's MDX-NET models on sherpa-onnx.

Method: Kim et al. 2021, *KUIELab-MDX-Net*. The models were trained on music at 44.1 kHz in two
channels; a Sound is brought to that rate and back, so nothing above 8 kHz plays a part.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.signal import resample_poly

from hansard.errors import EngineError, ModelDamagedError
from hansard.models.hub import ModelFiles
from hansard.models.onnx_runtime import open_session

if TYPE_CHECKING:
    from numpy.typing import NDArray

UP, DOWN = 441, 160
"""44,100 Hz over 16,000 Hz."""
NEEDED = (
    "sample_rate", "stems", "n_fft", "center", "win_length", "window_type", "hop_length", "dim_t",
    "dim_f", "dim_c",
)  # fmt: skip
"""What sherpa-onnx reads from the model's metadata; it ends the process where one is missing."""
MODEL_RATE = "44100"


class Separation:
    """A loaded model."""

    def __init__(self, files: ModelFiles, *, threads: int) -> None:
        """Load it.

        Raises:
            ModelDamagedError: it is no such model.
        """
        model = find_weights(files)
        check_metadata(model, files.name)
        import sherpa_onnx

        uvr = sherpa_onnx.OfflineSourceSeparationUvrModelConfig(model=str(model))
        self._separation: Any = sherpa_onnx.OfflineSourceSeparation(
            sherpa_onnx.OfflineSourceSeparationConfig(
                model=sherpa_onnx.OfflineSourceSeparationModelConfig(uvr=uvr, num_threads=threads)
            )
        )

    def isolate(self, samples: "NDArray[np.float32]") -> "NDArray[np.float32]":
        """The voices: the first of the model's two stems, both channels mixed.

        Raises:
            EngineError: it failed.
        """
        if not len(samples):
            return samples
        wide = resample_poly(samples, UP, DOWN).astype(np.float32)
        try:
            found = self._separation.process(int(MODEL_RATE), np.stack([wide, wide]))
            voices = np.asarray(found.stems[0].data, dtype=np.float32).mean(axis=0)
        except RuntimeError as error:
            raise EngineError(f"separating voices failed: {error}") from error
        narrow = resample_poly(voices, DOWN, UP).astype(np.float32)
        fitted = np.zeros(len(samples), np.float32)
        fitted[: len(narrow)] = narrow[: len(samples)]
        return fitted

    def close(self) -> None:
        """Free the model."""
        self._separation = None


def find_weights(files: ModelFiles) -> Path:
    """The one ONNX file of a model.

    Raises:
        ModelDamagedError: there is none.
    """
    found = sorted(files.path.glob("*.onnx"))
    if not found:
        raise ModelDamagedError(f"{files.name!r} holds no .onnx file")
    return found[0]


def check_metadata(model: Path, name: str) -> None:
    """See that the model is one that sherpa-onnx can read, which would end the process else.

    Raises:
        ModelDamagedError: it is not.
    """
    try:
        session = open_session(model)
    except Exception as error:  # onnxruntime's own classes share no public parent
        raise ModelDamagedError(f"model {name!r} cannot be loaded: {error}") from error
    facts = session.get_modelmeta().custom_metadata_map
    missing = [key for key in NEEDED if key not in facts]
    if facts.get("model_type") != "UVR" or missing or facts["sample_rate"] != MODEL_RATE:
        raise ModelDamagedError(
            f"model {name!r} is no UVR model for sherpa-onnx",
            hint="its metadata must say model_type UVR, 44100 Hz, and " + ", ".join(NEEDED),
        )
