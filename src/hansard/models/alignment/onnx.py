"""CTC models as ONNX files, in the layout of Hugging Face's exports; no torch.

The graph takes `input_values`, shape (rows, samples) at 16 kHz, and gives logits, shape (rows,
frames, letters).
"""

from dataclasses import dataclass
from functools import partial
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hansard.errors import EngineError, ModelDamagedError
from hansard.models.alignment.aligner import CtcAligner
from hansard.models.alignment.emissions import Listener
from hansard.models.alignment.loading import describe, read_recipe
from hansard.models.hub import ModelFiles
from hansard.models.onnx_runtime import open_session

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

SCRATCH = 400 * 2**20
"""About what activations over 30 s take in the largest published models, in bytes."""
SMALL = 16 * 2**20


@dataclass(frozen=True, slots=True)
class OnnxAlignerSpec:
    """The entry point."""

    name: str = "onnx"
    needs: tuple[str, ...] = ("onnxruntime",)
    extra: str | None = None

    def memory(self, files: ModelFiles) -> int:
        """The weights, and what a stretch of 30 s takes while it is heard."""
        return int(1.2 * files.size) + (SCRATCH if files.size > SMALL else SCRATCH // 4)

    def load(self, files: ModelFiles, threads: int) -> CtcAligner:
        """Load the model.

        Raises:
            ModelDamagedError: the files cannot be loaded.
        """
        recipe = read_recipe(files)
        try:
            session = open_session(_find_graph(files), threads=threads)
        except ModelDamagedError:
            raise
        except Exception as error:  # onnxruntime's errors share no class of their own
            raise ModelDamagedError(
                f"aligner {files.name!r} at {str(files.path)!r} cannot be loaded: {error}",
                hint=f"hansard models verify {files.name}",
            ) from error
        inputs = [given.name for given in session.get_inputs()]
        if inputs != ["input_values"]:
            raise ModelDamagedError(
                f"aligner {files.name!r} takes {', '.join(inputs)}, not input_values alone",
                hint="export it for the task automatic-speech-recognition, without a mask",
            )
        return CtcAligner(
            info=describe(files, f"onnxruntime {_version()}", self.name),
            listener=Listener(partial(_hear, session, files.name), recipe.rate, recipe.normalise),
            alphabet=recipe.alphabet,
        )


def _find_graph(files: ModelFiles) -> Path:
    found = sorted(Path(files.path).glob("*.onnx"))
    if not found:
        raise ModelDamagedError(
            f"aligner {files.name!r} at {str(files.path)!r} has no .onnx file",
            hint=f"hansard models verify {files.name}",
        )
    return next((path for path in found if path.name == "model.onnx"), found[0])


def _version() -> str:
    """Of whichever of onnxruntime's distributions is installed."""
    names = packages_distributions().get("onnxruntime", [])
    return version(names[0]) if names else "unknown"


def _hear(session: Any, name: str, samples: "Floats") -> "Floats":
    try:
        logits = session.run(None, {"input_values": samples[None]})[0]
    except Exception as error:  # as above
        raise EngineError(f"aligner {name!r} failed: {error}") from error
    return np.asarray(logits[0], np.float32)


SPEC = OnnxAlignerSpec()
