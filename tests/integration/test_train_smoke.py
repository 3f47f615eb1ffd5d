"""The whole way once: recordings, a manifest, a training, a package, and what it then hears."""

import re
import shutil
import wave
from pathlib import Path

import numpy as np
import pytest
from train_cases import NEEDS_TRAIN, SHORT, manifest_of

from hansard.audio import SAMPLE_RATE
from hansard.cli.main import run
from hansard.evaluation import pool, word_error_rate
from hansard.testing.conversation_texts import demo_sentences
from hansard.testing.espeak import FliteVoice, speak
from hansard.training.project import Project

pytestmark = [
    *NEEDS_TRAIN,
    pytest.mark.system,
    pytest.mark.skipif(shutil.which("flite") is None, reason="needs flite"),
]

STRANGER = FliteVoice(name="slt", sex="female", hertz=165)
"""A voice that the demo model never heard, and that it reads badly."""
SAMPLES = 8


def sentences() -> list[str]:
    """Short ones, without figures and quotation marks."""
    found = demo_sentences(60, seed=5)
    return [text for text in found if re.fullmatch(r"[A-Za-z ,.?]{1,50}", text)][:SAMPLES]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Recordings with their transcripts beside them, and nothing else."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data home"))
    found = Project(tmp_path / "project")
    found.uploads.mkdir(parents=True)
    for number, text in enumerate(sentences()):
        said = speak(text, STRANGER).samples
        loud = np.pad(0.5 * said / np.abs(said).max(), SAMPLE_RATE // 4)
        with wave.open(str(found.uploads / f"talk {number}.wav"), "wb") as file:
            file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
            file.writeframes(np.rint(loud * 32767).astype("<i2").tobytes())
        (found.uploads / f"talk {number}.txt").write_text(text + "\n", encoding="utf-8")
    return found


def hear(project: Project, model: str, capsys: pytest.CaptureFixture[str]) -> float:
    """The word error rate of `hansard transcribe` on all recordings."""
    errors = []
    for number, text in enumerate(sentences()):
        recording = project.uploads / f"talk {number}.wav"
        assert run(["transcribe", str(recording), "--model", model]) == 0
        heard = capsys.readouterr().out
        errors.append(word_error_rate(text, heard, normaliser="english"))
    return pool(errors).rate


def test_eight_samples_are_learnt_by_heart(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """A voice of which a fifth of the words and more are misheard is heard without a fault."""
    here = ["--project", str(project.root)]
    assert hear(project, "demo", capsys) > 0.2
    assert run(["data", "inventory", *here]) == 0
    assert run(["data", "manifest", *here]) == 0
    manifest = project.manifests / "run1.jsonl"
    assert len(manifest.read_text(encoding="utf-8").splitlines()) == SAMPLES
    words = ["train", "run", str(manifest), *here, "--run", "smoke", *SHORT]
    words += ["--max-steps", "25", "--learning-rate", "1e-3", "--pack", "0"]
    words += ["--batch-seconds", "60", "--no-speech-share", "0"]
    assert run(words) == 0
    assert manifest_of(project.root, "smoke")["best"]["figure"] == 0.0
    assert run(["models", "package", "smoke", *here, "--max-clips", "2"]) == 0
    packaged = project.runs / "smoke" / "package" / "ct2"
    capsys.readouterr()
    assert hear(project, str(packaged), capsys) == 0.0
