"""What `hansard train` refuses, in one clear sentence, and what it never leaves behind."""

import json
import subprocess
import sys
import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from train_cases import (
    ENVIRONMENT,
    NEEDS_TRAIN,
    SAMPLES,
    SHORT,
    command,
    curve_of,
    lines_of,
    manifest_of,
    spoken_clips,
    write_splits,
)

from hansard.cli.main import run
from hansard.testing.checkpoints import Files, random_checkpoint
from hansard.testing.sounds import repeat_sample
from hansard.training.manifest import Entry, read_manifest, write_manifest
from hansard.training.project import Project

pytestmark = [*NEEDS_TRAIN, pytest.mark.xdist_group("train")]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    write_splits(root)
    return root


def train(project: Path, data: Path, *words: object, name: str = "r") -> int:
    return run(command("run", data, "--project", project, "--run", name, *SHORT, *words))


def told(capsys: pytest.CaptureFixture[str]) -> str:
    """What was said on stderr; never a traceback, always an error in a sentence."""
    said = capsys.readouterr().err
    assert "Traceback" not in said
    return said


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (("--epochs", "-3"), 2, "epochs"),
        (("--accumulate", "0"), 2, "accumulate"),
        (("--method", "most"), 2, "most"),
        (("--precision", "fp16"), 2, "'fp16' needs a GPU"),
        (("--run", "../up"), 2, "cannot be the name of a run"),
        (("--augment", "nowhere.yaml"), 2, "nowhere.yaml"),
        (("--recipe", "nowhere.toml"), 2, "nowhere.toml"),
        (("--start", "nowhere/at/all"), 2, "nowhere/at/all"),
    ],
)
def test_a_flag_that_may_not_be_is_named(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    code: int,
    error: str,
) -> None:
    """One sentence with the value, before anything is decoded."""
    given = ("--project", project, *SHORT, *words)
    named = () if "--run" in words else ("--run", "r")
    assert run(command("run", Project(project).splits, *named, *given)) == code
    assert error in told(capsys)
    assert not (Project(project).runs / "r" / "run_manifest.json").exists()


def test_an_unknown_key_of_a_recipe_is_named(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the value that it has."""
    recipe = tmp_path / "recipe.toml"
    recipe.write_text("learning_rat = 1e-4\n")
    assert train(project, Project(project).splits, "--recipe", recipe) == 2
    assert "learning_rat = 0.0001" in told(capsys)


def test_a_gpu_that_is_not_there_is_one_clear_error(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says what to do, and nothing is written."""
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    given = ("--project", project, "--run", "gpu", "--train-device", "cuda")
    assert run(command("run", Project(project).splits, *given)) == 2
    said = told(capsys)
    assert "train_device = 'cuda': PyTorch sees no GPU here" in said
    assert "hint: --train-device cpu" in said


def test_data_that_are_not_there_are_named(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A manifest, a folder without splits, and a file that is none."""
    (tmp_path / "text.jsonl").write_text("not json\n")
    for data, error in (
        (tmp_path / "none.jsonl", "there is no manifest"),
        (tmp_path, "there is no train.jsonl"),
        (tmp_path / "text.jsonl", "line 1 of"),
    ):
        assert train(project, data) == 1
        assert error in told(capsys)


def planted(folder: Path) -> tuple[list[Entry], dict[str, str]]:
    """Good clips and bad ones; of each bad one, what is to be said of it."""
    good = spoken_clips("standup")[:4]
    (folder / "rubbish.wav").write_bytes(b"RIFF no sound at all" * 90)
    (folder / "empty.wav").touch()
    long = repeat_sample(SAMPLES / "standup.wav", 31.5, folder)
    first = good[0]
    bad = {
        "too long": (replace(first, id="too long", audio=long, start=0.0, end=None), "31.5 s"),
        "too much": (replace(first, id="too much", transcript="so č " * 200), "448 fit"),
        "unreadable": (replace(first, id="unreadable", audio=folder / "rubbish.wav"), "decoded"),
        "empty": (replace(first, id="empty", audio=folder / "empty.wav"), "decoded"),
        "missing": (replace(first, id="missing", audio=folder / "gone.wav"), "decoded"),
        "outside": (replace(first, id="outside", start=900.0, end=901.0), "decoded"),
        "blip": (replace(first, id="blip", start=1.0, end=1.05), "only 0.05 s"),
        "marked": (replace(first, id="marked", transcript="so <|endoftext|>"), "<|endoftext|>"),
    }
    entries = [*good, *(entry for entry, _ in bad.values())]
    return entries, {name: reason for name, (_, reason) in bad.items()}


@pytest.mark.parametrize("name", ["too long", "too much", "unreadable", "missing", "marked"])
def test_a_clip_that_cannot_be_learnt_from_is_named(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """With its id and the reason, and what leaves it out."""
    entries, reasons = planted(tmp_path)
    chosen = [entry for entry in entries if entry.id not in reasons or entry.id == name]
    data = write_manifest(tmp_path / "m.jsonl", chosen)
    assert train(project, data) == 1
    said = told(capsys)
    assert f"1 of 5 clips cannot be learnt from: {name!r}: " in said
    assert reasons[name] in said
    assert "--skip-bad" in said


def test_bad_clips_and_lines_can_be_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """What is good is learnt from; each that is not is told, and counted in the manifest."""
    entries, reasons = planted(tmp_path)
    data = write_manifest(tmp_path / "m.jsonl", entries)
    empty = {"id": "silent", "audio": "rubbish.wav", "transcript": ""}
    lines = [json.dumps(empty), "no json", data.read_text(encoding="utf-8").splitlines()[0]]
    with data.open("a", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    words = ("--max-steps", 1, "--evaluate-clips", 1)
    assert train(tmp_path / "p", data, *words) == 1
    assert "line 13 of" in told(capsys)
    assert train(tmp_path / "p", data, *words, "--skip-bad") == 0
    said = told(capsys) + caplog.text
    for name, reason in reasons.items():
        assert repr(name) in said
        assert reason in said
    assert "'silent'" in said
    assert "is there already" in said
    train_part = manifest_of(tmp_path / "p", "r")["split"]["train"]
    assert (train_part["clips"], train_part["left_out"]) == (4, len(reasons) + 3)


def test_clips_of_any_rate_and_silence_are_fine(tmp_path: Path) -> None:
    """8 and 48 kHz, stereo, and a recording in which nobody speaks."""
    entries = []
    dice = np.random.default_rng(0)
    for rate, channels in ((8_000, 1), (48_000, 2)):
        path = tmp_path / f"{rate}.wav"
        with wave.open(str(path), "wb") as file:
            file.setparams((channels, 2, rate, 0, "NONE", ""))
            file.writeframes(dice.integers(-900, 900, rate * 2 * channels).astype("<i2").tobytes())
        entries.append(Entry(id=str(rate), audio=path, transcript="said"))
    entries.append(Entry(id="silence", audio=entries[0].audio, no_speech=True))
    data = write_manifest(tmp_path / "m.jsonl", entries)
    assert train(tmp_path / "p", data, "--max-steps", 2, "--evaluate-clips", 1) == 0
    assert manifest_of(tmp_path / "p", "r")["split"]["train"]["clips"] == 3
    assert all(np.isfinite(loss) for loss in curve_of(tmp_path / "p", "r").values())


def test_a_damaged_start_is_one_clear_error(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Weights that were cut short, and a model that lacks some of them."""
    from safetensors.torch import load_file, save_file

    files = Files(layout="transformers")
    for name in ("cut", "holes"):
        folder = random_checkpoint(tmp_path / name, multilingual=False, files=files)
        weights = folder / "model.safetensors"
        if name == "cut":
            weights.write_bytes(weights.read_bytes()[:100_000])
        else:
            held = load_file(weights)
            held.pop("model.decoder.layers.0.fc1.weight")
            save_file(held, weights, metadata={"format": "pt"})
        assert train(project, Project(project).splits, "--start", folder, name=name) == 1
        assert "cannot be loaded" in told(capsys)


def test_a_damaged_checkpoint_is_one_clear_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is named; without it the one before is taken."""
    write_splits(tmp_path)
    words = ("--max-steps", 4, "--save-every", 2, "--evaluate-clips", 1, "--batch-seconds", 10)
    assert train(tmp_path, Project(tmp_path).splits, *words) == 0
    newest = Project(tmp_path).runs / "r" / "checkpoints" / "step-000004"
    weights = newest / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    resume = command("resume", "r", "--project", tmp_path)
    capsys.readouterr()
    assert run(resume) == 1
    assert "step-000004' cannot be read" in told(capsys)
    assert manifest_of(tmp_path, "r")["state"] == "failed"
    for path in newest.iterdir():
        path.unlink()
    newest.rmdir()
    assert run(resume) == 0
    assert manifest_of(tmp_path, "r")["state"] == "done"
    (line,) = lines_of(tmp_path, "r", "resume")[-1:]
    assert line["checkpoint"] == "step-000002"


ON_A_SMALL_DISK = """
mount -t tmpfs -o size=90m none "$1" && cp -r "$2"/manifests "$1" || exit 99
"$3" -m hansard train run "$1/manifests/splits" --project "$1" --run r $4
echo "exit $?"; ls "$1/models/whisper/r" "$1/models/whisper/r/checkpoints"
mount -o remount,size=400m "$1"
"$3" -m hansard train resume r --project "$1"
echo "exit $?"; cat "$1/models/whisper/r/run_manifest.json"
"""


@pytest.mark.system
def test_a_disk_that_is_full_at_a_checkpoint_costs_no_work(project: Path, tmp_path: Path) -> None:
    """The checkpoint before stays; with more room the training goes on to its end."""
    small = tmp_path / "small"
    small.mkdir()
    entries = [
        replace(one, audio=one.audio.absolute())
        for one in read_manifest(Project(project).splits / "train.jsonl")
    ]
    write_manifest(tmp_path / "manifests" / "splits" / "train.jsonl", entries)
    text = (tmp_path / "manifests/splits/train.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    for line, entry in zip(lines, entries, strict=True):
        line["audio"] = str(entry.audio)
    (tmp_path / "manifests/splits/train.jsonl").write_text("\n".join(map(json.dumps, lines)))
    flags = "--max-steps 4 --save-every 1 --keep 1 --evaluate-every 4 --evaluate-clips 1"
    words = [small, tmp_path, sys.executable, f"{flags} {' '.join(SHORT)}"]
    inside = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", ON_A_SMALL_DISK, "sh"]
    try:
        subprocess.run([*inside[:4], "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this machine lets nobody mount a small disk")
    done = subprocess.run(
        [*inside, *map(str, words)], env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "error: a checkpoint needs" in done.stderr or "error: the disk is full" in done.stderr
    assert "hint: free some space, then: hansard train resume" in done.stderr
    first, second = done.stdout.split("exit ")[1:]
    assert first.startswith("1")
    assert "step-000001" in first
    assert ".part" not in first
    assert second.startswith("0")
    assert json.loads(second[1:])["state"] == "done"
