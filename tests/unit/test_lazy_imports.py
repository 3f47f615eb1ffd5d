"""Cheap imports are a promise: which heavy libraries each operation loads."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("numpy", "av", "onnxruntime", "ctranslate2", "faster_whisper", "huggingface_hub",
         "pydantic", "cyclopts", "rich", "torch", "transformers", "whisper_normalizer")  # fmt: skip


def loaded_by(code: str, folder: Path) -> set[str]:
    """The heavy libraries that entered `sys.modules` while a fresh Python ran `code`."""
    program = f"import sys\n{code}\nprint(*[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=folder
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    ("code", "allowed"),
    [
        ("import hansard", set()),
        ("from hansard import Transcript, Word, TrustReport, HansardError", set()),
        ("from hansard import Options; Options()", {"numpy"}),
        ("from hansard import word_error_rate", {"numpy"}),
        ("from hansard import probe", {"numpy", "av"}),
        ("from hansard.transcript.formats import render", set()),
        ("from hansard.settings import read; read()", {"numpy", "pydantic"}),
        (
            "import hansard.models.hub.hub as h; h.Hub(h.HubOptions()).find('demo')",
            set(),
        ),
        (
            "from hansard import Options, transcribe",
            {"numpy", "av", "onnxruntime", "ctranslate2"},
        ),
    ],
)
def test_an_operation_loads_only_what_it_needs(
    code: str, allowed: set[str], tmp_path: Path
) -> None:
    """Nothing heavy is loaded that the operation does not use."""
    assert loaded_by(code, tmp_path) <= allowed


@pytest.mark.parametrize("module", ["hansard.server.running", "hansard.wiring.worker"])
def test_service_and_worker_load_no_model_or_media_library(module: str, tmp_path: Path) -> None:
    """What strangers send and what models do happens in other processes, which may die of it."""
    allowed = {"numpy", "pydantic", "rich"}  # structlog looks whether rich is there
    assert loaded_by(f"import {module}", tmp_path) <= allowed


def test_help_loads_no_model_library(tmp_path: Path) -> None:
    """`hansard --help` and `--version` load the command line and nothing behind it."""
    for flag in ("--help", "--version"):
        code = f"from hansard.cli.main import run; run(['{flag}'])"
        assert loaded_by(code, tmp_path) <= {"cyclopts", "rich"}


def test_torch_is_never_loaded_by_the_base(tmp_path: Path) -> None:
    """A whole transcription with the default engine loads no torch."""
    sample = "__import__('hansard.work.demonstrate', fromlist=['x']).find_sample('note').path"
    code = (
        "from hansard import Options, transcribe\n"
        f"transcribe({sample}, Options(model='demo', offline=True))"
    )
    assert not {"torch", "transformers"} & loaded_by(code, tmp_path)


def test_onnxruntime_leaves_nothing_behind(tmp_path: Path) -> None:
    """The detector's library writes no identifier to disk when Hansard loads it."""
    import os

    mine = {n: v for n, v in os.environ.items() if not n.startswith("ORT_")}
    mine |= {"TMPDIR": str(tmp_path), "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    program = "from hansard.models.vad.silero import Silero; Silero()"
    subprocess.run([sys.executable, "-c", program], env=mine, check=True)
    assert list(tmp_path.iterdir()) == []
