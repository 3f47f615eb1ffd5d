"""What may happen to a job: pure functions that both ledgers apply.

    queued ── lease ──> running ── complete ──> complete
      ^                  │ │ └──── fail ──────> failed     (or queued again, after a pause)
      │                  │ └────── stop ──────> cancelled
      └─ release, expire ┘

Each function but `enter` and `expire`, which are rules themselves, returns a rule: given a job and
the ledger's time, it returns the job as it shall be. Rules that need a token raise
`LeaseLostError` unless the job runs under that lease. Ended jobs stay as they are; only an
administrator's `requeue` begins them anew.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hansard.errors import (
    JobConflictError,
    JobNotFoundError,
    KeyReusedError,
    LeaseLostError,
    PoisonError,
    QueueFullError,
)
from hansard.jobs.ledger import Rule
from hansard.jobs.values import Failure, Job, Lease, Result, State

MAX_ATTEMPTS = 3
"""Attempts that count, of which the last one decides."""
_FIRST_PAUSE = 2.0
_LONGEST_PAUSE = 60.0


def enter(job: Job, now: float) -> Job:
    """A new job as it enters the ledger.

    Raises:
        JobConflictError: it is not queued.
    """
    if job.state is not State.QUEUED:
        raise _conflict(job, "entered")
    return replace(job, submitted=now, due=max(now, job.due))


def recognise(found: Job, given: Job) -> Job:
    """The earlier job that a submitted one repeats, by its id or its idempotency key.

    Raises:
        KeyReusedError: the earlier job was another request.
        JobConflictError: it was, and has the same id.
    """
    if (found.owner, found.fingerprint) == (given.owner, given.fingerprint):
        return found
    if found.id == given.id:
        raise JobConflictError(f"there is another job with the id {given.id!r}")
    raise KeyReusedError(
        f"the idempotency key {given.idempotency_key!r} was used for another request",
        hint="use a new key for each new request",
    )


def deletable(job: Job) -> None:
    """Check that a job may be forgotten.

    Raises:
        JobConflictError: it has not ended.
    """
    if not job.state.final:
        raise _conflict(job, "deleted")


def unknown(job: str) -> JobNotFoundError:
    """Why nothing can be said of an id."""
    return JobNotFoundError(f"there is no job {job!r}")


def full(waiting: int) -> QueueFullError:
    """Why no more jobs are taken."""
    return QueueFullError(
        f"{waiting} jobs wait already",
        hint="try again later; max_queue_depth says how many may wait",
    )


def lease(worker: str, token: str, seconds: float, *, alone: bool) -> Rule:
    """A worker begins an attempt; `alone` where nothing else runs beside it.

    The rule raises:
        JobConflictError: the job is not queued, or not due yet.
    """

    def rule(job: Job, now: float) -> Job:
        if job.state is not State.QUEUED or job.due > now:
            raise _conflict(job, "leased")
        return _changed(
            job,
            state=State.RUNNING,
            attempt=job.attempt + 1,
            claims=job.claims + 1,
            lease=Lease(token=token, worker=worker, until=now + seconds, alone=alone),
            started=now if job.started is None else job.started,
            grew=False,
            stage="",
        )

    return rule


def renew(token: str, seconds: float) -> Rule:
    """The lease holds for so many seconds from now; clients see no change, so no new version."""

    def rule(job: Job, now: float) -> Job:
        return replace(job, lease=replace(_held(job, token), until=now + seconds))

    return rule


def report(
    token: str,
    *,
    stage: str | None = None,
    progress: float | None = None,
    groups: int | None = None,
    resolved: Mapping[str, Any] | None = None,
) -> Rule:
    """How far the work is; None leaves a field as it is, and `resolved` is set only once."""
    given: dict[str, Any] = {"stage": stage, "progress": progress, "groups": groups}

    def rule(job: Job, _: float) -> Job:
        _held(job, token)
        new = {name: value for name, value in given.items() if value is not None}
        if groups is not None and groups > job.groups:
            new["grew"] = True
        if resolved and not job.resolved:
            new["resolved"] = resolved
        return job if all(getattr(job, n) == v for n, v in new.items()) else _changed(job, **new)

    return rule


def complete(token: str, result: Result, *, expires_in: float | None) -> Rule:
    """The one commit of a result; a job whose cancellation was asked for is cancelled instead.

    `expires_in` seconds from now it expires, if it is ephemeral. A commit that is repeated, as
    when the first answer was lost, changes nothing.
    """

    def rule(job: Job, now: float) -> Job:
        if job.state is State.COMPLETE and job.result == result:
            return job
        _held(job, token)
        if job.cancel_asked:
            return _ended(job, now, State.CANCELLED, expires_in)
        kept = expires_in if job.ephemeral else None
        return _ended(job, now, State.COMPLETE, kept, result=result, progress=1.0, failure=None)

    return rule


def fail(token: str, failure: Failure, *, expires_in: float | None) -> Rule:
    """An attempt failed. What is transient is tried again after a pause, until the last attempt.

    `expires_in` seconds after it failed for good, it expires.
    """

    def rule(job: Job, now: float) -> Job:
        _held(job, token)
        if job.cancel_asked:
            return _ended(job, now, State.CANCELLED, expires_in, failure=failure)
        if failure.retry == "transient" and job.attempt < MAX_ATTEMPTS:
            pause = min(_FIRST_PAUSE * 2 ** max(0, job.attempt - 1), _LONGEST_PAUSE)
            return _queued(job, due=now + pause, failure=failure)
        return _ended(job, now, State.FAILED, expires_in, failure=failure)

    return rule


def release(
    token: str, *, alone: bool = False, charged: bool = False, expires_in: float | None = None
) -> Rule:
    """The job is handed back, to be run again: the worker stops, or its process died.

    The attempt counts only where it is `charged`; attempts count anew where groups were added
    since the claim. `alone` makes it run with nothing beside it from now on. A job that was
    charged too often fails as poison, and expires after `expires_in` seconds.
    """

    def rule(job: Job, now: float) -> Job:
        _held(job, token)
        return _given_back(job, now, alone=alone, charged=charged, expires_in=expires_in)

    return rule


def ask_cancel(expires_in: float | None) -> Rule:
    """The owner wants it no more: cancelled at once where it waits, else asked to stop.

    The rule raises:
        JobConflictError: it has ended.
    """

    def rule(job: Job, now: float) -> Job:
        if job.state.final:
            raise _conflict(job, "cancelled")
        if job.state is State.QUEUED:
            return _ended(job, now, State.CANCELLED, expires_in)
        return job if job.cancel_asked else _changed(job, cancel_asked=True)

    return rule


def stop(token: str, expires_in: float | None) -> Rule:
    """The worker has stopped the work as it was asked to.

    The rule raises:
        JobConflictError: nobody asked.
    """

    def rule(job: Job, now: float) -> Job:
        _held(job, token)
        if not job.cancel_asked:
            raise JobConflictError(f"nobody asked to cancel job {job.id!r}")
        return _ended(job, now, State.CANCELLED, expires_in)

    return rule


def expire(job: Job, now: float, *, expires_in: float | None = None) -> Job:
    """The sweep's rule: a job whose lease ended is to be run again, alone.

    Whoever died in company is not blamed for it; only a death while alone counts as an attempt.
    """
    if job.state is not State.RUNNING or job.lease is None or job.lease.until >= now:
        return job
    charged = job.lease.alone
    return _given_back(job, now, alone=True, charged=charged, expires_in=expires_in)


def note_delivery(outcome: str, *, due: float | None) -> Rule:
    """A webhook was tried: what it came to, and when to try again (None: no more).

    The rule raises:
        JobConflictError: the job has no webhook.
    """

    def rule(job: Job, _: float) -> Job:
        if job.webhook is None:
            raise JobConflictError(f"job {job.id!r} has no webhook")
        tries = job.webhook.tries + 1
        return _changed(job, webhook=replace(job.webhook, tries=tries, outcome=outcome, due=due))

    return rule


def requeue() -> Rule:
    """An administrator begins a failed or cancelled job anew.

    The rule raises:
        JobConflictError: it neither failed nor was cancelled.
    """

    def rule(job: Job, now: float) -> Job:
        if job.state not in {State.FAILED, State.CANCELLED}:
            raise _conflict(job, "begun anew")
        webhook = job.webhook and replace(job.webhook, tries=0, due=None, outcome="")
        return _queued(
            job,
            due=now,
            attempt=0,
            grew=False,
            cancel_asked=False,
            finished=None,
            expires=None,
            webhook=webhook,
        )

    return rule


def _given_back(
    job: Job, now: float, *, alone: bool, charged: bool, expires_in: float | None
) -> Job:
    if job.cancel_asked:
        return _ended(job, now, State.CANCELLED, expires_in)
    attempt = 0 if job.grew else job.attempt if charged else max(0, job.attempt - 1)
    if charged and attempt >= MAX_ATTEMPTS:
        poison = _poison(attempt)
        return _ended(job, now, State.FAILED, expires_in, failure=poison, alone=job.alone or alone)
    return _queued(job, due=now, attempt=attempt, alone=job.alone or alone)


def _poison(attempts: int) -> Failure:
    return Failure(
        message=f"the process that worked on it ended, at the last of {attempts} attempts",
        code=PoisonError.code,
        retry=PoisonError.retry,
        hint="the worker's log says how it ended; try another engine, model or device",
    )


def _held(job: Job, token: str) -> Lease:
    if job.state is State.RUNNING and job.lease is not None and job.lease.token == token:
        return job.lease
    raise LeaseLostError(f"the lease on job {job.id!r} is lost; it is {job.state} now")


def _queued(job: Job, **fields: Any) -> Job:
    return _changed(job, state=State.QUEUED, lease=None, **fields)


def _ended(job: Job, now: float, state: State, expires_in: float | None, **fields: Any) -> Job:
    return _changed(
        job,
        state=state,
        lease=None,
        finished=now,
        expires=None if expires_in is None else now + expires_in,
        webhook=job.webhook and replace(job.webhook, due=now),
        **fields,
    )


def _changed(job: Job, **fields: Any) -> Job:
    return replace(job, version=job.version + 1, **fields)


def _conflict(job: Job, deed: str) -> JobConflictError:
    return JobConflictError(f"job {job.id!r} cannot be {deed}: it is {job.state}")
