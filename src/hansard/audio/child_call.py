"""One request to the nursery, from the descriptors that go out to the end of the child."""

import asyncio
import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from hansard.audio.child_fate import Outcome
from hansard.audio.child_link import Link, readable
from hansard.audio.child_messages import (
    Answer,
    Decoded,
    Ended,
    Failed,
    Hello,
    Lines,
    Probed,
    Progress,
    Request,
    Secluded,
    pack,
    read_answer,
)
from hansard.audio.listening import Progress as OnProgress
from hansard.transcript.spans import Seconds

logger = logging.getLogger(__name__)

_READ_BYTES = 1 << 16
_TO_BE_BORN: Seconds = 30.0
"""A nursery that has borne no child after so long hangs."""
_TO_DIE: Seconds = 5.0
_MOST_LINES = 100
_LINES_PER_SECOND = 20
"""An honest child tells its progress five times a second."""


class _UnrulyError(Exception):
    """A child does not behave as ours do."""


@dataclass(eq=False, kw_only=True)
class Call:
    """A child that works for one caller."""

    link: Link
    on_progress: OnProgress | None = None
    on_confined: Callable[[tuple[str, ...]], None] = lambda _: None
    _handle: int | None = None
    _pid: int | None = None
    _settled: bool = False
    _said: Probed | Decoded | Failed | None = None
    _status: int | None = None
    _over: bool = False
    _count: int = 0
    _begin: Seconds = field(default_factory=time.monotonic)
    _lines: Lines = field(default_factory=Lines)
    _socket: socket.socket = field(init=False)

    async def run(self, request: Request, descriptors: Sequence[int], most: Seconds) -> Outcome:
        """Has a child work, and waits until it is gone; kills it when this is cancelled.

        It has `most` seconds, a bound behind those that it sets itself.
        """
        self._socket, theirs = socket.socketpair()
        self._socket.setblocking(False)
        try:
            with theirs:
                sent = await self.link.send(pack(request), [theirs.fileno(), *descriptors])
            if not sent:
                return Outcome(lost=True)
            return await self._attend(most)
        finally:
            try:
                if not self._over:
                    await _to_the_end(self._bury())
            finally:
                self._close()

    def kill(self) -> None:
        """Ends the child now."""
        try:
            if self._handle is not None:
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
            elif self._pid is not None and not self._over:
                os.kill(self._pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)  # upon which the nursery kills it too

    async def _attend(self, most: Seconds) -> Outcome:
        try:
            async with asyncio.timeout(_TO_BE_BORN):
                await self._hear()
            async with asyncio.timeout(most):
                while not self._over:
                    await self._hear()
        except TimeoutError:
            if self._pid is None:
                self.link.kill()
                return Outcome(lost=True)
            return Outcome(late=True)
        except _UnrulyError as error:
            logger.warning("ending a media child: %s", error)
            return Outcome(unruly=True)
        lost = self._status is None and await self.link.is_gone()
        return Outcome(said=self._said, status=self._status, lost=lost)

    async def _hear(self) -> None:
        """Takes what comes next.

        Raises:
            _UnrulyError: it is not what a child says, or too much of it.
        """
        await readable(self._socket)
        try:
            if self._pid is None:
                data, handles, _, _ = socket.recv_fds(self._socket, _READ_BYTES, 1)
                self._handle = handles[0] if handles else None
            else:
                data = self._socket.recv(_READ_BYTES)
        except ConnectionResetError:
            data = b""
        self._over = not data
        for answer in self._read(data):
            self._take(answer)

    def _read(self, data: bytes) -> list[Answer]:
        try:
            answers = [read_answer(line) for line in self._lines.feed(data)]
        except ValueError as error:
            raise _UnrulyError(f"nobody understands it: {error}") from error
        self._count += len(answers)
        age = time.monotonic() - self._begin
        if self._count > _MOST_LINES + _LINES_PER_SECOND * age:
            raise _UnrulyError("it talks too much")
        return answers

    def _take(self, answer: Answer) -> None:
        match answer:
            case Hello(pid=pid) if self._pid is None:
                self._pid = pid
            case Secluded(confined=confined) if not self._settled:
                self._settled = True  # only this one is surely its own: no media was read yet
                self.on_confined(confined)
            case Progress(position=position, total=total):
                if self.on_progress:
                    self.on_progress(position, total)
            case Probed() | Decoded() | Failed():
                self._said = answer
            case Ended(status=status):
                self._status = status
            case _:
                raise _UnrulyError(f"{type(answer).__name__} was not expected")

    async def _bury(self) -> None:
        """Sees to it that the child is dead: only then nothing more comes into its folder."""
        self.kill()
        with suppress(TimeoutError):
            async with asyncio.timeout(_TO_DIE):
                await self._drain()

    def _close(self) -> None:
        self._over = True
        self._socket.close()
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    async def _drain(self) -> None:
        while True:
            await readable(self._socket)
            with suppress(BlockingIOError):
                try:
                    if not self._socket.recv(_READ_BYTES):
                        return
                except ConnectionResetError:
                    return


async def _to_the_end(work: Coroutine[object, object, None]) -> None:
    """Waits for `work` even while being cancelled; the cancelling comes after it."""
    task = asyncio.ensure_future(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            cancelled = True
    task.result()
    if cancelled:
        raise asyncio.CancelledError
