"""D8: clients that send their headers, or their upload, a byte at a time.

Promise: they are cut off (headers within 15 s, uploads within 35 s), and `/livez` answers others
within 250 ms (99 of 100) all the while.
"""

import argparse
import socket
import tempfile
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from d07_drops import make_head
from harness import summary

from hansard.testing.service import RunningService


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The drill's flags."""
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=60.0)


def run(given: argparse.Namespace) -> dict[str, Any]:
    """Do the drill; returns its figures."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hansard-d8-")))
        service = stack.enter_context(RunningService(folder))
        where = urlsplit(service.address)
        place = (where.hostname or "", where.port or 80)
        headers, bodies = list[float](), list[float]()
        ending = threading.Event()
        watched = [
            threading.Thread(
                target=_dawdle,
                args=(place, number % 2 == 0, headers if number % 2 == 0 else bodies, ending),
            )
            for number in range(given.clients)
        ]
        for thread in watched:
            thread.start()
        lively = _ask(service, given.seconds)
        ending.set()
        for thread in watched:
            thread.join()
        left = list((folder / "data" / "incoming").glob("*"))
    return {
        "clients": given.clients,
        "slow_headers_cut_after": summary(headers),
        "slow_uploads_cut_after": summary(bodies),
        "not_cut": given.clients - len(headers) - len(bodies),
        "livez_seconds": summary(lively),
        "files_left": len(left),
    }


def _dawdle(
    place: tuple[str, int], header: bool, cut: list[float], ending: threading.Event
) -> None:
    begin = time.monotonic()
    with suppress(OSError), socket.create_connection(place, 10) as line:
        line.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: " if header else make_head(10**6))
        line.settimeout(0.5)
        while not ending.is_set():
            try:
                line.sendall(b"a")
                if line.recv(1000) == b"" or not header:
                    cut.append(time.monotonic() - begin)
                    return
            except TimeoutError:
                continue
            except OSError:
                cut.append(time.monotonic() - begin)
                return


def _ask(service: RunningService, seconds: float) -> list[float]:
    took: list[float] = []
    deadline = time.monotonic() + seconds
    with service.client() as client:
        while time.monotonic() < deadline:
            begin = time.monotonic()
            client.get("/livez").raise_for_status()
            took.append(time.monotonic() - begin)
            time.sleep(0.05)
    return took


def passed(figures: dict[str, Any]) -> bool:
    """Whether the promise was kept, whatever the clock says."""
    return bool(figures["not_cut"] == 0 and figures["files_left"] == 0)


def in_time(figures: dict[str, Any]) -> bool:
    """Whether it was quick enough."""
    headers, uploads = figures["slow_headers_cut_after"], figures["slow_uploads_cut_after"]
    cut = headers["max"] <= 15 and uploads["max"] <= 35
    return bool(cut and figures["livez_seconds"]["p99"] <= 0.25)
