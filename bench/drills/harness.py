"""What the drills share: a service that is hurt, and clients that keep count."""

import random
import statistics
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx2
import psutil

from hansard.testing.service import FINAL, Part, Program, RunningService

PARTS: tuple[Part, ...] = ("api", "worker", "host", "media")


def say(text: str) -> None:
    """Progress, for people."""
    print(text, file=sys.stderr, flush=True)


def percentile(values: list[float], share: float) -> float:
    """The value below which so great a share of them lies."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def summary(values: list[float]) -> dict[str, float]:
    """Median, 95th and 99th percentile, and the largest."""
    return {
        "median": round(statistics.median(values), 4) if values else 0.0,
        "p95": round(percentile(values, 0.95), 4),
        "p99": round(percentile(values, 0.99), 4),
        "max": round(max(values, default=0.0), 4),
    }


class Keeper:
    """Starts what was killed again, as systemd or a container engine would."""

    def __init__(self, service: RunningService) -> None:
        self.service = service
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.restarts = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ending.wait(0.2):
            for program in self._dead():
                self.restarts += 1
                if program is self.service.api:
                    with suppress(RuntimeError):
                        self.service.start()
                else:
                    program.start()

    def _dead(self) -> list[Program]:
        programs = [*self.service.workers, self.service.api]
        return [p for p in programs if p.returncode is not None]


def kill_one(service: RunningService, part: Part, chance: random.Random) -> int:
    """SIGKILL to one process of this part; returns its id, 0 where there is none."""
    alive = service.processes(part)
    if not alive:
        return 0
    victim = chance.choice(alive)
    with suppress(psutil.NoSuchProcess):
        victim.kill()
        return int(victim.pid)
    return 0


@dataclass
class Tally:
    """What became of the jobs that were acknowledged."""

    acknowledged: list[str] = field(default_factory=list)
    refused: int = 0
    ends: dict[str, dict[str, Any]] = field(default_factory=dict)
    ended_at: dict[str, float] = field(default_factory=dict)

    def count(self, status: str) -> int:
        """How many ended so."""
        return sum(end["status"] == status for end in self.ends.values())


def submit_patiently(service: RunningService, recording: Path, key: str, **fields: str) -> str:
    """Submit under an idempotency key, again and again until it is acknowledged."""
    while True:
        with suppress(httpx2.HTTPError, OSError), service.client() as client:
            with recording.open("rb") as file:
                answer = client.post(
                    "/v1/process",
                    files={"file": (recording.name, file)},
                    data=fields,
                    headers={"Idempotency-Key": key},
                )
            if answer.status_code == httpx2.codes.ACCEPTED:
                return str(answer.json()["task_id"])
            if answer.status_code not in {429, 503}:
                raise RuntimeError(f"refused with {answer.status_code}: {answer.text}")
        time.sleep(0.2)


def follow(service: RunningService, tally: Tally, deadline: float, pause: float = 0.2) -> None:
    """Poll until every acknowledged job has ended, or the time is up."""
    while time.monotonic() < deadline:
        left = [job for job in tally.acknowledged if job not in tally.ends]
        if not left:
            return
        with suppress(httpx2.HTTPError, OSError), service.client() as client:
            for job in left:
                note_end(client, job, tally)
        time.sleep(pause)


def note_end(client: httpx2.Client, job: str, tally: Tally) -> None:
    """Keep a job's status, if it has ended."""
    answer = client.get(f"/v1/status/{job}")
    if answer.status_code == httpx2.codes.OK and answer.json()["status"] in FINAL:
        tally.ends[job] = answer.json()
        tally.ended_at[job] = time.monotonic()


def wait_until(what: Callable[[], bool], seconds: float) -> bool:
    """Whether it comes true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(0.05)
    return False
