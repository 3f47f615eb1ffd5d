"""Both ledgers beside a model in plain dictionaries, in any order of calls (I2, I3, I4, I6)."""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from hansard.errors import JobError
from hansard.jobs import rules
from hansard.jobs.choosing import Head, Lane, Standing, ahead, choose
from hansard.jobs.ledger import Claimant, Ledger, Rule
from hansard.jobs.sqlite import SqliteLedger
from hansard.jobs.values import Ahead, Failure, Job, Media, Priority, Result, State, Webhook
from hansard.testing.redis_server import RedisServer, find_redis_server

MOST_QUEUED = 6
OWNERS = st.sampled_from(["anna", "ben", "cleo"])
PICK = st.integers(0, 1000)
TOKENS = st.sampled_from(["live", "live", "live", "old"])
HOOK = Webhook(url="https://example.org/", secret="s")  # noqa: S106 - nobody's


def timeless(job: Job) -> Job:
    """A job without times, which differ between a ledger and its model."""
    lease = job.lease and replace(job.lease, until=0.0)
    hook = job.webhook and replace(job.webhook, due=float(job.webhook.due is not None))
    blank = {name: float(getattr(job, name) is not None) for name in ("started", "finished")}
    blank["expires"] = float(job.expires is not None)
    return replace(job, submitted=0.0, due=0.0, lease=lease, webhook=hook, **blank)


class Machine(RuleBasedStateMachine):
    """A ledger, and what it should hold."""

    def __init__(self, make: Callable[[], Ledger]) -> None:
        super().__init__()
        self.ledger = make()
        self.jobs: dict[str, Job] = {}
        self.order: list[str] = []
        self.served: dict[str, float] = {}
        self.old: dict[str, str] = {}
        self.ended: dict[str, Job] = {}
        self.deeds = 0

    def teardown(self) -> None:
        self.ledger.close()

    def same(self, model: Callable[[], Job], real: Callable[[], Job]) -> Job | None:
        """Do it in both; both return equal jobs, or raise equal errors."""
        try:
            expected = model()
        except JobError as error:
            with pytest.raises(type(error)):
                real()
            return None
        found = real()
        assert timeless(found) == timeless(expected)
        self.jobs[found.id] = found
        return found

    def change(self, id_: str, change: Rule) -> Job | None:
        now = self.ledger.now()
        return self.same(
            lambda: change(self.jobs[id_], now), lambda: self.ledger.change(id_, change)
        )

    def pick(self, number: int, *states: State) -> Job | None:
        found = [self.jobs[id_] for id_ in self.order if self.jobs[id_].state in states]
        return found[number % len(found)] if found else None

    def token(self, job: Job, which: str) -> str:
        return job.lease.token if job.lease and which == "live" else self.old.get(job.id, "none")

    @rule(
        owner=OWNERS,
        priority=st.sampled_from(Priority),
        key=st.sampled_from([None, None, None, "k1", "k2"]),
        fingerprint=st.sampled_from(["f", "f", "g"]),
        duration=st.sampled_from([None, 5.0, 9.0]),
        kind=st.sampled_from(["transcribe", "transcribe", "train"]),
        hook=st.sampled_from([None, HOOK]),
    )
    def submit(self, owner: str, priority: Priority, hook: Webhook | None, **given: object) -> None:
        key, fingerprint, kind = (str(given[n]) for n in ("key", "fingerprint", "kind"))
        self.deeds += 1
        job = Job(
            id=f"j{self.deeds}", kind=kind, owner=owner, priority=priority, webhook=hook,
            idempotency_key=None if key == "None" else key, fingerprint=fingerprint,
            media=Media(duration=given["duration"]),
        )  # fmt: skip
        earlier = [
            each
            for each in self.jobs.values()
            if key != "None" and (each.owner, each.idempotency_key) == (owner, key)
        ]

        def model() -> Job:
            if earlier:
                return rules.recognise(earlier[0], job)
            waiting = self.lengths().total()
            if waiting >= MOST_QUEUED:
                raise rules.full(waiting)
            return job

        found = self.same(model, lambda: self.ledger.submit(job, most_queued=MOST_QUEUED)[0])
        if found is not None and found.id == job.id:
            self.order.append(job.id)

    def lengths(self) -> Counter[tuple[str, int]]:
        waiting = [job for job in self.jobs.values() if job.state is State.QUEUED]
        return Counter((job.owner, int(job.priority)) for job in waiting)

    def standing(self, claimant: Claimant) -> Standing:
        jobs = [self.jobs[id_] for id_ in self.order]
        due = [j for j in jobs if j.state is State.QUEUED and j.due <= self.ledger.now()]
        heads: dict[tuple[str, int], Head] = {}
        for job in due:
            if job.kind in claimant.kinds:
                lane = job.owner, int(job.priority)
                place = self.order.index(job.id)
                heads.setdefault(
                    lane,
                    Head(job=job.id, owner=lane[0], priority=lane[1], place=place, alone=job.alone),
                )
        leases = [job.lease for job in jobs if job.lease]
        return Standing(
            heads=list(heads.values()),
            running=Counter(job.owner for job in jobs if job.state is State.RUNNING),
            served=self.served,
            guarded=any(each.alone and each.worker == claimant.worker for each in leases),
        )

    @rule(
        worker=st.sampled_from(["v", "w"]),
        slots=st.sampled_from([1, 2, 4, 4]),
        kinds=st.sampled_from([{"transcribe"}, {"transcribe", "train"}]),
        lease=st.sampled_from([1000.0, 1000.0, -1.0]),
    )
    def claim(self, worker: str, slots: int, kinds: set[str], lease: float) -> None:
        held = [j for j in self.jobs.values() if j.lease and j.lease.worker == worker]
        running = tuple((job.owner, int(job.priority)) for job in held)
        claimant = Claimant(
            worker=worker, slots=slots, running=running, kinds=frozenset(kinds), lease=lease
        )
        expected = choose(claimant, self.standing(claimant))
        found = self.ledger.claim(claimant)
        assert (found and found.id) == (expected and expected.job)
        if found is not None:
            assert found.lease is not None
            self.deeds += 1
            self.served[found.owner] = self.deeds
            if old := self.jobs[found.id].lease:
                self.old[found.id] = old.token
            self.jobs[found.id] = found

    @rule(number=PICK, which=TOKENS)
    def renew(self, number: int, which: str) -> None:
        if job := self.pick(number, *State):
            self.change(job.id, rules.renew(self.token(job, which), 1000))

    @rule(number=PICK, which=TOKENS, groups=st.integers(0, 2))
    def report(self, number: int, which: str, groups: int) -> None:
        if job := self.pick(number, State.RUNNING, State.COMPLETE):
            self.change(job.id, rules.report(self.token(job, which), groups=groups, stage="asr"))

    @rule(number=PICK, which=TOKENS, seconds=st.sampled_from([None, -1.0, 100.0]))
    def complete(self, number: int, which: str, seconds: float | None) -> None:
        if job := self.pick(number, State.RUNNING, State.COMPLETE):
            token = self.token(job, which)
            self.old[job.id] = token
            result = Result(key=token, sha256="", size=0)
            self.change(job.id, rules.complete(token, result, expires_in=seconds))

    @rule(number=PICK, which=TOKENS, retry=st.sampled_from(["transient", "permanent"]))
    def fail(self, number: int, which: str, retry: str) -> None:
        if job := self.pick(number, State.RUNNING, State.QUEUED):
            failure = Failure(message="m", code="error", retry=retry)
            rule = rules.fail(self.token(job, which), failure, expires_in=-1)
            found = self.change(job.id, rule)
            if found is not None and found.state is State.QUEUED:
                self.change(job.id, lambda job, now: replace(job, due=now + 10_000))

    @rule(number=PICK, which=TOKENS, charged=st.booleans())
    def release(self, number: int, which: str, charged: bool) -> None:
        if job := self.pick(number, State.RUNNING):
            rule = rules.release(self.token(job, which), alone=charged, charged=charged)
            self.change(job.id, rule)

    @rule(number=PICK)
    def cancel(self, number: int) -> None:
        if job := self.pick(number, *State):
            self.change(job.id, rules.ask_cancel(-1))

    @rule(number=PICK)
    def requeue(self, number: int) -> None:
        if job := self.pick(number, State.FAILED, State.CANCELLED, State.RUNNING):
            self.ended.pop(job.id, None)
            self.change(job.id, rules.requeue())

    @rule(number=PICK)
    def deliver(self, number: int) -> None:
        if job := self.pick(number, *State):
            self.change(job.id, rules.note_delivery("HTTP 200", due=None))

    @precondition(lambda self: any(job.due > 5000 + job.submitted for job in self.jobs.values()))
    @rule()
    def time_passes(self) -> None:
        for id_ in self.order:
            self.change(id_, lambda job, _: replace(job, due=0.0))

    @rule()
    def sweep(self) -> None:
        now = self.ledger.now()
        expected = {}
        for job in self.jobs.values():
            after = rules.expire(job, now)
            if after is not job:
                expected[job.id] = after
        found = {job.id: job for job in self.ledger.sweep()}
        assert found.keys() == expected.keys()
        for id_, job in found.items():
            assert timeless(job) == timeless(expected[id_])
        self.jobs |= found

    @rule(number=PICK)
    def delete(self, number: int) -> None:
        if job := self.pick(number, *State):
            if job.state.final:
                self.ledger.delete(job.id)
                del self.jobs[job.id]
                self.ended.pop(job.id, None)
                self.order.remove(job.id)
            else:
                with pytest.raises(JobError):
                    self.ledger.delete(job.id)

    @rule(owner=OWNERS, state=st.sampled_from(State), number=PICK, limit=st.integers(1, 4))
    def look(self, owner: str, state: State, number: int, limit: int) -> None:
        newest = [self.jobs[id_] for id_ in reversed(self.order)]
        assert self.ledger.list(limit=limit) == newest[:limit]
        assert self.ledger.list(owner=owner) == [job for job in newest if job.owner == owner]
        assert self.ledger.list(states=[state]) == [job for job in newest if job.state == state]
        if newest:
            place = number % len(newest)
            after = newest[place].id
            assert self.ledger.list(limit=limit, after=after) == newest[place + 1 :][:limit]

    @rule(number=PICK)
    def ask_what_is_ahead(self, number: int) -> None:
        job = self.pick(number, *State)
        if job is None:
            return
        if job.state is not State.QUEUED:
            assert self.ledger.ahead(job) == Ahead(jobs=0, seconds=0.0)
            return
        lanes = {}
        place = 0
        for other in (self.jobs[id_] for id_ in self.order):
            if other.state is State.QUEUED:
                key = other.owner, int(other.priority)
                if other.id == job.id:
                    place = len(lanes.get(key, ()))
                lanes.setdefault(key, []).append(other.media and other.media.duration)
        facts = [
            Lane(owner=o, priority=p, length=len(d), durations=d) for (o, p), d in lanes.items()
        ]
        expected = ahead(job.owner, job.priority, place, facts)
        found = self.ledger.ahead(job)
        assert found.jobs == expected.jobs
        assert found.seconds == pytest.approx(expected.seconds)

    @invariant()
    def everything_is_where_it_should_be(self) -> None:
        states = Counter(job.state for job in self.jobs.values())
        counts = self.ledger.count()
        for state in State:
            assert getattr(counts, str(state)) == states[state]
        jobs = self.jobs.values()
        due = {job.id for job in jobs if job.webhook and job.webhook.due is not None}
        assert {job.id for job in self.ledger.pending_webhooks(limit=1000)} == due
        over = {job.id for job in jobs if job.expires and job.expires < self.ledger.now()}
        assert {job.id for job in self.ledger.expired(limit=1000)} == over

    @invariant()
    def the_ended_stay_as_they_ended(self) -> None:
        for job in self.jobs.values():
            end = self.ended.get(job.id)
            if end is not None:
                assert (job.state, job.result) == (end.state, end.result)
            elif job.state.final:
                self.ended[job.id] = job
            assert job.attempt <= rules.MAX_ATTEMPTS
            assert (job.lease is None) == (job.state is not State.RUNNING)


def drive(make: Callable[[], Ledger], examples: int) -> None:
    chosen = settings(
        max_examples=examples,
        stateful_step_count=40,
        suppress_health_check=[HealthCheck.too_slow],
    )
    run_state_machine_as_test(partial(Machine, make), settings=chosen)


def test_sqlite_agrees_with_the_model() -> None:
    """Whatever is called in whatever order, the file holds what the model holds."""
    with tempfile.TemporaryDirectory() as folder:
        drive(lambda: SqliteLedger(Path(folder) / f"{uuid4().hex}.db"), examples=60)


@pytest.fixture
def server() -> Iterator[RedisServer]:
    if find_redis_server() is None:
        pytest.skip("redis-server is not installed")
    with RedisServer() as redis:
        yield redis


@pytest.mark.system
def test_redis_agrees_with_the_model(server: RedisServer) -> None:
    """Whatever is called in whatever order, Redis holds what the model holds."""
    from hansard.jobs.redis import RedisLedger

    drive(lambda: RedisLedger(server.url, prefix=f"{uuid4().hex}:"), examples=60)
