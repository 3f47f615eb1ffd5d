"""The ledger in one SQLite file, shared by the processes of one machine."""

import secrets
import sqlite3
import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from hansard.jobs import rules
from hansard.jobs import sqlite_queries as queries
from hansard.jobs.choosing import ahead, choose, grant
from hansard.jobs.ledger import Claimant, Rule
from hansard.jobs.packing import pack_note, unpack, unpack_note
from hansard.jobs.sqlite_file import Readers, prepare
from hansard.jobs.sqlite_writer import Writer
from hansard.jobs.values import Ahead, Counts, Job, State, WorkerNote

_FORGET = 86_400.0
"""Seconds after which it no longer matters when an owner was served or a worker was seen."""


class SqliteLedger:
    """Jobs in a file on a local disk; see `Ledger`.

    `failed_ttl` seconds after the sweep has failed or cancelled a job, that job expires. A call
    waits up to `patience` seconds while another process writes.

    Raises:
        LedgerUnavailableError: the file cannot be used, or a newer version wrote it.
        DiskFullError: no room is left on its disk; every change may raise it.
    """

    def __init__(
        self, path: Path, *, failed_ttl: float | None = None, patience: float = 5.0
    ) -> None:
        prepare(path, patience)
        self._expire = partial(rules.expire, expires_in=failed_ttl)
        self._writer = Writer(path, patience)
        self._readers = Readers(path, patience)

    def now(self) -> float:
        """The clock of this machine."""
        return time.time()

    def submit(self, job: Job, *, most_queued: int) -> tuple[Job, bool]:
        """See `Ledger`; a job that comes again under its own id is not new either."""

        def deed(connection: sqlite3.Connection, now: float) -> tuple[Job, bool]:
            new = rules.enter(job, now)
            known = (job.id, job.owner, job.idempotency_key)
            earlier = connection.execute(queries.EARLIER, known).fetchone()
            if earlier is not None:
                return rules.recognise(unpack(earlier[0]), job), False
            (waiting,) = connection.execute(queries.WAITING).fetchone()
            if waiting >= most_queued:
                raise rules.full(waiting)
            connection.execute(queries.INSERT, queries.row(new))
            return new, True

        return self._writer.do(deed)

    def claim(self, claimant: Claimant) -> Job | None:
        """See `Ledger`."""

        def deed(connection: sqlite3.Connection, now: float) -> Job | None:
            head = choose(claimant, queries.standing(connection, claimant, now))
            if head is None:
                return None
            connection.execute(queries.SERVE, (head.owner, now))
            rule = grant(claimant, head, secrets.token_hex(16))
            return _change(connection, head.job, rule, now)

        return self._writer.do(deed)

    def change(self, id: str, rule: Rule) -> Job:  # noqa: A002 - the protocol's name
        """See `Ledger`."""
        return self._writer.do(lambda connection, now: _change(connection, id, rule, now))

    def find(self, id: str) -> Job:  # noqa: A002 - the protocol's name
        """See `Ledger`."""
        with self._readers.one() as connection:
            return unpack(_body(connection, id))

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
        with self._readers.one() as connection:
            seq = None
            if after:
                found = connection.execute(queries.PLACE, (after,)).fetchone()
                if found is None:
                    raise rules.unknown(after)
                (seq,) = found
            return _jobs(connection, *queries.listing(owner, states, limit, seq))

    def ahead(self, job: Job) -> Ahead:
        """See `Ledger`; nothing is ahead of a job that is not queued."""
        with self._readers.one() as connection:
            place = queries.place(connection, job.id)
            if place is None:
                return Ahead(jobs=0, seconds=0.0)
            lanes = queries.lanes(connection, job.priority)
        return ahead(job.owner, job.priority, place, lanes)

    def count(self) -> Counts:
        """See `Ledger`."""
        with self._readers.one() as connection:
            return queries.counts(connection, self.now())

    def sweep(self) -> Sequence[Job]:
        """See `Ledger`."""

        def deed(connection: sqlite3.Connection, now: float) -> Sequence[Job]:
            for statement in queries.FORGET:
                connection.execute(statement, (now - _FORGET,))
            ended = _jobs(connection, queries.LEASE_ENDED, (now,))
            return [_change(connection, job.id, self._expire, now) for job in ended]

        return self._writer.do(deed)

    def pending_webhooks(self, limit: int = 20) -> Sequence[Job]:
        """See `Ledger`."""
        with self._readers.one() as connection:
            return _jobs(connection, queries.WEBHOOKS, (self.now(), limit))

    def expired(self, limit: int = 100) -> Sequence[Job]:
        """See `Ledger`."""
        with self._readers.one() as connection:
            return _jobs(connection, queries.EXPIRED, (self.now(), limit))

    def delete(self, id: str) -> None:  # noqa: A002 - the protocol's name
        """See `Ledger`."""

        def deed(connection: sqlite3.Connection, _: float) -> None:
            found = connection.execute(queries.BODY, (id,)).fetchone()
            if found is not None:
                rules.deletable(unpack(found[0]))
                connection.execute(queries.DELETE, (id,))

        self._writer.do(deed)

    def greet(self, note: WorkerNote) -> None:
        """See `Ledger`."""

        def deed(connection: sqlite3.Connection, now: float) -> None:
            seen = pack_note(replace(note, seen=now))
            connection.execute(queries.GREET, (note.name, now, seen))

        self._writer.do(deed)

    def leave(self, worker: str) -> None:
        """See `Ledger`."""
        self._writer.do(lambda connection, _: connection.execute(queries.LEAVE, (worker,)))

    def workers(self, within: float = 60.0) -> Sequence[WorkerNote]:
        """See `Ledger`; by name."""
        with self._readers.one() as connection:
            notes = connection.execute(queries.WORKERS, (self.now() - within,)).fetchall()
        return [unpack_note(note) for (note,) in notes]

    def close(self) -> None:
        """Finish the changes that wait, and close the file."""
        self._writer.close()
        self._readers.close()


def _body(connection: sqlite3.Connection, job: str) -> bytes:
    found = connection.execute(queries.BODY, (job,)).fetchone()
    if found is None:
        raise rules.unknown(job)
    body: bytes = found[0]
    return body


def _change(connection: sqlite3.Connection, id: str, rule: Rule, now: float) -> Job:  # noqa: A002
    before = _body(connection, id)
    job = unpack(before)
    new = rule(job, now)
    if new != job:
        connection.execute(queries.UPDATE, (*queries.row(new, before), id))
    return new


def _jobs(
    connection: sqlite3.Connection, statement: str, values: Sequence[object]
) -> Sequence[Job]:
    return [unpack(body) for (body,) in connection.execute(statement, values)]
