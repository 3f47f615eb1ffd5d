"""The bell between a service and the worker that it started: a line on a pipe for each ring.

The other bell, for many machines, is in `redis_bell.py`.
"""

import asyncio
import os
import threading
from collections.abc import AsyncIterator

_CHUNK = 65_536
_MANY = 4096
"""Bytes at once that mean: look at all. It is quicker, and a pipe so full may have lost some."""


class PipeBell:
    """Rings by `write_fd` and listens to `read_fd`: one's own ends of two pipes, one each way.

    It owns both descriptors from now on. `listen` ends when the other side is gone.
    """

    def __init__(self, read_fd: int, write_fd: int) -> None:
        self._read = read_fd
        self._write = write_fd
        self._lock = threading.Lock()
        self._lost = False
        self._closed = False
        self._waiting: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None
        os.set_blocking(read_fd, False)
        os.set_blocking(write_fd, False)

    def ring(self, job: str) -> None:
        """Say that a job is new or has changed; a full pipe wakes its reader without this one."""
        with self._lock:
            if self._closed:
                return
            line = f"\n{job}\n" if self._lost else f"{job}\n"
            try:
                os.write(self._write, line.encode())
                self._lost = False
            except BlockingIOError:
                self._lost = True
            except OSError:  # nobody is there to hear it
                return

    async def listen(self) -> AsyncIterator[str]:
        """Ids that were rung for, until the other side is gone; an empty id means: look at all."""
        rest = b""
        while (chunk := await self._heard()) is not None:
            *lines, rest = (rest + chunk).split(b"\n")
            jobs = [b""] if len(chunk) >= _MANY else dict.fromkeys(lines)
            for job in jobs:
                yield job.decode()

    def close(self) -> None:
        """Close both pipes; who listens here comes to an end."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            os.close(self._write)
            if self._waiting is not None:
                loop, woken = self._waiting
                if not loop.is_closed():
                    loop.call_soon_threadsafe(woken.set)
                    return
            os.close(self._read)

    async def _heard(self) -> bytes | None:
        """What came, once something does; None where the other side is gone or the bell closed."""
        while True:
            await self._readable()
            with self._lock:
                if self._closed:
                    return None
                try:
                    return os.read(self._read, _CHUNK) or None
                except BlockingIOError:
                    continue

    async def _readable(self) -> None:
        """Wait for something to read, or for `close`.

        The descriptor is watched only here, or the loop would spin while its reader is busy.
        """
        loop, woken = asyncio.get_running_loop(), asyncio.Event()
        with self._lock:
            if self._closed:
                return
            self._waiting = loop, woken
            loop.add_reader(self._read, woken.set)
        try:
            await woken.wait()
        finally:
            with self._lock:
                self._waiting = None
                loop.remove_reader(self._read)
                if self._closed:
                    os.close(self._read)
