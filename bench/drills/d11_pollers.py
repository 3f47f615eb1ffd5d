"""D11: a thousand clients that poll a job's status once a second while jobs use all processors.

Promise: answers within 20 ms in the median and 250 ms for 99 of 100, no errors, and the jobs are
not slowed down by more than 5 %. The pollers run on this machine too, so their own share of it is
measured beside the service's.
"""

import argparse
import asyncio
import re
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import uvloop
from harness import summary

from hansard.testing.service import RunningService, submit, wait_for
from hansard.testing.sounds import repeat_sample
from hansard.work.demonstrate import find_sample


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The drill's flags."""
    parser.add_argument("--pollers", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--length", type=float, default=3600.0, help="seconds of the recordings")


def run(given: argparse.Namespace) -> dict[str, Any]:
    """Do the drill; returns its figures."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hansard-d11-")))
        service = stack.enter_context(RunningService(folder))
        client = stack.enter_context(service.client())
        file = repeat_sample(find_sample("standup").path, given.length, folder)
        quiet = _speed(client, file, lambda: time.sleep(0))
        api = service.processes("api")[0]
        took: list[float] = []
        errors: list[str] = []
        spent = api.cpu_times()
        job = submit(client, file)
        begin = time.monotonic()
        uvloop.run(_poll(service, job, given, (took, errors)))
        elapsed = time.monotonic() - begin
        used = api.cpu_times()
        done = wait_for(client, job)
        cost = (used.user + used.system - spent.user - spent.system) / elapsed
    busy = done["metrics"]["processing_time_seconds"]
    return {
        "pollers": given.pollers,
        "answers": len(took),
        "errors": len(errors),
        "first_errors": errors[:3],
        "answer_seconds": summary(took),
        "api_cores_used": round(cost, 2),
        "job_seconds_quiet": round(quiet, 2),
        "job_seconds_busy": round(busy, 2),
        "job_slowed_by_percent": round(100 * (busy / quiet - 1), 1),
    }


def _speed(client: httpx2.Client, file: Path, _: Any) -> float:
    done = wait_for(client, submit(client, file))
    return float(done["metrics"]["processing_time_seconds"])


async def _poll(
    service: RunningService,
    job: str,
    given: argparse.Namespace,
    found: tuple[list[float], list[str]],
) -> None:
    where = urlsplit(service.address)
    asked = f"GET /v1/status/{job} HTTP/1.1\r\nHost: {where.netloc}\r\n\r\n".encode()
    end = time.monotonic() + given.seconds
    place = (where.hostname or "", where.port or 80)
    await asyncio.gather(
        *(_one(place, asked, (n / given.pollers, end), found) for n in range(given.pollers))
    )


async def _one(
    place: tuple[str, int],
    asked: bytes,
    times: tuple[float, float],
    found: tuple[list[float], list[str]],
) -> None:
    """One client with one connection; plain bytes: an HTTP client costs more than a server."""
    took, errors = found
    wait, end = times
    await asyncio.sleep(wait)
    reader, writer = await asyncio.open_connection(*place)
    try:
        while time.monotonic() < end:
            begin = time.monotonic()
            writer.write(asked)
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head.lower())
            await reader.readexactly(int(length[1]) if length else 0)
            if head.split(b" ", 2)[1] == b"200":
                took.append(time.monotonic() - begin)
            else:
                errors.append(head.decode(errors="replace")[:80])
            await asyncio.sleep(max(0.0, 1 - (time.monotonic() - begin)))
    except (OSError, EOFError, asyncio.IncompleteReadError) as error:
        errors.append(repr(error))
    finally:
        writer.close()


def passed(figures: dict[str, Any]) -> bool:
    """Whether the promise was kept, whatever the clock says."""
    return bool(figures["errors"] == 0 and figures["answers"] > 0)


def in_time(figures: dict[str, Any]) -> bool:
    """Whether it was quick enough."""
    answers = figures["answer_seconds"]
    return bool(answers["median"] <= 0.02 and answers["p99"] <= 0.25)
