"""When a job will be done: estimates for people, from how fast recent ones were."""

import time
from collections.abc import Iterable
from threading import Lock

from hansard.jobs.ledger import Ledger
from hansard.jobs.values import Ahead, Job, State

RECENT = 20
"""Ended jobs that are looked at."""
KEPT = 30.0
"""Seconds for which a speed is taken to hold."""


class Forecast:
    """Knows how fast this service has been of late; safe to share between threads."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = Lock()
        self._speed: float | None = None
        self._until = 0.0

    def wait(self, ahead: Ahead) -> float | None:
        """Seconds until a job behind `ahead` begins; None where nothing is known yet."""
        if not ahead.jobs:
            return 0.0
        with self._lock:
            if time.monotonic() >= self._until:
                recent = self._ledger.list(states=[State.COMPLETE], limit=RECENT)
                self._speed = speed_of(recent)
                self._until = time.monotonic() + KEPT
            speed = self._speed
        return None if speed is None else round(ahead.seconds * speed, 1)


def speed_of(jobs: Iterable[Job]) -> float | None:
    """Seconds of work for each second of sound, over ended jobs; None without any."""
    work = sound = 0.0
    for job in jobs:
        if job.media is None or not job.media.duration or not job.started or not job.finished:
            continue
        work += max(0.0, job.finished - job.started)
        sound += job.media.duration
    return work / sound if sound else None


def remaining(job: Job, now: float) -> float | None:
    """Seconds until a running job is done, if it goes on as it did; None where that is unknown."""
    if job.state is not State.RUNNING or not job.progress or job.started is None:
        return None
    spent = max(0.0, now - job.started)
    return round(spent * (1 - job.progress) / job.progress, 1)
