"""The ledger in Redis, shared by many machines; that Redis needs `appendonly` and `noeviction`."""

import random
import secrets
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from hansard.errors import JobConflictError, JobNotFoundError, LedgerUnavailableError
from hansard.jobs import redis_scripts as scripts
from hansard.jobs import rules
from hansard.jobs.choosing import Head, Lane, Standing, ahead, choose, grant
from hansard.jobs.ledger import Claimant, Rule
from hansard.jobs.packing import pack_note, unpack, unpack_note
from hansard.jobs.redis_link import connect, explained, look_at
from hansard.jobs.values import Ahead, Counts, Job, State, WorkerNote

_FORGET = 86_400.0
"""Seconds after which it no longer matters when an owner was served or a worker was seen."""
_TRIES = 100
"""How often a change is made anew because somebody else changed the job meanwhile."""
_LENGTHS = 1000
"""Jobs of a lane whose lengths are looked at for an estimate."""
_SWEPT = 1000
"""Jobs of which one sweep takes care."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A job as it was read."""

    job: Job
    body: bytes
    rev: bytes
    now: float


class RedisLedger:
    """Jobs in a Redis; see `Ledger`. It connects when it is first used.

    `failed_ttl` seconds after the sweep has failed or cancelled a job, that job expires.

    Raises:
        SettingError: the address is none.
    """

    def __init__(
        self, url: str, prefix: str = "hansard:", *, failed_ttl: float | None = None
    ) -> None:
        self._prefix = f"{prefix}{{ledger}}:"
        self._expire = partial(rules.expire, expires_in=failed_ttl)
        self._redis = connect(url)
        self._looked = False
        self._closed = False

    def now(self) -> float:
        """The clock of the Redis."""
        with self._asking():
            time: Any = self._redis.time()
        return _seconds(time)

    def submit(self, job: Job, *, most_queued: int) -> tuple[Job, bool]:
        """See `Ledger`; a job that comes again under its own id is not new either."""
        new = rules.enter(job, self.now())
        answer, *facts = self._run(
            scripts.SUBMIT,
            [scripts.key_field(new), most_queued, *_counted(scripts.fields(new)), *_marks(new)],
            job=new.id,
        )
        if answer == b"known":
            return rules.recognise(unpack(facts[0]), job), False
        if answer == b"full":
            raise rules.full(facts[0])
        return new, True

    def claim(self, claimant: Claimant) -> Job | None:
        """See `Ledger`."""
        for _ in _tries():
            head = choose(claimant, self._standing(claimant))
            if head is None:
                return None
            with suppress(JobNotFoundError, JobConflictError):  # somebody else was faster
                kept = self._load(head.job)
                rule = grant(claimant, head, secrets.token_hex(16))
                new = rule(kept.job, kept.now)
                if self._swap(kept, new, ("add", "served", head.owner, repr(kept.now))):
                    return new
        raise _crowded()

    def change(self, id: str, rule: Rule) -> Job:  # noqa: A002 - the protocol's name
        """See `Ledger`."""
        return self._change(id, rule)[1]

    def find(self, id: str) -> Job:  # noqa: A002 - the protocol's name
        """See `Ledger`."""
        return self._load(id).job

    def list(
        self,
        *,
        owner: str | None = None,
        states: Collection[State] = (),
        limit: int = 100,
        after: str = "",
    ) -> Sequence[Job]:
        """See `Ledger`.

        Raises:
            JobNotFoundError: there is no job `after`.
        """
        wanted = states or tuple(State)
        names = [f"all:{each}" if owner is None else f"of:{each}:{owner}" for each in wanted]
        bodies = self._run(scripts.LIST, [after, limit, *dict.fromkeys(names)])
        if bodies is None:
            raise rules.unknown(after)
        return _jobs(bodies)

    def ahead(self, job: Job) -> Ahead:
        """See `Ledger`; nothing is ahead of a job that is not queued."""
        own = scripts.lane(job.priority, job.owner)
        facts = self._run(scripts.LANES, [own, job.id, _LENGTHS])
        if not facts:
            return Ahead(jobs=0, seconds=0.0)
        place, *found = facts
        return ahead(job.owner, job.priority, place, [_lane(*each) for each in found])

    def count(self) -> Counts:
        """See `Ledger`."""
        numbers = self._run(scripts.COUNT, list(State))
        by_state = {str(state): number for state, number in zip(State, numbers, strict=False)}
        oldest = max(0.0, float(numbers[-1])) if len(numbers) > len(State) else None
        return Counts(**by_state, oldest=oldest)

    def sweep(self) -> Sequence[Job]:
        """See `Ledger`."""
        swept = []
        for job in self._due("leases", _SWEPT):
            with suppress(JobNotFoundError):
                before, after = self._change(job.id, self._expire)
                if after is not before:
                    swept.append(after)
        self._forget()
        return swept

    def pending_webhooks(self, limit: int = 20) -> Sequence[Job]:
        """See `Ledger`."""
        return self._due("webhooks", limit)

    def expired(self, limit: int = 100) -> Sequence[Job]:
        """See `Ledger`."""
        return self._due("expires", limit)

    def delete(self, id: str) -> None:  # noqa: A002 - the protocol's name
        """See `Ledger`."""
        with suppress(JobNotFoundError):
            for _ in _tries():
                kept = self._load(id)
                rules.deletable(kept.job)
                if self._swap(kept, None, ("unset", "keys", scripts.key_field(kept.job), "")):
                    return
            raise _crowded()

    def greet(self, note: WorkerNote) -> None:
        """See `Ledger`."""
        seen = replace(note, seen=self.now())
        with self._asking():
            self._redis.hset(self._prefix + "workers", note.name, pack_note(seen))

    def leave(self, worker: str) -> None:
        """See `Ledger`."""
        with self._asking():
            self._redis.hdel(self._prefix + "workers", worker)

    def workers(self, within: float = 60.0) -> Sequence[WorkerNote]:
        """See `Ledger`; by name."""
        since = self.now() - within
        return [note for note in self._notes() if note.seen >= since]

    def close(self) -> None:
        """Close the connections."""
        self._closed = True
        self._redis.close()
        self._redis.connection_pool.disconnect()

    @contextmanager
    def _asking(self) -> Iterator[None]:
        if self._closed:
            raise LedgerUnavailableError("the ledger is closed")
        with explained():
            if not self._looked:
                look_at(self._redis)
                self._looked = True
            yield

    def _run(self, script: str, words: Iterable[Any], *, job: str = "") -> Any:
        """The answer of a script; its key, of a job or not, tells a cluster where to run it."""
        key = f"{self._prefix}job:{job}" if job else f"{self._prefix}seq"
        with self._asking():
            return self._redis.register_script(script)(keys=[key], args=[self._prefix, *words])

    def _load(self, id: str) -> _Kept:  # noqa: A002
        with self._asking(), self._redis.pipeline(transaction=False) as both:
            both.time()
            both.hmget(f"{self._prefix}job:{id}", ["body", "rev"])
            now, (body, rev) = both.execute()
        if body is None:
            raise rules.unknown(id)
        return _Kept(unpack(body), body, rev, _seconds(now))

    def _change(self, id: str, rule: Rule) -> tuple[Job, Job]:  # noqa: A002
        """The job before and after; the same object where nothing changed."""
        for _ in _tries():
            kept = self._load(id)
            new = rule(kept.job, kept.now)
            if new == kept.job:
                return kept.job, kept.job
            if self._swap(kept, new):
                return kept.job, new
        raise _crowded()

    def _swap(self, kept: _Kept, new: Job | None, extra: Sequence[str] = ()) -> bool:
        """Put a job back, or take it away; False where somebody else did meanwhile."""
        fields = scripts.fields(new, kept.body) if new else []
        after = scripts.marks(new) if new else {}
        moves = scripts.moves(scripts.marks(kept.job), after)
        words = [kept.rev, *_counted(fields), *moves, *extra]
        return bool(self._run(scripts.SWAP, words, job=kept.job.id))

    def _standing(self, claimant: Claimant) -> Standing:
        guarded, *found = self._run(scripts.STANDING, [claimant.worker, *claimant.kinds])
        heads = [_head(*each[:4]) for each in found]
        return Standing(
            heads=heads,
            running={head.owner: each[4] for head, each in zip(heads, found, strict=True)},
            served={
                h.owner: float(each[5]) for h, each in zip(heads, found, strict=True) if each[5]
            },
            guarded=bool(guarded),
        )

    def _due(self, index: str, limit: int) -> Sequence[Job]:
        return _jobs(self._run(scripts.DUE, [index, limit]))

    def _notes(self) -> Sequence[WorkerNote]:
        with self._asking():
            notes: Any = self._redis.hgetall(self._prefix + "workers")
        return sorted(map(unpack_note, notes.values()), key=lambda note: note.name)

    def _forget(self) -> None:
        since = self.now() - _FORGET
        with self._asking():
            self._redis.zremrangebyscore(self._prefix + "served", "-inf", since)
        for note in self._notes():
            if note.seen < since:
                self.leave(note.name)


def _tries() -> Iterator[int]:
    for each in range(_TRIES):
        yield each
        time.sleep(random.uniform(0, 0.001 * min(each, 20)))


def _crowded() -> LedgerUnavailableError:
    return LedgerUnavailableError("too many changes come to the ledger at once")


def _seconds(time: tuple[int, int]) -> float:
    """The answer to TIME: seconds and microseconds."""
    return time[0] + time[1] / 1e6


def _counted(words: Sequence[Any]) -> Sequence[Any]:
    return [len(words), *words]


def _marks(new: Job) -> list[str]:
    moves = list(scripts.moves({}, scripts.marks(new)))
    field = scripts.key_field(new)
    return [*moves, "set", "keys", field, new.id] if field else moves


def _head(lane: bytes, job: bytes, seq: bytes, alone: bytes) -> Head:
    priority, owner = scripts.lane_of(lane)
    return Head(
        job=job.decode(), owner=owner, priority=priority, place=int(seq), alone=alone == b"1"
    )


def _lane(name: bytes, length: int, *durations: bytes) -> Lane:
    priority, owner = scripts.lane_of(name)
    seconds = [float(each) if each else None for each in durations]
    return Lane(owner=owner, priority=priority, length=length, durations=seconds)


def _jobs(bodies: Iterable[bytes | None]) -> list[Job]:
    return [unpack(body) for body in bodies if body is not None]
