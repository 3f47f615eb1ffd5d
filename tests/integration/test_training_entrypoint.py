"""The entrypoint of the image for training, run for real in a virtual environment."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from hansard import transcribe

ROOT = Path(__file__).parents[2]
ENTRYPOINT = ROOT / "deploy" / "train" / "entrypoint.sh"

pytestmark = [
    pytest.mark.torch,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("training-entrypoint"),
    pytest.mark.skipif(
        find_spec("torch") is None or find_spec("peft") is None,
        reason="the extra train is not installed: python3 dev.py setup train",
    ),
]


def start(place: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Start it as the image does: the environment's programs first, and nothing of ours set."""
    kept = {n: v for n, v in os.environ.items() if not n.upper().startswith("HANSARD_")}
    programs = str(Path(sys.executable).parent)
    own = {"PATH": programs + os.pathsep + kept["PATH"], "HANSARD_DATA_DIR": str(place / "data")}
    return subprocess.run(
        ["sh", ENTRYPOINT, *words], cwd=place, env={**kept, **own},
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the sample job ran."""
    place = tmp_path_factory.mktemp("entrypoint")
    done = start(place, "sample")
    assert done.returncode == 0, done.stderr
    assert "tuesday" in done.stdout.lower()
    return place


def test_the_sample_job_trains_for_real(job: Path) -> None:
    """It leaves a checkpoint, figures, a log with a loss for each step, and a tested package."""
    run = job / "sample" / "models" / "whisper" / "sample"
    told = json.loads((run / "run_manifest.json").read_bytes())
    assert (told["state"], told["steps"]) == ("done", 4)
    assert told["parameters"] >= told["learning_parameters"] > 1_000_000
    assert 0 <= told["best"]["figure"] < 0.5
    assert list((run / "checkpoints").glob("step-*/model.safetensors"))
    log = (job / "sample/logs/training/sample.log").read_text(encoding="utf-8")
    steps = [line for line in map(json.loads, log.splitlines()) if line["stage"] == "train"]
    assert [line["step"] for line in steps] == [1, 2, 3, 4]
    assert all(line["loss"] > 0 and line["request_id"] for line in steps)
    fidelity = json.loads((run / "package" / "fidelity.json").read_bytes())
    assert [trial["folder"] for trial in fidelity["trials"]].count("ct2") >= 1


def test_what_it_made_transcribes(job: Path) -> None:
    """The packaged model hears a sentence that it has not learnt from."""
    model = job / "sample" / "models" / "whisper" / "sample" / "package" / "ct2"
    test = (job / "sample/manifests/splits/test.jsonl").read_text(encoding="utf-8")
    entry = json.loads(test.splitlines()[0])
    audio = (job / "sample" / "manifests" / "splits" / entry["audio"]).resolve()
    heard = transcribe(audio, model=str(model)).text.lower()
    assert sum(word.lower().strip(".,") in heard for word in entry["transcript"].split()) >= 4


def test_the_same_job_goes_on(job: Path) -> None:
    """Started again it resumes what is there, and other words are commands of hansard."""
    again = start(job, "sample")
    assert again.returncode == 0, again.stderr
    status = start(job, "train", "status", "--project", "sample", "--json")
    assert status.returncode == 0, status.stderr
    assert [one["run"] for one in json.loads(status.stdout)] == ["sample"]


def test_a_check_tells_of_pytorch(tmp_path: Path) -> None:
    """`check` computes something and names the GPU, or that there is none."""
    done = start(tmp_path, "check")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("torch ")
    assert "GPU" in done.stdout


def test_a_wrong_command_fails(tmp_path: Path) -> None:
    """What hansard refuses, the entrypoint refuses with the same code."""
    assert start(tmp_path, "train", "run").returncode == 2
