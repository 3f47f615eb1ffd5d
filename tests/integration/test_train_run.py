"""`hansard train run`: a few steps on real speech, and everything that is written of them."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from train_cases import NEEDS_TRAIN, SHORT, command, curve_of, lines_of, manifest_of, write_splits

from hansard.cli.main import run
from hansard.models.hub.hub import Hub
from hansard.settings import Options
from hansard.testing.checkpoints import Files, random_checkpoint
from hansard.training.project import Project

pytestmark = [
    *NEEDS_TRAIN,
    pytest.mark.xdist_group("train"),
]

STEPS = ("--pack", "0", "--batch-seconds", "20", "--learning-rate", "1e-4")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One whose folder is a repository."""
    root = tmp_path_factory.mktemp("project")
    write_splits(root)
    own = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    for words in (["init", "-q"], ["add", "-A"], [*own, "commit", "-q", "-m", "data"]):
        subprocess.run(["git", *words], cwd=root, check=True)
    return root


def train(project: Path, name: str, *words: object) -> int:
    splits = Project(project).splits
    return run(command("run", splits, "--project", project, "--run", name, *SHORT, *words))


@pytest.fixture(scope="module")
def trained(project: Path) -> Path:
    """A training of six steps that was gone through."""
    options = ["--max-steps", 6, "--evaluate-every", 3, "--save-every", 2, "--keep", 2]
    assert train(project, "first", *STEPS, *options, "--request-id", "req-7") == 0
    return project


def git_head(project: Path) -> str:
    done = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=project, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_the_runs_manifest_says_what_was_done(trained: Path) -> None:
    """The split, the hyper-parameters, the commit, the start, the machine and the outcome."""
    told = manifest_of(trained, "first")
    assert (told["run"], told["state"], told["ending"]) == ("first", "done", "all steps done")
    assert told["git_commit"].rstrip("+") == git_head(trained)
    assert told["request_id"] == "req-7"
    assert told["start"]["name"] == "demo"
    assert len(told["start"]["digest"]) == 64
    split = told["split"]
    assert (split["train"]["clips"], split["validation"]["clips"]) == (9, 3)
    assert split["train"]["manifest"].endswith("splits/train.jsonl")
    assert split["train"]["languages"] == {"en": 9}
    assert len(split["train"]["sha256"]) == 64
    assert {one["source"] for one in told["sources"]} <= {"standup", "podcast"}
    assert {one["licence"] for one in told["sources"]} == {"CC0-1.0"}
    options = told["options"]
    assert (options["learning_rate"], options["max_steps"], options["seed"]) == (1e-4, 6, 0)
    assert (options["method"], options["batch_seconds"]) == ("full", 20.0)
    assert (told["steps"], told["total_steps"]) == (6, 6)
    assert told["machine"]["device"] == "cpu"
    assert told["parameters"] == told["learning_parameters"] or told["parameters"] > 4_000_000
    assert told["best"]["step"] in (0, 3, 6)
    assert "hansard" in told["versions"]


def test_the_log_has_a_line_of_every_step(trained: Path) -> None:
    """With the fields that requirement A3 names."""
    steps = lines_of(trained, "first", "train")
    assert [line["step"] for line in steps] == [1, 2, 3, 4, 5, 6]
    for line in steps:
        assert line["request_id"] == "req-7"
        assert 0 < line["loss"] < 20
        assert 0 < line["lr"] <= 1e-4
        assert line["gpu_utilisation"] is None
        assert line["memory"] > 100
        assert line["time"].endswith("+00:00")
        assert line["sound_per_second"] > 0
    stages = [line["stage"] for line in lines_of(trained, "first")]
    assert stages[0] == "data"
    assert stages[-1] == "done"
    assert "begin" in stages


def test_it_is_evaluated_by_what_it_hears(trained: Path) -> None:
    """Loss, WER and CER of the validation part, as often as was asked for."""
    looks = lines_of(trained, "first", "evaluate")
    assert [line["step"] for line in looks] == [0, 3, 6]  # the model before it learnt is the first
    for line in looks:
        assert 0 < line["loss"] < 20
        assert 0 <= line["wer"] <= 2
        assert 0 <= line["cer"] <= 2
        assert line["clips"] == 3
    best = min(looks, key=lambda line: line["wer"])
    assert manifest_of(trained, "first")["best"]["figure"] == pytest.approx(best["wer"], abs=1e-5)


def test_the_newest_checkpoints_are_there_and_nothing_half(trained: Path) -> None:
    """Two of them, whole; no part of an export or a checkpoint."""
    home = Project(trained).runs / "first"
    assert sorted(path.name for path in (home / "checkpoints").iterdir()) == [
        "step-000004",
        "step-000006",
    ]
    assert not list(home.rglob("*.part"))


def test_the_best_model_is_whole(trained: Path) -> None:
    """Everything that another program needs is beside its weights, and the engine takes it."""
    best = Project(trained).runs / "first" / "best"
    names = {path.name for path in best.iterdir()}
    assert names >= {
        "config.json", "generation_config.json", "model.safetensors", "tokenizer.json",
        "tokenizer_config.json", "preprocessor_config.json", "hansard.json",
    }  # fmt: skip
    files = Hub(Options(data_dir=trained / "data")).fetch(str(best), layout="ctranslate2")
    assert files.card.short_context


def test_losses_fall(trained: Path) -> None:
    """It learns: what the last three steps cost is less than what the first three did."""
    losses = list(curve_of(trained, "first").values())
    assert len(losses) == 6
    assert sum(losses[3:]) < sum(losses[:3])


def test_a_run_is_begun_once(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A second run of the name is wrong use, and nothing of the first changes."""
    before = manifest_of(trained, "first")
    assert train(trained, "first", *STEPS) == 2
    told = capsys.readouterr().err
    assert "there is a run 'first' already" in told
    assert "hansard train resume first" in told
    assert manifest_of(trained, "first") == before


def test_a_run_that_is_done_can_be_told_to_go_further(trained: Path) -> None:
    """With more steps it goes on where it ended, options as before but for what was given."""
    words = ("--project", trained, "--max-steps", "7", "--evaluate-every", "7")
    assert run(command("resume", "first", *words)) == 0
    told = manifest_of(trained, "first")
    assert (told["steps"], told["state"]) == (7, "done")
    assert told["options"]["learning_rate"] == 1e-4
    steps = [line["step"] for line in lines_of(trained, "first", "train")]
    assert steps == [1, 2, 3, 4, 5, 6, 7]
    (line,) = lines_of(trained, "first", "resume")
    assert line["checkpoint"] == "step-000006"


def test_a_changed_manifest_is_refused_when_going_on(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is learnt from must be what it was; put back, it goes on."""
    path = Project(trained).splits / "train.jsonl"
    before = path.read_bytes()
    path.write_bytes(b"".join(before.splitlines(keepends=True)[:5]))
    try:
        assert run(command("resume", "first", "--project", trained)) == 1
    finally:
        path.write_bytes(before)
    assert "learns from has changed" in capsys.readouterr().err


def test_a_run_that_only_shows_that_it_works_is_quick(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A checkpoint, the best model and figures after four steps on eight clips, as JSON too."""
    assert train(project, "quick", "--fast-dev-run", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told == manifest_of(project, "quick")
    assert (told["state"], told["steps"]) == ("done", 4)
    assert 5 <= told["split"]["train"]["clips"] <= 10
    home = Project(project).runs / "quick"
    assert (home / "best" / "model.safetensors").exists()
    assert list((home / "checkpoints").glob("step-*"))
    assert {"loss", "wer", "cer"} <= set(lines_of(project, "quick", "evaluate")[-1])


def test_it_stops_when_nothing_becomes_better(project: Path) -> None:
    """At a rate that changes nothing no evaluation is better than that of the start."""
    words = ("--learning-rate", "1e-12", "--max-steps", 9, "--evaluate-every", 1, "--patience", 2)
    assert train(project, "stuck", "--pack", 0, *words, "--evaluate-clips", 1) == 0
    told = manifest_of(project, "stuck")
    assert (told["ending"], told["steps"]) == ("no better for too long", 2)
    assert told["best"]["step"] == 0


@pytest.mark.parametrize(
    ("method", "more"),
    [("lora", ("--lora-rank", 4)), ("frozen-encoder", ("--gradient-checkpointing",))],
)
def test_less_than_everything_can_learn(
    project: Path, method: str, more: tuple[object, ...]
) -> None:
    """LoRA and a frozen encoder train, are exported whole, and the engine hears with them."""
    options = ("--method", method, "--max-steps", 2, "--precision", "bf16", *more)
    assert train(project, method, *STEPS, *options) == 0
    told: dict[str, Any] = manifest_of(project, method)
    assert told["learning_parameters"] < told["parameters"]
    assert told["machine"]["precision"] == "bf16"
    assert all(look["wer"] < 1.0 for look in lines_of(project, method, "evaluate"))
    weights = Project(project).runs / method / "best" / "model.safetensors"
    assert weights.stat().st_size == pytest.approx(9.2e6, rel=0.05)


def test_a_multilingual_model_learns_its_language(project: Path, tmp_path: Path) -> None:
    """The exported model says what it speaks, and augmentation by a recipe is at work."""
    start = random_checkpoint(tmp_path / "start", files=Files(layout="transformers"))
    recipe = tmp_path / "noise.yaml"
    recipe.write_text("- {type: noise, prob: 1.0, params: {min_snr: 5, max_snr: 10}}\n")
    toml = tmp_path / "recipe.toml"
    toml.write_text(f'max_steps = 1\nevaluate_clips = 1\naugment = "{recipe}"\npack = 0\n')
    assert train(project, "many", "--start", start, "--recipe", toml) == 0
    told = json.loads(
        (Project(project).runs / "many" / "best" / "generation_config.json").read_bytes()
    )
    assert (told["language"], told["task"]) == ("<|en|>", "transcribe")
    assert manifest_of(project, "many")["options"]["augment"] == str(recipe)
