"""What the ledger knows of a job: plain values, changed only by the rules in `rules.py`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

from hansard.errors import Retry


class State(StrEnum):
    """Where a job is; the last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETE = "complete"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """True where it never changes again."""
        return self in {State.COMPLETE, State.FAILED, State.CANCELLED}


class Priority(IntEnum):
    """Which jobs go first; the lower number."""

    INTERACTIVE = 0
    """Somebody waits for the answer with an open connection."""
    NORMAL = 1
    BULK = 2
    """Whenever nothing else is to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """The recording that a job is about."""

    key: str = ""
    """Where it lies in the store; empty while it is still to be fetched."""
    name: str = ""
    """What the client calls it: data to show, never part of a path."""
    size: int = 0
    """Bytes."""
    sha256: str = ""
    duration: float | None = None
    """Seconds, as its header claims; None where it does not say."""
    url: str = ""
    """Where to fetch it from, when it was not uploaded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right of one worker to work on a job and to commit its result."""

    token: str
    """Random; whoever does not know it has lost the job."""
    worker: str
    until: float
    """Seconds since 1970 by the ledger's clock; renewed by heartbeats."""
    alone: bool = False
    """Whether nothing else ran beside it, so that a death is its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a job failed."""

    message: str
    code: str
    """`error_code`: the `code` of a class in `hansard.errors`."""
    retry: Retry
    hint: str = ""
    attempts: tuple[str, ...] = ()
    """What the memory ladder tried, where memory ran out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The one committed result of a job."""

    key: str
    """Where it lies in the store."""
    sha256: str
    size: int
    parts: Mapping[str, str] = field(default_factory=dict)
    """Other files of the same run: name to SHA-256."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Who is to be told when the job ends."""

    url: str
    secret: str = field(repr=False)
    tries: int = 0
    due: float | None = None
    """When to try next; None = not yet ended, delivered, or given up."""
    outcome: str = ""
    """What the last try came to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A piece of durable work. Times are seconds since 1970 by the ledger's clock."""

    id: str
    kind: str
    """Which work function does it, such as `transcribe`."""
    owner: str
    """Whose key submitted it."""
    request: Mapping[str, Any] = field(default_factory=dict)
    """What was asked, as JSON; never changes."""
    media: Media | None = None
    priority: Priority = Priority.NORMAL
    idempotency_key: str | None = None
    """Unique for each owner."""
    fingerprint: str = ""
    """Hash of the request, to tell a repeated one from another under the same key."""
    ephemeral: bool = False
    """Whether it expires some time after it ended."""
    webhook: Webhook | None = None
    trace: Mapping[str, str] = field(default_factory=dict)
    """Request id and trace context, for the logs of all who work on it."""

    state: State = State.QUEUED
    version: int = 0
    """Counts changes."""
    submitted: float = 0.0
    due: float = 0.0
    """Not to be claimed before."""
    attempt: int = 0
    """Attempts that count; one that another job spoilt, or that was handed back, does not."""
    claims: int = 0
    """How often it was claimed at all."""
    alone: bool = False
    """To be run with nothing beside it, because a host died with it and others."""
    lease: Lease | None = None
    cancel_asked: bool = False
    stage: str = ""
    progress: float | None = None
    """0 to 1; None where nothing can be said yet."""
    groups: int = 0
    """Groups of windows that are stored, so that they need not be done again."""
    grew: bool = False
    """Whether groups were added since the last claim."""
    resolved: Mapping[str, Any] = field(default_factory=dict)
    """What names meant at the first claim, such as the model's digest."""
    started: float | None = None
    """When it was first claimed."""
    finished: float | None = None
    expires: float | None = None
    failure: Failure | None = None
    """The reason where it failed; the last one where it is to be tried again."""
    result: Result | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerNote:
    """What a worker says about itself with each heartbeat."""

    name: str
    started: float
    seen: float = 0.0
    """Set by the ledger."""
    ready: bool = False
    slots: int = 1
    running: int = 0
    version: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Device, engines, models: what the doors show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """What stands before a job in the queue."""

    jobs: int
    seconds: float
    """Of audio, as far as lengths are known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How the queue stands."""

    queued: int
    running: int
    complete: int
    failed: int
    cancelled: int
    oldest: float | None = None
    """Seconds that the oldest queued job has waited."""
