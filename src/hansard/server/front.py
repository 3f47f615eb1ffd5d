"""What happens around every request: its id, its line in the log, its measures, safe headers."""

import logging
import re
import time
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from structlog.contextvars import bound_contextvars

from hansard.jobs.tracing import Tracer, trace_of
from hansard.server.metrics import Metrics

logger = logging.getLogger("hansard.access")

ASGI = Callable[..., Awaitable[None]]
Message = MutableMapping[str, Any]
TOLD = frozenset({b"x-request-id", b"traceparent", b"tracestate"})
REQUEST_ID = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
SAFE_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)


class Front:
    """Wraps the application's own ASGI handler, so that it sees unknown paths as well."""

    def __init__(self, app: ASGI, metrics: Metrics, tracer: Tracer) -> None:
        self._app = app
        self._metrics = metrics
        self._tracer = tracer

    async def __call__(self, scope: Message, receive: ASGI, send: ASGI) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        told = {name: value for name, value in scope["headers"] if name in TOLD}
        request_id = request_id_of(told.get(b"x-request-id", b""))
        trace = trace_of({name.decode(): value.decode("latin-1") for name, value in told.items()})
        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        answer = Signed(send, request_id)
        begin = time.perf_counter()
        with (
            bound_contextvars(request_id=request_id),
            self._tracer.span(scope["method"], trace) as carried,
        ):
            state["trace"] = {"request_id": request_id, **carried}
            try:
                await self._app(scope, receive, answer)
            finally:
                self._tell(scope, answer.status, time.perf_counter() - begin)

    def _tell(self, scope: Message, status: int, seconds: float) -> None:
        # The template, not the path: it holds no ids, no ticket, and there are few.
        route = str(scope.get("path_template") or "unknown")
        self._metrics.answered(scope["method"], route, status, seconds)
        logger.info("%s %s %d %.0f ms", scope["method"], route, status, 1000 * seconds)


class Signed:
    """An ASGI `send` that adds the request's id and the safe headers, and keeps the status."""

    def __init__(self, send: ASGI, request_id: str) -> None:
        self._send = send
        self._own = ((b"x-request-id", request_id.encode()), *SAFE_HEADERS)
        self.status = 500

    async def __call__(self, message: Message) -> None:
        """Pass a message on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), *self._own]
        await self._send(message)


def request_id_of(given: bytes) -> str:
    """The client's own id where it is short and plain, else a new one."""
    return given.decode() if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
