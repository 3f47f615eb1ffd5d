"""CTC models as safetensors, by transformers: Wav2Vec2, HuBERT, WavLM, MMS and their like."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import transformers

from hansard.errors import EngineError, ModelDamagedError
from hansard.models.alignment.aligner import CtcAligner
from hansard.models.alignment.emissions import Listener
from hansard.models.alignment.loading import describe, read_recipe
from hansard.models.hub import ModelFiles

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

SCRATCH = 800 * 2**20
"""About what activations over 30 s take in the largest published models, in bytes."""


@dataclass(frozen=True, slots=True)
class TransformersAlignerSpec:
    """The entry point."""

    name: str = "transformers"
    needs: tuple[str, ...] = ("torch", "transformers")
    extra: str | None = "align"

    def memory(self, files: ModelFiles) -> int:
        """The weights as float32, which half of the published ones are not, and activations."""
        return 2 * files.size + SCRATCH

    def load(self, files: ModelFiles, threads: int) -> CtcAligner:
        """Load the model; nothing is fetched, and no code that comes with it is run.

        Raises:
            ModelDamagedError: the files cannot be loaded, or it takes no plain samples.
        """
        recipe = read_recipe(files)
        torch.set_num_threads(max(1, threads))
        try:
            model = transformers.AutoModelForCTC.from_pretrained(
                str(files.path),
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                dtype=torch.float32,
            )
        except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
            raise ModelDamagedError(
                f"aligner {files.name!r} at {str(files.path)!r} cannot be loaded: {error}",
                hint=f"hansard models verify {files.name}",
            ) from error
        if model.main_input_name != "input_values":
            raise ModelDamagedError(
                f"aligner {files.name!r} takes {model.main_input_name}, not samples",
                hint="choose a model of the wav2vec 2.0 family with --align-model",
            )
        version = f"transformers {transformers.__version__}, torch {torch.__version__}"
        return CtcAligner(
            info=describe(files, version, self.name),
            listener=Listener(
                partial(_hear, model.eval(), files.name), recipe.rate, recipe.normalise
            ),
            alphabet=recipe.alphabet,
        )


def _hear(model: Any, name: str, samples: "Floats") -> "Floats":
    try:
        with torch.inference_mode():
            logits = model(torch.from_numpy(np.ascontiguousarray(samples))[None]).logits[0]
    except RuntimeError as error:
        raise EngineError(f"aligner {name!r} failed: {error}") from error
    return np.asarray(logits.numpy(), np.float32)


SPEC = TransformersAlignerSpec()
