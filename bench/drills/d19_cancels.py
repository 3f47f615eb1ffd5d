"""D19: cancels at random moments.

Promise: a cancelled job is CANCELLED for good, its processors are free within 2 s, and its files
are gone.
"""

import argparse
import random
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
from harness import say, summary, wait_until

from hansard.testing.service import FINAL, RunningService, submit
from hansard.testing.sounds import repeat_sample
from hansard.work.demonstrate import find_sample

IDLE = 0.25
"""The share of one core below which a process counts as idle."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The drill's flags."""
    parser.add_argument("--cancels", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--length", type=float, default=3600.0, help="seconds of the recording")


def run(given: argparse.Namespace) -> dict[str, Any]:
    """Do the drill; returns its figures."""
    chance = random.Random(given.seed)
    answered: list[float] = []
    freed: list[float] = []
    ends: dict[str, int] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hansard-d19-")))
        service = stack.enter_context(RunningService(folder))
        client = stack.enter_context(service.client())
        file = repeat_sample(find_sample("standup").path, given.length, folder)
        jobs: list[str] = []
        for number in range(given.cancels):
            job = submit(client, file)
            jobs.append(job)
            time.sleep(chance.uniform(0, 8))
            took = _cancel(client, job)
            answered.append(took[0])
            freed.append(_until_idle(service, took[1]))
            say(f"cancel {number + 1}: {took[0]:.2f} s, idle after {freed[-1]:.2f} s")
        time.sleep(1)
        for job in jobs:
            # one that was complete before it could be cancelled was deleted by the same request
            status = client.get(f"/v1/status/{job}").json().get("status", "DELETED")
            ends[status] = ends.get(status, 0) + 1
        left = [p for p in (folder / "data").rglob("*") if any(job in str(p) for job in jobs)]
        kept = [p for p in left if p.is_file() and ends.get("COMPLETE", 0) == 0]
    return {
        "cancels": given.cancels,
        "ends": ends,
        "seconds_to_cancelled": summary(answered),
        "seconds_to_idle": summary(freed),
        "checkpoints_left": len([p for p in kept if "/jobs/" in str(p)]),
        "scratch_left": len([p for p in left if "/scratch/" in str(p)]),
    }


def _cancel(client: httpx2.Client, job: str) -> tuple[float, float]:
    """Cancel, and wait for the end; returns how long that took, and when it began."""
    begin = time.monotonic()
    answer = client.delete(f"/v1/tasks/{job}")
    if answer.status_code not in {202, 204, 409}:
        raise RuntimeError(f"a cancel was answered {answer.status_code}: {answer.text}")
    wait_until(lambda: _ended(client, job), 30)
    return time.monotonic() - begin, begin


def _ended(client: httpx2.Client, job: str) -> bool:
    answer = client.get(f"/v1/status/{job}")
    return answer.status_code == httpx2.codes.NOT_FOUND or answer.json()["status"] in FINAL


def _until_idle(service: RunningService, begin: float) -> float:
    """Seconds from the cancel until neither model host nor media child works any more."""
    while True:
        hosts = [*service.processes("host"), *service.processes("media")]
        before = _spent(hosts)
        time.sleep(0.1)
        if _spent(hosts) - before < 0.1 * IDLE or time.monotonic() - begin > 30:
            return time.monotonic() - begin


def _spent(processes: list[Any]) -> float:
    total = 0.0
    for process in processes:
        try:
            times = process.cpu_times()
        except Exception:  # noqa: BLE001, S112 - it ended meanwhile, which is what is wanted
            continue
        total += times.user + times.system
    return total


def passed(figures: dict[str, Any]) -> bool:
    """Whether the promise was kept, whatever the clock says."""
    final = set(figures["ends"]) <= {"CANCELLED", "COMPLETE", "DELETED"}
    return final and figures["checkpoints_left"] == figures["scratch_left"] == 0


def in_time(figures: dict[str, Any]) -> bool:
    """Whether it was quick enough."""
    return bool(figures["seconds_to_idle"]["p95"] <= 2.0)
