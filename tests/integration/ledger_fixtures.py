"""Both ledgers as fixtures, for the suites that ask the same of each."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest

from hansard.jobs.ledger import Claimant, Ledger
from hansard.jobs.sqlite import SqliteLedger
from hansard.jobs.values import Job
from hansard.testing.redis_server import RedisServer, find_redis_server

Submit = Callable[..., Job]


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    if find_redis_server() is None:
        pytest.skip("redis-server is not installed")
    with RedisServer() as redis:
        yield redis


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=pytest.mark.system)])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    if request.param == "sqlite":
        made: Ledger = SqliteLedger(tmp_path / "jobs.db", failed_ttl=3600)
    else:
        from hansard.jobs.redis import RedisLedger

        url = request.getfixturevalue("server").url
        made = RedisLedger(url, prefix=f"{uuid4().hex}:", failed_ttl=3600)
    yield made
    made.close()


@pytest.fixture
def submit(ledger: Ledger) -> Submit:
    """Adds a job; ids count up from `1`."""
    ids = count(1)

    def add(owner: str = "anna", **fields: object) -> Job:
        job = Job(id=str(next(ids)), kind="transcribe", owner=owner)
        return ledger.submit(replace(job, **fields), most_queued=1000)[0]

    return add


def claim(ledger: Ledger, worker: str = "w", *, slots: int = 4, lease: float = 60) -> Job:
    """Claims for an idle worker, where there is something."""
    job = ledger.claim(Claimant(worker=worker, slots=slots, lease=lease))
    assert job is not None
    return job


def token(job: Job) -> str:
    assert job.lease is not None
    return job.lease.token
