"""The statements of the SQLite ledger, and how a job becomes a row.

Indexes are named where SQLite, which does not know how few of the jobs are alive, chooses worse.
"""

import sqlite3
from collections.abc import Collection
from itertools import groupby
from typing import Any

from hansard.jobs.choosing import Head, Lane, Standing
from hansard.jobs.ledger import Claimant
from hansard.jobs.packing import pack
from hansard.jobs.values import Counts, Job, State

_LENGTHS = 1000
"""Queued jobs whose lengths are looked at for an estimate."""
_COLUMNS = (
    "id owner kind priority state submitted due alone duration idempotency_key"
    " worker lease_until lease_alone webhook_due expires body"
).split()

EARLIER = "SELECT body FROM jobs WHERE id = ? OR (owner = ? AND idempotency_key = ?) LIMIT 1"
WAITING = "SELECT coalesce(max(jobs), 0) FROM tallies WHERE state = 'queued'"
_VALUES = ", ".join("?" * len(_COLUMNS))
INSERT = f"INSERT INTO jobs ({', '.join(_COLUMNS)}) VALUES ({_VALUES})"  # noqa: S608 - our own words
BODY = "SELECT body FROM jobs WHERE id = ?"
_ASSIGNED = ", ".join(f"{name} = ?" for name in _COLUMNS)
UPDATE = f"UPDATE jobs SET {_ASSIGNED} WHERE id = ?"  # noqa: S608 - our own words
DELETE = "DELETE FROM jobs WHERE id = ?"
PLACE = "SELECT seq FROM jobs WHERE id = ?"
LEASE_ENDED = "SELECT body FROM jobs WHERE state = 'running' AND lease_until < ? ORDER BY seq"
WEBHOOKS = "SELECT body FROM jobs WHERE webhook_due <= ? ORDER BY webhook_due LIMIT ?"
EXPIRED = "SELECT body FROM jobs WHERE expires <= ? ORDER BY expires LIMIT ?"
SERVE = (
    "INSERT INTO owners (owner, served) VALUES (?, ?)"
    " ON CONFLICT (owner) DO UPDATE SET served = excluded.served"
)
GREET = (
    "INSERT INTO workers (name, seen, note) VALUES (?, ?, ?)"
    " ON CONFLICT (name) DO UPDATE SET seen = excluded.seen, note = excluded.note"
)
LEAVE = "DELETE FROM workers WHERE name = ?"
WORKERS = "SELECT note FROM workers WHERE seen >= ? ORDER BY name"
FORGET = ("DELETE FROM owners WHERE served < ?", "DELETE FROM workers WHERE seen < ?")

HEADS = """
WITH RECURSIVE
  lanes (priority, owner) AS (  -- from one lane straight to the next, past all that waits in it
    SELECT * FROM (
      SELECT priority, owner FROM jobs INDEXED BY jobs_lane WHERE state = 'queued'
      ORDER BY priority, owner LIMIT 1)
    UNION ALL
    SELECT next.priority, next.owner FROM lanes JOIN jobs AS next ON next.seq = coalesce(
      (SELECT seq FROM jobs INDEXED BY jobs_lane
       WHERE state = 'queued' AND priority = lanes.priority AND owner > lanes.owner
       ORDER BY owner LIMIT 1),
      (SELECT seq FROM jobs INDEXED BY jobs_lane
       WHERE state = 'queued' AND priority > lanes.priority
       ORDER BY priority, owner LIMIT 1)))
SELECT id, jobs.owner, jobs.priority, seq, alone FROM lanes JOIN jobs ON seq = (
  SELECT seq FROM jobs INDEXED BY jobs_lane
  WHERE state = 'queued' AND priority = lanes.priority AND owner = lanes.owner
    AND due <= ? AND kind IN ({kinds})
  ORDER BY seq LIMIT 1)
"""
GUARDED = """
SELECT 1 FROM jobs INDEXED BY jobs_running
WHERE state = 'running' AND worker = ? AND lease_alone LIMIT 1
"""
RUNNING = """
SELECT owner, count(*) FROM jobs INDEXED BY jobs_running WHERE state = 'running' GROUP BY owner
"""
_SERVED = "SELECT owner, served FROM owners"
LANES = """
SELECT priority, owner, count(*) FROM jobs INDEXED BY jobs_lane
WHERE state = 'queued' AND priority <= ? GROUP BY priority, owner
"""
DURATIONS = """
SELECT priority, owner, duration FROM jobs INDEXED BY jobs_lane
WHERE state = 'queued' AND priority <= ? ORDER BY priority, owner, seq LIMIT ?
"""
_QUEUED = "SELECT priority, owner, seq FROM jobs WHERE id = ? AND state = 'queued'"
_BEFORE = (
    "SELECT count(*) FROM jobs WHERE state = 'queued' AND priority = ? AND owner = ? AND seq < ?"
)
_LIST = "SELECT body FROM jobs {where} ORDER BY seq DESC LIMIT ?"
_COUNTS = "SELECT state, jobs FROM tallies"
OLDEST = "SELECT submitted FROM jobs WHERE state = 'queued' ORDER BY seq LIMIT 1"


def row(job: Job, before: bytes = b"") -> tuple[Any, ...]:
    """A job as the values of its columns; `before` is its body until now."""
    lease = job.lease
    return (
        job.id,
        job.owner,
        job.kind,
        int(job.priority),
        str(job.state),
        job.submitted,
        job.due,
        job.alone,
        job.media and job.media.duration,
        job.idempotency_key,
        lease and lease.worker,
        lease and lease.until,
        lease and lease.alone,
        job.webhook and job.webhook.due,
        job.expires,
        pack(job, before),
    )


def standing(connection: sqlite3.Connection, claimant: Claimant, now: float) -> Standing:
    """What `choose` needs to know."""
    kinds = sorted(claimant.kinds)
    heads = connection.execute(HEADS.format(kinds=", ".join("?" * len(kinds))), (now, *kinds))
    return Standing(
        heads=[
            Head(job=job, owner=owner, priority=priority, place=seq, alone=bool(alone))
            for job, owner, priority, seq, alone in heads
        ],
        running=dict(connection.execute(RUNNING)),
        served=dict(connection.execute(_SERVED)),
        guarded=connection.execute(GUARDED, (claimant.worker,)).fetchone() is not None,
    )


def lanes(connection: sqlite3.Connection, priority: int) -> list[Lane]:
    """The lanes that may stand before a job of this priority."""
    lengths = connection.execute(LANES, (priority,)).fetchall()
    rows = connection.execute(DURATIONS, (priority, _LENGTHS))
    durations = {
        key: [seconds for _, _, seconds in group]
        for key, group in groupby(rows, key=lambda row: (row[0], row[1]))
    }
    return [
        Lane(owner=owner, priority=prio, length=n, durations=durations.get((prio, owner), ()))
        for prio, owner, n in lengths
    ]


def place(connection: sqlite3.Connection, job: str) -> int | None:
    """How many jobs stand before this one in its lane; None where it is not queued."""
    found = connection.execute(_QUEUED, (job,)).fetchone()
    return found and int(connection.execute(_BEFORE, found).fetchone()[0])


def counts(connection: sqlite3.Connection, now: float) -> Counts:
    """How many jobs there are in each state, and how long the oldest has waited."""
    found = dict(connection.execute(_COUNTS))
    oldest = connection.execute(OLDEST).fetchone()
    waited = oldest and max(0.0, now - oldest[0])
    return Counts(**{str(state): found.get(str(state), 0) for state in State}, oldest=waited)


def listing(
    owner: str | None, states: Collection[State], limit: int, seq: int | None
) -> tuple[str, tuple[Any, ...]]:
    """The statement that lists jobs, and its values."""
    wanted: list[tuple[str, tuple[Any, ...]]] = []
    if owner is not None:
        wanted.append(("owner = ?", (owner,)))
    if states:
        wanted.append((f"state IN ({', '.join('?' * len(states))})", tuple(map(str, states))))
    if seq is not None:
        wanted.append(("seq < ?", (seq,)))
    where = f"WHERE {' AND '.join(clause for clause, _ in wanted)}" if wanted else ""
    values = [value for _, given in wanted for value in given]
    return _LIST.format(where=where), (*values, limit)
