"""`hansard train sweep`."""

import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, Literal, Self

from annotated_types import Ge
from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from hansard.cli.fit_options import (
    DEFAULTS,
    REPORTING,
    Fit,
    Given,
    Reported,
    check_options,
    choose_options,
    wants_given,
)
from hansard.cli.flags import with_options
from hansard.cli.main import set_up_logging
from hansard.cli.tables import print_json, print_table
from hansard.cli.train import GROUPS, find_start, stopping_politely
from hansard.errors import SettingError, UsageError
from hansard.models.hub import ModelFiles
from hansard.settings import Settings
from hansard.training.fitting.options import FitOptions, suggest_learning_rate
from hansard.training.project import Project
from hansard.training.sweeps.results import Row, rank
from hansard.training.sweeps.space import (
    Choice,
    Range,
    Space,
    count_weights,
    default_space,
    read_recipe,
)
from hansard.training.sweeps.study import Pruning
from hansard.training.watching import Watch
from hansard.work.sweep import SweepOrder
from hansard.work.sweep import sweep as do_sweep

_LOOKS = 5
"""Evaluations in a trial whose length is given in steps."""


@dataclass(frozen=True, kw_only=True)
class Searching:
    """How a sweep goes."""

    trials: Annotated[int, Ge(1)] = 20
    """How many settings are tried, in all starts of the sweep together."""
    parallel: Annotated[int, Ge(1)] = 1
    """Trials that are trained at the same time."""
    pruning: Literal["median", "none"] = "median"
    """End trials early whose figure is worse than the median of the others after the same share of
    the training."""
    spare: Annotated[int, Ge(1)] = 4
    """So many trials run to their end before any is ended early."""
    keep_checkpoints: Annotated[bool, Parameter(negative="")] = False
    """Keep the weights of all trials, not of the best one alone."""


SEARCHING = Searching()


@wants_given
@with_options(*GROUPS)
def sweep(  # noqa: PLR0913 - the command line's own flags
    data: Path,
    /,
    *,
    run_: Annotated[str, Parameter(name="--run")],
    start: str = "demo",
    recipe: Path | None = None,
    searching: Annotated[Searching, Parameter(name="*", group="Search")] = SEARCHING,
    reported: Reported = REPORTING,
    fit: Fit = DEFAULTS,
    given: Given = (),
    settings: Settings,
) -> None:
    """Try many settings, and keep a table of how good each was.

    Each trial is a run of its own, RUN-001 and so on, in a process of its own. Ctrl-C stops them
    with a checkpoint; the same command goes on, after a kill too. The first trial has the usual
    settings. The figure is the word error rate on the validation part.

    Without a recipe it tries learning rate, batch, weight decay, warm-up and accumulation. A flag
    that is given fixes its option for all trials.

    Parameters
    ----------
    data
        A manifest, or a folder with train.jsonl and validation.jsonl.
    run_
        What to call the sweep.
    start
        The model to begin with: a name, an id at the hub, or a folder in Hugging Face's layout.
    recipe
        A TOML file: options that are the same for all trials, and a table [space] with lines such
        as learning_rate = {low = 1e-5, high = 1e-3, log = true} or accumulate = [1, 2, 4].
    """
    set_up_logging(verbose=False)
    fixed, space = _choose(recipe, fit, given)
    files = find_start(start, settings.options)
    usual = _usual_rate(files, fixed)
    space = space or {k: v for k, v in default_space(usual).items() if k not in given}
    if not space:
        raise UsageError("every option is fixed, so nothing is left to try", hint="fewer flags")
    _check(space, fixed)
    order = SweepOrder(
        project=Project(reported.project),
        name=run_,
        data=data,
        start=start,
        digest=files.digest,
        space=space,
        fixed=fixed,
        first=_usual(space, check_options(fixed), usual),
        trials=searching.trials,
        parallel=searching.parallel,
        pruning=Pruning(wanted=searching.pruning == "median", spare=searching.spare),
        keep_checkpoints=searching.keep_checkpoints,
        flags=_pass_on(settings),
        request_id=reported.request_id or uuid.uuid4().hex,
    )
    with SweepView(run_) as view, stopping_politely() as cancelled:
        told = do_sweep(order, Watch(cancelled=cancelled), view.tell)
    if reported.json_:
        print_json(told)
    else:
        print_sweep(told)


def _choose(
    recipe: Path | None, fit: FitOptions, given: Given
) -> tuple[dict[str, Any], dict[str, Range | Choice]]:
    """Fixed options that are not at their defaults, and what the recipe wants to be tried."""
    told, space = read_recipe(recipe) if recipe is not None else ({}, {})
    both = sorted(set(told) & set(space))
    if both:
        raise SettingError(
            f"recipe {str(recipe)!r} both fixes and tries {both[0]}", hint="delete one of them"
        )
    chosen = choose_options(told, None, fit, given)
    said = {*told, *space, *given}
    if chosen.max_steps and "max_steps" not in space and "evaluate_every" not in said:
        chosen = replace(chosen, evaluate_every=max(1, chosen.max_steps // _LOOKS))
    usual = asdict(DEFAULTS)
    fixed = {
        name: str(value) if isinstance(value, Path) else value
        for name, value in asdict(chosen).items()
        if value != usual[name] or name in told or name in given
    }
    left = {name: dimension for name, dimension in space.items() if name not in given}
    if space and not left:
        raise UsageError("every option is fixed, so nothing is left to try", hint="fewer flags")
    return fixed, left


def _check(space: Space, fixed: Mapping[str, Any]) -> None:
    """See to it that every value that may be tried is one that a training takes."""
    for name, dimension in space.items():
        for value in dimension.examples():
            check_options({**fixed, name: value})


def _usual_rate(files: ModelFiles, fixed: Mapping[str, Any]) -> float | None:
    weights = count_weights(files.path)
    return suggest_learning_rate(weights, fixed.get("method", DEFAULTS.method)) if weights else None


def _usual(space: Space, fixed: FitOptions, rate: float | None) -> dict[str, Any]:
    """The usual settings, as far as they are among those to be tried; nothing if one is not."""
    usual = {**asdict(fixed), "learning_rate": fixed.learning_rate or rate}
    if not all(dimension.holds(usual[name]) for name, dimension in space.items()):
        return {}
    return {name: usual[name] for name in space}


def _pass_on(settings: Settings) -> tuple[str, ...]:
    """Flags by which a child reads the same settings; it has this process's environment."""
    flags: list[str] = []
    for name, origin in settings.origins.items():
        if origin == "flag":
            flags += _as_flags(name.replace("_", "-"), getattr(settings.options, name))
    if settings.file is not None:
        flags.append(f"--config={settings.file}")
    return tuple(flags)


def _as_flags(word: str, value: object) -> list[str]:
    if isinstance(value, bool):
        return [f"--{word}" if value else f"--no-{word}"]
    if isinstance(value, Mapping):
        return [f"--{word}.{key}={one}" for key, one in value.items()]
    return [f"--{word}={value}"]


def print_sweep(told: Mapping[str, Any]) -> None:
    """Write a sweep's table, best first, and how to train with its best settings."""
    rows = rank([Row(**row) for row in told["trials"]])
    names = list(dict.fromkeys(name for row in rows for name in row.options))
    best = told["best"]
    print_table(
        ("", "run", "state", "WER", "loss", "step", *names, "seconds"),
        [
            ("*" if best and row.trial == best["trial"] else "", row.run, row.state,
             "" if row.wer is None else f"{row.wer:.2%}",
             "" if row.loss is None else f"{row.loss:.4f}", row.step,
             *(_short(row.options.get(name)) for name in names), row.seconds)
            for row in rows
        ],
    )  # fmt: skip
    if best:
        print(f"train with the best: {best['command']}")


def _short(value: object) -> object:
    return f"{value:.4g}" if isinstance(value, float) else value


class SweepView:
    """A sweep as it is seen on a terminal: a bar for each trial; without one, a line for each."""

    def __init__(self, name: str) -> None:
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[facts]}", markup=False),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._name = name
        self._tasks: dict[int, TaskID] = {}

    def __enter__(self) -> Self:
        """Show the bars."""
        self._bars.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Take them away."""
        self._bars.stop()

    def tell(self, stage: str, facts: Mapping[str, Any]) -> None:
        """Show what the sweep tells."""
        number = int(facts["trial"])
        run = f"{self._name}-{number:03d}"
        if stage == "trial begins":
            options = ", ".join(f"{k} {_short(v)}" for k, v in facts["options"].items())
            self._console.print(f"{run} begins: {options}", markup=False)
            self._tasks[number] = self._bars.add_task(run, total=None, facts="")
        elif stage == "train":
            self._bars.update(
                self._tasks[number],
                completed=facts["step"], total=facts["total"], facts=f"loss {facts['loss']:.3f}",
            )  # fmt: skip
        elif stage == "evaluate":
            shown = f"step {facts['step']} of {facts['total']}, {_figures(facts)}"
            self._console.print(f"{run}: {shown}", markup=False)
        elif stage == "trial":
            with suppress(KeyError):
                self._bars.remove_task(self._tasks.pop(number))
            ending = facts.get("error") or _figures(facts)
            self._console.print(f"{run} {facts['state']}: {ending}", markup=False)


def _figures(facts: Mapping[str, Any]) -> str:
    parts = []
    if facts.get("wer") is not None:
        parts.append(f"WER {facts['wer']:.2%}")
    if facts.get("loss") is not None:
        parts.append(f"validation loss {facts['loss']:.4f}")
    return ", ".join(parts)
