"""Who of a few local speakers speaks when, in ten seconds of sound: pyannote's model as ONNX.

The layout is the one that sherpa-onnx exports: raw samples (N, 1, samples) in, log-probabilities of
powerset classes (N, frames, classes) out, and the geometry in the metadata of the model.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hansard.audio import SAMPLE_RATE
from hansard.errors import EngineError, ModelDamagedError
from hansard.models.onnx_runtime import open_session
from hansard.models.speakers import powerset
from hansard.transcript import Seconds

if TYPE_CHECKING:
    from numpy.typing import NDArray

_KEYS = (
    "sample_rate",
    "window_size",
    "receptive_field_size",
    "receptive_field_shift",
    "num_speakers",
    "powerset_max_classes",
    "num_classes",
)


@dataclass(frozen=True, slots=True)
class Geometry:
    """How a segmentation model divides time; all in samples."""

    window: int
    """What it hears at once."""
    size: int
    """What one frame hears."""
    shift: int
    """From one frame to the next."""
    speakers: int
    """How many it tells apart in one window."""

    def start(self, frame: int) -> Seconds:
        """When the stretch that a frame stands for begins, after the start of the window."""
        return (frame * self.shift + (self.size - self.shift) / 2) / SAMPLE_RATE


class Segmentation:
    """The model, loaded; for one thread at a time."""

    def __init__(self, path: Path, *, threads: int) -> None:
        """Load it and read its metadata.

        Raises:
            ModelDamagedError: it is no segmentation model of this layout.
        """
        try:
            self._session = open_session(path, threads=threads)
        except Exception as error:  # onnxruntime has a class for each way to fail
            raise damaged(path, str(error).partition("\n")[0]) from error
        facts = _facts(path, self._session.get_modelmeta().custom_metadata_map)
        self.geometry = Geometry(
            window=facts["window_size"],
            size=facts["receptive_field_size"],
            shift=facts["receptive_field_shift"],
            speakers=facts["num_speakers"],
        )
        self._table = powerset.members(facts["num_speakers"], facts["powerset_max_classes"])
        if len(self._table) != facts["num_classes"]:
            raise damaged(path, f"it has {facts['num_classes']} classes, not {len(self._table)}")
        self._input = self._session.get_inputs()[0].name

    def hear(
        self, samples: "NDArray[np.float32]"
    ) -> "tuple[NDArray[np.float32], NDArray[np.bool_]]":
        """How probably each speaks, and who does; both of shape (frames, speakers).

        Args:
            samples: At most one window; a shorter one is filled up with silence.

        Raises:
            EngineError: the model fails.
        """
        filled = np.zeros(self.geometry.window, dtype=np.float32)
        filled[: len(samples)] = samples
        try:
            logs = self._session.run(None, {self._input: filled[None, None]})[0][0]
        except Exception as error:  # as above
            raise EngineError(f"the segmentation model fails: {error}") from error
        if logs.ndim != 2 or logs.shape[1] != len(self._table):
            raise EngineError(f"the segmentation model gives {logs.shape} for one window")
        return powerset.activity(logs, self._table), powerset.decisions(logs, self._table)


def _facts(path: Path, said: dict[str, str]) -> dict[str, int]:
    """The numbers in the metadata.

    Raises:
        ModelDamagedError: one is missing, is no number, or is impossible.
    """
    missing = [key for key in _KEYS if not said.get(key, "").isdecimal()]
    if missing:
        raise damaged(path, f"its metadata lacks {', '.join(missing)}")
    facts = {key: int(said[key]) for key in _KEYS}
    if facts["sample_rate"] != SAMPLE_RATE:
        raise damaged(path, f"it hears {facts['sample_rate']} Hz, not {SAMPLE_RATE}")
    if not 0 < facts["receptive_field_shift"] <= facts["window_size"] or not facts["num_speakers"]:
        raise damaged(path, "the numbers in its metadata are impossible")
    return facts


def damaged(path: Path, what: str) -> ModelDamagedError:
    """The error for a file that is no segmentation model."""
    return ModelDamagedError(
        f"{str(path)!r} is no segmentation model: {what}",
        hint="name one that sherpa-onnx exported, e.g. "
        "--segmentation-model pyannote-segmentation-3, or fetch it again",
    )
