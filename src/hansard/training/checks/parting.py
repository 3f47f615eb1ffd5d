"""A split as files: `manifests/splits/{train,validation,test}.jsonl` and `split.json`."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from hansard.errors import DataError
from hansard.storage.files import write_whole
from hansard.training.checks.splitting import PARTS, Wanted, describe, split
from hansard.training.manifest import read_leniently, write_manifest
from hansard.training.project import Project

NAME: Final = "split.json"


def part(manifest: Path, project: Project, wanted: Wanted) -> dict[str, Any]:
    """Split a manifest and write its parts; returns what is in `split.json`.

    A part that is not wanted any more is removed.

    Raises:
        ManifestError: there is no such manifest, or it is not text.
        UsageError: the shares do not add up.
        DataError: it holds too little to be split so.
        OutputError: a file cannot be written.
    """
    read = read_leniently(manifest)
    if not read.entries:
        raise DataError(
            f"{str(manifest)!r} holds no entry that can be used",
            hint="hansard data validate tells what is wrong with its lines",
        )
    made = split(read.entries, wanted)
    folder = project.splits
    (folder / NAME).unlink(missing_ok=True)  # the old one would speak of new parts
    for name in PARTS:
        file = folder / f"{name}.jsonl"
        if name in made.parts:
            write_manifest(file, made.parts[name])
        else:
            file.unlink(missing_ok=True)
    facts = {
        "manifest": str(manifest),
        "sha256": sha256(manifest.read_bytes()).hexdigest(),
        "faulty_lines": len(read.faults),
        **describe(made, wanted),
    }
    write_whole(folder / NAME, json.dumps(facts, indent=1, ensure_ascii=False) + "\n")
    return facts
