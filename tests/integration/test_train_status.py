"""`hansard train status`: runs as they are listed, shown and followed."""

import json
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from hansard.cli.main import DONE, WRONG_USE, run
from hansard.training.fitting.records import RunFolder, RunLog
from hansard.training.holding import holding
from hansard.training.project import Project


def step(log: RunLog, number: int, loss: float) -> None:
    log.write("train", step=number, total=40, epoch=0, loss=loss, lr=1e-4, memory=900,
              gpu_utilisation=None, seconds=0.5, sound_per_second=61.0)  # fmt: skip


def make(project: Path, name: str, state: str, steps: int = 30) -> RunFolder:
    """A run as a training leaves it."""
    home = RunFolder(Project(project), name)
    home.path.mkdir(parents=True)
    with RunLog(home.log, "request") as log:
        log.write("begin", total=40, device="cpu")
        for number in range(1, steps + 1):
            step(log, number, 3.0 / number)
        log.write("evaluate", step=steps, loss=0.5, wer=0.125, cer=0.05, clips=7)
        if state != "running":
            log.write(state)
    home.write({"run": name, "state": state, "total_steps": 40, "start": {"name": "demo"}})
    with holding(home.path):
        pass
    return home


def show(project: Path, *more: str) -> int:
    return run(["train", "status", *more, "--project", str(project)])


def test_runs_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One a line; a killed one with the command that goes on with it."""
    assert show(tmp_path) == DONE
    assert "no run yet" in capsys.readouterr().out
    make(tmp_path, "first", "done")
    make(tmp_path, "second", "running")
    assert show(tmp_path) == DONE
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line.strip()}
    assert "30/40" in lines["first"]
    assert "12.50%" in lines["first"]
    assert "killed" in lines["second"]
    assert "hansard train resume second" in lines["second"]


def test_a_run_is_shown_with_its_curve(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And with its evaluations."""
    make(tmp_path, "first", "done")
    assert show(tmp_path, "first") == DONE
    shown = capsys.readouterr().out
    assert "loss 3.000 █" in shown
    assert "▁ 0.100" in shown
    assert "30     0.5000   12.50%   5.00%   7" in shown
    assert "demo" in shown


def test_json_has_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A list of runs; of a single one its losses, evaluations and manifest too."""
    make(tmp_path, "first", "stopped")
    assert show(tmp_path, "--json") == DONE
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["run"], listed["state"], listed["wer"]) == ("first", "stopped", 0.125)
    assert show(tmp_path, "first", "--json") == DONE
    one = json.loads(capsys.readouterr().out)
    assert {**one, **listed, "age": 0} == {**one, "age": 0}
    assert len(one["losses"]) == 30
    assert one["evaluations"] == [{"step": 30, "loss": 0.5, "wer": 0.125, "cer": 0.05, "clips": 7}]
    assert one["manifest"]["total_steps"] == 40


def test_a_run_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Is refused, and one of a similar name is offered."""
    make(tmp_path, "first", "done")
    assert show(tmp_path, "frist") == WRONG_USE
    assert "did you mean first?" in capsys.readouterr().err
    assert show(tmp_path, "frist", "--follow") == WRONG_USE


@pytest.mark.parametrize("as_json", [False, True])
def test_a_run_is_followed_to_its_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, as_json: bool
) -> None:
    """A line for each step as it comes, and one for how it ended."""
    home = make(tmp_path, "first", "running", steps=3)
    begun = Event()

    def train() -> None:
        with holding(home.path, patience=60), RunLog(home.log, "request") as log:
            begun.set()
            step(log, 4, 0.75)
            home.note(state="done")
            log.write("done", ending="all steps done")

    thread = Thread(target=train)
    thread.start()
    begun.wait()
    code = show(tmp_path, "first", "--follow", *(["--json"] if as_json else []))
    thread.join()
    assert code == DONE
    lines = capsys.readouterr().out.splitlines()
    if as_json:
        told: list[dict[str, Any]] = [json.loads(line) for line in lines]
        assert [one["step"] for one in told if one.get("stage") == "train"] == [1, 2, 3, 4]
        assert told[-1]["state"] == "done"
    else:
        assert sum(line.startswith("first train: step") for line in lines) == 4
        assert lines[-1].startswith("first done 4/40 0.7500 12.50% 3")


def test_all_runs_are_followed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Until none of them goes on."""
    make(tmp_path, "first", "done")
    make(tmp_path, "second", "failed")
    assert show(tmp_path, "--follow") == DONE
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("first done") for line in lines)
    assert any(line.startswith("second failed") for line in lines)
