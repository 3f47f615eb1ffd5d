"""D12: many large uploads at once.

Promise: the API's memory stays below 300 MB; those beyond the limit are answered 429 with
Retry-After before they have sent their body; all that are accepted end.
"""

import argparse
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
from d07_drops import make_body, make_head
from harness import Tally, follow

from hansard.testing.service import RunningService
from hansard.testing.sounds import repeat_sample
from hansard.work.demonstrate import find_sample


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The drill's flags."""
    parser.add_argument("--uploads", type=int, default=200)
    parser.add_argument("--megabytes", type=int, default=50)


def run(given: argparse.Namespace) -> dict[str, Any]:
    """Do the drill; returns its figures."""
    tally = Tally()
    answers: Counter[str] = Counter()
    early = [0]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hansard-d12-")))
        service = stack.enter_context(RunningService(folder))
        client = stack.enter_context(service.client())
        seconds = given.megabytes * 2**20 / 32_000
        file = repeat_sample(find_sample("standup").path, seconds, folder)
        body = make_body(file.read_bytes())
        api = service.processes("api")[0]
        largest = [api.memory_info().rss]
        ending = threading.Event()

        def watch() -> None:
            while not ending.wait(0.05):
                largest[0] = max(largest[0], api.memory_info().rss)

        watching = threading.Thread(target=watch)
        watching.start()
        sending = [
            threading.Thread(target=_send, args=(service, body, tally, answers, early))
            for _ in range(given.uploads)
        ]
        for thread in sending:
            thread.start()
        for thread in sending:
            thread.join()
        for job in tally.acknowledged:
            client.delete(f"/v1/tasks/{job}")
        follow(service, tally, time.monotonic() + 300)
        ending.set()
        watching.join()
    return {
        "uploads": given.uploads,
        "megabytes": given.megabytes,
        "answers": dict(answers),
        "refused_before_their_body": early[0],
        "api_memory_mb": largest[0] >> 20,
        "never_ended": len(tally.acknowledged) - len(tally.ends),
    }


def _send(
    service: RunningService,
    body: bytes,
    tally: Tally,
    answers: Counter[str],
    early: list[int],
) -> None:
    import json
    import socket

    where = urlsplit(service.address)
    sent = 0
    reply = b""
    with socket.create_connection((where.hostname or "", where.port or 80), 60) as line:
        try:
            line.sendall(make_head(len(body)))
            view = memoryview(body)
            while sent < len(body):
                sent += line.send(view[sent : sent + 65_536])
        except OSError:
            pass
        try:
            while b"\r\n\r\n" not in reply or not reply.endswith(b"}"):
                more = line.recv(65_536)
                if not more:
                    break
                reply += more
        except OSError:
            pass
    code = reply.split(b" ", 2)[1].decode() if reply else "no answer"
    answers[code] += 1
    if code == "429":
        early[0] += sent < len(body) and b"retry-after" in reply.lower()
    if code == str(int(httpx2.codes.ACCEPTED)):
        tally.acknowledged.append(json.loads(reply.split(b"\r\n\r\n", 1)[1])["task_id"])


def passed(figures: dict[str, Any]) -> bool:
    """Whether the promise was kept."""
    fine = set(figures["answers"]) <= {"202", "429"}
    return fine and figures["api_memory_mb"] <= 300 and figures["never_ended"] == 0
