"""Trainings of a few steps for tests: real speech cut from the bundled recordings."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from hansard.training.manifest import Entry, write_manifest
from hansard.training.project import Project

SAMPLES = Path(str(files("hansard"))) / "data" / "samples"
PROGRAM = (sys.executable, "-m", "hansard")
SHORT = ("--train-device", "cpu", "--train-threads", "1", "--log-every", "1")
"""What every training of a test is given."""
NEEDS_TRAIN = (
    pytest.mark.torch,
    pytest.mark.skipif(
        any(find_spec(name) is None for name in ("torch", "transformers", "accelerate", "peft")),
        reason="needs the libraries of the extra train",
    ),
)
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}


def spoken_clips(*names: str) -> list[Entry]:
    """Every sentence of bundled recordings as a clip, with its transcript."""
    found = []
    for name in names:
        told = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
        media = next(path for path in SAMPLES.glob(f"{name}.*") if path.suffix != ".json")
        for number, segment in enumerate(told["segments"]):
            found.append(
                Entry(
                    id=f"{name} {number}",
                    audio=media,
                    transcript=segment["text"],
                    start=round(segment["start"] - 0.2, 3),
                    end=round(segment["end"] + 0.2, 3),
                    language="en",
                    source=name,
                    licence="CC0-1.0",
                )
            )
    return found


def write_splits(project: Path) -> Path:
    """Nine clips to learn from, three to evaluate with; returns their folder."""
    clips = [clip for clip in spoken_clips("standup", "podcast") if clip.end is not None]
    short = sorted(clips, key=lambda clip: (clip.end or 0.0) - clip.start)[:12]
    splits = Project(project).splits
    write_manifest(splits / "train.jsonl", short[3:])
    write_manifest(splits / "validation.jsonl", short[:3])
    return splits


def command(*words: object) -> list[str]:
    """The words of `hansard train` as they are typed."""
    return ["train", *map(str, words)]


def start(*words: object, before: Sequence[str] = PROGRAM) -> "subprocess.Popen[str]":
    """A training in a process of its own."""
    return subprocess.Popen(
        [*before, *command(*words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )


def manifest_of(project: Path, run: str) -> dict[str, Any]:
    """What is written down of a run."""
    path = Project(project).runs / run / "run_manifest.json"
    found: dict[str, Any] = json.loads(path.read_bytes())
    return found


def lines_of(project: Path, run: str, stage: str = "") -> list[dict[str, Any]]:
    """The log of a run, or those lines of it that are of one stage."""
    path = Project(project).logs / f"{run}.log"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    found = [json.loads(line) for line in text.splitlines() if line.endswith("}")]
    return [line for line in found if stage in ("", line["stage"])]


def curve_of(project: Path, run: str) -> dict[int, float]:
    """The loss of each step, the last time that it was done."""
    return {line["step"]: line["loss"] for line in lines_of(project, run, "train")}
