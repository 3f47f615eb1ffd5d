"""The worker that comes with `hansard serve`: started, rung through pipes, restarted."""

import asyncio
import json
import logging
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress

from hansard.errors import NotReadyError
from hansard.jobs.bells import PipeBell
from hansard.settings import Options, child_environment, pack

logger = logging.getLogger(__name__)

CANNOT_START = 3
"""The exit code of a worker that will not start however often it is tried."""
PATIENCE = 30.0
"""Seconds that it has to hand its jobs back when the service ends."""
FIRST_WAIT, LONGEST_WAIT = 0.2, 10.0
"""Seconds before it is started again: at first, and when it keeps ending."""
SETTLED = 60.0
"""After living for so many seconds it is started again at once when it ends."""


class EmbeddedWorker:
    """Keeps one worker alive; is itself the bell to and from it."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._rings: asyncio.Queue[str] = asyncio.Queue(10_000)
        self._bell: PipeBell | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._ending = False

    def ring(self, job: str) -> None:
        """Wake the worker; while it restarts there is nobody to wake, and it will look anyway."""
        if self._bell is not None:
            self._bell.ring(job)

    async def listen(self) -> AsyncIterator[str]:
        """What the worker rings for, through all its incarnations."""
        while True:
            yield await self._rings.get()

    def close(self) -> None:
        """Nothing to let go of: `stop` has done it."""

    async def run(self) -> None:
        """Start it, and start it again whenever it ends, until `stop`.

        Raises:
            NotReadyError: it cannot start at all; it has said why.
        """
        wait = FIRST_WAIT
        while not self._ending:
            begin = asyncio.get_running_loop().time()
            code = await self._live()
            if self._ending:
                return
            if code == CANNOT_START:
                raise NotReadyError("the worker cannot start")
            lived = asyncio.get_running_loop().time() - begin
            wait = FIRST_WAIT if lived > SETTLED else min(LONGEST_WAIT, 2 * wait)
            logger.warning("the worker ended with code %d; starting it again", code)
            await asyncio.sleep(wait)

    async def stop(self) -> None:
        """Have it hand its jobs back and end."""
        self._ending = True
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            async with asyncio.timeout(PATIENCE):
                await asyncio.to_thread(process.wait)
        except TimeoutError:
            logger.warning("the worker did not end in time")
            process.kill()
            await asyncio.to_thread(process.wait)

    async def _live(self) -> int:
        """One incarnation; returns its exit code."""
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        self._process = subprocess.Popen(  # noqa: ASYNC220 - our own module, started in a moment
            [sys.executable, "-m", "hansard.cli.worker"],
            stdin=theirs_in,
            stdout=theirs_out,
            start_new_session=True,
            env=child_environment(),
        )
        os.close(theirs_in)
        os.close(theirs_out)
        greeting = json.dumps({"options": pack(self._options)}).encode() + b"\n"
        await asyncio.to_thread(_write_all, ours_out, greeting)
        bell = PipeBell(ours_in, ours_out)
        self._bell = bell
        try:
            async for job in bell.listen():
                with suppress(asyncio.QueueFull):
                    self._rings.put_nowait(job)
            return await asyncio.to_thread(self._process.wait)
        finally:
            self._bell = None
            bell.close()


def _write_all(pipe: int, data: bytes) -> None:
    with suppress(BrokenPipeError):
        while data:
            data = data[os.write(pipe, data) :]
