"""How many durable changes a second the ledgers take: in a file, and in a Redis beside it."""

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from uuid import uuid4

from runs import print_table, report

from hansard.jobs import rules
from hansard.jobs.ledger import Claimant, Ledger
from hansard.jobs.sqlite import SqliteLedger
from hansard.jobs.values import Job, Media, Result
from hansard.testing.redis_server import RedisServer, find_redis_server

GOAL = 300
"""Submits a second, whatever the ledger."""
OWNERS = 20


def job(name: str) -> Job:
    """One of about a kilobyte, as the HTTP service makes them."""
    return Job(
        id=f"{name}-{uuid4().hex}",
        kind="transcribe",
        owner=f"owner-{hash(name) % OWNERS}",
        request={"features": ["clean_transcript"], "language": "en", "note": "x" * 600},
        media=Media(key=f"incoming/{name}", name="talk.mp3", size=10**7, duration=600.0),
    )


def submit(ledger: Ledger, number: int) -> None:
    """One more job."""
    ledger.submit(job(str(number)), most_queued=10**7)


def go_through(ledger: Ledger, number: int) -> None:
    """A job's whole way: submitted, leased, two reports, a renewal, its result."""
    submit(ledger, number)
    taken = ledger.claim(Claimant(worker=f"w{number}", slots=4))
    if taken is None or taken.lease is None:
        return
    token = taken.lease.token
    for progress in (0.3, 0.6):
        ledger.change(taken.id, rules.report(token, progress=progress))
    ledger.change(taken.id, rules.renew(token, 20))
    ledger.change(
        taken.id, rules.complete(token, Result(key="r", sha256="0" * 64, size=1), expires_in=None)
    )


def rate(deed: Callable[[Ledger, int], None], ledger: Ledger, threads: int, times: int) -> float:
    """How often a second it is done, by so many threads together."""
    numbers = count()
    barrier = threading.Barrier(threads + 1)

    def work() -> None:
        barrier.wait()
        for _ in range(times // threads):
            deed(ledger, next(numbers))

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    barrier.wait()
    begin = time.perf_counter()
    for worker in workers:
        worker.join()
    return times // threads * threads / (time.perf_counter() - begin)


def answer_times(ledger: Ledger, waiting: int) -> dict[str, float]:
    """Median milliseconds of the questions that are asked most, while many jobs wait."""
    for number in range(waiting - ledger.count().queued):
        submit(ledger, number)
    last = ledger.list(limit=1)[0]
    questions: dict[str, Callable[[], object]] = {
        "claim": lambda: ledger.claim(Claimant(worker=uuid4().hex, slots=4)),
        "find": lambda: ledger.find(last.id),
        "ahead": lambda: ledger.ahead(last),
        "count": ledger.count,
        "sweep": ledger.sweep,
    }
    return {
        name: statistics.median(map(milliseconds, [ask] * 20)) for name, ask in questions.items()
    }


def milliseconds(ask: Callable[[], object]) -> float:
    """How long one answer takes."""
    begin = time.perf_counter()
    ask()
    return (time.perf_counter() - begin) * 1e3


@contextmanager
def ledgers(folder: Path) -> Iterator[dict[str, Ledger]]:
    """Those that can be made here."""
    made: dict[str, Ledger] = {"SQLite": SqliteLedger(folder / "ledger.sqlite3")}
    if find_redis_server() is None:
        yield made
        made["SQLite"].close()
        return
    from hansard.jobs.redis import RedisLedger

    with RedisServer() as server:
        made["Redis"] = RedisLedger(server.url)
        yield made
        for ledger in made.values():
            ledger.close()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Of `run.py ledger`."""
    parser.description = __doc__
    parser.add_argument("--jobs", type=int, default=1000, help="in each measurement")
    parser.add_argument("--waiting", type=int, default=2000, help="jobs, while it is asked")
    parser.add_argument("--folder", type=Path, help="on the disk to measure; default: temporary")


def main(given: argparse.Namespace) -> int:
    """Rates and answer times; 1 where a ledger takes fewer submits than it should."""
    rates: dict[str, dict[str, float]] = {}
    answers: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(dir=given.folder) as name, ledgers(Path(name)) as made:
        for kind, ledger in made.items():
            rates[kind] = {
                "submits, 1 thread": rate(submit, ledger, 1, given.jobs),
                "submits, 8 threads": rate(submit, ledger, 8, given.jobs),
                "whole ways, 8 threads": rate(go_through, ledger, 8, given.jobs // 4),
            }
            answers[kind] = answer_times(ledger, given.waiting)
    for title, unit, found in (("rates", "a second", rates), ("answers", "median ms", answers)):
        names = next(iter(found.values()))
        rows = [[each, *(f"{found[kind][each]:.4g}" for kind in found)] for each in names]
        print_table(title, [unit, *found], rows)
    report({"rates": rates, "answers": answers}, given.json)
    return int(any(each["submits, 1 thread"] < GOAL for each in rates.values()))


if __name__ == "__main__":
    alone = argparse.ArgumentParser()
    add_arguments(alone)
    alone.add_argument("--json", metavar="FILE", help="keep all figures in a file")
    raise SystemExit(main(alone.parse_args()))
