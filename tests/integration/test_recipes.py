"""Whole recipes in small: data, a model to begin with, training, a comparison."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from hansard.testing.espeak import can_speak

ROOT = Path(__file__).parents[2]
FEW = ("--max-steps", "2", "--evaluate-clips", "4", "--batch-seconds", "60", "--no-evaluate-first")

pytestmark = [
    pytest.mark.torch,
    pytest.mark.skipif(find_spec("accelerate") is None, reason="the extra train is not installed"),
    pytest.mark.skipif(not can_speak(), reason="espeak-ng is not installed"),
]


def cook(recipe: str, folder: Path, *flags: str) -> str:
    """Run a recipe with little data and two steps of training; returns what it said."""
    script = ROOT / "recipes" / recipe / "run.py"
    done = subprocess.run(
        [sys.executable, str(script), str(folder), *flags, *FEW],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_the_recipe_for_three_standards_ends_with_a_comparison(tmp_path: Path) -> None:
    """Speech in three standards, a tokeniser with more pieces, a training, both models scored."""
    cook("bcs_demo", tmp_path, "--scale", "0.002")
    lines = (tmp_path / "manifests/splits/train.jsonl").read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["language"] for line in lines} == {"hr", "sr", "bs"}
    speakers = [
        {json.loads(line)["speaker"] for line in path.read_text(encoding="utf-8").splitlines()}
        for path in (tmp_path / "manifests/splits" / f"{part}.jsonl" for part in ("train", "test"))
    ]
    assert speakers[0].isdisjoint(speakers[1])
    told = json.loads((tmp_path / "manifests/eval_bcs-test.json").read_text(encoding="utf-8"))
    assert len(told["models"]) == 2
    weights = tmp_path / "models/whisper/bcs/best/model.safetensors"
    made = weights.stat().st_mtime_ns
    again = cook("bcs_demo", tmp_path, "--scale", "0.002")
    assert weights.stat().st_mtime_ns == made
    assert "hansard train" not in again


def test_the_recipe_from_nothing_trains_in_two_stages(tmp_path: Path) -> None:
    """A tokeniser and random weights, then sentences, then windows, each a run of its own."""
    cook("demo_en", tmp_path, "--scale", "0.001", "--no-compare")
    for stage in ("sentences", "windows"):
        told = json.loads((tmp_path / f"models/whisper/{stage}/run_manifest.json").read_bytes())
        assert told["state"] == "done"
        assert told["steps"] == 2
    options = json.loads((tmp_path / "models/whisper/sentences/run_manifest.json").read_bytes())
    assert options["options"]["ctc_weight"] == 0.3
