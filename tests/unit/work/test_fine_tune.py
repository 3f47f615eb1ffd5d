"""What a training is prepared from, and what is written down of it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hansard.errors import DataError, ManifestError, TrainingError, UsageError
from hansard.models.hub import ModelFiles
from hansard.models.hub.hub import Hub
from hansard.settings import Options
from hansard.training.fitting.options import FitOptions
from hansard.training.manifest import Entry, write_manifest
from hansard.training.project import Project
from hansard.work.fine_tune import Helpers, Order, find_parts, fine_tune, resume

NO_TORCH = """
import sys
sys.modules["torch"] = None  # as where it is not installed
from hansard.errors import MissingExtraError
from hansard.work.fine_tune import require_train
try:
    require_train()
except MissingExtraError as error:
    print(error, error.hint, sep="; ")
"""


@pytest.fixture
def demo(tmp_path: Path) -> ModelFiles:
    return Hub(Options(data_dir=tmp_path / "data")).fetch("demo", layout="transformers")


@pytest.fixture
def torch() -> None:
    """Skips where the extra `train` is not installed."""
    pytest.importorskip("torch", reason="needs PyTorch")
    pytest.importorskip("accelerate", reason="needs accelerate")


def make_order(project: Path, data: Path, start: ModelFiles, **options: Any) -> Order:
    chosen = FitOptions(**{"train_device": "cpu", "train_threads": 1, "max_steps": 1, **options})
    return Order(project=Project(project), run="r", data=data, start=start, options=chosen)


def write_one(folder: Path, **fields: Any) -> Path:
    usual = {"id": "a", "audio": folder / "none.wav", "transcript": "said"}
    return write_manifest(folder / "m.jsonl", [Entry(**{**usual, **fields})])


def test_a_manifest_is_for_training_and_validation_alike(tmp_path: Path) -> None:
    """A folder of splits has one for each, or one for both where there is no other."""
    single = tmp_path / "m.jsonl"
    assert find_parts(single) == {"train": single, "validation": single}
    train, validation = tmp_path / "train.jsonl", tmp_path / "validation.jsonl"
    train.touch()
    assert find_parts(tmp_path) == {"train": train, "validation": train}
    validation.touch()
    assert find_parts(tmp_path) == {"train": train, "validation": validation}


def test_a_folder_without_a_split_is_refused(tmp_path: Path) -> None:
    """The missing file is named, and the command that makes it."""
    with pytest.raises(ManifestError, match=r"no train\.jsonl in") as caught:
        find_parts(tmp_path)
    assert "data split" in caught.value.hint


def test_missing_libraries_are_named_before_anything_is_read() -> None:
    """With the command that installs them."""
    done = subprocess.run(
        [sys.executable, "-c", NO_TORCH], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "training needs torch" in done.stdout
    assert "hansard[train]" in done.stdout


@pytest.mark.torch
@pytest.mark.usefixtures("torch")
def test_what_cannot_be_begun_leaves_no_run_behind(demo: ModelFiles, tmp_path: Path) -> None:
    """A manifest that is not there, and clips that cannot be decoded; the log says why."""
    project = tmp_path / "p"
    with pytest.raises(ManifestError, match="there is no manifest"):
        fine_tune(make_order(project, tmp_path / "no.jsonl", demo), Helpers())
    with pytest.raises(DataError, match="1 of 1 clips cannot be learnt from: 'a'"):
        fine_tune(make_order(project, write_one(tmp_path), demo), Helpers())
    with pytest.raises(DataError, match="nothing to learn from"):
        fine_tune(make_order(project, write_one(tmp_path), demo, skip_bad=True), Helpers())
    assert not (project / "models/whisper/r/run_manifest.json").exists()
    lines = (project / "logs/training/r.log").read_text(encoding="utf-8").splitlines()
    stages = [json.loads(line) for line in lines]
    assert [line["stage"] for line in stages] == ["data", "failed"] * 3
    assert "clips cannot be learnt from" in stages[3]["error"]


@pytest.mark.torch
@pytest.mark.usefixtures("torch")
def test_a_model_that_is_damaged_is_told_before_data_are_decoded(
    demo: ModelFiles, tmp_path: Path
) -> None:
    """Its tokeniser is read first."""
    broken = tmp_path / "broken"
    shutil.copytree(demo.path, broken)
    (broken / "tokenizer.json").write_text("{}")
    start = ModelFiles(name=str(broken), path=broken, layout="transformers")
    with pytest.raises(Exception, match="tokeniser of"):
        fine_tune(make_order(tmp_path / "p", tmp_path / "no.jsonl", start), Helpers())


@pytest.mark.torch
@pytest.mark.usefixtures("torch")
def test_only_a_run_that_is_there_can_go_on(demo: ModelFiles, tmp_path: Path) -> None:
    """And only from the model that it began with."""
    order = make_order(tmp_path / "p", write_one(tmp_path), demo)
    with pytest.raises(UsageError, match="there is no run 'r'"):
        resume(order, Helpers())
    folder = tmp_path / "p/models/whisper/r"
    folder.mkdir(parents=True)
    told = {"run": "r", "start": {"name": "demo", "digest": "another"}}
    (folder / "run_manifest.json").write_text(json.dumps(told))
    with pytest.raises(TrainingError, match="has changed: 'demo'"):
        resume(order, Helpers())
    with pytest.raises(UsageError, match="there is a run 'r' already") as caught:
        fine_tune(order, Helpers())
    assert "hansard train resume r" in caught.value.hint
