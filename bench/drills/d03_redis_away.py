"""D3: Redis is away while jobs run.

Promise: no process ends, nothing is done twice, submits are answered 503 with Retry-After, and
running jobs are committed once Redis is back.
"""

import argparse
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
from harness import Tally, follow, say, summary, wait_until

from hansard.testing.redis_server import RedisServer
from hansard.testing.service import RunningService, submit
from hansard.testing.sounds import repeat_sample
from hansard.work.demonstrate import find_sample


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The drill's flags."""
    parser.add_argument("--jobs", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=30.0, help="how long Redis is away")
    parser.add_argument("--length", type=float, default=1200.0, help="seconds of each recording")


def run(given: argparse.Namespace) -> dict[str, Any]:
    """Do the drill; returns its figures."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hansard-d3-")))
        redis = stack.enter_context(RedisServer())
        service = stack.enter_context(RunningService(folder, redis_url=redis.url, workers=1))
        file = repeat_sample(find_sample("standup").path, given.length, folder)
        tally = Tally()
        with service.client() as client:
            for _ in range(given.jobs):
                tally.acknowledged.append(submit(client, file))
            wait_until(lambda: _running(client, tally) > 0, 30)
        before = _pids(service)
        redis.kill()
        say(f"Redis is gone; {given.seconds:g} s")
        answers = _knock(service, file, given.seconds)
        redis.start()
        follow(service, tally, time.monotonic() + 300)
        after = _pids(service)
    attempts = [end["attempt"] for end in tally.ends.values()]
    return {
        "jobs": given.jobs,
        "complete": tally.count("COMPLETE"),
        "lost": len(set(tally.acknowledged) - set(tally.ends)),
        "done_again": sum(attempt > 1 for attempt in attempts),
        "processes_ended": len(before - after),
        "answers_while_away": answers["codes"],
        "without_retry_after": answers["silent"],
        "answer_seconds": summary(answers["seconds"]),
    }


def _running(client: httpx2.Client, tally: Tally) -> int:
    states = [client.get(f"/v1/status/{job}").json()["status"] for job in tally.acknowledged]
    return sum(state == "PROCESSING_ASR" for state in states)


def _pids(service: RunningService) -> set[int]:
    return {
        process.pid for part in ("api", "worker", "host") for process in service.processes(part)
    }


def _knock(service: RunningService, file: Path, seconds: float) -> dict[str, Any]:
    """Submit every now and then; returns what was answered, and how fast."""
    codes: dict[str, int] = {}
    silent, took = 0, []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        begin = time.monotonic()
        with service.client() as client, file.open("rb") as content:
            answer = client.post("/v1/process", files={"file": ("a.wav", content)})
        took.append(time.monotonic() - begin)
        codes[str(answer.status_code)] = codes.get(str(answer.status_code), 0) + 1
        silent += "retry-after" not in answer.headers
        time.sleep(1)
    return {"codes": codes, "silent": silent, "seconds": took}


def passed(figures: dict[str, Any]) -> bool:
    """Whether the promise was kept."""
    return (
        figures["complete"] == figures["jobs"]
        and figures["done_again"] == figures["processes_ended"] == 0
        and figures["without_retry_after"] == 0
        and set(figures["answers_while_away"]) == {"503"}
    )
