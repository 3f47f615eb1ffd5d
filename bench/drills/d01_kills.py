"""D1: jobs while API, worker, model host and media child are killed at random, with SIGKILL.

Promise: no acknowledged job is lost, each ends with exactly one result, and the service is back at
work within 30 s (95 of 100 kills).
"""

import argparse
import random
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from harness import PARTS, Keeper, Tally, follow, kill_one, say, submit_patiently, summary

from hansard import Options, transcribe
from hansard.testing.redis_server import RedisServer
from hansard.testing.service import RunningService
from hansard.testing.sounds import repeat_sample
from hansard.work.demonstrate import find_sample

LENGTHS = (6.0, 20.0, 90.0, 400.0)
"""Seconds of the recordings that are submitted in turns."""


WAITING = 12
"""Jobs that are under way at any time."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The drill's flags."""
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--mode", choices=("embedded", "cluster"), default="embedded")
    parser.add_argument("--gap", type=float, default=3.0, help="mean seconds between two kills")
    parser.add_argument("--seed", type=int, default=1)


def run(given: argparse.Namespace) -> dict[str, Any]:
    """Do the drill; returns its figures."""
    chance = random.Random(given.seed)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hansard-d1-")))
        redis = stack.enter_context(RedisServer()) if given.mode == "cluster" else None
        service = stack.enter_context(
            RunningService(
                folder,
                "--max-queue-depth", "100000",
                redis_url=redis.url if redis else None,
                workers=2,
            )
        )  # fmt: skip
        sample = find_sample("standup").path
        files = [repeat_sample(sample, seconds, folder) for seconds in LENGTHS]
        expected = {file: transcribe(file, Options(model="demo")).text for file in files}
        stack.enter_context(Keeper(service))
        tally, of = Tally(), dict[str, Path]()
        enough = threading.Event()
        submitting = threading.Thread(
            target=_submit, args=(service, files, given.jobs, (tally, of, enough))
        )
        submitting.start()
        killed = _kill(service, given, chance, tally)
        enough.set()
        while submitting.is_alive():
            follow(service, tally, time.monotonic() + 0.2)
        follow(service, tally, time.monotonic() + 60 + 3 * given.jobs)
        return _judge(service, tally, (expected, of), killed)


def _submit(
    service: RunningService,
    files: list[Path],
    jobs: int,
    found: tuple[Tally, dict[str, Path], threading.Event],
) -> None:
    """Submit so many jobs, and more for as long as there are kills; a few wait at any time."""
    tally, of, enough = found
    number = 0
    while number < jobs or not enough.is_set():
        if len(tally.acknowledged) - len(tally.ends) > WAITING:
            time.sleep(0.1)
            continue
        file = files[number % len(files)]
        job = submit_patiently(service, file, f"drill-{number}")
        of[job] = file
        tally.acknowledged.append(job)
        number += 1


def _kill(
    service: RunningService, given: argparse.Namespace, chance: random.Random, tally: Tally
) -> list[tuple[str, float]]:
    """Kill at random moments; returns what, and the seconds until a job ended after it.

    Every fifth time two parts are killed at once.
    """
    killed: list[tuple[str, float]] = []
    while len(killed) < given.kills:
        follow(service, tally, time.monotonic() + chance.expovariate(1 / given.gap))
        parts = chance.sample(PARTS, 2 if chance.random() < 0.2 else 1)
        hurt = [part for part in parts if kill_one(service, part, chance)]
        if not hurt:
            continue
        begin, ended = time.monotonic(), len(tally.ends)
        while len(tally.ends) == ended and time.monotonic() < begin + 120:
            follow(service, tally, time.monotonic() + 0.1)
        took = time.monotonic() - begin
        killed += [(part, took) for part in hurt]
        say(f"killed {' and '.join(hurt)}: {took:.1f} s to the next result; {len(killed)} kills")
    return killed


def _judge(
    service: RunningService,
    tally: Tally,
    texts: tuple[dict[Path, str], dict[str, Path]],
    killed: list[tuple[str, float]],
) -> dict[str, Any]:
    expected, of = texts
    wrong = [
        job
        for job, end in tally.ends.items()
        if end["status"] == "COMPLETE" and end["results"]["clean_transcript"] != expected[of[job]]
    ]
    failed = [end for end in tally.ends.values() if end["status"] != "COMPLETE"]
    for end in failed:
        say(f"{end['task_id']}: {end['status']} {end.get('error_code')} {end.get('error')}")
    return {
        "acknowledged": len(tally.acknowledged),
        "complete": tally.count("COMPLETE"),
        "failed": len(failed),
        "lost": len(set(tally.acknowledged) - set(tally.ends)),
        "twice": len(tally.acknowledged) - len(set(tally.acknowledged)),
        "wrong_text": len(wrong),
        "kills": dict(Counter(part for part, _ in killed)),
        "seconds_to_next_result": summary([took for _, took in killed]),
        "log": service.tail() if failed else "",
    }


def passed(figures: dict[str, Any]) -> bool:
    """Whether the promise was kept, whatever the clock says."""
    return not any(figures[name] for name in ("failed", "lost", "twice", "wrong_text"))


def in_time(figures: dict[str, Any]) -> bool:
    """Whether it was quick enough."""
    return bool(figures["seconds_to_next_result"]["p95"] <= 30)
