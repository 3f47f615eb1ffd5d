"""Several processes at one ledger, killed at random: nothing is lost, and nothing is done twice."""

import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from hansard.jobs.ledger import Ledger
from hansard.jobs.sqlite import SqliteLedger
from hansard.jobs.values import State
from hansard.testing.redis_server import RedisServer, find_redis_server

OWNERS = ("anna", "ben", "cleo")
JOBS = 60
KILLS = 14

ACTOR = """
import os, random, sys, time
from pathlib import Path
from hansard.errors import LeaseLostError
from hansard.jobs import rules
from hansard.jobs.ledger import Claimant
from hansard.jobs.values import Job, Result

role, address, name, jobs, seed = sys.argv[1:]
luck = random.Random(seed)
if address.startswith("redis:"):
    from hansard.jobs.redis import RedisLedger
    ledger = RedisLedger(address)
else:
    from hansard.jobs.sqlite import SqliteLedger
    ledger = SqliteLedger(Path(address), patience=30)
log = os.open(name, os.O_CREAT | os.O_WRONLY | os.O_APPEND)

def note(*words):
    os.write(log, (" ".join(words) + "\\n").encode())

def submit():
    first = int(ledger.list(limit=1)[0].id) + 1 if ledger.list(limit=1) else 0
    for number in range(first, int(jobs)):
        owner = ("anna", "ben", "cleo")[number % 3]
        ledger.submit(Job(id=str(number), kind="transcribe", owner=owner), most_queued=10_000)
        note("acknowledged", str(number))
        time.sleep(luck.uniform(0, 0.12))

def work():
    while True:
        ledger.sweep()
        job = ledger.claim(Claimant(worker=name, slots=4, lease=0.5))
        if job is None:
            counts = ledger.count()
            if not counts.queued + counts.running and counts.complete == int(jobs):
                return
            time.sleep(0.02)
            continue
        token = job.lease.token
        try:
            ledger.change(job.id, rules.report(token, groups=job.groups + 1))
            time.sleep(luck.choice([0, 0.01, 0.03, 0.8]) if luck.random() < 0.3 else 0)
            result = Result(key=token, sha256="", size=0)
            ledger.change(job.id, rules.complete(token, result, expires_in=None))
            note("committed", job.id, token)
        except LeaseLostError:
            note("lost", job.id, token)

(submit if role == "submit" else work)()
ledger.close()
"""


class Cast:
    """One process that submits and three that work, each begun anew when it is killed."""

    def __init__(self, address: str, folder: Path, seed: int) -> None:
        self.address = address
        self.folder = folder
        self.luck = random.Random(seed)
        self.begun = 0
        self.kills = 0
        self.actors = {role: self.begin(role) for role in ("submit", "one", "two", "three")}

    def begin(self, role: str) -> subprocess.Popen[bytes]:
        self.begun += 1
        name = str(self.folder / f"{role}-{self.begun}.log")
        kind = "submit" if role == "submit" else "work"
        words = [kind, self.address, name, str(JOBS), str(self.luck.random())]
        return subprocess.Popen([sys.executable, "-c", ACTOR, *words])

    def strike(self) -> None:
        """Kill somebody who still runs, and begin them anew."""
        role = self.luck.choice(self.running())
        self.actors[role].send_signal(signal.SIGKILL)
        self.actors[role].wait()
        self.kills += 1
        self.actors[role] = self.begin(role)

    def running(self) -> list[str]:
        return [role for role, actor in self.actors.items() if actor.poll() is None]

    def play(self) -> None:
        while self.kills < KILLS and self.running():
            self.strike()
            time.sleep(self.luck.uniform(0.05, 0.4))
        for actor in self.actors.values():
            assert actor.wait() == 0

    def end(self) -> None:
        for actor in self.actors.values():
            actor.kill()
            actor.wait()

    def said(self, word: str) -> list[list[str]]:
        """What all of them noted under a word; a torn last line is none."""
        lines = [
            line
            for log in self.folder.glob("*.log")
            for line in log.read_text().splitlines(keepends=True)
        ]
        return [line.split()[1:] for line in lines if line.endswith("\n") and line.startswith(word)]


def check(cast: Cast, ledger: Ledger) -> None:
    """Every acknowledged job is there, and each has the one result that was committed."""
    jobs = {job.id: job for job in ledger.list(limit=10_000)}
    acknowledged = {id_ for (id_,) in cast.said("acknowledged")}
    assert acknowledged <= jobs.keys()
    assert len(jobs) == JOBS
    assert {job.state for job in jobs.values()} == {State.COMPLETE}
    committed = defaultdict(set)
    for id_, token in cast.said("committed"):
        committed[id_].add(token)
    for id_, tokens in committed.items():
        assert [job_result(jobs[id_].result)] == list(tokens)
    for id_, token in cast.said("lost"):
        assert job_result(jobs[id_].result) != token
    assert len(committed) >= JOBS - cast.kills


def job_result(result: object) -> str:
    return str(getattr(result, "key", None))


@pytest.mark.parametrize("seed", [1])
def test_processes_share_a_file(tmp_path: Path, seed: int) -> None:
    """With SQLite: under kill -9 of any process each job ends with exactly one result."""
    path = tmp_path / "jobs.db"
    cast = Cast(str(path), tmp_path, seed)
    try:
        cast.play()
    finally:
        cast.end()
    ledger = SqliteLedger(path)
    check(cast, ledger)
    ledger.close()
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


@pytest.fixture
def server() -> Iterator[RedisServer]:
    if find_redis_server() is None:
        pytest.skip("redis-server is not installed")
    with RedisServer() as redis:
        yield redis


@pytest.mark.system
@pytest.mark.parametrize("seed", [2])
def test_processes_share_a_redis(tmp_path: Path, server: RedisServer, seed: int) -> None:
    """With Redis: under kill -9 of any process each job ends with exactly one result."""
    from hansard.jobs.redis import RedisLedger

    cast = Cast(server.url, tmp_path, seed)
    try:
        cast.play()
    finally:
        cast.end()
    ledger = RedisLedger(server.url)
    check(cast, ledger)
    ledger.close()
