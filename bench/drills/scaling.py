"""Two workers with one thread each, beside one: how much sooner are the same jobs done?

Promise: at least 1.7 times as fast. A worker takes one job at a time here: with more slots, one
worker already listens to the next recording on the other core while it decodes.
"""

import argparse
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from harness import Tally, follow, say

from hansard.testing.redis_server import RedisServer
from hansard.testing.service import RunningService, submit, wait_for
from hansard.testing.sounds import repeat_sample
from hansard.work.demonstrate import find_sample


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The drill's flags."""
    parser.add_argument("--jobs", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--length", type=float, default=600.0, help="seconds of each recording")


def run(given: argparse.Namespace) -> dict[str, Any]:
    """Measure in turns; returns the figures."""
    times: dict[int, list[float]] = {1: [], 2: []}
    for number in range(given.rounds):
        for workers in (1, 2):
            times[workers].append(_measure(workers, given))
            say(f"round {number + 1}: {workers} worker(s), {times[workers][-1]:.1f} s")
    best = {workers: min(seconds) for workers, seconds in times.items()}
    return {
        "seconds_with_one": [round(s, 2) for s in times[1]],
        "seconds_with_two": [round(s, 2) for s in times[2]],
        "times_as_fast": round(best[1] / best[2], 3),
    }


def _measure(workers: int, given: argparse.Namespace) -> float:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hansard-scale-")))
        redis = stack.enter_context(RedisServer())
        service = stack.enter_context(
            RunningService(
                folder,
                redis_url=redis.url,
                workers=workers,
                each=("--threads", "1", "--slots", "1"),
            )
        )
        file = repeat_sample(find_sample("standup").path, given.length, folder)
        tally = Tally()
        with service.client() as client:
            wait_for(client, submit(client, file))
            begin = time.monotonic()
            for _ in range(given.jobs):
                tally.acknowledged.append(submit(client, file))
            follow(service, tally, begin + 600, pause=1.0)
        if tally.count("COMPLETE") != given.jobs:
            raise RuntimeError(f"not all jobs were done: {service.tail()}")
        return max(tally.ended_at.values()) - begin


def passed(figures: dict[str, Any]) -> bool:
    """Whether the promise was kept, whatever the clock says."""
    return bool(figures["times_as_fast"])


def in_time(figures: dict[str, Any]) -> bool:
    """Whether it was quick enough."""
    return bool(figures["times_as_fast"] >= 1.7)
