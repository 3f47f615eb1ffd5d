"""Starting workers, and what is said about the machine and the command beside every figure."""

import json
import os
import platform
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engines import ENGINES, Variant
from places import BENCH, peers_python

LOAD_BEFORE = [round(load, 2) for load in os.getloadavg()]
"""How busy the machine was with other things; figures count where it is near 0."""


@dataclass(frozen=True)
class Place:
    """Where and how wide engines run."""

    threads: int
    peers: str | None = None
    """The peers' interpreter; None = the one that `setup_peers.py` made."""

    def python(self, name: str) -> Path:
        """The interpreter for an engine."""
        return peers_python(self.peers) if ENGINES[name].peer else Path(sys.executable)


class WorkerFailedError(Exception):
    """An engine ended with an error; the message is the end of what it wrote."""


def installed(name: str, place: Place) -> bool:
    """Whether an engine can run here."""
    python = place.python(name)
    if not python.exists():
        return False
    module = ENGINES[name].module
    look = f"import importlib.util as u; raise SystemExit(u.find_spec({module!r}) is None)"
    return subprocess.run([python, "-c", look], check=False, capture_output=True).returncode == 0


@dataclass(frozen=True)
class Job:
    """What a worker shall do."""

    engine: str
    model: Path
    """The folder that holds `ct2` and `hf`."""
    audio: Sequence[Path]
    warm: Path | None = None


def run(job: Job, place: Place, variant: Variant | None = None) -> dict[str, Any]:
    """One worker process; returns its answer.

    Raises:
        WorkerFailedError: it ended with an error.
    """
    engine = ENGINES[job.engine]
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        request = {
            "engine": job.engine,
            "model": str(job.model / engine.layout),
            "threads": place.threads,
            "variant": dict(engine.variants[0] if variant is None else variant),
            "warm": str(job.warm) if job.warm else None,
            "audio": [str(path) for path in job.audio],
            "answer": str(answer),
        }
        command: list[str | Path] = [
            place.python(job.engine),
            BENCH / "worker.py",
            json.dumps(request),
        ]
        ended = subprocess.run(command, check=False, capture_output=True, text=True)
        if ended.returncode or not answer.exists():
            raise WorkerFailedError("\n".join(ended.stderr.strip().splitlines()[-3:]))
        result: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
        return result


def describe_machine() -> dict[str, Any]:
    """What a reader needs to judge the figures."""
    return {
        "command": shlex.join([Path(sys.executable).name, *sys.argv]),
        "system": platform.platform(terse=True),
        "processor": processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(total_memory() / 1e9, 1),
        "load_before": LOAD_BEFORE,
        "python": platform.python_version(),
    }


def processor() -> str:
    """Its name, and the instruction sets that matter for inference."""
    path = Path("/proc/cpuinfo")
    if not path.exists():
        return platform.processor()
    lines = [line.split(":", 1) for line in path.read_text().splitlines() if ":" in line]
    facts = {name.strip(): value.strip() for name, value in lines}
    sets = ("avx2", "avx512f", "avx512_vnni", "amx_bf16", "amx_int8")
    known = [name for name in sets if name in facts.get("flags", "").split()]
    return f"{facts.get('model name', platform.machine())} ({', '.join(known)})"


def total_memory() -> int:
    """Bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def print_table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Markdown, with columns in line."""
    table = [list(head), *map(list, rows)]
    widths = [max(len(row[place]) for row in table) for place in range(len(head))]
    lines = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in table]
    ruler = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    print(f"\n{title}\n", *[lines[0], ruler, *lines[1:]], sep="\n", flush=True)


def report(results: dict[str, Any], json_file: str | None) -> None:
    """Say where it was measured, and keep everything in a file where that is asked for."""
    machine = describe_machine()
    print("\n" + "\n".join(f"{name}: {value}" for name, value in machine.items()))
    if json_file:
        path = Path(json_file)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"machine": machine, **results}, indent=1)
        path.write_text(text, encoding="utf-8")
        print(f"written: {path}")
