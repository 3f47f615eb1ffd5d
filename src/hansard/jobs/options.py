"""What may be chosen about durable work and the service around it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Interval


@dataclass(frozen=True, kw_only=True)
class LedgerOptions:
    """Where jobs are kept."""

    redis_url: str | None = field(default=None, repr=False)
    """Keep jobs in this Redis, `redis[s]://[user:password@]host:port/db`, so that many machines
    can share them; by default they are kept in a file in `data_dir`."""
    shared_dir: Path | None = None
    """The folder that uploads and results are kept in; with Redis, one that all machines see. By
    default `store` in `data_dir`."""
    max_queue_depth: Annotated[int, Interval(ge=1, le=1_000_000)] = 50
    """The most jobs that may wait; one more is answered 429."""


@dataclass(frozen=True, kw_only=True)
class WorkerOptions:
    """How a worker works."""

    slots: Annotated[int, Interval(ge=1, le=64)] = 4
    """Jobs that a worker runs at once; their windows take turns at the model."""
    job_timeout: Annotated[float, Interval(ge=1, le=1_000_000)] = 600
    """The least number of seconds that a job may take."""
    job_timeout_factor: Annotated[float, Interval(ge=0, le=1000)] = 10
    """A job may take so many times the length of its recording, if that is more."""
    stall_seconds: Annotated[float, Interval(ge=10, le=86_400)] = 600
    """A model process that reports no progress for so long is taken to hang, and is replaced."""
    host_idle_seconds: Annotated[float, Interval(ge=0, le=1_000_000)] = 0
    """End the model process after so many idle seconds, to give all memory back; 0 = never."""
    media_memory_mb: Annotated[int, Interval(ge=256, le=65_536)] = 1536
    """Memory that the decoding of one foreign file may take."""


@dataclass(frozen=True, kw_only=True)
class RetentionOptions:
    """What is kept, and for how long."""

    result_ttl: Annotated[float, Interval(ge=60, le=31_536_000)] = 86_400
    """Seconds for which results are kept that were asked for as ephemeral."""
    failed_ttl: Annotated[float, Interval(ge=60, le=315_360_000)] = 1_209_600
    """Seconds for which failed and cancelled jobs are kept."""
    keep_audio: bool = True
    """Keep uploaded recordings beside their transcripts."""
    clean_interval: Annotated[float, Interval(ge=10, le=86_400)] = 900
    """Seconds between two clean-ups of what has expired and what nobody owns."""


@dataclass(frozen=True, kw_only=True)
class DoorOptions:
    """How the HTTP service meets its clients."""

    host: str = "127.0.0.1"
    """The address to listen at; any but a loopback address needs keys."""
    port: Annotated[int, Interval(ge=0, le=65_535)] = 8000
    """The port to listen at; 0 = any that is free."""
    auth: bool = True
    """Ask for keys; without them only loopback addresses may be listened at."""
    key_file: Path | None = None
    """A file with one key a line, `[name:]key`, accepted beside those of `hansard keys`: for
    containers."""
    max_upload_mb: Annotated[int, Interval(ge=1, le=1_048_576)] = 500
    """The largest upload, in units of 1,048,576 bytes."""
    max_uploads: Annotated[int, Interval(ge=1, le=10_000)] = 32
    """Uploads at once; one more is answered 429."""
    rate_limit: Annotated[int, Interval(ge=0, le=1_000_000)] = 0
    """Requests a minute that each key may make, but for polling; 0 = any number."""
    free_disk_mb: Annotated[int, Interval(ge=0, le=1_048_576)] = 512
    """Uploads are answered 507 where less than this, in units of 1,048,576 bytes, would be left."""
    header_timeout: Annotated[float, Interval(ge=1, le=600)] = 10
    """Seconds for which a client may take to send a request's headers."""
    slowest_upload: Annotated[int, Interval(ge=0, le=10_000_000)] = 10_240
    """Clients that send less than this many bytes a second are cut off; 0 = never."""
    sync_timeout: Annotated[float, Interval(ge=1, le=86_400)] = 3600
    """Seconds after which a call that waits for its transcript is answered 503."""
    allow_urls: bool = False
    """Let clients name a web address to fetch the recording from."""
    allow_private_urls: bool = False
    """Let the service ask loopback and private addresses, for fetching and for webhooks."""
    allow_downloads: bool = False
    """Let a request name a model that must first be fetched from the model hub."""
    save_transcriptions: Path | None = None
    """A folder in which each transcript that an OpenAI client asked for is also saved, under a name
    with its time."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses of proxies whose `X-Forwarded-For` is believed."""
    otlp_endpoint: str = ""
    """Send traces to this collector, OTLP over HTTP, such as `http://127.0.0.1:4318/v1/traces`; it
    needs the extra `otel`."""
    log_format: Literal["auto", "human", "json"] = "auto"
    """How the service logs; `auto` is for people on a terminal and JSON elsewhere."""


@dataclass(frozen=True, kw_only=True)
class ServiceOptions(LedgerOptions, WorkerOptions, RetentionOptions, DoorOptions):
    """Everything about durable work and the service."""
