"""A short file of one key behind ten long ones of another, on one worker.

Promise: it starts within 60 s.
"""

import argparse
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2

from hansard.server.keys import USUAL_SCOPES, KeyBook
from hansard.settings import Options
from hansard.storage.folder import FolderStore
from hansard.testing.service import RunningService, submit, wait_for
from hansard.testing.sounds import repeat_sample
from hansard.work.demonstrate import find_sample


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The drill's flags."""
    parser.add_argument("--jobs", type=int, default=10)
    parser.add_argument("--length", type=float, default=3600.0, help="seconds of the long ones")


def run(given: argparse.Namespace) -> dict[str, Any]:
    """Do the drill; returns its figures."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hansard-fair-")))
        book = KeyBook(FolderStore(folder / "data" / "store"), Options())
        keys = [book.add(name, scopes=USUAL_SCOPES)[1] for name in ("busy", "brief")]
        service = stack.enter_context(RunningService(folder, auth=True))
        sample = find_sample("standup").path
        long, short = (repeat_sample(sample, s, folder) for s in (given.length, 10.0))
        busy, brief = (stack.enter_context(_client(service, key)) for key in keys)
        jobs = [submit(busy, long) for _ in range(given.jobs)]
        wait_for(busy, jobs[0], ["PROCESSING_ASR"])
        begin = time.monotonic()
        mine = submit(brief, short)
        ahead = brief.get(f"/v1/status/{mine}").json().get("queue")
        wait_for(brief, mine, ["PREPROCESSING", "PROCESSING_ASR", "COMPLETE"])
        started = time.monotonic() - begin
        done = wait_for(brief, mine)
        ended = time.monotonic() - begin
        long_ones = [busy.get(f"/v1/status/{job}").json()["status"] for job in jobs]
    return {
        "status": done["status"],
        "started_after_seconds": round(started, 2),
        "done_after_seconds": round(ended, 2),
        "queue_told": ahead,
        "long_jobs_done_before": long_ones.count("COMPLETE"),
    }


def _client(service: RunningService, key: str) -> httpx2.Client:
    return httpx2.Client(
        base_url=service.address, headers={"X-API-Key": key}, timeout=120, trust_env=False
    )


def passed(figures: dict[str, Any]) -> bool:
    """Whether the promise was kept, whatever the clock says."""
    return bool(figures["status"] == "COMPLETE")


def in_time(figures: dict[str, Any]) -> bool:
    """Whether it was quick enough."""
    return bool(figures["started_after_seconds"] <= 60)
