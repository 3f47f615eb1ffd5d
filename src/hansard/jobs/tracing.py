"""Traces that begin at a client and end in a job, if OpenTelemetry is installed.

A request's `traceparent` (W3C Trace Context) is always taken along into the job. Where an address
for traces is given, each request is a span too, sent there as OTLP over HTTP; that needs the extra
`otel`, which is not even looked for otherwise.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from hansard.errors import MissingExtraError

TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)
TRACESTATE = re.compile(r"[ -~]{1,512}", re.ASCII)


def trace_of(headers: Mapping[str, str]) -> dict[str, str]:
    """The trace context in a request's headers; what is malformed is left out."""
    parent = headers.get("traceparent", "").strip()
    if not TRACEPARENT.fullmatch(parent) or "-" + "0" * 32 + "-" in parent:
        return {}
    state = headers.get("tracestate", "").strip()
    return {"traceparent": parent, **({"tracestate": state} if TRACESTATE.fullmatch(state) else {})}


class Tracer:
    """Makes spans, where there is somebody to send them to."""

    def __init__(self, endpoint: str = "", *, version: str = "") -> None:
        """`endpoint` is a collector's address, such as `http://127.0.0.1:4318/v1/traces`.

        Raises:
            MissingExtraError: OpenTelemetry is not installed.
        """
        self._provider: Any = None
        if not endpoint:
            return
        if find_spec("opentelemetry") is None or find_spec("opentelemetry.sdk") is None:
            raise MissingExtraError(
                "traces need OpenTelemetry, which is not installed",
                hint="pip install 'hansard[otel]'",
            )
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        named = Resource.create({"service.name": "hansard", "service.version": version})
        self._provider = TracerProvider(resource=named)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))

    @contextmanager
    def span(self, name: str, trace: Mapping[str, str]) -> Iterator[dict[str, str]]:
        """A span below the one that `trace` tells of; gives the context for what follows it."""
        if self._provider is None:
            yield dict(trace)
            return
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        propagator = TraceContextTextMapPropagator()
        tracer = self._provider.get_tracer("hansard")
        carrier: dict[str, str] = {}
        with tracer.start_as_current_span(name, context=propagator.extract(dict(trace))):
            propagator.inject(carrier)
            yield carrier

    def close(self) -> None:
        """Export what is left."""
        if self._provider is not None:
            self._provider.shutdown()
