"""The ledger: the truth about work. One protocol, kept by SQLite and by Redis alike.

    submit ─ queued ─ claim ─ running ─ complete | failed | cancelled
               └──── released, expired, to be tried again ────┘

A rule (`rules.py`) is a pure function from a job and the time to the job as it is afterwards; the
ledger applies it so that nobody sees or makes another change meanwhile.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from hansard.jobs.values import Ahead, Counts, Job, State, WorkerNote

Rule = Callable[[Job, float], Job]
"""Given a job and the ledger's time, the job as it shall be; raises where that may not be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimant:
    """A worker that asks for work."""

    worker: str
    slots: int
    """How many jobs it runs at once, at most."""
    running: tuple[tuple[str, int], ...] = ()
    """Owner and priority of each job that it runs now."""
    kinds: frozenset[str] = frozenset({"transcribe"})
    """The kinds of work that it can do."""
    lease: float = 20.0
    """Seconds for which a lease holds unless it is renewed."""


class Ledger(Protocol):
    """Durable jobs; safe to share between threads and processes.

    A call returns when its change is on the disk. Every call raises `LedgerUnavailableError` where
    the ledger does not answer; another try is then safe.
    """

    def now(self) -> float:
        """The ledger's clock: seconds since 1970."""
        ...

    def submit(self, job: Job, *, most_queued: int) -> tuple[Job, bool]:
        """Add a job; returns it as stored, and whether it is new.

        Where the owner has used its idempotency key before, the earlier job comes back.

        Raises:
            KeyReusedError: under that key there is a job with another fingerprint.
            QueueFullError: `most_queued` jobs wait already.
        """
        ...

    def claim(self, claimant: Claimant) -> Job | None:
        """Lease the job that is next for this worker, or None.

        Next is, among due jobs of its kinds: the highest priority, then the owner who has the
        fewest jobs running, then the owner who was served longest ago, then the oldest. One owner
        at one priority (a lane) fills at most half of a worker's slots (rounded up, at least one),
        and may only take a second slot while more than two are free. A job that must run alone is
        leased only to a worker that runs nothing; until then that worker gets nothing else.
        """
        ...

    def change(self, id: str, rule: Rule) -> Job:  # noqa: A002 - the field's own name
        """Apply a rule; returns the job as it is afterwards.

        A rule may be applied more than once until it takes, so it has no effects.

        Raises:
            JobNotFoundError: there is no such job.
            JobError: whatever the rule raised; nothing has changed then.
        """
        ...

    def find(self, id: str) -> Job:  # noqa: A002 - the field's own name
        """A job.

        Raises:
            JobNotFoundError: there is no such job.
        """
        ...

    def list(
        self,
        *,
        owner: str | None = None,
        states: Collection[State] = (),
        limit: int = 100,
        after: str = "",
    ) -> Sequence[Job]:
        """Jobs, the newest first; `after` is the id of the last one of the page before."""
        ...

    def ahead(self, job: Job) -> Ahead:
        """What stands before a queued job, by the order of `claim`; estimated."""
        ...

    def count(self) -> Counts:
        """How the queue stands."""
        ...

    def sweep(self) -> Sequence[Job]:
        """Apply `rules.expire` to jobs whose lease ended; returns them as they are now.

        Whoever was cut off from the ledger must let a lease's length pass before it sweeps, or it
        takes jobs from workers that were cut off as well.
        """
        ...

    def pending_webhooks(self, limit: int = 20) -> Sequence[Job]:
        """Jobs whose webhook is due."""
        ...

    def expired(self, limit: int = 100) -> Sequence[Job]:
        """Ended jobs whose time to be kept is over."""
        ...

    def delete(self, id: str) -> None:  # noqa: A002 - the field's own name
        """Forget an ended job; one that is not there is no error.

        Raises:
            JobConflictError: it has not ended.
        """
        ...

    def greet(self, note: WorkerNote) -> None:
        """A worker's heartbeat about itself."""
        ...

    def leave(self, worker: str) -> None:
        """A worker's farewell: its note is taken away."""
        ...

    def workers(self, within: float = 60.0) -> Sequence[WorkerNote]:
        """The workers that were seen within so many seconds."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...
