"""What the Redis ledger does when its Redis dies, fills up, refuses, or is set up wrongly."""

import logging
import signal
import threading
from collections.abc import Iterator

import pytest
from redis import Redis

from hansard.errors import LedgerUnavailableError, SettingError
from hansard.jobs import rules
from hansard.jobs.ledger import Claimant
from hansard.jobs.redis import RedisLedger
from hansard.jobs.values import Job, Result, State, Webhook, WorkerNote
from hansard.testing.redis_server import RedisServer, find_redis_server

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(find_redis_server() is None, reason="redis-server is not installed"),
]
RESULT = Result(key="r", sha256="ab", size=1)
HOOK = Webhook(url="https://example.org/", secret="s")  # noqa: S106 - nobody's


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with RedisServer() as redis:
        yield redis


@pytest.fixture
def ledger(server: RedisServer) -> Iterator[RedisLedger]:
    made = RedisLedger(server.url)
    yield made
    made.close()


def submit(ledger: RedisLedger, name: str, **fields: object) -> Job:
    job = Job(id=name, kind="transcribe", owner="anna", **fields)
    return ledger.submit(job, most_queued=10_000)[0]


def claim(ledger: RedisLedger) -> tuple[Job, str]:
    job = ledger.claim(Claimant(worker="w", slots=4))
    assert job is not None
    assert job.lease is not None
    return job, job.lease.token


@pytest.mark.parametrize(
    "url",
    [
        "localhost:6379",
        "http://localhost",
        "redis://:pass/word@localhost:6379/0",
        "redis://localhost:port",
        "redis://localhost:99999999/0",
        "redis://localhost/zero",
        "redis://localhost/0/1",
        "redis://localhost/0?colour=blue",
        "redis://localhost?socket_timeout=password",
        "",
    ],
)
def test_an_address_that_is_none(url: str) -> None:
    """What cannot be an address is refused at once, and never shown: it may hold a password."""
    with pytest.raises(SettingError) as caught:
        RedisLedger(url)
    assert "redis://" in caught.value.hint
    for shown in (str(caught.value), repr(caught.value.__cause__), repr(caught.value.__context__)):
        assert "word" not in shown
        assert "port" not in shown


def test_a_redis_that_is_away(server: RedisServer, ledger: RedisLedger) -> None:
    """While Redis is away every call says so; when it is back the same ledger goes on."""
    submit(ledger, "1")
    job, token = claim(ledger)
    server.kill()
    calls = (
        ledger.now,
        ledger.count,
        ledger.sweep,
        lambda: submit(ledger, "2"),
        lambda: ledger.claim(Claimant(worker="w", slots=4)),
        lambda: ledger.change("1", rules.renew(token, 20)),
        lambda: ledger.greet(WorkerNote(name="w", started=0)),
    )
    for call in calls:
        with pytest.raises(LedgerUnavailableError) as caught:
            call()
        assert "Redis" in caught.value.hint
        assert caught.value.retry == "transient"
    server.start()
    assert ledger.find("1") == job
    done = ledger.change("1", rules.complete(token, RESULT, expires_in=None))
    assert done.state is State.COMPLETE


def test_a_redis_that_hangs(server: RedisServer, ledger: RedisLedger) -> None:
    """A Redis that takes the connection and says nothing is not waited for."""
    submit(ledger, "1")
    server.signal(signal.SIGSTOP)
    impatient = RedisLedger(f"{server.url}?socket_timeout=0.1")
    with pytest.raises(LedgerUnavailableError):
        impatient.find("1")
    impatient.close()
    server.signal(signal.SIGCONT)
    assert ledger.find("1").id == "1"


class Client(threading.Thread):
    """Submits job after job and ends some, and keeps at it while Redis is away."""

    def __init__(self, url: str, part: int) -> None:
        super().__init__()
        self.ledger = RedisLedger(url)
        self.part = part
        self.over = threading.Event()
        self.acknowledged: list[str] = []

    def run(self) -> None:
        while not self.over.is_set():
            try:
                self.go_on(f"{self.part}-{len(self.acknowledged)}")
            except LedgerUnavailableError:
                self.over.wait(0.01)  # and submit the same again
        self.ledger.close()

    def go_on(self, name: str) -> None:
        submit(self.ledger, name)
        self.acknowledged.append(name)
        job = self.ledger.claim(Claimant(worker=f"w{self.part}", slots=4))
        if job is not None and job.lease is not None:
            self.ledger.change(job.id, rules.complete(job.lease.token, RESULT, expires_in=None))


def test_nothing_acknowledged_is_lost(server: RedisServer) -> None:
    """Jobs that were acknowledged are there after each kill -9 of Redis, and so is their index."""
    clients = [Client(server.url, part) for part in range(3)]
    for client in clients:
        client.start()
    for _ in range(4):
        before = len(clients[0].acknowledged)
        while len(clients[0].acknowledged) < before + 10:
            clients[0].over.wait(0.01)
        server.kill()
        server.start()
    for client in clients:
        client.over.set()
        client.join()
    ledger = RedisLedger(server.url)
    jobs = {job.id: job for job in ledger.list(limit=100_000)}
    for client in clients:
        assert jobs.keys() >= set(client.acknowledged)
    counts = ledger.count()
    for state in State:
        assert getattr(counts, str(state)) == sum(job.state is state for job in jobs.values())
    ledger.close()


def test_a_password() -> None:
    """The right password opens, a wrong or missing one is an error that does not show it."""
    with RedisServer(password="s/e:c@ret") as server:  # noqa: S106 - of this server only
        ledger = RedisLedger(server.url)
        submit(ledger, "1")
        ledger.close()
        for user in ("", ":wrong-one@"):
            wrong = RedisLedger(f"redis://{user}127.0.0.1:{server.port}/0")
            with pytest.raises(LedgerUnavailableError) as caught:
                wrong.count()
            assert "password" in caught.value.hint
            assert "wrong-one" not in str(caught.value)
            wrong.close()


def test_full_memory() -> None:
    """When Redis is full new jobs are refused, others end, and deleting them makes room."""
    with RedisServer(settings={"maxmemory": "4mb"}) as server:
        ledger = RedisLedger(server.url)
        acknowledged: list[str] = []
        with pytest.raises(LedgerUnavailableError) as caught:  # noqa: PT012 - it fills up
            while True:
                name = str(len(acknowledged))
                submit(ledger, name, request={"text": "x" * 50_000})
                acknowledged.append(name)
        assert "maxmemory" in caught.value.hint
        assert [ledger.find(name).id for name in acknowledged] == acknowledged
        assert ledger.count().queued == len(acknowledged)
        job, token = claim(ledger)
        ledger.change(job.id, rules.complete(token, RESULT, expires_in=None))
        ledger.delete(job.id)
        for name in acknowledged[1:]:
            ledger.change(name, rules.ask_cancel(None))
            ledger.delete(name)
        submit(ledger, "after")
        ledger.close()


def test_a_replica_is_refused(server: RedisServer) -> None:
    """The address of a replica is an error that asks for the primary's."""
    with RedisServer(settings={"replicaof": f"127.0.0.1 {server.port}"}) as replica:
        ledger = RedisLedger(replica.url)
        with pytest.raises(LedgerUnavailableError) as caught:
            submit(ledger, "1")
        assert "primary" in caught.value.hint
        ledger.close()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"maxmemory-policy": "allkeys-lru"}, "maxmemory-policy is allkeys-lru"),
        ({"appendonly": "no"}, "appendonly is off"),
        ({"appendfsync": "everysec"}, "appendfsync is everysec"),
    ],
)
def test_a_forgetful_redis_is_warned_of(
    settings: dict[str, str], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A Redis that is set up to lose jobs is used, with one warning."""
    with RedisServer(settings=settings) as server, caplog.at_level(logging.WARNING):
        ledger = RedisLedger(server.url)
        ledger.count()
        ledger.count()
        ledger.close()
    assert [said in record.getMessage() for record in caplog.records] == [True]


def test_a_redis_that_keeps_its_word_is_not_warned_of(
    ledger: RedisLedger, caplog: pytest.LogCaptureFixture
) -> None:
    """A Redis that is set up as it should be gives no warning."""
    ledger.count()
    assert caplog.records == []


def test_deleted_jobs_leave_nothing_behind(server: RedisServer, ledger: RedisLedger) -> None:
    """When all jobs are deleted, Redis holds only the counter and when owners were served."""
    for number in range(5):
        submit(ledger, str(number), idempotency_key=str(number), webhook=HOOK, ephemeral=True)
    job, token = claim(ledger)
    ledger.change(job.id, rules.complete(token, RESULT, expires_in=60))
    job, token = claim(ledger)
    ledger.change(job.id, rules.release(token, alone=True))
    while (found := ledger.claim(Claimant(worker="w", slots=4))) is not None:
        assert found.lease is not None
        ledger.change(found.id, rules.ask_cancel(None))
        ledger.change(found.id, rules.stop(found.lease.token, 60))
    ledger.greet(WorkerNote(name="w", started=0))
    ledger.leave("w")
    for each in ledger.list():
        ledger.delete(each.id)
    with Redis(port=server.port) as admin:
        assert sorted(admin.keys()) == [b"hansard:{ledger}:seq", b"hansard:{ledger}:served"]


def test_all_names_lie_in_one_slot(server: RedisServer, ledger: RedisLedger) -> None:
    """Every key has the same hash tag, as a cluster asks of scripts."""
    submit(ledger, "1", idempotency_key="k")
    claim(ledger)
    ledger.greet(WorkerNote(name="w", started=0))
    with Redis(port=server.port) as admin:
        keys = admin.keys()
        assert len(keys) > 6
        assert all(key.startswith(b"hansard:{ledger}:") for key in keys)


def test_two_ledgers_share_a_redis(server: RedisServer, ledger: RedisLedger) -> None:
    """Ledgers with other prefixes do not see each other's jobs."""
    other = RedisLedger(server.url, prefix="other:")
    submit(ledger, "1")
    assert other.count().queued == 0
    submit(other, "1")
    assert ledger.count().queued == 1
    other.close()
