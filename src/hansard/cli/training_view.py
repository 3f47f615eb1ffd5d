"""A training as it is seen on a terminal: a bar with loss and speed, a line for each evaluation."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class TrainingView:
    """Shows what a training tells. Silent, but for evaluations, where stderr is no terminal."""

    def __init__(self, name: str) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[facts]}", markup=False),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._name = name
        self._task = self._bars.add_task(name, total=None, facts="")

    def __enter__(self) -> Self:
        """Itself; the bar appears with the first news."""
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Take the bar away."""
        self._bars.stop()

    def advance(self, done: int, total: int, name: str) -> None:
        """Show how much of the data is decoded."""
        self._bars.start()
        self._bars.update(self._task, completed=done, total=total, facts=f"decoding {name[-30:]}")

    def tell(self, stage: str, facts: Mapping[str, Any]) -> None:
        """Show what the training tells."""
        self._bars.start()
        if stage == "train":
            shown = (
                f"loss {facts['loss']:.3f}  lr {facts['lr']:.1e}  "
                f"{facts['sound_per_second']:.0f} s of sound a second"
            )
            self._bars.update(
                self._task, completed=facts["step"], total=facts["total"], facts=shown
            )
        elif stage == "evaluate":
            self._say(_evaluated(facts))
        elif stage in {"begin", "resume"}:
            self._say(f"{stage}: " + ", ".join(f"{name} {value}" for name, value in facts.items()))

    def _say(self, text: str) -> None:
        self._console.print(f"{self._name}: {text}", markup=False)


def _evaluated(facts: Mapping[str, Any]) -> str:
    parts = [f"step {facts['step']}"]
    if "loss" in facts:
        parts.append(f"validation loss {facts['loss']:.4f}")
    if "wer" in facts:
        parts.append(f"WER {facts['wer']:.1%}, CER {facts['cer']:.1%} of {facts['clips']} clips")
    return ", ".join(parts)
