"""The nursery as its caller sees it: a process, and a socket that requests go into."""

import asyncio
import logging
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import hansard
from hansard.audio.child_messages import LONGEST_LINE, Ready, pack
from hansard.errors import DecoderEndedError, MissingExtraError
from hansard.transcript.spans import Seconds

logger = logging.getLogger(__name__)

_COMMAND = (sys.executable, "-P", "-m", "hansard.audio.child")
"""-P: what lies in the current folder is not imported."""
_TO_START: Seconds = 60.0
_TO_END: Seconds = 5.0
_TO_LOOK: Seconds = 0.005
_HINT = "look into the log of the service for what the nursery wrote"


class Link:
    """One nursery process."""

    def __init__(self) -> None:
        """Starts it; `ready` waits until it can be used.

        Raises:
            DecoderEndedError: the system starts no process.
            MissingExtraError: the system cannot pass open files to another process.
        """
        if not (hasattr(os, "fork") and hasattr(socket, "send_fds")):
            raise MissingExtraError(
                "this system cannot decode foreign media in a process of its own",
                hint="run the service on Linux, or on Windows in WSL",
            )
        self._socket, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = subprocess.Popen[bytes](
                    _COMMAND,
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    env=_environment(),
                    cwd="/",
                    start_new_session=True,  # a Ctrl-C is for the caller, which ends it
                )
            except OSError as error:
                self._socket.close()
                raise DecoderEndedError(
                    f"no decoder can be started: {error}", hint=_HINT
                ) from error
        self._socket.setblocking(False)

    @property
    def pid(self) -> int:
        """The nursery's process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    async def ready(self) -> None:
        """Waits until the nursery has loaded all that it needs.

        Raises:
            DecoderEndedError: it ended, or took a minute.
        """
        try:
            async with asyncio.timeout(_TO_START):
                await readable(self._socket)
            said = self._socket.recv(LONGEST_LINE)
        except (TimeoutError, OSError) as error:
            raise DecoderEndedError("the decoder did not start in time", hint=_HINT) from error
        if said != pack(Ready()):
            raise DecoderEndedError("the decoder ended while it started", hint=_HINT)

    async def send(self, request: bytes, descriptors: Sequence[int]) -> bool:
        """Hands a request over with its descriptors; False where nobody takes it any more."""
        while True:
            try:
                socket.send_fds(self._socket, [request], descriptors)
            except BlockingIOError:  # it has fallen behind
                await asyncio.sleep(_TO_LOOK)
            except OSError:
                return False
            else:
                return True

    async def is_gone(self) -> bool:
        """Whether the process has ended or is about to: its last moments are waited for."""
        for _ in range(50):
            if not self.alive:
                return True
            await asyncio.sleep(_TO_LOOK)
        return False

    def kill(self) -> None:
        """Ends it now, and its children with it."""
        self._socket.close()
        self._process.kill()
        self._process.wait()

    async def end(self) -> None:
        """Has it kill its children and end."""
        self._socket.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(_TO_END):
                while self.alive:  # noqa: ASYNC110 - a Popen rings no bell
                    await asyncio.sleep(_TO_LOOK)
        self.kill()


async def readable(waited: socket.socket) -> None:
    """Returns when something can be read from the socket, or it has ended."""
    loop = asyncio.get_running_loop()
    news: asyncio.Future[None] = loop.create_future()
    handle = waited.fileno()
    loop.add_reader(handle, _wake, news)
    try:
        await news
    finally:
        loop.remove_reader(handle)


def _wake(news: "asyncio.Future[None]") -> None:
    if not news.done():
        news.set_result(None)


def _environment() -> dict[str, str]:
    """What the nursery needs, made anew: nothing of the caller's environment, so no secrets."""
    places = [str(Path(hansard.__file__).parents[1]), *filter(None, sys.path)]
    return {
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(str(Path(each).absolute()) for each in places)),
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "TMPDIR": tempfile.gettempdir(),
        "OPENBLAS_NUM_THREADS": "1",  # one thread: it forks
        "MALLOC_ARENA_MAX": "1",
    }
