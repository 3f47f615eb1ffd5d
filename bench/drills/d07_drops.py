"""D7: clients that vanish in the middle of an upload.

Promise: no file, no job and no descriptor is left.
"""

import argparse
import random
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from harness import wait_until

from hansard.testing.service import RunningService
from hansard.work.demonstrate import find_sample

BOUNDARY = "drill7"
WARM_UP = 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The drill's flags."""
    parser.add_argument("--drops", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)


def run(given: argparse.Namespace) -> dict[str, Any]:
    """Do the drill; returns its figures."""
    chance = random.Random(given.seed)
    body = make_body(find_sample("standup").path.read_bytes())
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hansard-d7-")))
        service = stack.enter_context(RunningService(folder))
        client = stack.enter_context(service.client())
        api = service.processes("api")[0]
        for _ in range(WARM_UP):  # threads and their connections come with the first requests
            drop(service.address, body, len(body) // 2, chance)
        wait_until(lambda: not _files(folder / "data" / "incoming"), 60)
        before = api.num_fds()
        for _ in range(given.drops):
            drop(service.address, body, chance.randrange(len(body)), chance)
        incoming = folder / "data" / "incoming"

        def clean() -> bool:
            return not _files(incoming) and api.num_fds() <= before + 2

        # a connection may still wait to be accepted, so it has to be clean for a while
        settled = wait_until(lambda: all(clean() for _ in _ticks(2.0)), 90)
        jobs = client.get("/v1/tasks").json()
        left = _files(incoming)
        return {
            "drops": given.drops,
            "settled": settled,
            "files_left": len(left),
            "descriptors_more": api.num_fds() - before,
            "jobs": len(jobs["tasks"]),
            "memory_mb": api.memory_info().rss >> 20,
            "ready": client.get("/readyz").status_code,
        }


def _ticks(seconds: float) -> Iterator[None]:
    for _ in range(int(seconds / 0.1)):
        yield time.sleep(0.1)


def make_body(recording: bytes) -> bytes:
    """A multipart body with the recording."""
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n'
        "Content-Type: audio/wav\r\n\r\n"
    )
    return head.encode() + recording + f"\r\n--{BOUNDARY}--\r\n".encode()


def make_head(length: int) -> bytes:
    """The head of a request with a body of that length."""
    return (
        "POST /v1/process HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
        f"Content-Length: {length}\r\n\r\n"
    ).encode()


def drop(address: str, body: bytes, upto: int, chance: random.Random) -> None:
    """Send a request up to some byte, and go."""
    where = urlsplit(address)
    with socket.create_connection((where.hostname or "", where.port or 80), 10) as line:
        if chance.random() < 0.5:  # half of them go without a farewell
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        line.sendall(make_head(len(body)) + body[:upto])
        if chance.random() < 0.2:
            time.sleep(0.01)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []


def passed(figures: dict[str, Any]) -> bool:
    """Whether the promise was kept."""
    nothing = figures["files_left"] == figures["jobs"] == 0
    return bool(figures["settled"] and nothing and figures["ready"] == 200)
