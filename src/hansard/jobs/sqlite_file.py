"""The ledger's SQLite file: how it is opened, what is in it, and what its errors mean.

WAL with `synchronous=FULL`: a commit is on the disk before it is acknowledged
(https://sqlite.org/pragma.html#pragma_synchronous), and readers never wait for the writer.
"""

import errno
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hansard.errors import DiskFullError, HansardError, LedgerUnavailableError

VERSION = 1
"""Of the schema; kept in `user_version`."""
_IDLE_READERS = 8
_NO_ROOM = 1 << 20
"""Bytes; where less is free, a failed write is taken to mean a full disk."""

_SCHEMA = (
    """
    CREATE TABLE jobs (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,  -- counts submissions
      id TEXT NOT NULL UNIQUE,
      owner TEXT NOT NULL,
      kind TEXT NOT NULL,
      priority INTEGER NOT NULL,
      state TEXT NOT NULL,
      submitted REAL NOT NULL,
      due REAL NOT NULL,
      alone INTEGER NOT NULL,
      duration REAL,
      idempotency_key TEXT,
      worker TEXT,                            -- of the lease, as the next two
      lease_until REAL,
      lease_alone INTEGER,
      webhook_due REAL,
      expires REAL,
      body BLOB NOT NULL                      -- the whole job, packed; all else is for searching
    )""",
    """
    CREATE UNIQUE INDEX jobs_key ON jobs (owner, idempotency_key)
      WHERE idempotency_key IS NOT NULL""",
    """
    CREATE INDEX jobs_lane ON jobs (priority, owner, seq, due, kind, duration)
      WHERE state = 'queued'""",
    """
    CREATE INDEX jobs_running ON jobs (owner, worker, lease_until, lease_alone)
      WHERE state = 'running'""",
    "CREATE INDEX jobs_state ON jobs (state, seq)",
    "CREATE INDEX jobs_owner ON jobs (owner, seq, state)",
    "CREATE INDEX jobs_webhook ON jobs (webhook_due) WHERE webhook_due IS NOT NULL",
    "CREATE INDEX jobs_expires ON jobs (expires) WHERE expires IS NOT NULL",
    "CREATE TABLE tallies (state TEXT PRIMARY KEY, jobs INTEGER NOT NULL) WITHOUT ROWID",
    """
    CREATE TRIGGER jobs_come AFTER INSERT ON jobs BEGIN
      INSERT INTO tallies VALUES (new.state, 1) ON CONFLICT DO UPDATE SET jobs = jobs + 1;
    END""",
    """
    CREATE TRIGGER jobs_move AFTER UPDATE OF state ON jobs WHEN old.state <> new.state BEGIN
      INSERT INTO tallies VALUES (new.state, 1) ON CONFLICT DO UPDATE SET jobs = jobs + 1;
      UPDATE tallies SET jobs = jobs - 1 WHERE state = old.state;
    END""",
    """
    CREATE TRIGGER jobs_go AFTER DELETE ON jobs BEGIN
      UPDATE tallies SET jobs = jobs - 1 WHERE state = old.state;
    END""",
    "CREATE TABLE owners (owner TEXT PRIMARY KEY, served REAL NOT NULL) WITHOUT ROWID",
    """
    CREATE TABLE workers (name TEXT PRIMARY KEY, seen REAL NOT NULL, note BLOB NOT NULL)
      WITHOUT ROWID""",
)


def prepare(path: Path, patience: float) -> None:
    """Make the file and its tables where they are not there yet.

    Here and below, `patience` is for how many seconds to wait while another process writes.

    Raises:
        LedgerUnavailableError: the file cannot be used, or a newer version wrote it.
        DiskFullError: no room is left for it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise _full(path) from error
        raise LedgerUnavailableError(
            f"cannot open the ledger {str(path)!r}: {error.strerror or error}", hint=_MAY_WRITE
        ) from error
    with explained(path):
        connection = _connect(path, patience)
        try:
            _switch_to_wal(connection, path, patience)
            _create(connection, path)
        finally:
            connection.close()


def open_writer(path: Path, patience: float) -> sqlite3.Connection:
    """A connection for changes, to be used by any one thread at a time.

    Raises:
        sqlite3.Error: the file cannot be used.
    """
    connection = _connect(path, patience)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA fullfsync = ON")  # macOS: fsync alone does not reach the disk
    return connection


class Readers:
    """Connections for looking; each is used by one thread at a time, and a few are kept open."""

    def __init__(self, path: Path, patience: float) -> None:
        self._path = path
        self._patience = patience
        self._lock = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._closed = False

    @contextmanager
    def one(self) -> Iterator[sqlite3.Connection]:
        """A connection that cannot change anything.

        Raises:
            LedgerUnavailableError: the file cannot be read, or the ledger is closed.
        """
        with explained(self._path):
            connection = self._take()
            try:
                yield connection
            finally:
                self._put(connection)

    def close(self) -> None:
        """Close all; those in use are closed when they come back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _take(self) -> sqlite3.Connection:
        with self._lock:
            if self._closed:
                raise closed(self._path)
            if self._idle:
                return self._idle.pop()
        connection = _connect(self._path, self._patience)
        connection.execute("PRAGMA query_only = ON")
        return connection

    def _put(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            if not self._closed and len(self._idle) < _IDLE_READERS:
                self._idle.append(connection)
                return
        connection.close()


def closed(path: Path) -> LedgerUnavailableError:
    """What a closed ledger answers."""
    return LedgerUnavailableError(f"the ledger {str(path)!r} is closed")


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Errors of SQLite as errors of ours.

    Raises:
        LedgerUnavailableError: the file is locked, damaged, or refuses.
        DiskFullError: no room is left on its disk.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise explain(error, path) from error


def explain(error: sqlite3.Error, path: Path) -> HansardError:
    """What an error of SQLite means, and what a person can do about it."""
    name = getattr(error, "sqlite_errorname", "") or ""
    if name == "SQLITE_FULL" or (name.startswith("SQLITE_IOERR") and _no_room(path)):
        return _full(path)
    hint = next((advice for start, advice in _ADVICE.items() if name.startswith(start)), "")
    return LedgerUnavailableError(f"the ledger {str(path)!r} does not answer: {error}", hint=hint)


_MAY_WRITE = "let the user that runs Hansard write to the file and its folder"
_ADVICE = {
    "SQLITE_BUSY": "another process has been writing to it for long; look for one that hangs",
    "SQLITE_READONLY": _MAY_WRITE,
    "SQLITE_CANTOPEN": _MAY_WRITE,
    "SQLITE_PERM": _MAY_WRITE,
    "SQLITE_IOERR": "the disk, or a network file system, failed; put data_dir on a local disk",
    "SQLITE_PROTOCOL": "put data_dir on a local disk; network file systems cannot hold the ledger",
    "SQLITE_CORRUPT": "the file is damaged; restore it from a backup, or move it away",
    "SQLITE_NOTADB": "the file is no ledger; move it away",
}


def _full(path: Path) -> DiskFullError:
    return DiskFullError(
        f"no room is left for the ledger {str(path)!r}",
        hint=f"free some space on the disk of {str(path.parent)!r}",
    )


def _no_room(path: Path) -> bool:
    """Whether the disk of a path is as good as full; False where that cannot be told."""
    try:
        facts = os.statvfs(path.parent)
    except OSError:
        return False
    return facts.f_bavail * facts.f_frsize < _NO_ROOM


def _connect(path: Path, patience: float) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=patience, isolation_level=None, check_same_thread=False)


def _switch_to_wal(connection: sqlite3.Connection, path: Path, patience: float) -> None:
    """Unlike all else, the switch does not wait for other processes by itself."""
    deadline = time.monotonic() + patience
    while True:
        try:
            mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
            continue
        if mode != "wal":
            raise LedgerUnavailableError(
                f"the ledger {str(path)!r} cannot be kept there: the file system has no WAL",
                hint="put data_dir on a local disk, or share jobs by redis_url",
            )
        return


def _create(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("BEGIN IMMEDIATE")  # of several processes that start, one makes the tables
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        for statement in _SCHEMA:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")
    if version > VERSION:
        raise LedgerUnavailableError(
            f"the ledger {str(path)!r} was written by a newer version of Hansard"
            f" (schema {version}; this one knows {VERSION})",
            hint="upgrade Hansard, or choose another data_dir",
        )
