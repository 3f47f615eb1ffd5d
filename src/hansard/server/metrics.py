"""What the service measures of itself, in Prometheus' text format."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from hansard.jobs.values import Counts, WorkerNote

CONTENT_TYPE = "text/plain; version=0.0.4"
LATENCIES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60, 600, 3600)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """The numbers of one application, in a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "hansard_requests",
            "Requests answered",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "hansard_request_seconds",
            "Seconds from a request's headers to the end of its answer",
            ("route",),
            buckets=LATENCIES,
            registry=self._registry,
        )
        self._received = Counter(
            "hansard_uploaded_bytes", "Bytes of uploads received", registry=self._registry
        )
        self._jobs = Gauge("hansard_jobs", "Jobs by state", ("state",), registry=self._registry)
        self._depth = Gauge("hansard_queue_depth", "Jobs that wait", registry=self._registry)
        self._oldest = Gauge(
            "hansard_queue_oldest_seconds",
            "Seconds that the oldest queued job has waited",
            registry=self._registry,
        )
        self._ledger = Gauge(
            "hansard_ledger_up", "Whether the ledger answers", registry=self._registry
        )
        self._workers = Gauge(
            "hansard_workers_ready", "Workers that are ready", registry=self._registry
        )
        self._disk = Gauge(
            "hansard_disk_free_bytes", "Free bytes on the data disk", registry=self._registry
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request; `route` is the path's template, so that there are few of them."""
        named = method if method in METHODS else "other"
        self._requests.labels(named, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def received(self, size: int) -> None:
        """Count the bytes of an upload."""
        self._received.inc(size)

    def show(self, counts: Counts | None, workers: Sequence[WorkerNote], free: int | None) -> bytes:
        """Everything, with how the queue stands now; None where the ledger does not say."""
        self._ledger.set(counts is not None)
        if counts is not None:
            for state in ("queued", "running", "complete", "failed", "cancelled"):
                self._jobs.labels(state).set(getattr(counts, state))
            self._depth.set(counts.queued)
            self._oldest.set(counts.oldest or 0.0)
        self._workers.set(sum(worker.ready for worker in workers))
        self._disk.set(free or 0)
        return generate_latest(self._registry)
