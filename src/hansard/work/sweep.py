"""Many trainings with different settings: each in a process of its own, the worse ended early."""

import json
import logging
import math
import shlex
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hansard.errors import Cancelled, HansardError, MissingExtraError, TrainingError, UsageError
from hansard.storage.files import write_whole
from hansard.training.fitting.records import RunFolder, RunLog, now
from hansard.training.following import Line
from hansard.training.holding import holding
from hansard.training.project import Project
from hansard.training.sweeps.child import Child, Errand
from hansard.training.sweeps.results import FILE, Row, find_best, make_rows, write_results
from hansard.training.sweeps.space import Space, Value, describe, write_toml
from hansard.training.sweeps.study import Pruning, Study, Trial
from hansard.training.watching import Watch
from hansard.work.fine_tune import find_parts, require_train

logger = logging.getLogger(__name__)

_POLL = 0.25
"""Seconds between looks at the children."""
_IN_A_ROW = 3
"""So many failures one after another end a sweep: they have a cause in common."""
_RESTARTS = 1
"""How often a trial that was killed goes on from its checkpoint."""
_ORPHAN = 600.0
"""Seconds in which a child whose sweep was killed writes its checkpoint and ends."""

Tell = Callable[[str, Mapping[str, Any]], None]


def _quiet(_stage: str, _facts: Mapping[str, Any]) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepOrder:
    """What is to be tried on what."""

    project: Project
    name: str
    data: Path
    start: str
    """The model that each trial begins with."""
    digest: str
    space: Space
    fixed: Mapping[str, Any]
    """Options that are the same for all trials; those that are not here are at their default."""
    first: Mapping[str, Value] = field(default_factory=dict)
    """What is tried first; empty = whatever the study suggests."""
    trials: int
    parallel: int = 1
    pruning: Pruning = field(default_factory=Pruning)
    keep_checkpoints: bool = False
    """Keep weights of trials that lost, too."""
    flags: tuple[str, ...] = ()
    """Further flags of `hansard train run` and `resume`: the machine, the settings file."""
    request_id: str = ""

    @property
    def folder(self) -> Path:
        """Where the study and its results are."""
        return self.project.runs / self.name


def sweep(order: SweepOrder, watch: Watch, tell: Tell = _quiet) -> dict[str, Any]:
    """Go through the trials; the same order goes on after any kind of end.

    Returns what `sweep.json` says.

    Raises:
        UsageError: there is a run of this name, or a sweep of it that was begun differently.
        TrainingError: the first trial failed, or several one after another.
        MissingExtraError: a library is absent.
        Cancelled: the caller asked to stop.
    """
    _require()
    find_parts(order.data)
    home = RunFolder(order.project, order.name)
    _home_of(order, 1)
    if home.exists:
        raise UsageError(f"there is a run {order.name!r}, which is no sweep", hint="another --run")
    with (
        holding(order.folder),
        Study(
            order.folder / FILE,
            order.space,
            int(order.fixed.get("seed", 0)),
            order.pruning,
        ) as study,
        RunLog(home.log, order.request_id) as log,
    ):

        def say(stage: str, facts: Mapping[str, Any]) -> None:
            if stage != "train":
                log.write(stage, **facts)
            tell(stage, facts)

        study.agree(_about(order))
        study.suggest_first(order.first)
        study.retry_failed()
        return _Sweep(order, study, watch, say).run()


def _home_of(order: SweepOrder, trial: int) -> RunFolder:
    return RunFolder(order.project, f"{order.name}-{trial:03d}")


def _require() -> None:
    require_train()
    if find_spec("optuna") is None:
        raise MissingExtraError(
            "a sweep needs optuna, which cannot be found", hint="pip install 'hansard[train]'"
        )


def _about(order: SweepOrder) -> dict[str, Any]:
    """What may not change between starts of a sweep."""
    return {
        "data": str(order.data.absolute()),
        "start": order.start,
        "digest": order.digest,
        "space": describe(order.space),
        "fixed": dict(order.fixed),
    }


@dataclass(slots=True)
class _Live:
    """A trial whose child runs."""

    trial: Trial
    home: RunFolder
    child: Child
    began: float
    total: int | None = None
    best: Mapping[str, Any] = field(default_factory=dict)
    pruned: bool = False
    restarts: int = 0


class _Sweep:
    def __init__(self, order: SweepOrder, study: Study, watch: Watch, tell: Tell) -> None:
        self._order, self._study, self._watch, self._tell = order, study, watch, tell
        self._live: list[_Live] = []
        self._failures: list[str] = []
        """Those of this start."""
        self._in_a_row = 0
        self._waiting = [one for one in study.list() if one.state == "running"]

    def run(self) -> dict[str, Any]:
        try:
            while not self._watch.cancelled():
                self._fill()
                if not self._live:
                    break
                self._look()
                time.sleep(_POLL)
            else:
                self._stop()
        except HansardError:
            self._stop()
            raise
        finally:
            for live in self._live:
                live.child.end()
            told = self._write()
        if self._watch.cancelled():
            raise Cancelled(
                f"stopped; {len(self._live)} trials were under way",
                hint="the same command goes on with them",
            )
        return told

    def _fill(self) -> None:
        """Begin trials while there is room; one after another, since the first decodes the data."""
        while len(self._live) < self._order.parallel and all(one.total for one in self._live):
            if self._waiting:
                self._begin(self._study.take_up(self._waiting.pop(0).number), new=False)
            elif self._count() < self._order.trials:
                self._begin(self._study.ask(), new=True)
            else:
                return

    def _count(self) -> int:
        """Trials that are over or run; failures count only for this start."""
        over = sum(one.state in {"done", "pruned"} for one in self._study.list())
        return over + len(self._live) + len(self._failures)

    def _begin(self, trial: Trial, *, new: bool) -> None:
        home = _home_of(self._order, trial.number)
        if new and home.exists:
            self._fail(trial.number, f"there was a run {home.name!r} already")
            raise UsageError(
                f"there is a run {home.name!r} already, which is not of this sweep",
                hint="delete or rename it, or begin another --run",
            )
        offset = trial.facts.get("log_offset")
        if offset is None:
            offset = home.log.stat().st_size if home.log.exists() else 0
            self._study.note(trial.number, run=home.name, log_offset=offset)
        self._tell("trial begins", {"trial": trial.number, "options": dict(trial.options)})
        seconds = float(trial.facts.get("seconds") or 0.0)
        child = self._start(trial, home, offset)
        live = _Live(trial, home, child, time.monotonic() - seconds)
        self._live.append(live)
        for line in [] if new else child.news():
            self._take(live, line, old=True)
        self._write()

    def _start(self, trial: Trial, home: RunFolder, offset: int) -> Child:
        order = self._order
        folder = self._folder_of(trial)
        with holding(folder, patience=_ORPHAN):
            pass  # the child of a killed sweep has ended
        recipe = write_whole(self._recipe(trial), write_toml({**order.fixed, **trial.options}))
        common = ["--project", str(order.project.root), "--request-id", order.request_id]
        if home.exists:
            arguments = ["train", "resume", home.name, *common, *order.flags]
        else:
            arguments = [
                "train", "run", str(order.data), "--run", home.name, "--start", order.start,
                "--recipe", str(recipe), *common, *order.flags,
            ]  # fmt: skip
        return Child(Errand(arguments=arguments, folder=folder, log=home.log, offset=offset))

    def _folder_of(self, trial: Trial) -> Path:
        return self._order.folder / "trials" / f"{trial.number:03d}"

    def _recipe(self, trial: Trial) -> Path:
        return self._folder_of(trial) / "recipe.toml"

    def _look(self) -> None:
        for live in list(self._live):
            code = live.child.code  # before the news, so that none are missed
            for line in live.child.news():
                self._take(live, line)
            if code is not None:
                self._end(live, code)

    def _take(self, live: _Live, line: Line, *, old: bool = False) -> None:
        stage = line.get("stage")
        live.total = line.get("total") or live.total
        if stage == "train" and not old:
            self._tell("train", {**_plain(line), "trial": live.trial.number})
        if stage != "evaluate" or not live.total:
            return
        figure = line.get("wer", line.get("loss"))
        if figure is None or not math.isfinite(figure):
            return
        live.best = _better(live.best, {**line, "figure": figure})
        self._study.note(live.trial.number, **live.best)
        # trials of different batch sizes have different steps, so that shares are compared
        tenth = 10 * int(line["step"]) // live.total
        if not old:
            facts = {**_plain(line), "trial": live.trial.number, "total": live.total}
            self._tell("evaluate", facts)
        if self._study.report(live.trial.number, live.best["figure"], tenth) and tenth < 10:
            live.pruned = True
            live.child.stop()

    def _end(self, live: _Live, code: int) -> None:
        state = self._state_of(live)
        if code == 0 and state == "done":
            live.pruned = False
            self._settle(live, "done" if live.best else "failed", "nothing was evaluated")
        elif live.pruned:
            self._settle(live, "pruned")
        elif (code < 0 or state == "stopped") and live.restarts < _RESTARTS:
            logger.warning("trial %d was ended from outside; it goes on", live.trial.number)
            live.child.end()
            live.restarts += 1
            offset = self._study.take_up(live.trial.number).facts["log_offset"]
            live.child = self._start(live.trial, live.home, offset)
        else:
            error = live.child.last_words() or f"it ended with {code}"
            self._settle(live, "failed", f"killed by signal {-code}" if code < 0 else error)

    def _state_of(self, live: _Live) -> object:
        return live.home.read().get("state") if live.home.exists else None

    def _settle(self, live: _Live, state: str, error: str = "") -> None:
        number = live.trial.number
        live.child.end()
        self._live.remove(live)
        self._study.note(number, seconds=round(time.monotonic() - live.began, 1))
        if state == "failed":
            self._fail(number, error)
        else:
            self._study.finish(number, "done" if state == "done" else "pruned")
            self._in_a_row = 0
        if live.home.exists:
            live.home.note(sweep={"name": self._order.name, "trial": number, "state": state})
        shown = {"error": error} if state == "failed" else dict(live.best)
        self._tell("trial", {"trial": number, "state": state, **shown})
        self._write()
        self._check_failures()

    def _fail(self, number: int, error: str) -> None:
        self._study.note(number, error=error)
        self._study.finish(number, "failed")
        self._failures.append(error)
        self._in_a_row += 1

    def _check_failures(self) -> None:
        alone = not any(one.state in {"done", "pruned"} for one in self._study.list())
        if self._in_a_row >= _IN_A_ROW or (self._in_a_row and alone):
            many = f"{self._in_a_row} trials failed one after another"
            what = many if self._in_a_row > 1 else "the first trial failed"
            raise TrainingError(
                f"{what}: {self._failures[-1]}", hint="the same command tries them again"
            )

    def _stop(self) -> None:
        """Have the children write checkpoints and end; their trials are gone on with later."""
        for live in self._live:
            live.child.stop()
        while any(live.child.code is None for live in self._live):
            time.sleep(_POLL)
        for live in self._live:
            for line in live.child.news():
                self._take(live, line)
            seconds = round(time.monotonic() - live.began, 1)
            self._study.note(live.trial.number, seconds=seconds)
            if live.best and self._state_of(live) == "done":
                self._study.finish(live.trial.number, "done")

    def _write(self) -> dict[str, Any]:
        rows = make_rows(self._study.list())
        best = find_best(rows)
        if not self._order.keep_checkpoints:
            self._drop_weights(rows, best)
        about = {
            "sweep": self._order.name,
            **_about(self._order),
            "asked": self._order.trials,
            "best": None if best is None else self._describe_best(best),
            "updated": now(),
        }
        return write_results(self._order.folder, json.loads(json.dumps(about, default=str)), rows)

    def _describe_best(self, best: Row) -> dict[str, Any]:
        recipe = self._order.folder / "trials" / f"{best.trial:03d}" / "recipe.toml"
        command = [
            "hansard", "train", "run", str(self._order.data), "--run", f"{self._order.name}-best",
            "--start", self._order.start, "--recipe", str(recipe),
            *(["--project", str(self._order.project.root)]
              if self._order.project.root != Path() else []),
        ]  # fmt: skip
        return {
            "trial": best.trial,
            "run": best.run,
            "figure": best.figure,
            "options": dict(best.options),
            "recipe": str(recipe),
            "command": shlex.join(command),
        }

    def _drop_weights(self, rows: list[Row], best: Row | None) -> None:
        """Delete weights of trials that lost; a tie keeps the earlier one."""
        for row in rows:
            lost = row.state in {"pruned", "failed"} or (row.state == "done" and row != best)
            if lost and row.run:
                home = RunFolder(self._order.project, row.run)
                for folder in (home.checkpoints, home.best, home.path / "candidate.part"):
                    shutil.rmtree(folder, ignore_errors=True)


def _better(best: Mapping[str, Any], line: Line) -> Mapping[str, Any]:
    """The best figure so far, its step, and the lowest loss that was measured with it."""
    new = {name: line.get(name) for name in ("figure", "wer", "loss", "step")}
    if not best or new["figure"] < best["figure"]:
        return new
    lower = new["figure"] == best["figure"] and (new["loss"] or 0) < (best["loss"] or 0)
    return {**best, "loss": new["loss"]} if lower else best


def _plain(line: Line) -> dict[str, Any]:
    return {
        name: value for name, value in line.items() if name not in {"time", "request_id", "stage"}
    }
