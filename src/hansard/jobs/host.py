"""The model host as the worker sees it: a child process that speaks JSON lines.

    worker -> host   begin, run, cancel, ping
    host -> worker   ready, pong, beat, log, then for each job: stage news ..., done | failed

No pickle, no inherited state; when either side's pipe ends, the other process is gone.
"""

import asyncio
import json
import logging
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from hansard.errors import Cancelled, HansardError, HostDiedError
from hansard.jobs.failures import revive

logger = logging.getLogger(__name__)

LONGEST_LINE = 1 << 22
GRACE = 1.5
"""Seconds that a job has to stop when it is told to; then the whole host is ended."""
SILENCE = 20.0
"""Seconds after which a host that says nothing at all is taken for dead."""

News = Callable[[Mapping[str, Any]], None]


@dataclass(eq=False)
class _Running:
    done: asyncio.Future[Mapping[str, Any]]
    on_news: News
    stopping: bool = False


@dataclass(eq=False)
class _Process:
    """One incarnation of the host."""

    process: asyncio.subprocess.Process
    running: dict[str, _Running] = field(default_factory=dict)
    heard: float = 0.0
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    refusal: HansardError | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def alive(self) -> bool:
        return self.process.returncode is None


class Host:
    """Starts the host when it is needed, and again when it ended."""

    def __init__(
        self,
        command: Sequence[str],
        greeting: Mapping[str, Any],
        environment: Mapping[str, str] | None = None,
        silence: float = SILENCE,
    ) -> None:
        """`command` starts it, with `greeting` (its settings) as its first message.

        Without an `environment` it has this process's. After so many seconds of `silence` it is
        taken for dead.
        """
        self._silence = silence
        self._command = command
        self._environment = environment
        self._greeting = greeting
        self._lock = asyncio.Lock()
        self._now: _Process | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.facts: Mapping[str, Any] = {}
        """What the last incarnation said about itself when it was ready."""

    @property
    def pid(self) -> int | None:
        """The process, while it lives."""
        return self._now.process.pid if self._now and self._now.alive else None

    @property
    def busy(self) -> int:
        """How many jobs it works on."""
        return len(self._now.running) if self._now else 0

    async def start(self) -> None:
        """Start it, unless it runs, and wait until it is ready.

        Raises:
            HansardError: what the host itself says is wrong, such as a missing model.
            HostDiedError: it ended before it was ready.
        """
        async with self._lock:
            if self._now is None or not self._now.alive:
                self._now = await self._launch()
            process = self._now
        await process.ready.wait()
        if process.refusal is not None:
            raise process.refusal

    async def perform(self, order: Mapping[str, Any], on_news: News) -> Mapping[str, Any]:
        """Have a job done; returns what the host says of its result.

        When the caller's task is cancelled, the host is told to stop, and ended if it does not.

        Raises:
            HansardError: the job failed.
            HostDiedError: the host ended meanwhile.
        """
        await self.start()
        process = self._now
        if process is None or not process.alive:
            raise HostDiedError("the model process ended before it got the job")
        future: asyncio.Future[Mapping[str, Any]] = asyncio.get_running_loop().create_future()
        running = _Running(future, on_news)
        process.running[order["job"]] = running
        try:
            await self._send(process, {"do": "run", **order})
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            await self._stop(process, order["job"], running)
            raise
        finally:
            process.running.pop(order["job"], None)
            if future.done() and not future.cancelled():
                future.exception()

    async def close(self) -> None:
        """End it, whatever it does."""
        if self._now is not None:
            await self._end(self._now)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def kill(self, reason: str) -> None:
        """End it because it hangs; its jobs raise HostDiedError."""
        if self._now is not None and self._now.alive:
            logger.warning("ending the model process %d: %s", self._now.process.pid, reason)
            await self._end(self._now)

    async def watch(self) -> None:
        """Ask whether it still listens; ends one that has not answered for long."""
        process = self._now
        if process is None or not process.alive or not process.ready.is_set():
            return
        silent = asyncio.get_running_loop().time() - process.heard
        if silent > self._silence:
            await self.kill(f"it has not answered for {silent:.0f} s")
            return
        with suppress(HostDiedError):
            await self._send(process, {"do": "ping"})

    async def _launch(self) -> _Process:
        child = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LONGEST_LINE,
            env=self._environment,
            start_new_session=True,  # a Ctrl-C is for the worker, which ends the host itself
        )
        process = _Process(child, heard=asyncio.get_running_loop().time())
        task = asyncio.create_task(self._read(process))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await self._send(process, {"do": "begin", **self._greeting})
        return process

    async def _read(self, process: _Process) -> None:
        stream = process.process.stdout
        if stream is None:  # pragma: no cover - it was asked for
            raise HostDiedError
        try:
            while line := await stream.readline():
                said = json.loads(line)
                if said.get("is") != "beat":  # another thread's sign of life proves little
                    process.heard = asyncio.get_running_loop().time()
                self._take(process, said)
        except (ValueError, OSError) as error:
            logger.error("the model process said what nobody understands: %s", error)  # noqa: TRY400
        finally:
            await self._bury(process)

    def _take(self, process: _Process, said: Mapping[str, Any]) -> None:
        kind = said.get("is")
        if kind == "ready":
            process.facts = self.facts = said.get("facts", {})
            process.ready.set()
        elif kind == "unready":
            process.refusal = revive(said["error"])
            process.ready.set()
        elif kind == "beat":
            self.facts = {**process.facts, "loaded": said["loaded"], "rss": said["rss"]}
        elif kind == "log":
            logging.getLogger(said["logger"]).log(said["level"], "%s", said["message"])
        elif (running := process.running.get(said.get("job", ""))) is not None:
            self._tell(running, said)

    @staticmethod
    def _tell(running: _Running, said: Mapping[str, Any]) -> None:
        if running.done.done():
            return
        if said["is"] == "done":
            running.done.set_result(said)
        elif said["is"] == "failed":
            running.done.set_exception(revive(said["error"]))
        else:
            running.on_news(said)

    async def _stop(self, process: _Process, job: str, running: _Running) -> None:
        """Tell the host to stop one job; end the host when it does not in time."""
        if running.done.done() or not process.alive:
            return
        with suppress(HostDiedError):
            await self._send(process, {"do": "cancel", "job": job})
            try:
                async with asyncio.timeout(GRACE):
                    await asyncio.shield(running.done)
            except TimeoutError:
                logger.warning("job %s did not stop in time: ending the model process", job)
                await self._end(process)
            except (HansardError, Cancelled):
                return

    async def _send(self, process: _Process, message: Mapping[str, Any]) -> None:
        pipe = process.process.stdin
        if pipe is None:  # pragma: no cover - it was asked for
            raise HostDiedError
        try:
            pipe.write(json.dumps(message).encode() + b"\n")
            await pipe.drain()
        except (OSError, RuntimeError) as error:
            raise HostDiedError("the model process ended") from error

    async def _end(self, process: _Process) -> None:
        _kill(process.process)
        await process.process.wait()

    async def _bury(self, process: _Process) -> None:
        """Say to all who wait for it that it is gone."""
        _kill(process.process)
        code = await process.process.wait()
        if process.process.stdin is not None:
            process.process.stdin.close()
        alone = len(process.running) == 1
        for running in process.running.values():
            if not running.done.done():
                running.done.set_exception(_death(code, alone=alone))
        if not process.ready.is_set():
            process.refusal = _death(code, alone=False)
            process.ready.set()


def _kill(process: asyncio.subprocess.Process) -> None:
    """End it. Its own `kill` may take the exit code away from under asyncio's feet."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)


def _death(code: int, *, alone: bool) -> HostDiedError:
    how = f"with exit code {code}"
    if code < 0:
        with suppress(ValueError):
            how = f"by signal {signal.Signals(-code).name}"
    error = HostDiedError(
        f"the model process ended {how}", hint="the worker's log says more; memory may have run out"
    )
    error.alone = alone
    return error
