"""What is told of a conversion, for programs."""

import json
from pathlib import Path
from typing import Any

from hansard.storage.files import write_whole
from hansard.training.project import Project
from hansard.training.shapes.converting import Conversion

REPORT = "conversion_report.json"
"""The report's name among a project's manifests."""


def describe(made: Conversion, source: Path, target: Path) -> dict[str, Any]:
    """A conversion as JSON can hold it."""
    return {
        "source": _shown(source),
        "target": _shown(target),
        "from": made.from_,
        "to": made.to,
        "read": made.read,
        "written": made.written,
        "losses": [{"field": loss.field, "entries": loss.entries} for loss in made.losses],
        "notes": list(made.notes),
        "missing": [_shown(path) for path in made.missing],
        "faults": [
            {"file": _shown(each.file), "line": each.line, "message": each.message}
            for each in made.faults
        ],
        "failures": [{"id": each.id, "message": each.message} for each in made.failures],
    }


def write_report(project: Project, report: dict[str, Any]) -> Path:
    """Write the report of a conversion among the project's manifests; returns its path.

    Raises:
        OutputError: it cannot be written.
    """
    text = json.dumps(report, indent=1, ensure_ascii=False) + "\n"
    return write_whole(project.manifests / REPORT, text)


def _shown(path: Path) -> str:
    """A path as text that every file can hold: bytes that are no UTF-8 become question marks."""
    return str(path).encode(errors="replace").decode()
