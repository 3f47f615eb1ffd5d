"""`hansard jobs`: look at jobs and act on them, beside a running service or without one."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from hansard.cli.flags import with_options
from hansard.cli.models import JsonFlag
from hansard.cli.tables import print_facts, print_json, print_table, show_bytes, show_time
from hansard.errors import UsageError
from hansard.jobs import rules
from hansard.jobs.cleaning import clean as do_clean
from hansard.jobs.ledger import Ledger
from hansard.jobs.values import Job, State
from hansard.library.records import remove_record
from hansard.settings import Options
from hansard.wiring.stores import open_ledger, open_store

WHERE = ("Jobs", "Models on disk")


@contextmanager
def _ledger(options: Options) -> Iterator[Ledger]:
    ledger = open_ledger(options)
    try:
        yield ledger
    finally:
        ledger.close()


@with_options(*WHERE)
def list_jobs(
    *, status: Sequence[str] = (), limit: int = 50, json_: JsonFlag = False, options: Options
) -> None:
    """List jobs, the newest first.

    Parameters
    ----------
    status
        Only jobs in these states: queued, running, complete, failed, cancelled.
    limit
        The most jobs to list.
    json_
        Write JSON.
    """
    states = [_state(name) for name in status]
    with _ledger(options) as ledger:
        found = ledger.list(states=states, limit=limit)
    if json_:
        print_json([describe(job) for job in found])
        return
    print_table(
        ("job", "state", "stage", "done", "owner", "submitted", "error"),
        [
            (
                job.id,
                job.state.value,
                "" if job.state.final else job.stage,
                "" if job.progress is None else f"{100 * job.progress:.0f}%",
                job.owner,
                show_time(job.submitted),
                job.failure.code if job.failure else "",
            )
            for job in found
        ],
    )


@with_options(*WHERE)
def show(job: str, /, *, json_: JsonFlag = False, options: Options) -> None:
    """Show what the ledger knows of one job.

    Parameters
    ----------
    job
        The job's id.
    json_
        Write JSON.
    """
    with _ledger(options) as ledger:
        facts = describe(ledger.find(job))
    if json_:
        print_json(facts)
    else:
        print_facts({name: value for name, value in facts.items() if value not in (None, "", {})})


@with_options(*WHERE)
def cancel(jobs: list[str], /, *, options: Options) -> None:
    """Cancel jobs; one that runs is stopped within seconds.

    Parameters
    ----------
    jobs
        Their ids.
    """
    with _ledger(options) as ledger:
        for job in jobs:
            after = ledger.change(job, rules.ask_cancel(expires_in=options.failed_ttl))
            print(f"{job}: {'cancelled' if after.state.final else 'asked to stop'}")


@with_options(*WHERE)
def retry(jobs: list[str], /, *, options: Options) -> None:
    """Queue failed or cancelled jobs again.

    Parameters
    ----------
    jobs
        Their ids.
    """
    with _ledger(options) as ledger:
        for job in jobs:
            ledger.change(job, rules.requeue())
            print(f"{job}: queued")


@with_options(*WHERE)
def remove(jobs: list[str], /, *, options: Options) -> None:
    """Delete ended jobs with their recordings and transcripts.

    Parameters
    ----------
    jobs
        Their ids.
    """
    store = open_store(options)
    with _ledger(options) as ledger:
        for job in jobs:
            ledger.delete(ledger.find(job).id)
            remove_record(store, job)
            print(f"{job}: deleted")


@with_options(*WHERE, "Keeping")
def clean(*, dry_run: bool = False, json_: JsonFlag = False, options: Options) -> None:
    """Remove what has expired, failed long ago, or belongs to nobody; never a live job.

    Parameters
    ----------
    dry_run
        Only say what would be removed.
    json_
        Write JSON.
    """
    with _ledger(options) as ledger:
        cleaned = do_clean(ledger, open_store(options), options, dry_run=dry_run)
    if json_:
        print_json({"dry_run": dry_run, **asdict(cleaned)})
        return
    for removal in cleaned.removals:
        print(f"{removal.key_prefix}  {show_bytes(removal.bytes)}  {removal.reason}")
    verb = "would remove" if dry_run else "removed"
    print(f"{verb} {len(cleaned.removals)} things, {show_bytes(cleaned.bytes) or '0 B'}")


def describe(job: Job) -> dict[str, Any]:
    """A job for people and programs, without secrets."""
    return {
        "id": job.id,
        "kind": job.kind,
        "state": job.state.value,
        "stage": job.stage,
        "progress": job.progress,
        "owner": job.owner,
        "priority": job.priority.name.lower(),
        "attempt": job.attempt,
        "submitted": show_time(job.submitted),
        "started": show_time(job.started),
        "finished": show_time(job.finished),
        "expires": show_time(job.expires),
        "name": job.media.name if job.media else None,
        "worker": job.lease.worker if job.lease else None,
        "error_code": job.failure.code if job.failure else None,
        "error": job.failure.message if job.failure else None,
        "result": job.result.key if job.result else None,
    }


def _state(name: str) -> State:
    try:
        return State(name.lower())
    except ValueError as error:
        raise UsageError(f"unknown state {name!r}", hint=f"states: {', '.join(State)}") from error
