"""D6: the model host may take no more memory.

Promise: a job that asks for more is done in smaller batches, or fails with the attempts that were
made; the host lives or is replaced, and the next job is done as if nothing had been.
"""

import argparse
import resource
import tempfile
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from harness import say

from hansard.testing.service import RunningService, submit, wait_for
from hansard.testing.sounds import repeat_sample
from hansard.work.demonstrate import find_sample


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The drill's flags."""
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--room", type=int, default=8, help="megabytes that are left")


def run(given: argparse.Namespace) -> dict[str, Any]:
    """Do the drill; returns its figures."""
    ends: Counter[str] = Counter()
    after: Counter[str] = Counter()
    felt = 0
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hansard-d6-")))
        service = stack.enter_context(RunningService(folder))
        client = stack.enter_context(service.client())
        file = repeat_sample(find_sample("standup").path, 300.0, folder)
        brief = repeat_sample(find_sample("standup").path, 10.0, folder)
        calm = wait_for(client, submit(client, brief))["results"]["clean_transcript"]
        for number in range(given.rounds):
            host = service.processes("host")[0]
            room = host.memory_info().data + given.room * 2**20
            host.rlimit(resource.RLIMIT_DATA, (room, resource.RLIM_INFINITY))
            end = wait_for(client, submit(client, file, beam_size="32"))
            ends[f"{end['status']} {end.get('error_code') or ''}".strip()] += 1
            felt += end["status"] == "FAILED" or bool(end["metrics"]["attempts"])
            for still in service.processes("host"):
                still.rlimit(resource.RLIMIT_DATA, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            next_one = wait_for(client, submit(client, brief))
            same = (next_one.get("results") or {}).get("clean_transcript") == calm
            after["same text" if same else str(next_one.get("error_code"))] += 1
            say(f"round {number + 1}: {dict(ends)}, then {dict(after)}")
    return {"rounds": given.rounds, "ends": dict(ends), "next_jobs": dict(after), "felt": felt}


def passed(figures: dict[str, Any]) -> bool:
    """Whether the promise was kept."""
    if not figures["felt"]:
        return False  # there was room enough, so nothing was proved
    fine = {"COMPLETE", "FAILED memory_exhausted", "FAILED does_not_fit", "FAILED poison"}
    return figures["next_jobs"] == {"same text": figures["rounds"]} and set(figures["ends"]) <= fine
