"""`hansard train status`."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich import box
from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from hansard.cli.clips import HERE, JsonFlag, ProjectFlag
from hansard.cli.tables import PipeConsole, print_json
from hansard.cli.train_sweep import print_sweep
from hansard.errors import UsageError
from hansard.training.fitting.records import RunFolder
from hansard.training.fitting.standing import ALIVE, RunStatus, list_runs, look_at
from hansard.training.following import Line, LogFollower, read_tail
from hansard.training.holding import is_held
from hansard.training.project import Project
from hansard.training.sweeps.results import is_sweep, read_results

_PAUSE = 1.0
"""Seconds between looks of --follow."""
_BARS = "▁▂▃▄▅▆▇█"
_WIDTH = 60
_LOOKS = 10
"""Evaluations that are listed."""
_DETAILS = 1 << 23
"""Bytes at the end of a log that the curve is drawn from."""
_BEFORE = 1 << 14
"""Bytes of a log that --follow shows of what was before."""
_WIDE = 160
_HEADINGS = ("run", "state", "step", "loss", "best WER", "at", "speed", "left", "told", "")


def status(
    run: str | None = None,
    /,
    *,
    follow: Annotated[bool, Parameter(negative="", alias="-f")] = False,
    project: ProjectFlag = HERE,
    json_: JsonFlag = False,
) -> None:
    """Show how far trainings are.

    A training that ended without a word is shown as killed, with the command that goes on with it.

    Parameters
    ----------
    run
        A training, to see its curve and its evaluations; or a sweep, to see its trials.
    follow
        Go on showing until all that is shown has ended.
    project
        The folder of the training project.
    json_
        Write JSON; with --follow a line for each change.
    """
    home = Project(project)
    if follow:
        _names(home, run)  # one that is not there is told at once
        _follow(home, run, json_=json_)
        return
    told = read_results(home.runs / run) if run is not None else None
    if told is not None:
        if json_:
            print_json(told)
        else:
            print_sweep(told)
        return
    seen = [look_at(RunFolder(home, name)) for name in _names(home, run)]
    if json_:
        whole = [asdict(one) for one in seen]
        print_json(whole if run is None else {**whole[0], **_more(home, seen[0])})
    else:
        _console().print(_show_one(home, seen[0]) if run is not None else _show_all(seen))
        for line in _sweeps(home) if run is None else ():
            print(line)


def _names(project: Project, run: str | None) -> tuple[str, ...]:
    """The run that was asked for, the trials of a sweep, or all runs."""
    runs = tuple(name for name in list_runs(project) if not is_sweep(project.runs / name))
    if run is None:
        return runs
    if is_sweep(project.runs / run):
        return tuple(sorted(name for name in runs if name.startswith(f"{run}-")))
    if run not in runs:
        near = get_close_matches(run, runs, n=1)
        raise UsageError(
            f"there is no run {run!r} in {str(project.runs)!r}",
            hint=f"did you mean {near[0]}?" if near else "hansard train status lists runs",
        )
    return (run,)


def _sweeps(project: Project) -> Iterator[str]:
    """A line for each sweep."""
    for folder in sorted(path for path in project.runs.glob("*") if is_sweep(path)):
        told = read_results(folder)
        if told is None:
            continue
        over = sum(one["state"] in {"done", "pruned"} for one in told["trials"])
        state = "running" if is_held(folder) else "not running"
        best = f", best {told['best']['run']}" if told["best"] else ""
        yield f"sweep {folder.name}: {state}, {over} of {told['asked']} trials{best}"


def _console() -> PipeConsole:
    console = PipeConsole(highlight=False)
    return console if console.is_terminal else PipeConsole(width=_WIDE, highlight=False)


def _show_all(seen: Sequence[RunStatus]) -> RenderableType:
    table = Table(*_HEADINGS, box=box.SIMPLE_HEAD, pad_edge=False)
    for one in seen:
        table.add_row(*(Text(cell) for cell in _row(one)))
    return table if seen else Text("no run yet")


def _row(one: RunStatus) -> tuple[str, ...]:
    return (
        one.run,
        one.state,
        f"{one.step}/{one.total}" if one.total else str(one.step or ""),
        "" if one.loss is None else f"{one.loss:.4f}",
        "" if one.wer is None else f"{one.wer:.2%}",
        str(one.best_step or ""),
        f"{one.sound_per_second:.0f} s/s" if one.sound_per_second else "",
        _clock(one.seconds_left),
        f"{_clock(one.age)} ago" if one.age is not None else "",
        one.error or one.advice or "",
    )


def _show_one(project: Project, one: RunStatus) -> RenderableType:
    home = RunFolder(project, one.run)
    lines = read_tail(home.log, _DETAILS)
    told = home.read() if home.exists else {}
    return Group(_facts(one, told), *_curve(lines), *_evaluations(lines))


def _facts(one: RunStatus, told: Mapping[str, Any]) -> Table:
    split = told.get("split", {}).get("train", {})
    machine = told.get("machine", {})
    begun = told.get("start", {}).get("name")
    facts: dict[str, object] = dict(zip(_HEADINGS, _row(one), strict=True))
    facts.pop("")
    facts |= {
        "began with": begun,
        "learns from": f"{split['clips']} clips, {split['hours']} h" if split else None,
        "on": f"{machine['device']}, {machine['precision']}" if machine else None,
        "began": told.get("created"),
        "error": one.error,
        "go on with": one.advice,
    }
    table = Table.grid(padding=(0, 2))
    for name, value in facts.items():
        if value:
            table.add_row(Text(name), Text(str(value)))
    return table


def _curve(lines: Sequence[Line]) -> Iterator[RenderableType]:
    losses = [float(one["loss"]) for one in lines if one.get("stage") == "train" and "loss" in one]
    if len(losses) > 1:
        shown = _thin(losses, _WIDTH)
        yield Text(f"\nloss {shown[0]:.3f} {sparkline(shown)} {shown[-1]:.3f}")


def _thin(values: Sequence[float], most: int) -> list[float]:
    """At most so many values, each the mean of its neighbours."""
    if len(values) <= most:
        return list(values)
    edges = [len(values) * n // most for n in range(most + 1)]
    parts = [values[edges[n] : edges[n + 1]] for n in range(most)]
    return [sum(part) / len(part) for part in parts]


def sparkline(values: Sequence[float]) -> str:
    """A curve in one line of text."""
    finite = [one for one in values if abs(one) < float("inf")]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    span = (high - low) or 1.0
    top = len(_BARS) - 1
    return "".join(
        _BARS[round((one - low) / span * top)] if abs(one) < float("inf") else "x" for one in values
    )


def _evaluations(lines: Sequence[Line]) -> Iterator[RenderableType]:
    looks = _looks(lines)
    if looks:
        names = ("step", "loss", "WER", "CER", "clips")
        table = Table(*names, box=box.SIMPLE_HEAD, pad_edge=False)
        for one in looks[-_LOOKS:]:
            shares = [one.get("wer"), one.get("cer")]
            cells = [
                one.get("step"),
                f"{one['loss']:.4f}" if one.get("loss") is not None else "",
                *("" if share is None else f"{share:.2%}" for share in shares),
                one.get("clips", ""),
            ]
            table.add_row(*(Text(str(cell)) for cell in cells))
        yield table


def _looks(lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if line.get("stage") == "evaluate"]


def _more(project: Project, one: RunStatus) -> dict[str, Any]:
    """What only the JSON of a single run has."""
    home = RunFolder(project, one.run)
    lines = read_tail(home.log, _DETAILS)
    names = ("step", "loss", "lr", "memory", "gpu_utilisation")
    steps = [line for line in lines if line.get("stage") == "train"]
    return {
        "evaluations": [
            {name: line.get(name) for name in ("step", "loss", "wer", "cer", "clips")}
            for line in _looks(lines)
        ],
        "losses": [{name: line.get(name) for name in names} for line in steps],
        "manifest": home.read() if home.exists else None,
    }


def _follow(project: Project, run: str | None, *, json_: bool) -> None:
    console = _console()
    if console.is_terminal and not json_:
        _follow_live(project, run, console)
    else:
        _follow_lines(project, run, json_=json_)


def _goes_on(project: Project, run: str | None) -> bool:
    """Whether a sweep that is followed may begin further trials."""
    return run is not None and is_sweep(project.runs / run) and bool(is_held(project.runs / run))


def _follow_live(project: Project, run: str | None, console: PipeConsole) -> None:
    with Live(console=console, auto_refresh=False) as live:
        while True:
            more = _goes_on(project, run)
            seen = [look_at(RunFolder(project, name)) for name in _names(project, run)]
            single = run is not None and [one.run for one in seen] == [run]
            live.update(_show_one(project, seen[0]) if single else _show_all(seen), refresh=True)
            if not more and not any(one.state in ALIVE for one in seen):
                return
            time.sleep(_PAUSE)


def _follow_lines(project: Project, run: str | None, *, json_: bool) -> None:
    """A line for each step and evaluation as they come; how each run stands, at its end."""
    followers: dict[str, LogFollower] = {}
    ended: set[str] = set()
    while True:
        more = _goes_on(project, run)
        for name in [one for one in _names(project, run) if one not in ended]:
            home = RunFolder(project, name)
            standing = look_at(home)  # before the news, so that none are missed
            follower = followers.setdefault(name, LogFollower(home.log, _late(home.log)))
            for line in follower.news():
                _say_line(name, line, json_=json_)
            if standing.state not in ALIVE:
                _say_end(standing, json_=json_)
                ended.add(name)
        if not more and ended >= set(_names(project, run)):
            return
        time.sleep(_PAUSE)


def _late(log: Path) -> int:
    """Where in a log following begins: not long before its end."""
    return max(0, log.stat().st_size - _BEFORE) if log.exists() else 0


def _say_line(name: str, line: Line, *, json_: bool) -> None:
    if json_:
        _print_line({"run": name, **line})
        return
    stage = line.get("stage")
    hidden = {"time", "request_id", "stage", "gpu_utilisation", "windows_per_second", "epoch"}
    facts = ", ".join(
        f"{key} {value:.4g}" if isinstance(value, float) else f"{key} {value}"
        for key, value in line.items()
        if key not in hidden and value is not None
    )
    print(f"{name} {stage}: {facts}", flush=True)


def _say_end(standing: RunStatus, *, json_: bool) -> None:
    if json_:
        _print_line(asdict(standing))
        return
    print(" ".join([standing.run, *filter(None, _row(standing)[1:])]), flush=True)


def _print_line(value: Mapping[str, Any]) -> None:
    print(json.dumps(value, ensure_ascii=False), flush=True)


def _clock(seconds: float | None) -> str:
    """A span of time for people."""
    if seconds is None:
        return ""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < 48 * 3600:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86400} days"
