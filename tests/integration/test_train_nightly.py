"""Nights as a timer spends them: learning, keeping the old model, resting; wrong use."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from night_bench import add, fill, talks

from hansard.cli.main import run
from hansard.models.hub import HubOptions
from hansard.models.hub.hub import Hub
from hansard.testing.espeak import can_speak
from hansard.training.manifest import read_manifest

pytestmark = [
    pytest.mark.skipif(not can_speak(), reason="espeak-ng is not installed"),
    pytest.mark.skipif(
        find_spec("torch") is None or find_spec("accelerate") is None,
        reason="the extra train is not installed",
    ),
]
PATIENCE = 240.0
COMMON = """
pack = 0
no_speech_share = 0
train_threads = 1
loader_threads = 0
log_every = 1
"""
GOOD = f"""
learning_rate = 1e-3
max_steps = 28
batch_seconds = 20
evaluate_every = 14
save_every = 7
{COMMON}
"""
ABSURD = f"""
learning_rate = 3e-3
warmup = 0
max_steps = 3
batch_seconds = 10
evaluate_every = 3
save_every = 3
{COMMON}
"""


class Nights:
    """A project, a library, and the command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.project = folder / "project"
        self.hub = Hub(HubOptions(data_dir=self.data))

    def argv(self, recipe: str, *flags: str, alias: str = "best") -> list[str]:
        path = self.folder / "recipe.toml"
        path.write_text(recipe)
        return [
            "train", "nightly", "--alias", alias, "--project", str(self.project),
            "--data-dir", str(self.data), "--offline", "--recipe", str(path), "--json", *flags,
        ]  # fmt: skip

    def spend(self, capsys: pytest.CaptureFixture[str], recipe: str, *flags: str) -> dict[str, Any]:
        """One night; what it tells."""
        capsys.readouterr()
        assert run(self.argv(recipe, *flags)) == 0
        told: dict[str, Any] = json.loads(capsys.readouterr().out)
        return told

    @contextmanager
    def begun(self, *flags: str) -> Iterator["subprocess.Popen[bytes]"]:
        """A night in a process of its own, killed at the end of the block."""
        log = self.folder / "killed.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "hansard", *self.argv(GOOD, *flags)],
                stdout=file,
                stderr=file,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
                start_new_session=True,
            )
        try:
            yield process
            assert process.poll() is None, log.read_text()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    @property
    def target(self) -> str | None:
        return self.hub.registry.read().targets.get("best")

    def runs(self) -> list[str]:
        return sorted(path.name for path in self.project.glob("models/whisper/*"))


def test_nights_learn_keep_the_old_and_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Killed and gone on with, better and promoted; worse and not; nothing new and at its end."""
    nights = Nights(tmp_path)
    corrected = fill(nights.data)
    first = ("--start", "demo", "--min-corrections", str(corrected))

    with nights.begun(*first) as process:
        deadline = time.monotonic() + PATIENCE
        while not list(nights.project.glob("models/whisper/*/checkpoints/step-000007")):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert run(nights.argv(GOOD, *first)) == 1
        assert "another night is under way" in capsys.readouterr().err
    assert nights.target is None

    # what is corrected now belongs to the next night
    add(nights.data, 99, next(talks(seed=1)))
    told = nights.spend(capsys, GOOD, *first)
    (run_name,) = nights.runs()
    assert (told["state"], told["promoted"], told["run"]) == ("promoted", True, run_name)
    assert told["corrections"]["new"] == corrected
    assert told["training"]["steps"] == 28
    held = told["held_out"]
    assert (held["clips"], held["wer_after"] < held["wer_before"]) == (8, True)
    assert held["p_value"] < 0.05
    assert told["after"] == nights.target
    log = nights.project / "logs" / "training" / f"{run_name}.log"
    steps = [json.loads(line) for line in log.read_text().splitlines()]
    assert sum(step["stage"] == "resume" for step in steps) == 1
    assert (nights.project / "reports" / run_name / "index.html").exists()
    assert not (nights.project / "models" / "whisper" / run_name / "checkpoints").exists()
    assert json.loads((nights.project / f"manifests/eval_{run_name}.json").read_text())["models"]

    parts = [
        {entry.audio for entry in read_manifest(path)}
        for path in nights.project.glob(f"models/whisper/{run_name}/data/t*.jsonl")
    ]
    assert len(parts) == 2
    assert not parts[0] & parts[1]

    worse = nights.spend(capsys, ABSURD, "--min-corrections", "2")
    assert (worse["state"], worse["promoted"]) == ("kept", False)
    assert worse["corrections"]["new"] == 2
    assert "not better" in worse["reason"]
    assert worse["before"] == worse["after"] == nights.target == told["after"]
    assert worse["held_out"]["wer_before"] == pytest.approx(held["wer_after"])

    idle = nights.spend(capsys, GOOD, "--min-corrections", "1")
    assert (idle["state"], idle["promoted"], idle["run"]) == ("nothing", False, None)
    assert "0 segments were corrected since the last night" in idle["reason"]
    assert len(nights.runs()) == 2


def test_a_dry_run_spends_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It tells what would be done, and leaves no file."""
    nights = Nights(tmp_path)
    corrected = fill(nights.data)
    before = sorted(nights.data.rglob("*"))
    told = nights.spend(capsys, GOOD, "--start", "demo", "--min-corrections", "10", "--dry-run")
    assert (told["state"], told["would"], told["start"]) == ("dry run", "learn", "demo")
    assert told["corrections"]["all"] == told["corrections"]["new"] == corrected
    assert told["corrections"]["parts"]["test"] == 8
    few = nights.spend(capsys, GOOD, "--start", "demo", "--dry-run")
    assert few["would"] == "nothing"
    assert f"{corrected} segments were corrected" in few["reason"]
    assert not nights.project.exists()
    assert sorted(nights.data.rglob("*")) == before


def test_an_empty_library_is_nothing_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And no failure: a timer would complain every night."""
    nights = Nights(tmp_path)
    told = nights.spend(capsys, GOOD, "--start", "demo")
    assert (told["state"], told["promoted"]) == ("nothing", False)
    plain = [flag for flag in nights.argv(GOOD, "--start", "demo") if flag != "--json"]
    assert run(plain) == 0
    assert "0 new of 0" in capsys.readouterr().out
    assert nights.runs() == []


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ((), "alias 'best' stands for nothing yet"),
        (("--start", "demo", "--name", "a/b"), "cannot be used"),
        (("--start", "demo", "--min-corrections", "0"), "min_corrections = 0"),
        (("--start", "demo", "--p", "1.5"), "p = 1.5"),
        (("--start", "demo", "--since", "soon"), "'soon' is no date"),
        (("--start", "demo", "--mix", "nowhere.jsonl"), "nowhere.jsonl"),
        (("--start", "demo", "--guard", "nowhere.jsonl"), "nowhere.jsonl"),
        (("--start", "demo", "--aliases.best", "demo"), "the setting aliases says"),
    ],
)
def test_wrong_use_is_told_before_anything_is_spent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], flags: tuple[str, ...], said: str
) -> None:
    """Not after hours of training."""
    nights = Nights(tmp_path)
    assert run(nights.argv(GOOD, *flags)) == 2
    assert said in capsys.readouterr().err
    assert run(nights.argv(GOOD, "--start", "demo", alias="large-v3")) == 2
    assert "is a model of the catalogue" in capsys.readouterr().err
    assert not nights.project.exists()
