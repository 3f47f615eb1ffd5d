"""What a user waits for before the work begins, and whether memory grows with the recording."""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import material
from material import Recording, domain_speech, save
from runs import print_table, report


def timed(command: Sequence[str | Path]) -> tuple[float, float]:
    """Wall-clock seconds, and peak memory in MB (Linux counts this small parent's too).

    Raises:
        subprocess.CalledProcessError: the command failed.
    """
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None  # noqa: S101 - it was asked for
        said = process.stderr.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, stderr=said)
    return wall, used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def repeat(command: Sequence[str | Path], rounds: int) -> list[float]:
    """Seconds of each round, after one that fills the disk cache."""
    timed(command)
    return [timed(command)[0] for _ in range(rounds)]


def find_command() -> Path:
    """The `hansard` program beside this interpreter."""
    name = "hansard.exe" if sys.platform == "win32" else "hansard"
    beside = Path(sys.executable).with_name(name)
    found = beside if beside.exists() else Path(shutil.which("hansard") or "")
    if not found.is_file():
        raise SystemExit("hansard is not installed in this environment")
    return found


def start_times(rounds: int) -> dict[str, list[float]]:
    """Help, import and bare Python, in turns."""
    program = find_command()
    python = Path(sys.executable)
    commands: dict[str, list[str | Path]] = {
        "python -c pass": [python, "-c", "pass"],
        "import hansard": [python, "-c", "import hansard"],
        "hansard --help": [program, "--help"],
        "hansard --version": [program, "--version"],
    }
    for command in commands.values():
        timed(command)
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            times[name].append(timed(command)[0])
    return times


def transcribe(recording: Recording, folder: Path) -> list[str | Path]:
    """The command that reads a recording with the demo model."""
    options: list[str | Path] = ["--model", "demo", "-f", "json", "-o", folder]
    return [find_command(), "transcribe", recording.path, *options]


def long_recording(hours: float) -> Recording:
    """The 10 minutes again and again."""
    name = f"long-{hours:g}h"
    sound = material.decode(domain_speech(10).path)
    times = round(hours * 3600 * material.RATE / len(sound))
    return material.kept(name) or save(name, ((sound, None) for _ in range(times)))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Of `run.py startup`."""
    parser.description = __doc__
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--hours", type=float, default=3, help="the long recording; 0: leave out")


def main(given: argparse.Namespace) -> int:
    """Start-up times, the cold transcript, and memory over length."""
    times = start_times(given.rounds)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        short = material.cut(domain_speech(10), 10, "cold-10s")
        times["hansard transcribe, 10 s"] = repeat(transcribe(short, folder), given.rounds)
        peaks = {"10 minutes": timed(transcribe(domain_speech(10), folder))}
        if given.hours:
            peaks[f"{given.hours:g} hours"] = timed(transcribe(long_recording(given.hours), folder))
    bare = statistics.median(times["python -c pass"])
    rows = [
        [name, f"{statistics.median(each):.3f} ({min(each):.3f}-{max(each):.3f})",
         f"{statistics.median(each) - bare:.3f}"]
        for name, each in times.items()
    ]  # fmt: skip
    print_table("start", ["command", "seconds (range)", "over bare Python"], rows)
    rows = [[name, f"{seconds:.1f}", f"{peak:.0f}"] for name, (seconds, peak) in peaks.items()]
    print_table("memory", ["recording", "seconds", "peak MB"], rows)
    report({"start": times, "memory": peaks}, given.json)
    return 0
