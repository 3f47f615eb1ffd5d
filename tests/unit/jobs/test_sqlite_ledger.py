"""What is special about the ledger in a file; what both promise is in `test_ledger_contract.py`."""

import re
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from hansard.errors import LedgerUnavailableError
from hansard.jobs import rules
from hansard.jobs import sqlite_queries as queries
from hansard.jobs.ledger import Claimant
from hansard.jobs.sqlite import SqliteLedger
from hansard.jobs.sqlite_file import VERSION, open_writer
from hansard.jobs.sqlite_writer import Writer
from hansard.jobs.values import Job


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "jobs.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[SqliteLedger]:
    made = SqliteLedger(path)
    yield made
    made.close()


def job(name: str, owner: str = "anna") -> Job:
    return Job(id=name, kind="transcribe", owner=owner)


def test_commits_reach_the_disk(ledger: SqliteLedger, path: Path) -> None:
    """The file is in WAL mode, and its writers wait for the disk at each commit."""
    with closing(open_writer(path, 1)) as connection:
        facts = [
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "user_version")
        ]
    assert facts == ["wal", 2, VERSION]


def test_it_is_there_after_a_restart(path: Path) -> None:
    """What one process did, the next one finds."""
    with closing(SqliteLedger(path)) as first:
        first.submit(job("1"), most_queued=9)
    with closing(SqliteLedger(path)) as second:
        assert second.find("1").id == "1"
        assert second.submit(job("2"), most_queued=9)[1]
        assert [each.id for each in second.list()] == ["2", "1"]


def test_claims_do_not_look_at_every_job(ledger: SqliteLedger, path: Path) -> None:
    """Whatever is asked often is answered by an index, without reading or sorting all jobs."""
    often = {
        queries.WAITING: (),
        queries.LEASE_ENDED: (0,),
        queries.WEBHOOKS: (0, 1),
        queries.EXPIRED: (0, 1),
        queries.HEADS.format(kinds="?"): (0, "transcribe"),
        queries.GUARDED: ("w",),
        queries.RUNNING: (),
        queries.LANES: (1,),
        queries.DURATIONS: (1, 9),
        queries.OLDEST: (),
    }
    with closing(sqlite3.connect(path)) as connection:
        for statement, values in often.items():
            plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
            steps = [str(step[3]) for step in plan]
            assert not [step for step in steps if re.match(r"SCAN jobs$|USE TEMP", step)], steps


def test_who_was_served_long_ago_is_forgotten(ledger: SqliteLedger, path: Path) -> None:
    """Owners and workers of whom nothing was heard for a day leave no rows behind."""
    for owner in ("anna", "ben"):
        ledger.submit(job(owner, owner), most_queued=9)
        ledger.claim(Claimant(worker=owner, slots=1))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE owners SET served = served - 100000 WHERE owner = 'anna'")
        connection.commit()
        ledger.sweep()
        assert connection.execute("SELECT owner FROM owners").fetchall() == [("ben",)]


def test_many_look_while_others_write(ledger: SqliteLedger) -> None:
    """Threads that look are not in the way of those that write, and see whole jobs."""
    ledger.submit(job("1"), most_queued=9)

    def write(_: int) -> None:
        for _ in range(20):
            ledger.change("1", rules.ask_cancel(None))
            ledger.change("1", rules.requeue())

    def look(_: int) -> None:
        for _ in range(50):
            found = ledger.find("1")
            assert found.state.final == (found.finished is not None)

    with ThreadPoolExecutor(12) as pool:
        looks = [pool.submit(look, number) for number in range(11)]
        pool.submit(write, 0).result()
        for each in looks:
            each.result()


def test_a_change_is_undone_as_a_whole(ledger: SqliteLedger, path: Path) -> None:
    """A deed that raises after it has written leaves nothing, and its neighbours what they did."""

    def greet(connection: sqlite3.Connection, now: float) -> None:
        connection.execute(queries.GREET, (str(now), now, b""))

    def stumble(connection: sqlite3.Connection, now: float) -> None:
        greet(connection, now)
        raise ZeroDivisionError

    def count(connection: sqlite3.Connection, _: float) -> int:
        return int(connection.execute("SELECT count(*) FROM workers").fetchone()[0])

    writer = Writer(path, patience=5)
    with pytest.raises(ZeroDivisionError):
        writer.do(stumble)
    assert writer.do(count) == 0
    writer.do(greet)
    assert writer.do(count) == 1
    writer.close()


def test_closing_finishes_what_was_begun(path: Path) -> None:
    """Of changes that come while the ledger closes, each is either done or refused."""
    ledger = SqliteLedger(path)
    done: list[str] = []
    begun = threading.Event()

    def submit_on(part: int) -> None:
        try:
            for number in range(100_000):
                name = f"{part}-{number}"
                ledger.submit(job(name), most_queued=1_000_000)
                done.append(name)
                begun.set()
        except LedgerUnavailableError:
            return

    threads = [threading.Thread(target=submit_on, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    begun.wait()
    ledger.close()
    for thread in threads:
        thread.join()
    with closing(SqliteLedger(path)) as again:
        assert sorted(each.id for each in again.list(limit=1_000_000)) == sorted(done)
