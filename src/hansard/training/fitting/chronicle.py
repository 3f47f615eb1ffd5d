"""All that is written down while a model learns: the log, curves, figures, copies elsewhere."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from hansard.training.fitting.board import Board
from hansard.training.fitting.copies import Copier
from hansard.training.fitting.records import RunFolder, RunLog
from hansard.training.holding import holding

Tell = Callable[[str, Mapping[str, Any]], None]


class Chronicle:
    """Takes down what a training tells; in processes beside the first one it does nothing."""

    def __init__(self, home: RunFolder, request_id: str, copy_to: str, *, leads: bool) -> None:
        """Nothing is opened yet; `copy_to` may be empty."""
        self.home, self._request_id, self._copy_to = home, request_id, copy_to
        self._leads = leads
        self._stack = ExitStack()
        self._listeners: list[Tell] = []
        self._copier: Copier | None = None
        self.figures: dict[str, Any] = {}
        """Evaluations: `before` any step, and the `best` one."""

    def __enter__(self) -> Self:
        """Have the run's folder for this process alone, and open the log.

        Raises:
            TrainingError: another process works on this run.
            OutputError: the log cannot be written.
        """
        if not self._leads:
            return self
        self._stack.enter_context(holding(self.home.path))
        log = self._stack.enter_context(RunLog(self.home.log, self._request_id))
        board = Board(self.home.board)
        self._stack.callback(board.close)
        self._listeners = [lambda stage, facts: log.write(stage, **facts), board.tell]
        if self._copy_to:
            self._copier = Copier(self._copy_to, self.tell)
            self._stack.callback(self._copier.close)
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Wait for the last copy, and close everything."""
        self._stack.close()

    def follow(self, listener: Tell) -> None:
        """Have somebody else told, too."""
        if self._leads:
            self._listeners.append(listener)

    def tell(self, stage: str, facts: Mapping[str, Any]) -> None:
        """Take a fact down."""
        if stage == "evaluate":
            self._keep(facts)
        for listener in self._listeners:
            listener(stage, facts)

    def saved(self, folder: Path) -> None:
        """A folder was written: a checkpoint, or the best model."""
        if self._copier is not None:
            self._copier(folder)

    def _keep(self, facts: Mapping[str, Any]) -> None:
        plain = {name: value for name, value in facts.items() if name not in {"last", "better"}}
        if facts["step"] == 0:
            self.figures["before"] = plain
        if facts.get("better"):
            self.figures["best"] = plain
