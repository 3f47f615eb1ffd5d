"""All changes of one process go through one thread, and those that wait go to the disk together.

    callers ── queue ──> BEGIN, (savepoint, deed) x n, COMMIT, one fsync ──> answers

So the cost of reaching the disk is shared, and nobody is answered before it is reached.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from hansard.jobs.sqlite_file import closed, explain, open_writer

T = TypeVar("T")
Deed = Callable[[sqlite3.Connection, float], T]
"""A change: given the connection and the time; undone as a whole where it raises."""
_MOST_TOGETHER = 256


class _Task:
    """A deed, and where its answer goes."""

    def __init__(self, deed: Deed[Any]) -> None:
        self._deed = deed
        self._future: Future[Any] = Future()
        self._value: Any = None
        self._error: BaseException | None = None

    def run(self, connection: sqlite3.Connection, now: float) -> None:
        """Do it inside a savepoint; raises only what concerns the whole file."""
        connection.execute("SAVEPOINT deed")
        try:
            self._value = self._deed(connection, now)
        except Exception as error:
            if _of_the_file(error):
                raise
            self._error = error
            connection.execute("ROLLBACK TO deed")
        connection.execute("RELEASE deed")

    def answer(self) -> None:
        """Say what came of it; it is on the disk now."""
        if self._error is not None:
            self._future.set_exception(self._error)
        else:
            self._future.set_result(self._value)

    def refuse(self, error: BaseException) -> None:
        """Say that it could not be written."""
        self._future.set_exception(error)

    def wait(self) -> Any:
        """What came of it."""
        return self._future.result()


class Writer:
    """The one thread of this process that changes the file."""

    def __init__(self, path: Path, patience: float) -> None:
        self._path = path
        self._patience = patience
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        self._connection: sqlite3.Connection | None = None
        self._thread = threading.Thread(target=self._run, name="hansard-ledger", daemon=True)
        self._thread.start()

    def do(self, deed: Deed[T]) -> T:
        """Make a change and wait until it is on the disk; returns what the deed returned.

        Raises:
            LedgerUnavailableError: the file cannot be written, or the ledger is closed.
            DiskFullError: no room is left on its disk.
            Exception: whatever the deed raised; it has changed nothing then.
        """
        task = _Task(deed)
        with self._lock:
            if self._closed:
                raise closed(self._path)
            self._tasks.put(task)
        value: T = task.wait()
        return value

    def close(self) -> None:
        """Finish what waits, then let go of the file."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._tasks.put(None)
        self._thread.join()

    def _run(self) -> None:
        going = True
        while going:
            batch = self._gather()
            going = batch[-1] is not None
            self._commit([task for task in batch if task is not None])
        self._let_go()

    def _gather(self) -> list[_Task | None]:
        """All that waits; at least one, and None only as the last."""
        batch = [self._tasks.get()]
        try:
            while batch[-1] is not None and len(batch) < _MOST_TOGETHER:
                batch.append(self._tasks.get_nowait())
        except Empty:
            pass
        return batch

    def _commit(self, tasks: Sequence[_Task]) -> None:
        if not tasks:
            return
        try:
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            now = time.time()
            for task in tasks:
                task.run(connection, now)
            connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - each caller gets it, and the thread goes on
            self._let_go()
            for task in tasks:
                task.refuse(self._explained(error))
        else:
            for task in tasks:
                task.answer()

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = open_writer(self._path, self._patience)
        return self._connection

    def _let_go(self) -> None:
        """Close the connection, which rolls back what was not committed."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def _explained(self, error: Exception) -> BaseException:
        if not isinstance(error, sqlite3.Error):
            return error
        explained = explain(error, self._path)
        explained.__cause__ = error
        return explained


def _of_the_file(error: Exception) -> bool:
    """Whether an error concerns the file, not one deed: it is full, locked, damaged."""
    return isinstance(error, sqlite3.OperationalError) or type(error) is sqlite3.DatabaseError
