"""Threads that use one ledger at once, whichever it is."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import ledger_fixtures
from ledger_fixtures import Submit, claim

from hansard.jobs.ledger import Claimant, Ledger
from hansard.jobs.values import Job

server = ledger_fixtures.server
ledger = ledger_fixtures.ledger
submit = ledger_fixtures.submit


def together(threads: int, deed: Callable[[int], Any]) -> list[Any]:
    """Do something in several threads that begin at once."""
    barrier = threading.Barrier(threads)

    def one(number: int) -> Any:
        barrier.wait()
        return deed(number)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, range(threads)))


def test_no_change_is_lost(ledger: Ledger, submit: Submit) -> None:
    """Changes of many threads to one job are all made, one after the other."""
    job = submit()

    def count_up(_: int) -> None:
        for _ in range(10):
            ledger.change(job.id, lambda job, _: replace(job, groups=job.groups + 1))

    together(8, count_up)
    assert ledger.find(job.id).groups == 80


def test_nobody_gets_a_job_that_another_has(ledger: Ledger, submit: Submit) -> None:
    """Workers that claim at once get different jobs, and all of them are claimed."""
    ids = {submit(f"owner {number % 3}").id for number in range(24)}

    def drain(number: int) -> list[str]:
        claimant = Claimant(worker=f"w{number}", slots=4)
        return [job.id for job in iter(lambda: ledger.claim(claimant), None)]

    claimed = [id_ for part in together(6, drain) for id_ in part]
    assert sorted(claimed) == sorted(ids)


def test_each_job_is_swept_once(ledger: Ledger, submit: Submit) -> None:
    """Of several that sweep at once, one reports a job; the others leave it as it is then."""
    ids = [submit().id for _ in range(12)]
    for number in range(12):
        claim(ledger, f"w{number}", lease=-1)
    swept = [job.id for part in together(6, lambda _: ledger.sweep()) for job in part]
    assert sorted(swept) == sorted(ids)
    assert {(job.version, job.attempt) for job in ledger.list()} == {(2, 0)}


def test_one_key_one_job_under_threads(ledger: Ledger) -> None:
    """Of many submissions at once under one key, one is new."""
    given = Job(id="", kind="transcribe", owner="anna", idempotency_key="k")
    found = together(
        8, lambda number: ledger.submit(replace(given, id=f"j{number}"), most_queued=9)
    )
    assert len({job.id for job, _ in found}) == 1
    assert sum(new for _, new in found) == 1
