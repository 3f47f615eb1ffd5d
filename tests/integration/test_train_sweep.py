"""`hansard train sweep`: killed, stopped, gone on with, and what is left at the end."""

import json
import os
import signal
import subprocess
import sys
import time
import tomllib
import wave
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hansard.cli.main import DONE, FAILED, INTERRUPTED, WRONG_USE, run
from hansard.testing.espeak import EspeakVoice, Synthesiser, can_speak
from hansard.training.following import read_tail
from hansard.training.holding import is_held

NEEDS = ("torch", "transformers", "accelerate", "optuna")
pytestmark = [
    pytest.mark.torch,
    pytest.mark.skipif(not can_speak(), reason="espeak-ng is not installed"),
    pytest.mark.skipif(
        any(find_spec(name) is None for name in NEEDS), reason="the extra `train` is not installed"
    ),
]

TEXTS = ("The release is planned for the end of the month.", "We should talk about the budget.")
RECIPE = """
max_steps = 3
evaluate_every = 1
save_every = 1
log_every = 1
evaluate_clips = 1
batch_seconds = 30.0
train_threads = 1
loader_threads = 0
seed = {seed}
[space]
learning_rate = [3e-4, 0.5]
accumulate = [1]
"""
SEED = 1
"""With which the second trial is the hopeless one."""


@pytest.fixture(scope="module")
def spoken() -> list[bytes]:
    """Two clips, as samples of 16 bits."""
    with Synthesiser() as speaker:
        said = [speaker.speak(text, EspeakVoice()).samples for text in TEXTS]
    return [(np.clip(one, -1, 1) * 32767).astype("<i2").tobytes() for one in said]


@pytest.fixture
def project(tmp_path: Path, spoken: list[bytes]) -> Path:
    """A project with a manifest and a recipe for a sweep."""
    (tmp_path / "manifests").mkdir()
    lines = []
    for number, (pcm, text) in enumerate(zip(spoken, TEXTS, strict=True)):
        with wave.open(str(tmp_path / f"{number}.wav"), "wb") as file:
            file.setparams((1, 2, 16_000, 0, "NONE", ""))
            file.writeframes(pcm)
        entry = {"id": str(number), "audio": f"../{number}.wav", "transcript": text}
        lines.append(json.dumps({**entry, "language": "en"}))
    (tmp_path / "manifests" / "all.jsonl").write_text("\n".join(lines))
    (tmp_path / "sweep.toml").write_text(RECIPE.format(seed=SEED))
    return tmp_path


def words(project: Path, *more: str) -> list[str]:
    return [
        "train", "sweep", str(project / "manifests" / "all.jsonl"), "--run", "tune",
        "--recipe", str(project / "sweep.toml"), "--project", str(project), "--trials", "2",
        "--spare", "1", *more,
    ]  # fmt: skip


def start(project: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "hansard", *words(project, *more)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


def wait(process: subprocess.Popen[str], until: Callable[[], bool]) -> None:
    while not until():
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)


def stages(project: Path, name: str) -> list[str]:
    return [one["stage"] for one in read_tail(project / "logs" / "training" / f"{name}.log")]


def told(project: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((project / "models/whisper/tune/sweep.json").read_text())
    return found


def test_a_sweep_survives_ctrl_c_and_a_kill(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The same command goes on with the same trial; the best is kept, the hopeless ended early."""
    runs = project / "models" / "whisper"
    with start(project) as process:
        wait(process, lambda: "data" in stages(project, "tune-001"))
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
        assert process.returncode == INTERRUPTED, said
    assert [one["state"] for one in told(project)["trials"]] == ["running"]

    with start(project) as process:
        wait(process, lambda: "checkpoint" in stages(project, "tune-001"))
        process.kill()
    while is_held(runs / "tune" / "trials" / "001"):  # its child notices, and ends
        time.sleep(0.05)
    assert list((runs / "tune-001" / "checkpoints").glob("step-*"))

    assert run(words(project, "--json")) == DONE
    found = json.loads(capfd.readouterr().out)
    assert found == told(project)
    good, bad = found["trials"]
    assert (good["trial"], good["state"], good["options"]["learning_rate"]) == (1, "done", 3e-4)
    assert (bad["trial"], bad["state"], bad["options"]["learning_rate"]) == (2, "pruned", 0.5)
    assert bad["figure"] > good["figure"]
    assert "begin" in stages(project, "tune-001")
    assert (runs / "tune-001" / "best" / "model.safetensors").exists()
    assert json.loads((runs / "tune-002" / "run_manifest.json").read_text())["sweep"] == {
        "name": "tune", "trial": 2, "state": "pruned",
    }  # fmt: skip
    assert not (runs / "tune-002" / "best").exists()
    assert not (runs / "tune-002" / "checkpoints").exists()
    recipe = tomllib.loads(Path(found["best"]["recipe"]).read_text())
    assert (recipe["learning_rate"], recipe["max_steps"]) == (3e-4, 3)
    assert "--recipe" in found["best"]["command"]

    assert run(words(project)) == DONE  # nothing is left to do
    shown = capfd.readouterr().out
    assert "* " in shown
    assert "train with the best: hansard train run" in shown
    assert run(["train", "status", "tune", "--project", str(project)]) == DONE
    assert "pruned" in capfd.readouterr().out
    assert run(["train", "status", "--project", str(project)]) == DONE
    assert "sweep tune: not running, 2 of 2 trials" in capfd.readouterr().out

    assert run(words(project, "--epochs", "9")) == WRONG_USE
    assert "was begun with" in capfd.readouterr().err


def test_a_sweep_whose_first_trial_fails_says_why(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """With what the training itself said."""
    for path in project.glob("*.wav"):
        path.unlink()
    assert run(words(project)) == FAILED
    said = capfd.readouterr().err
    assert "the first trial failed: " in said
    assert told(project)["trials"][0]["state"] == "failed"
    assert told(project)["best"] is None


@pytest.mark.parametrize(
    ("recipe", "flags", "problem"),
    [
        ("[space]\nlerning_rate = [1e-3]", (), "lerning_rate"),
        ("[space]\nlearning_rate = [1e-3, 7.0]", (), "learning_rate = 7.0"),
        ("[space]\naccumulate = {low = 1.0, high = 3.0}", (), "accumulate = 1.6"),
        ("warmup = 0.5\n[space]\nwarmup = [0.1]", (), "both fixes and tries warmup"),
        ("[space]\nwarmup = [0.1]", ("--warmup", "0.2"), "nothing is left to try"),
        ("space = 1", (), "no table"),
    ],
)
def test_a_space_that_cannot_be_is_refused(
    project: Path,
    capfd: pytest.CaptureFixture[str],
    recipe: str,
    flags: tuple[str, ...],
    problem: str,
) -> None:
    """Before anything is trained."""
    (project / "sweep.toml").write_text(recipe)
    assert run(words(project, *flags)) == WRONG_USE
    assert problem in capfd.readouterr().err
    assert not (project / "models").exists()
