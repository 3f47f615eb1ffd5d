"""D9: damaged uploads.

Promise: 202 or 4xx, never 5xx; nothing hangs; every accepted one ends; memory stays bounded and
nothing is left behind.
"""

import argparse
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
from harness import Tally, follow, say

from hansard.testing.service import RunningService
from hansard.work.demonstrate import find_sample, list_samples

HEADERS = 4096
"""Bytes at the beginning in which damage hurts most."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The drill's flags."""
    parser.add_argument("--uploads", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--seeds-folder", type=Path, help="recordings to damage, beside the samples"
    )


def run(given: argparse.Namespace) -> dict[str, Any]:
    """Do the drill; returns its figures."""
    import time

    chance = random.Random(given.seed)
    codes: Counter[int] = Counter()
    slowest = 0.0
    tally = Tally()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hansard-d9-")))
        service = stack.enter_context(RunningService(folder, "--max-queue-depth", "100000"))
        client = stack.enter_context(service.client())
        api = service.processes("api")[0]
        rss, fds = api.memory_info().rss, api.num_fds()
        for content, name in _damaged(given, chance):
            begin = time.monotonic()
            answer = client.post("/v1/process", files={"file": (name, content)})
            slowest = max(slowest, time.monotonic() - begin)
            codes[answer.status_code] += 1
            if answer.status_code == httpx2.codes.ACCEPTED:
                tally.acknowledged.append(answer.json()["task_id"])
            elif answer.status_code >= 500:
                say(f"{answer.status_code}: {answer.text}")
        follow(service, tally, time.monotonic() + 120 + given.uploads)
        ends = Counter(
            f"{end['status']} {end.get('error_code') or ''}".strip() for end in tally.ends.values()
        )
        return {
            "uploads": given.uploads,
            "answers": {str(code): count for code, count in sorted(codes.items())},
            "slowest_answer_seconds": round(slowest, 2),
            "ends": dict(ends),
            "never_ended": len(tally.acknowledged) - len(tally.ends),
            "api_memory_more_mb": (api.memory_info().rss - rss) >> 20,
            "api_descriptors_more": api.num_fds() - fds,
            "incoming_left": len(list((folder / "data" / "incoming").glob("*"))),
            "scratch_left": len(list((folder / "data" / "scratch").glob("*/*"))),
            "zombies": sum(p.status() == "zombie" for p in service.api.family()),
        }


def _damaged(given: argparse.Namespace, chance: random.Random) -> Iterator[tuple[bytes, str]]:
    files = [find_sample(name).path for name in list_samples()]
    files += sorted(given.seeds_folder.iterdir()) if given.seeds_folder else []
    seeds = [path.read_bytes()[:400_000] for path in files]
    for number in range(given.uploads):
        content = bytearray(chance.choice(seeds))
        for _ in range(chance.choice((1, 1, 3, 10, 100))):
            _hurt(content, chance)
        yield bytes(content), f"{number}.{chance.choice(('wav', 'mp3', 'ogg', 'flac', 'mp4', 'x'))}"


def _hurt(content: bytearray, chance: random.Random) -> None:
    reach = len(content) if chance.random() < 0.3 else min(HEADERS, len(content))
    where = chance.randrange(max(1, reach))
    way = chance.randrange(5)
    if way == 0:
        content[where : where + 1] = bytes([chance.randrange(256)])
    elif way == 1:
        content[where : where + 4] = chance.choice((b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff"))
    elif way == 2:
        del content[where : where + chance.randrange(1, 64)]
    elif way == 3:
        content[where:where] = chance.randbytes(chance.randrange(1, 64))
    elif chance.random() < 0.2:
        del content[where:]


def passed(figures: dict[str, Any]) -> bool:
    """Whether the promise was kept, whatever the clock says."""
    good = all(code.startswith("4") or code == "202" for code in figures["answers"])
    left = ("never_ended", "incoming_left", "scratch_left", "zombies")
    poison = any("poison" in end or "internal" in end for end in figures["ends"])
    bounded = figures["api_memory_more_mb"] <= 50
    return good and bounded and not poison and not any(figures[name] for name in left)


def in_time(figures: dict[str, Any]) -> bool:
    """Whether it was quick enough."""
    return bool(figures["slowest_answer_seconds"] <= 30)
