"""How far a run is, from what it left on disk: its manifest, its log, its checkpoints."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from hansard.errors import HansardError
from hansard.training.fitting.checkpoints import list_checkpoints, read_progress
from hansard.training.fitting.records import RunFolder
from hansard.training.following import Line, read_tail
from hansard.training.holding import is_held
from hansard.training.project import Project
from hansard.transcript import Seconds

Standing = Literal["preparing", "running", "done", "stopped", "failed", "killed", "pruned"]
ALIVE = frozenset({"preparing", "running"})
_ENDED: Mapping[str, Standing] = {"done": "done", "stopped": "stopped", "failed": "failed"}
_SILENT: Seconds = 600.0
"""A run that nobody holds and whose log is silent for so long is taken for dead..."""
_SILENT_STEPS = 30
"""...unless it is silent for no more than the time of so many lines of its log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStatus:
    """How far a run is."""

    run: str
    state: Standing
    step: int = 0
    total: int | None = None
    epoch: int | None = None
    loss: float | None = None
    """Of the newest step in the log."""
    validation_loss: float | None = None
    wer: float | None = None
    """The best one; 0.25 = a quarter of the words wrong."""
    best_step: int | None = None
    sound_per_second: float | None = None
    """Seconds of sound that it learns from in a second."""
    seconds_left: Seconds | None = None
    """While it runs."""
    age: Seconds | None = None
    """Since it last told anything."""
    error: str | None = None
    advice: str | None = None
    """The command that goes on with it."""


def list_runs(project: Project) -> tuple[str, ...]:
    """Names of the project's runs, in the order in which something was last written to them."""
    folders = [path for path in project.runs.glob("*") if path.is_dir()]
    found = []
    for folder in folders:
        try:
            home = RunFolder(project, folder.name)
        except HansardError:
            continue
        if home.exists or home.log.exists():
            found.append((_last_change(home), folder.name))
    return tuple(name for _, name in sorted(found))


def look_at(home: RunFolder, now: datetime | None = None) -> RunStatus:
    """How far a run is.

    Raises:
        UsageError: there is no such run.
        ManifestError: its manifest cannot be read.
    """
    held = is_held(home.path)  # before the rest is read, or one that ends meanwhile looks killed
    # copies are made beside the training, and may be told after its end
    lines = [line for line in read_tail(home.log) if line.get("stage") != "copy"]
    told = home.read() if home.exists or not lines else {}
    silent = _is_silent(home, lines, now or datetime.now(UTC))
    state = _state(told, lines, held=held, silent=silent)
    steps = [line for line in lines if line.get("stage") == "train"]
    newest = steps[-1] if steps else {}
    step = max(int(newest.get("step", 0)), int(told.get("steps", 0)))
    total = told.get("total_steps") or newest.get("total")
    alive = state in ALIVE
    return RunStatus(
        run=home.name,
        state=state,
        step=step,
        total=total,
        epoch=newest.get("epoch"),
        loss=newest.get("loss"),
        sound_per_second=newest.get("sound_per_second"),
        seconds_left=_time_left(_since_begin(lines), step, total) if alive else None,
        age=_age(home, lines, now or datetime.now(UTC)),
        error=_error(told, lines, state),
        advice=_advise(home, state),
        **_best(home, told, lines),
    )


def _state(
    told: Mapping[str, Any], lines: Sequence[Line], *, held: bool | None, silent: bool
) -> Standing:
    last = str(lines[-1].get("stage")) if lines else ""
    ended = _ENDED.get(str(told.get("state") or last))
    if held:  # what the log says is newer than what the manifest says
        begun = last not in {"", "data", "resume"}
        return _ENDED.get(last) or ("running" if begun else "preparing")
    if ended is not None:
        return "pruned" if told.get("sweep", {}).get("state") == "pruned" else ended
    if held is None and not silent:
        return "running" if told else "preparing"
    return "killed"


def _is_silent(home: RunFolder, lines: Sequence[Line], now: datetime) -> bool:
    """Whether a run that cannot be asked has told nothing for too long."""
    times = [time for time in map(_time_of, lines[-_SILENT_STEPS:]) if time is not None]
    usual = (times[-1] - times[0]).total_seconds() if len(times) >= _SILENT_STEPS else 0.0
    return (_age(home, lines, now) or 0.0) > max(_SILENT, usual)


def _since_begin(lines: Sequence[Line]) -> Sequence[Line]:
    """The lines of the newest start."""
    starts = [place for place, line in enumerate(lines) if line.get("stage") == "begin"]
    return lines[starts[-1] :] if starts else lines


def _time_left(lines: Sequence[Line], step: int, total: int | None) -> Seconds | None:
    """By how fast it went since it began, evaluations and checkpoints included."""
    steps = [line for line in lines if line.get("stage") == "train" and _time_of(line)]
    if not total or len(steps) < 2:
        return None
    first, last = _time_of(steps[0]), _time_of(lines[-1]) or _time_of(steps[-1])
    done = int(steps[-1]["step"]) - int(steps[0]["step"])
    if first is None or last is None or done <= 0:
        return None
    took = (last - first).total_seconds() or float(steps[-1].get("seconds") or 0.0) * done
    return round(took / done * max(0, total - step), 1)


def _best(home: RunFolder, told: Mapping[str, Any], lines: Sequence[Line]) -> dict[str, Any]:
    looks = [line for line in lines if line.get("stage") == "evaluate"]
    facts: dict[str, Any] = {"validation_loss": looks[-1].get("loss")} if looks else {}
    measured = [line for line in looks if line.get("wer") is not None]
    best = min(measured, key=lambda line: (float(line["wer"]), int(line["step"])), default=None)
    figure = best["wer"] if best else None
    step = best["step"] if best else None
    for other in (_saved_best(home), told.get("best")):
        known = other["figure"] if other else None
        # without anything to evaluate with, figures are below zero
        if other and known is not None and 0 <= known < (math.inf if figure is None else figure):
            figure, step = known, other["step"]
    if measured or not looks:
        facts["wer"] = figure
    facts["best_step"] = step
    return facts


def _saved_best(home: RunFolder) -> dict[str, Any] | None:
    """The best figure that the newest checkpoint knows of, should the log be too long to read."""
    found = list_checkpoints(home.checkpoints)
    try:
        progress = read_progress(found[-1]) if found else None
    except HansardError:
        return None
    return {"figure": progress.best, "step": progress.best_step} if progress else None


def _error(told: Mapping[str, Any], lines: Sequence[Line], state: Standing) -> str | None:
    if state != "failed":
        return None
    last = lines[-1].get("error") if lines else None
    return told.get("error") or last


def _advise(home: RunFolder, state: Standing) -> str | None:
    goes_on = state in {"killed", "stopped", "failed"} and home.exists
    return f"hansard train resume {home.name}" if goes_on else None


def _age(home: RunFolder, lines: Sequence[Line], now: datetime) -> Seconds | None:
    told = next((time for time in map(_time_of, reversed(lines)) if time is not None), None)
    if told is None:
        changed = _last_change(home)
        told = datetime.fromtimestamp(changed, UTC) if changed else None
    return None if told is None else max(0.0, (now - told).total_seconds())


def _last_change(home: RunFolder) -> float:
    return max((_changed(path) for path in (home.log, home.manifest)), default=0.0)


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _time_of(line: Mapping[str, Any]) -> datetime | None:
    try:
        time = datetime.fromisoformat(str(line.get("time")))
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
