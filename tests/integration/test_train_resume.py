"""A training that is killed, stopped, or done by two processes learns the same."""

import json
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from train_cases import (
    ENVIRONMENT,
    NEEDS_TRAIN,
    SHORT,
    command,
    curve_of,
    lines_of,
    manifest_of,
    start,
    write_splits,
)

from hansard.cli.main import run
from hansard.training.project import Project

pytestmark = [
    *NEEDS_TRAIN,
    pytest.mark.xdist_group("train-resume"),
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs the signals of POSIX"),
]

OPTIONS = (
    *SHORT, "--evaluate-every", 24, "--evaluate-clips", 1, "--save-every", 3,
    "--batch-seconds", 10, "--learning-rate", 3e-4,
)  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One in which a training of 24 steps, several epochs, was not disturbed."""
    root = tmp_path_factory.mktemp("project")
    write_splits(root)
    assert run(command(*begin(root, "whole"))) == 0
    return root


def begin(project: Path, name: str, steps: int = 24) -> tuple[object, ...]:
    where = ("--project", project, "--run", name, "--max-steps", steps)
    return ("run", Project(project).splits, *where, *OPTIONS)


def wait_for(told: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    """Until it is so, or the process has ended by itself."""
    while not told() and process.poll() is None:
        time.sleep(0.02)


def last_step(project: Path, name: str) -> int:
    return max(curve_of(project, name), default=0)


def check_same(project: Path, name: str) -> None:
    """Every step cost what it costs in the training that nothing disturbed."""
    expected, found = curve_of(project, "whole"), curve_of(project, name)
    assert sorted(expected) == sorted(found) == list(range(1, 25))
    for step, loss in expected.items():
        assert found[step] == pytest.approx(loss, abs=1e-4), step
    assert manifest_of(project, name)["state"] == "done"
    looks = [lines_of(project, run, "evaluate")[-1]["loss"] for run in ("whole", name)]
    assert looks[1] == pytest.approx(looks[0], abs=1e-4)


def test_epochs_were_gone_through(project: Path) -> None:
    """The training that others are compared with has more than two epochs."""
    assert lines_of(project, "whole", "train")[-1]["epoch"] >= 2
    assert len(curve_of(project, "whole")) == 24


def test_after_a_kill_it_goes_on_as_if_nothing_had_been(project: Path) -> None:
    """Killed after any step, it has a whole checkpoint, and the same losses from there on."""
    seed = random.SystemRandom().randrange(3, 13)
    process = start(*begin(project, "killed"))
    wait_for(lambda: last_step(project, "killed") >= seed, process)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL, "it ended before it could be killed"
    done = last_step(project, "killed")
    assert manifest_of(project, "killed")["state"] == "running"
    assert run(command("resume", "killed", "--project", project)) == 0
    (resumed,) = lines_of(project, "killed", "resume")
    kept = int((resumed["checkpoint"] or "step-0").removeprefix("step-"))
    assert kept % 3 == 0
    assert done - 5 <= kept <= done
    check_same(project, "killed")
    assert not list((Project(project).runs / "killed" / "checkpoints").glob("*.part"))


def test_ctrl_c_writes_a_checkpoint(project: Path) -> None:
    """It stops after the step that it is in, with the exit code of an interrupt, and goes on."""
    process = start(*begin(project, "stopped"))
    wait_for(lambda: last_step(project, "stopped") >= 4, process)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate()
    assert process.returncode == 130, told
    assert "finishing this step, then writing a checkpoint" in told
    assert "Traceback" not in told
    done = last_step(project, "stopped")
    assert manifest_of(project, "stopped")["state"] == "stopped"
    checkpoints = Project(project).runs / "stopped" / "checkpoints"
    assert (checkpoints / f"step-{done:06d}" / "progress.json").exists()
    assert run(command("resume", "stopped", "--project", project)) == 0
    check_same(project, "stopped")
    steps = [line["step"] for line in lines_of(project, "stopped", "train")]
    assert steps == list(range(1, 25))  # nothing was done twice


def test_before_the_first_step_there_is_nothing_to_lose(project: Path) -> None:
    """Killed before its first checkpoint, a run begins anew under its own name."""
    process = start(*begin(project, "early"))
    wait_for(lambda: bool(lines_of(project, "early", "begin")), process)
    process.kill()
    process.communicate()
    for checkpoint in (Project(project).runs / "early").glob("checkpoints/step-*"):
        assert not (checkpoint / "progress.json").exists() or last_step(project, "early") >= 3
    assert run(command("resume", "early", "--project", project)) == 0
    check_same(project, "early")


def test_two_processes_learn_what_one_learns_in_two_batches(project: Path) -> None:
    """The losses of `accelerate launch` are those of one process that sums two batches."""
    assert run(command(*begin(project, "one", 6), "--accumulate", 2)) == 0
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    launch = [
        *(sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu"),
        *("--num_processes", "2", "--num_machines", "1", "--mixed_precision", "no"),
        *("--dynamo_backend", "no", "--main_process_port", str(port), "-m", "hansard"),
    ]
    done = subprocess.run(
        [*launch, *command(*begin(project, "two", 6), "--json")],
        env={**ENVIRONMENT, "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    one, two = curve_of(project, "one"), curve_of(project, "two")
    assert sorted(two) == [1, 2, 3, 4, 5, 6]
    for step, loss in one.items():
        assert two[step] == pytest.approx(loss, abs=1e-4), step
    told = manifest_of(project, "two")
    assert (told["machine"]["processes"], told["state"]) == (2, "done")
    # one of them tells and writes, not both
    assert json.loads(done.stdout)["run"] == "two"
    stages = [line["stage"] for line in lines_of(project, "two")]
    assert stages.count("begin") == stages.count("done") == 1
    assert len(lines_of(project, "two", "train")) == 6
    looks = [lines_of(project, name, "evaluate")[-1]["loss"] for name in ("one", "two")]
    assert looks[1] == pytest.approx(looks[0], abs=1e-4)
