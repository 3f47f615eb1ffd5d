"""The study of a sweep: Optuna's file of trials, which survives any kill.

Trials that were being trained when the sweep ended are gone on with. What is suggested depends on
the seed and on the trials before, not on how often the sweep was stopped.
"""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from hansard.errors import OutputError, UsageError
from hansard.training.sweeps.space import Choice, Range, Space, Value

State = Literal["running", "done", "pruned", "failed"]
_STRIDE = 100_003
"""Keeps the seeds of the trials of one sweep apart from those of the next."""
_FAILED_BEFORE = "tries again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruning:
    """When a trial is ended early: its figure is worse than the median of those before it."""

    wanted: bool = True
    spare: int = 4
    """So many trials run to their end first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A trial as the study knows it."""

    number: int
    """From 1."""
    state: State
    options: Mapping[str, Value]
    figure: float | None
    facts: Mapping[str, Any]
    """What was noted of it."""


class Study:
    """A file of trials; used by one process at a time."""

    def __init__(self, path: Path, space: Space, seed: int, pruning: Pruning) -> None:
        """Open or begin it.

        Raises:
            OutputError: it cannot be read or written.
        """
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._optuna: Any = optuna
        self._space, self._seed, self._pruning = space, seed, pruning
        try:
            # a connection of our own, since a folder's name may hold what means more in a URL
            self._storage: Any = optuna.storages.RDBStorage(
                "sqlite:///sweep.db", engine_kwargs={"creator": lambda: sqlite3.connect(path)}
            )
            self._study: Any = optuna.create_study(
                storage=self._storage,
                study_name="sweep",
                direction="minimize",
                load_if_exists=True,
                pruner=self._pruner(),
            )
        except Exception as error:  # Optuna and SQLAlchemy have many kinds
            first = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise OutputError(f"{str(path)!r} cannot be used: {first}") from error

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self._storage.remove_session()
        self._storage.engine.dispose()

    def agree(self, facts: Mapping[str, Any]) -> None:
        """Have the study be about these facts; the first time they are noted.

        Raises:
            UsageError: it was begun with others.
        """
        known = self._study.user_attrs
        for name, value in json.loads(json.dumps(facts, default=str)).items():
            if known.get(name, value) != value:
                raise UsageError(
                    f"this sweep was begun with {name} = {known[name]}, not {value}",
                    hint="the same command as before goes on; or begin another --run",
                )
            self._study.set_user_attr(name, value)

    def suggest_first(self, options: Mapping[str, Value]) -> None:
        """Have these be tried first, if nothing was tried yet."""
        if not self._study.trials:
            self._study.enqueue_trial(dict(options))

    def retry_failed(self) -> int:
        """Have what failed be tried again, once for each failure; returns how many."""
        trials = self._study.trials
        retried = {one.user_attrs.get(_FAILED_BEFORE) for one in trials}
        fail = self._optuna.trial.TrialState.FAIL
        failed = [one for one in trials if one.state == fail and one.number not in retried]
        for one in failed:
            self._study.enqueue_trial(one.params, user_attrs={_FAILED_BEFORE: one.number})
        return len(failed)

    def list(self) -> list[Trial]:
        """All trials that were begun, oldest first."""
        return [_as_trial(one) for one in self._study.trials if one.state.name in _STATES]

    def ask(self) -> Trial:
        """Begin another trial."""
        self._study.sampler = self._optuna.samplers.TPESampler(
            seed=(self._seed * _STRIDE + len(self._study.trials)) % (1 << 32)
        )
        return self._complete(self._study.ask().number)

    def take_up(self, number: int) -> Trial:
        """Go on with a trial that was begun; a kill may have come before all was suggested."""
        return self._complete(number - 1)

    def note(self, number: int, **facts: Any) -> None:
        """Note something of a running trial."""
        trial = self._live(number - 1)
        for name, value in facts.items():
            trial.set_user_attr(name, value)

    def report(self, number: int, figure: float, tenth: int) -> bool:
        """Take an evaluation after so many tenths of a training; returns whether to end it."""
        trial = self._live(number - 1)
        if tenth in self._study.trials[number - 1].intermediate_values:
            return False
        trial.report(figure, tenth)
        return bool(trial.should_prune())

    def finish(self, number: int, state: Literal["done", "pruned", "failed"]) -> None:
        """Note how a trial ended; its figure is the lowest one noted."""
        states = self._optuna.trial.TrialState
        if state == "done":
            figure = self._study.trials[number - 1].user_attrs["figure"]
            self._study.tell(number - 1, figure)
        else:
            self._study.tell(number - 1, state=states.PRUNED if state == "pruned" else states.FAIL)

    def _complete(self, index: int) -> Trial:
        trial = self._live(index)
        for name, dimension in self._space.items():
            _suggest(trial, name, dimension)
        return _as_trial(self._study.trials[index])

    def _live(self, index: int) -> Any:
        ident = self._study.trials[index]._trial_id  # noqa: SLF001 - what Trial itself wants
        return self._optuna.trial.Trial(self._study, ident)

    def _pruner(self) -> Any:
        if not self._pruning.wanted:
            return self._optuna.pruners.NopPruner()
        return self._optuna.pruners.MedianPruner(n_startup_trials=self._pruning.spare)


_STATES: Mapping[str, State] = {
    "RUNNING": "running", "COMPLETE": "done", "PRUNED": "pruned", "FAIL": "failed",
}  # fmt: skip


def _as_trial(one: Any) -> Trial:
    return Trial(
        number=one.number + 1,
        state=_STATES[one.state.name],
        options=dict(one.params),
        figure=one.user_attrs.get("figure"),
        facts=dict(one.user_attrs),
    )


def _suggest(trial: Any, name: str, dimension: Range | Choice) -> None:
    if isinstance(dimension, Choice):
        trial.suggest_categorical(name, dimension.values)
    elif dimension.is_whole:
        trial.suggest_int(
            name, dimension.low, dimension.high, log=dimension.log, step=int(dimension.step or 1)
        )
    else:
        trial.suggest_float(
            name, dimension.low, dimension.high, log=dimension.log, step=dimension.step
        )
