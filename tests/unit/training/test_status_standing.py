"""How far a run is, from its manifest, its log and its checkpoints."""

import json
import math
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hansard.cli.train_status import sparkline
from hansard.errors import UsageError
from hansard.training.fitting.checkpoints import Progress
from hansard.training.fitting.records import RunFolder
from hansard.training.fitting.standing import list_runs, look_at
from hansard.training.holding import holding
from hansard.training.project import Project

BEGAN = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
Lines = list[dict[str, Any]]


def at(seconds: float) -> str:
    return (BEGAN + timedelta(seconds=seconds)).isoformat(timespec="seconds")


def steps(first: int, last: int, each: float = 2.0) -> Lines:
    return [
        {"time": at(n * each), "stage": "train", "step": n, "total": 100, "loss": 1 / n,
         "seconds": each, "sound_per_second": 50.0, "epoch": 0}
        for n in range(first, last + 1)
    ]  # fmt: skip


def begin(seconds: float = 0) -> Lines:
    return [{"time": at(seconds), "stage": "begin", "total": 100}]


def look(step: int, seconds: float, **facts: float) -> Lines:
    return [{"time": at(seconds), "stage": "evaluate", "step": step, **facts}]


Make = Callable[..., RunFolder]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Write a run of these lines and this manifest."""

    def write(lines: Lines, manifest: dict[str, Any] | None, name: str = "a") -> RunFolder:
        home = RunFolder(Project(tmp_path), name)
        home.path.mkdir(parents=True)
        home.log.parent.mkdir(parents=True, exist_ok=True)
        home.log.write_text("".join(json.dumps(line) + "\n" for line in lines))
        if manifest is not None:
            home.write(manifest)
        return home

    return write


def soon(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def test_a_run_that_goes_on_says_how_long_it_takes(make: Make) -> None:
    """By its steps since it began, evaluations included."""
    lines = [*begin(), *steps(1, 10), *look(10, 40, wer=0.5, loss=2.0)]
    home = make(lines, {"state": "running", "total_steps": 100})
    with holding(home.path):
        seen = look_at(home, soon(43))
    assert (seen.state, seen.step, seen.total, seen.age) == ("running", 10, 100, 3.0)
    assert seen.seconds_left == pytest.approx((40 - 2) / 9 * 90, abs=0.1)
    assert (seen.wer, seen.best_step, seen.validation_loss) == (0.5, 10, 2.0)
    assert seen.advice is None


def test_only_the_newest_start_tells_the_speed(make: Make) -> None:
    """Hours between two starts do not count."""
    lines = [*begin(), *steps(1, 3), *begin(7000)]
    lines += [{**one, "time": at(7000 + 5 * n)} for n, one in enumerate(steps(4, 6))]
    home = make(lines, {"state": "running", "total_steps": 100})
    with holding(home.path):
        assert look_at(home, soon(7011)).seconds_left == pytest.approx(5 * 94)


def test_a_run_whose_process_is_gone_was_killed(make: Make) -> None:
    """However short a time ago; the command that goes on with it is told."""
    home = make([*begin(), *steps(1, 3)], {"state": "running", "total_steps": 100})
    with holding(home.path):
        pass
    seen = look_at(home, soon(7))
    assert (seen.state, seen.advice) == ("killed", "hansard train resume a")
    assert seen.seconds_left is None


def test_a_run_that_nobody_can_ask_about_is_taken_by_its_silence(make: Make) -> None:
    """Not before it is silent for longer than it usually is."""
    home = make([*begin(), *steps(1, 40)], {"state": "running", "total_steps": 100})
    assert look_at(home, soon(80 + 500)).state == "running"
    assert look_at(home, soon(80 + 700)).state == "killed"
    slow = make(steps(1, 40, each=60.0), {"state": "running"}, "slow")
    assert look_at(slow, soon(2400 + 1500)).state == "running"
    assert look_at(slow, soon(2400 + 3000)).state == "killed"


@pytest.mark.parametrize("state", ["done", "stopped", "failed"])
def test_an_end_is_what_the_manifest_says(make: Make, state: str) -> None:
    """And what can be gone on with has advice."""
    home = make([*begin(), *steps(1, 2), {"time": at(9), "stage": state}], {"state": state})
    seen = look_at(home, soon(10_000))
    assert seen.state == state
    assert (seen.advice is None) == (state == "done")


def test_a_run_that_is_resumed_is_preparing(make: Make) -> None:
    """Though its manifest still says that it was stopped."""
    lines = [*begin(), *steps(1, 2), {"time": at(9), "stage": "stopped"}]
    home = make([*lines, {"time": at(50), "stage": "data"}], {"state": "stopped"})
    with holding(home.path):
        assert look_at(home, soon(51)).state == "preparing"


def test_a_run_that_failed_before_it_began_is_told(make: Make) -> None:
    """From its log alone; there is nothing to go on with."""
    lines = [{"time": at(0), "stage": "data"}]
    home = make([*lines, {"time": at(1), "stage": "failed", "error": "no clips"}], None)
    seen = look_at(home, soon(2))
    assert (seen.state, seen.error, seen.advice) == ("failed", "no clips", None)


def test_a_trial_that_a_sweep_ended_is_pruned(make: Make) -> None:
    """It is not to be gone on with."""
    facts = {"state": "stopped", "sweep": {"name": "s", "trial": 2, "state": "pruned"}}
    seen = look_at(make([*begin(), *steps(1, 2)], facts))
    assert (seen.state, seen.advice) == ("pruned", None)


def test_the_best_is_known_though_the_log_is_long(make: Make) -> None:
    """A checkpoint remembers what the end of the log does not tell."""
    lines = [*begin(), *steps(1, 50), *look(50, 100, wer=0.4, loss=1.0)]
    home = make(lines, {"state": "stopped"})
    checkpoint = home.checkpoints / "step-000050"
    checkpoint.mkdir(parents=True)
    progress = Progress(step=50, best=0.25, best_step=20)
    (checkpoint / "progress.json").write_text(json.dumps(asdict(progress)))
    seen = look_at(home)
    assert (seen.wer, seen.best_step) == (0.25, 20)


def test_a_loss_is_never_taken_for_a_word_error_rate(make: Make) -> None:
    """Where nobody judged the model, there is none."""
    home = make(
        [*begin(), *steps(1, 5), *look(5, 10, loss=3.5)],
        {"state": "done", "best": {"step": 5, "figure": 3.5}},
    )
    seen = look_at(home)
    assert (seen.wer, seen.validation_loss, seen.best_step) == (None, 3.5, 5)


def test_runs_are_listed_by_age_and_half_lines_do_no_harm(make: Make, tmp_path: Path) -> None:
    """A folder without manifest and log is no run; a log cut short is read as far as it goes."""
    late = make([*begin(), *steps(1, 3)], {"state": "done"}, "late")
    with late.log.open("a") as file:
        file.write('{"stage": "train", "st')
    (late.path.parent / "empty").mkdir()
    (late.path.parent / "not a name!").mkdir()
    assert list_runs(Project(tmp_path)) == ("late",)
    assert look_at(late).step == 3


def test_a_run_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """By its name."""
    with pytest.raises(UsageError, match="'gone'"):
        look_at(RunFolder(Project(tmp_path), "gone"))


def test_a_curve_fits_one_line() -> None:
    """Low is low, high is high, and what is no number has a mark of its own."""
    assert sparkline([0, 1, 2, math.nan, 7]) == "▁▂▃x█"
    assert sparkline([3, 3]) == "▁▁"
