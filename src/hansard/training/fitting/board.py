"""The curves of a training for TensorBoard, where it is installed."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_TRAIN = {
    "loss": "train/loss",
    "lr": "train/learning_rate",
    "sound_per_second": "speed/sound_per_second",
    "memory": "machine/memory_mb",
    "gpu_utilisation": "machine/gpu_percent",
}
_EVALUATE = {"loss": "validation/loss", "wer": "validation/wer", "cer": "validation/cer"}


class Board:
    """Writes what a training tells to event files in `folder`; does nothing without TensorBoard.

    The files are begun with the first curve, so processes that are told nothing write nothing. A
    training that goes on from a checkpoint takes back what was written after it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._wanted = all(find_spec(name) is not None for name in ("tensorboard", "torch"))
        self._writer: Any = None
        self._purge: int | None = None

    def tell(self, stage: str, facts: Mapping[str, Any]) -> None:
        """Take what a training tells; what is no curve is ignored."""
        if not self._wanted:
            return
        if stage == "resume":
            self._purge = _step_of(facts.get("checkpoint")) + 1
        elif stage == "train":
            self._draw(_TRAIN, facts)
        elif stage == "evaluate":
            self._draw(_EVALUATE, facts)
            self._writer.flush()

    def close(self) -> None:
        """Finish the file."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _draw(self, curves: Mapping[str, str], facts: Mapping[str, Any]) -> None:
        if self._writer is None:
            from torch.utils.tensorboard import SummaryWriter

            self._writer = SummaryWriter(str(self._folder), purge_step=self._purge)
        for name, curve in curves.items():
            if facts.get(name) is not None:
                self._writer.add_scalar(curve, facts[name], facts["step"])


def _step_of(checkpoint: object) -> int:
    """The step in a checkpoint's name; 0 without one."""
    _, _, number = str(checkpoint or "").rpartition("-")
    return int(number) if number.isdigit() else 0
