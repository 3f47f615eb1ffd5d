"""`validation_report.json`: what a look at a manifest found, for programs and for later."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from hansard.storage.files import write_whole
from hansard.training.checks.advice import ADVICE
from hansard.training.checks.validating import summarise
from hansard.training.checks.values import Checked, Severity

NAME: Final = "validation_report.json"
DUPLICATES: Final = "duplicates"
"""The key under which the search for duplicates puts what it found."""
EXAMPLES = 5
RANK: Final[tuple[Severity, ...]] = ("error", "warning", "note")


def describe(manifest: Path, checked: Sequence[Checked]) -> dict[str, Any]:
    """The report as JSON's values."""
    return {
        "manifest": str(manifest),
        **summarise(checked),
        "by_kind": by_kind(checked),
        "entries": [
            {
                "id": one.id,
                "line": one.line,
                "faults": [_shown(asdict(found)) for found in one.findings],
                "measures": dict(one.measures),
            }
            for one in checked
        ],
    }


def _shown(fault: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value for name, value in fault.items() if value is not None and value is not False
    }


def by_kind(checked: Sequence[Checked]) -> dict[str, dict[str, Any]]:
    """How often each kind was found, with examples and advice; the weightiest first."""
    kinds: dict[str, list[tuple[Severity, str]]] = defaultdict(list)
    for one in checked:
        for found in one.findings:
            kinds[found.kind].append((found.severity, one.id or f"line {one.line}"))
    shown = {kind: _kind(kind, found) for kind, found in kinds.items()}
    weight = {kind: (-one["errors"], -one["warnings"], kind) for kind, one in shown.items()}
    return {kind: shown[kind] for kind in sorted(shown, key=lambda kind: weight[kind])}


def _kind(kind: str, found: Sequence[tuple[Severity, str]]) -> dict[str, Any]:
    counts = Counter(severity for severity, _ in found)
    worst = sorted(found, key=lambda one: RANK.index(one[0]))
    return {
        "count": len(found),
        **{f"{severity}s": counts[severity] for severity in RANK},
        "examples": list(dict.fromkeys(name for _, name in worst))[:EXAMPLES],
        "advice": ADVICE.get(kind, ""),
    }


def read_report(folder: Path) -> dict[str, Any]:
    """The report of an earlier look; empty where there is none that can be read."""
    try:
        found = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_report(folder: Path, facts: Mapping[str, Any]) -> Path:
    """Write a look's report; what the search for duplicates put there stays.

    Raises:
        OutputError: it cannot be written.
    """
    kept = {key: value for key, value in read_report(folder).items() if key == DUPLICATES}
    return _write(folder, {**facts, **kept})


def add_duplicates(folder: Path, facts: Mapping[str, Any]) -> Path:
    """Put what a search for duplicates found beside what a look at the entries found.

    Raises:
        OutputError: it cannot be written.
    """
    return _write(folder, {**read_report(folder), DUPLICATES: dict(facts)})


def _write(folder: Path, facts: Mapping[str, Any]) -> Path:
    return write_whole(folder / NAME, json.dumps(facts, indent=1, ensure_ascii=False) + "\n")
