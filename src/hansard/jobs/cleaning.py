"""What may be thrown away: decided apart (`plan_cleaning`), then done (`clean`).

Kept, whatever else is true: all that belongs to a job that waits or runs; the record of a job that
is complete and not ephemeral; and a record whose `record.json` and run are there, even where the
ledger knows no job of it, because the files are the truth about recordings.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from hansard.errors import (
    JobConflictError,
    JobNotFoundError,
    LanguageModelError,
    LlmAccessError,
    LlmAnswerError,
    LlmUnreachableError,
    OutputError,
    TemplateError,
    UnknownNameError,
    UnsupportedOptionError,
)
from hansard.jobs.ledger import Ledger
from hansard.jobs.options import RetentionOptions
from hansard.jobs.values import Job, State
from hansard.storage.names import INCOMING, JOBS, RECORD_FILE, RECORDS, RUN_FILE, owner_of
from hansard.storage.store import Blob, Store

logger = logging.getLogger(__name__)

ORPHAN_AGE = 3600.0
"""Seconds for which blobs may lie there before a job knows them, as during an upload."""
LINGER = 600.0
"""Seconds for which checkpoints outlive their job, for those who still read along."""
RESUMABLE = frozenset(
    kind.code for kind in (LanguageModelError, LlmUnreachableError, LlmAccessError, LlmAnswerError)
)
"""Failures that leave the transcript as it is."""
REFUSALS = frozenset({UnsupportedOptionError.code, TemplateError.code, UnknownNameError.code})
"""What may be wrong with a template; an operator can mend it."""
_ALL = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """Something to remove, and why."""

    key_prefix: str
    """All blobs below it where it ends with `/`, else the one blob of this key."""
    reason: str
    bytes: int
    job: str = ""
    """The job to be forgotten with it; empty where none is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """What a cleaning came to."""

    removals: tuple[Removal, ...]
    """What was removed, or, of a dry run, would be."""
    skipped: int = 0
    """What was planned and left, because it changed meanwhile or could not be removed."""

    @property
    def bytes(self) -> int:
        """Room that was made."""
        return sum(removal.bytes for removal in self.removals)


def plan_cleaning(
    blobs: Iterable[Blob], jobs: Mapping[str, Job], now: float, options: RetentionOptions
) -> tuple[Removal, ...]:
    """Decide what to remove.

    `blobs` is what lies under `incoming/`, `jobs/` and `records/`. `jobs` holds, by id, every job
    that waits or runs, and what the ledger knows of the other ids that the blobs belong to; that of
    a record which has its run may be left out. `now` is in seconds since 1970, as the blobs' times.
    """
    held = _by_owner(blobs)
    media = frozenset(job.media.key for job in jobs.values() if job.media)
    plan: list[Removal] = []
    for id, job in jobs.items():  # noqa: A001 - the field's own name
        plan += _of_known(job, held.pop(id, []), now, options)
    for id, theirs in held.items():  # noqa: A001 - the field's own name
        plan += _of_nobody(id, [blob for blob in theirs if blob.key not in media], now)
    return tuple(plan)


def clean(
    ledger: Ledger, store: Store, options: RetentionOptions, *, dry_run: bool = False
) -> Cleaned:
    """Remove what `plan_cleaning` finds; with `dry_run`, only say what it would be.

    Raises:
        LedgerUnavailableError: the ledger does not answer; what is left comes next time.
        OutputError: the store cannot be listed.
    """
    # Blobs first: a job that comes after that has only blobs that are too young to be touched.
    blobs = [blob for prefix in (INCOMING, JOBS, RECORDS) for blob in store.list(prefix)]
    jobs = _known(ledger, _doubtful(blobs))
    plan = plan_cleaning(blobs, jobs, ledger.now(), options)
    if dry_run:
        return Cleaned(removals=plan)
    done = tuple(removal for removal in plan if _remove(removal, ledger, store))
    cleaned = Cleaned(removals=done, skipped=len(plan) - len(done))
    if plan:
        logger.info(
            "cleaned: %d removed, %d bytes, %d left", len(done), cleaned.bytes, cleaned.skipped
        )
    return cleaned


def disk_level(total: int, free: int) -> Literal["80", "90"] | None:
    """Which warning a disk deserves: at least so many per cent of it are used."""
    used = 1 - free / total if total > 0 else 0.0
    return "90" if used >= 0.9 else "80" if used >= 0.8 else None


def is_over(job: Job, now: float, options: RetentionOptions) -> bool:
    """Whether the time for which a job is kept is over."""
    if not job.state.final or (job.state is State.COMPLETE and not job.ephemeral):
        return False
    kept = options.result_ttl if job.state is State.COMPLETE else options.failed_ttl
    end = job.expires
    if end is None:
        end = (job.finished or job.submitted) + kept
    return end <= now


def may_go_on(job: Job) -> bool:
    """Whether a failed job keeps what it has done: a retry then does the writing alone."""
    if job.state is not State.FAILED or job.failure is None:
        return False
    code = job.failure.code
    return code in RESUMABLE or (code in REFUSALS and "template_id" in job.request)


def _of_known(
    job: Job, blobs: Sequence[Blob], now: float, options: RetentionOptions
) -> Iterator[Removal]:
    """What of a job that the ledger knows may go."""
    checkpoints, record = f"{JOBS}{job.id}/", f"{RECORDS}{job.id}/"
    if is_over(job, now, options):
        reason = "expired" if job.state is State.COMPLETE else f"{job.state} long ago"
        size = sum(blob.size for blob in _under(record, blobs))
        yield Removal(key_prefix=record, reason=reason, bytes=size, job=job.id)
        yield from _folder(checkpoints, blobs, reason)
        yield from _uploads(blobs, reason)
    elif job.state.final and (job.finished or 0.0) + LINGER <= now and not may_go_on(job):
        yield from _folder(checkpoints, blobs, "checkpoints of a job that has ended")
        media = job.media.key if job.media else ""
        others = [blob for blob in blobs if blob.key != media]
        yield from _uploads(others, "upload of a job that has ended")


def _of_nobody(id: str, blobs: Sequence[Blob], now: float) -> Iterator[Removal]:  # noqa: A002
    """What may go of an id that the ledger does not know; an empty one stands for odd names."""
    reason = "belongs to no job"
    yield from _uploads([blob for blob in blobs if _is_old(blob, now)], reason)
    for prefix in (f"{JOBS}{id}/", f"{RECORDS}{id}/") if id else ():
        theirs = _under(prefix, blobs)
        if all(_is_old(blob, now) for blob in theirs) and not _has_run(prefix, theirs):
            yield from _folder(prefix, theirs, reason)


def _folder(prefix: str, blobs: Iterable[Blob], reason: str) -> Iterator[Removal]:
    theirs = _under(prefix, blobs)
    if theirs:
        yield Removal(key_prefix=prefix, reason=reason, bytes=sum(blob.size for blob in theirs))


def _uploads(blobs: Iterable[Blob], reason: str) -> Iterator[Removal]:
    for blob in _under(INCOMING, blobs):
        yield Removal(key_prefix=blob.key, reason=reason, bytes=blob.size)


def _is_old(blob: Blob, now: float) -> bool:
    return blob.modified < now - ORPHAN_AGE


def _has_run(prefix: str, blobs: Iterable[Blob]) -> bool:
    """Whether a folder is a record that has a run."""
    names = {blob.key.removeprefix(prefix) for blob in blobs}
    runs = (name for name in names if name.startswith("runs/") and name.endswith(RUN_FILE))
    return prefix.startswith(RECORDS) and RECORD_FILE in names and any(runs)


def _under(prefix: str, blobs: Iterable[Blob]) -> list[Blob]:
    return [blob for blob in blobs if blob.key.startswith(prefix)]


def _by_owner(blobs: Iterable[Blob]) -> dict[str, list[Blob]]:
    held: dict[str, list[Blob]] = defaultdict(list)
    for blob in blobs:
        held[owner_of(blob.key)].append(blob)
    return held


def _doubtful(blobs: Iterable[Blob]) -> list[str]:
    """Ids whose job must be known: all but those of records that have their run, and no more."""
    return [
        id
        for id, theirs in _by_owner(blobs).items()  # noqa: A001 - the field's own name
        if id
        and not (
            _has_run(f"{RECORDS}{id}/", theirs) and len(_under(RECORDS, theirs)) == len(theirs)
        )
    ]


def _known(ledger: Ledger, ids: Iterable[str]) -> dict[str, Job]:
    """The jobs of these ids, all that are over, and all that wait or run."""
    live = ledger.list(states={State.QUEUED, State.RUNNING}, limit=_ALL)
    jobs = {job.id: job for job in (*ledger.expired(limit=_ALL), *live)}
    for id in ids:  # noqa: A001 - the field's own name
        job = None if id in jobs else _find(ledger, id)
        if job is not None:
            jobs[id] = job
    return jobs


def _find(ledger: Ledger, id: str) -> Job | None:  # noqa: A002 - the field's own name
    try:
        return ledger.find(id)
    except JobNotFoundError:
        return None


def _remove(removal: Removal, ledger: Ledger, store: Store) -> bool:
    """Remove, unless its job was begun anew meanwhile.

    A job is forgotten after the file that makes a record of its folder, and before the rest. So
    whenever this is interrupted, what is left is found again, and a job that somebody begins anew
    in the same moment loses nothing.
    """
    prefix = removal.key_prefix
    job = _find(ledger, owner_of(prefix))
    if job is not None and not job.state.final:
        return False
    try:
        if removal.job:
            store.delete(prefix + RECORD_FILE)
            ledger.delete(removal.job)
        if prefix.endswith("/"):
            store.delete_below(prefix)
        else:
            store.delete(prefix)
    except JobConflictError:
        return False
    except OutputError as error:
        logger.warning("%s cannot be removed: %s", prefix, error)
        return False
    return True
