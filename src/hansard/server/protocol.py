"""The connection itself: deadlines that uvicorn does not have, and how uvicorn is set up.

A client has `header_timeout` seconds for a request's headers, may not make them endless, must read
what it is sent, and may not go on sending long after it has its answer.
"""

import asyncio
import resource
import socket
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, cast

import uvicorn
from litestar import Litestar
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from hansard.jobs.options import DoorOptions

LONGEST_HEADERS = 65_536
"""Bytes of a request's headers."""
LINGER = 5.0
"""Seconds for which the rest of a refused body is read and dropped, so that the client, which may
look for an answer only when it has sent everything, does see it."""
LINGER_BYTES = 16 * 1_048_576
UNREAD = 60.0
"""Seconds for which a client may leave its answer unread."""
KEEP_ALIVE = 15
"""Seconds for which an idle connection is kept."""
MOST_CONNECTIONS = 4096
MOST_WAITING = 2048
"""Connections whose headers are awaited; with one more, the oldest of them is cut off."""
GRACE = 10
"""Seconds that answers under way have when the service ends."""


@dataclass
class Patience:
    """What the connections of one server share."""

    headers: float
    """Seconds for a request's headers."""
    most_waiting: int = MOST_WAITING
    waiting: "OrderedDict[Deadlines, None]" = field(default_factory=OrderedDict)


class Deadlines(HttpToolsProtocol):
    """One connection. `patience` is set by the subclass that `protocol_for` makes."""

    patience: Patience

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._in_body = False
        self._header_bytes = 0
        self._dropped = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has come: its headers are due."""
        super().connection_made(transport)
        # Not every loop does it for every listening socket, and without it each answer, which is
        # written as headers and body, waits 40 ms for an acknowledgement (Nagle, RFC 1122).
        handle = transport.get_extra_info("socket")
        if handle is not None and handle.family in {socket.AF_INET, socket.AF_INET6}:
            handle.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._await_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        for name in list(self._timers):
            self._stop(name)
        self.patience.waiting.pop(self, None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if not self._in_body and "headers" not in self._timers:
            self._await_headers()
        self._header_bytes += 0 if self._in_body else len(data)
        super().data_received(data)
        if not self._in_body and self._header_bytes > LONGEST_HEADERS:
            self._refuse(431)

    def on_headers_complete(self) -> None:
        """A request can be answered."""
        self._in_body = True
        self._header_bytes = self._dropped = 0
        self._stop("headers")
        self.patience.waiting.pop(self, None)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of a body came."""
        super().on_body(body)
        if self.cycle.response_complete:
            self._dropped += len(body)
            if self._dropped > LINGER_BYTES:
                self._cut()

    def on_message_complete(self) -> None:
        """The body is whole."""
        self._in_body = False
        self._stop("linger")
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The client has its answer, perhaps before it sent its whole body."""
        super().on_response_complete()
        if self.cycle.more_body and self._in_body:
            self._start("linger", LINGER, self._cut)

    def pause_writing(self) -> None:
        """The client does not read."""
        super().pause_writing()
        self._start("unread", UNREAD, self._abort)

    def resume_writing(self) -> None:
        """It reads again."""
        self._stop("unread")
        super().resume_writing()

    def _await_headers(self) -> None:
        self._start("headers", self.patience.headers, lambda: self._refuse(408))
        waiting = self.patience.waiting
        waiting[self] = None
        if len(waiting) > self.patience.most_waiting:
            oldest, _ = waiting.popitem(last=False)
            oldest.refuse_for_room()

    def refuse_for_room(self) -> None:
        """Others need the place."""
        self._refuse(503)

    def _refuse(self, status: int) -> None:
        self._stop("headers")
        if not self.transport.is_closing():
            self.transport.write(
                f"HTTP/1.1 {status} \r\nconnection: close\r\ncontent-length: 0\r\n\r\n".encode()
            )
        self._cut()

    def _cut(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()

    def _abort(self) -> None:
        self.transport.abort()

    def _start(self, name: str, seconds: float, deed: Callable[[], None]) -> None:
        self._stop(name)
        self._timers[name] = self.loop.call_later(seconds, deed)

    def _stop(self, name: str) -> None:
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()


def protocol_for(patience: Patience) -> type[asyncio.Protocol]:
    """The protocol class of one server."""
    return cast("type[asyncio.Protocol]", type("Connection", (Deadlines,), {"patience": patience}))


def serve_config(app: Litestar, options: DoorOptions) -> uvicorn.Config:
    """How uvicorn serves the application; every value is given, so that it reads no environment."""
    return uvicorn.Config(
        app,
        host=options.host,
        port=options.port,
        http=protocol_for(Patience(options.header_timeout)),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        workers=1,
        proxy_headers=bool(options.trusted_proxies),
        forwarded_allow_ips=list(options.trusted_proxies),
        server_header=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
    )


def allow_many_files() -> None:
    """Raise this process's limit of open files, connections included, as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * MOST_CONNECTIONS
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < limit:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
