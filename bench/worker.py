"""One engine in one process: load, warm up, then read, each timed apart; writes a JSON file."""

import json
import os
import platform
import resource
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from engines import ENGINES, Reading


def measure(job: dict[str, Any]) -> dict[str, Any]:
    """Do a job: `engine, model, threads, variant, warm, audio[]`."""
    engine = ENGINES[job["engine"]]
    start = time.perf_counter()
    read = engine.load(Path(job["model"]), job["threads"], job["variant"])
    loaded = time.perf_counter()
    if job["warm"]:
        read(job["warm"])
    warm = time.perf_counter()
    readings = [timed(read, audio) for audio in job["audio"]]
    return {
        "load_s": loaded - start,
        "warm_up_s": warm - loaded,
        "peak_mb": peak_memory() / 1e6,
        "readings": readings,
        "versions": {name: find_version(name) for name in engine.packages},
        "python": platform.python_version(),
    }


def timed(read: Any, audio: str) -> dict[str, Any]:
    """One recording: what was read, wall-clock seconds and CPU seconds of all threads."""
    cpu, start = cpu_seconds(), time.perf_counter()
    reading: Reading = read(audio)
    wall = time.perf_counter() - start
    return {"wall_s": wall, "cpu_s": cpu_seconds() - cpu, **vars(reading)}


def cpu_seconds() -> float:
    """Of this process and of those children that have ended."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, whose))


def peak_memory() -> float:
    """Bytes. Linux's `ru_maxrss` also counts what the parent held at the fork; VmHWM does not."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def find_version(name: str) -> str | None:
    """Of an installed package."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    request = json.loads(sys.argv[1])
    Path(request["answer"]).write_text(json.dumps(measure(request)), encoding="utf-8")
