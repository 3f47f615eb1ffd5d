"""Lays a few spoken sentences and their transcripts into a project, to try a training on.

    python deploy/train/sample.py my-language

They are cut out of the recordings that come with Hansard (synthetic voices): two minutes, seven
speakers, a `.wav`, a `.txt` and a `.meta.json` for each sentence, below `my-language/uploads/`. A
file that is there already is left as it is.
"""

# ruff: noqa: INP001 - a script, in no package
import json
import sys
import wave
from pathlib import Path

import numpy as np

from hansard.training.clips import reading_clips
from hansard.training.manifest import Entry
from hansard.training.project import Project
from hansard.work.demonstrate import find_sample, list_samples

MARGIN = 0.1
"""Seconds of sound that are kept on both sides of a sentence."""


def lay(project: Project) -> int:
    """Write what is missing of the clips; returns how many there are."""
    count = 0
    with reading_clips() as reader:
        for name in list_samples():
            sample = find_sample(name)
            for line in sample.segments:
                path = project.uploads / f"{name}-{line.id:02d}.wav"
                entry = Entry(
                    id=path.stem,
                    audio=sample.path,
                    start=max(0.0, line.start - MARGIN),
                    end=line.end + MARGIN,
                )
                if not path.exists():
                    _write(path, reader.read(entry), line.text, f"{name} {line.speaker}")
                count += 1
    return count


def _write(path: Path, samples: "np.ndarray", text: str, speaker: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    known = {"language": "en", "speaker": speaker, "source": "samples", "licence": "Apache-2.0"}
    path.with_suffix(".txt").write_text(text + "\n", encoding="utf-8")
    path.with_suffix(".meta.json").write_text(json.dumps(known) + "\n", encoding="utf-8")
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


if __name__ == "__main__":
    chosen = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    sys.stdout.write(f"{lay(Project(chosen))} clips in {Project(chosen).uploads}\n")
