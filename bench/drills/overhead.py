"""What the service adds to a call: a 10 s file through it, beside the same call in process.

Promise: at most 50 ms more, in the median. Calls alternate in one run, both sides warm.
"""

import argparse
import statistics
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
from harness import summary

from hansard import Options, Transcriber
from hansard.testing.service import RunningService
from hansard.testing.sounds import repeat_sample
from hansard.work.demonstrate import find_sample

MOST = 0.05
"""Seconds that the service may add."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The drill's flags."""
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--length", type=float, default=10.0, help="seconds of the recording")


def run(given: argparse.Namespace) -> dict[str, Any]:
    """Measure; returns the figures."""
    inside: list[float] = []
    outside: list[float] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hansard-over-")))
        service = stack.enter_context(RunningService(folder))
        client = stack.enter_context(service.client())
        file = repeat_sample(find_sample("standup").path, given.length, folder)
        options = replace(Options(), model="demo", offline=True)
        transcriber = stack.enter_context(Transcriber(options))
        for number in range(given.rounds + 3):
            begin = time.perf_counter()
            here = transcriber.transcribe(file)
            middle = time.perf_counter()
            there = call(client, file)
            end = time.perf_counter()
            if there != " ".join(segment.text for segment in here.segments):
                raise RuntimeError("the service says something else")
            if number >= 3:
                inside.append(middle - begin)
                outside.append(end - middle)
    more = statistics.median(outside) - statistics.median(inside)
    return {
        "in_process_seconds": summary(inside),
        "through_service_seconds": summary(outside),
        "added_ms": round(1000 * more, 1),
    }


def call(client: httpx2.Client, file: Path) -> str:
    """What the service hears in the file."""
    with file.open("rb") as content:
        answer = client.post(
            "/v1/audio/transcriptions",
            files={"file": (file.name, content)},
            data={"model": "whisper-1"},
        )
    answer.raise_for_status()
    return str(answer.json()["text"])


def passed(figures: dict[str, Any]) -> bool:
    """Whether the promise was kept, whatever the clock says."""
    return bool(figures["added_ms"])


def in_time(figures: dict[str, Any]) -> bool:
    """Whether it was quick enough."""
    return bool(figures["added_ms"] <= 1000 * MOST)
