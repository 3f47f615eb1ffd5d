"""D10: every bomb of the corpus, through the service.

Promise: each is refused, or fails with a reason, within 5 s, in 512 MB; nothing ends but its child.
"""

import argparse
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
from harness import say

from hansard.testing.bombs import BOMBS, LONGEST, Trap
from hansard.testing.service import RunningService, wait_for


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The drill's flags."""
    parser.add_argument("--max-duration", type=float, default=LONGEST)


def run(given: argparse.Namespace) -> dict[str, Any]:
    """Do the drill; returns its figures."""
    outcomes: dict[str, str] = {}
    slow: dict[str, float] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hansard-d10-")))
        bombs = _build(folder)
        service = stack.enter_context(
            RunningService(folder, "--max-duration", str(given.max_duration))
        )
        client = stack.enter_context(service.client())
        before = {p.pid for part in ("api", "worker", "host") for p in service.processes(part)}
        memory = _Memory(service)
        with memory:
            for bomb in bombs:
                begin = time.monotonic()
                outcomes[bomb.name] = _throw(client, bomb)
                took = time.monotonic() - begin
                if took > 5:
                    slow[bomb.name] = round(took, 1)
                say(f"{bomb.name}: {outcomes[bomb.name]}, {took:.1f} s")
        after = {p.pid for part in ("api", "worker", "host") for p in service.processes(part)}
    return {
        "bombs": len(bombs),
        "outcomes": outcomes,
        "slower_than_5_s": slow,
        "largest_child_mb": memory.largest >> 20,
        "processes_ended": len(before - after),
    }


def _build(folder: Path) -> list[Path]:
    secret = folder / "secret.wav"
    secret.write_bytes(b"RIFF")
    trap = Trap(secret, "http://127.0.0.1:9")
    made: list[Path] = []
    for name, bomb in BOMBS.items():
        made.append(folder / name)
        made[-1].write_bytes(bomb.build(trap))
    return made


def _throw(client: httpx2.Client, bomb: Path) -> str:
    with bomb.open("rb") as content:
        answer = client.post("/v1/process", files={"file": (bomb.name, content)})
    if answer.status_code != httpx2.codes.ACCEPTED:
        return f"{answer.status_code} {answer.json().get('error_code')}"
    end = wait_for(client, answer.json()["task_id"])
    return f"{end['status']} {end.get('error_code') or ''}".strip()


class _Memory:
    """Keeps an eye on the media children."""

    def __init__(self, service: RunningService) -> None:
        self._service = service
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.largest = 0

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ending.wait(0.05):
            for child in self._service.processes("media"):
                try:
                    self.largest = max(self.largest, child.memory_info().rss)
                except Exception:  # noqa: BLE001, S112 - it ended meanwhile
                    continue


def passed(figures: dict[str, Any]) -> bool:
    """Whether the promise was kept, whatever the clock says."""
    bad = [o for o in figures["outcomes"].values() if o.startswith("5") or "internal" in o]
    return not bad and not figures["processes_ended"] and figures["largest_child_mb"] <= 512


def in_time(figures: dict[str, Any]) -> bool:
    """Whether it was quick enough."""
    return not figures["slower_than_5_s"]
