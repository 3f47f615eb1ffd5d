"""What every recipe does: speech for a part of the data, a stage of training, a comparison."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import synthesis
from hansard.training.manifest import write_manifest
from hansard.training.project import Project

PROCESSES = 2


def write_part(project: Project, part: str, lines: Sequence[synthesis.Line]) -> Path:
    """Say the lines of a part, and write its manifest."""
    entries = synthesis.say_all(
        lines, project.uploads / part, source=f"espeak-ng {part}", processes=PROCESSES
    )
    return write_manifest(project.splits / f"{part}.jsonl", entries)


def train(project: Project, run: str, start: Path, recipe: Path, flags: Sequence[str] = ()) -> int:
    """Train, or go on with a training that was stopped; nothing where it is done."""
    manifest = project.runs / run / "run_manifest.json"
    if manifest.exists():
        if json.loads(manifest.read_bytes())["state"] == "done":
            return 0
        return call(project, "train", "resume", run)
    command = ["train", "run", str(project.splits), "--start", str(start), "--run", run]
    return call(project, *command, "--recipe", str(recipe), *flags)


def compare(project: Project, manifest: Path, model: Path, run: str) -> int:
    """Score the demo model and another one on a manifest."""
    models = ["--models", "demo", "--models", str(model)]
    return call(project, "evaluate", str(manifest), *models, "--run", run)


def call(project: Project, *words: str) -> int:
    """Run Hansard's command line in a project; returns its exit code."""
    command = [*words, "--project", str(project.root)]
    print("$ hansard", *command, flush=True)
    return subprocess.run([sys.executable, "-m", "hansard", *command], check=False).returncode
