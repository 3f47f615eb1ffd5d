"""The worker: claims jobs, keeps their leases, watches over what works on them.

It imports no model and no media library: the model host and the media children do that work, and
any of them may die without taking the worker, or a job, with it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from hansard.errors import (
    HansardError,
    JobNotFoundError,
    LeaseLostError,
    LedgerUnavailableError,
    NotReadyError,
)
from hansard.jobs import rules
from hansard.jobs.attempt import Attempt, Tools, about
from hansard.jobs.bell import Bell
from hansard.jobs.ledger import Claimant
from hansard.jobs.values import Job, WorkerNote

logger = logging.getLogger(__name__)

LEASE = 20.0
"""Seconds for which a lease holds."""
HEARTBEAT = 5.0
"""Seconds between two renewals."""
LOOK_AGAIN = 1.0
"""Seconds between two looks at the ledger when no bell rings."""
KINDS = frozenset({"transcribe", "process_text", "load_model", "unload_model"})


@dataclass(eq=False)
class _Held:
    attempt: Attempt
    task: asyncio.Task[None]


class Worker:
    """Works until it is told to stop."""

    def __init__(
        self,
        name: str,
        tools: Tools,
        bell: Bell,
        *,
        version: str,
        after: Callable[[Job], Awaitable[None]],
        chores: Sequence[Callable[[], Awaitable[None]]] = (),
    ) -> None:
        """`after` is called with each job that ended here; `chores` run for ever."""
        self.name = name
        self._tools = tools
        self._bell = bell
        self._version = version
        self._after = after
        self._chores = chores
        self._held: dict[str, _Held] = {}
        self._wake = asyncio.Event()
        self._ready = False
        self._cut_off = 0.0

    async def run(self) -> None:
        """Work until this task is cancelled; then hand jobs back and say farewell.

        Raises:
            HansardError: the host cannot start, such as for want of a model.
        """
        self._started = self._tools.ledger.now()
        await self._tools.media.start()
        await self._tools.host.start()
        self._ready = True
        loops = (self._listen, self._claim, self._renew, self._sweep, *self._chores)
        try:
            async with asyncio.TaskGroup() as group:
                for loop in loops:
                    group.create_task(_forever(loop))
        except* HansardError as errors:
            raise errors.exceptions[0] from None
        finally:
            self._ready = False
            await asyncio.shield(self._leave())

    @property
    def _facts(self) -> dict[str, Any]:
        return {**self._tools.host.facts, "confinement": list(self._tools.media.facts)}

    async def _call(self, call: Callable[..., Any], *args: Any) -> Any:
        """Ask the ledger; None, and a note of when, where it is away."""
        try:
            return await self._tools.threads.run(call, *args)
        except LedgerUnavailableError as error:
            now = asyncio.get_running_loop().time()
            if now - self._cut_off > LEASE:
                logger.warning("the ledger is away: %s", error)
            self._cut_off = now
            return None

    async def _listen(self) -> None:
        async for _ in self._bell.listen():
            self._wake.set()
        raise NotReadyError("the service that started this worker is gone")

    async def _claim(self) -> None:
        while True:
            await self._obey_cancels()
            if not await self._claim_one():
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_AGAIN):
                        await self._wake.wait()
                self._wake.clear()

    async def _claim_one(self) -> bool:
        slots = self._tools.options.slots
        if len(self._held) >= slots or any(_alone(held) for held in self._held.values()):
            return False
        running = tuple(
            (held.attempt.job.owner, int(held.attempt.job.priority)) for held in self._held.values()
        )
        claimant = Claimant(
            worker=self.name, slots=slots, running=running, kinds=KINDS, lease=LEASE
        )
        job = await self._call(self._tools.ledger.claim, claimant)
        if job is None:
            return False
        attempt = Attempt(job, self._tools)
        logger.info("attempt %d begins", job.attempt, extra=about(job))
        self._bell.ring(job.id)
        self._held[job.id] = _Held(attempt, asyncio.create_task(self._perform(attempt)))
        return True

    async def _perform(self, attempt: Attempt) -> None:
        job = attempt.job
        try:
            ended = await attempt.run()
            if ended is not None:
                logger.info("it is %s", ended.state, extra=about(job))
                self._bell.ring(job.id)
                if ended.state.final:
                    await self._after(ended)
        except LeaseLostError:
            logger.warning("it went to another worker", extra=about(job))
        except HansardError as error:
            logger.warning("it could not be concluded: %s", error, extra=about(job))
        finally:
            self._held.pop(job.id, None)
            self._wake.set()

    async def _obey_cancels(self) -> None:
        for held in list(self._held.values()):
            try:
                job = await self._call(self._tools.ledger.find, held.attempt.job.id)
            except JobNotFoundError:
                self._drop(held, "lost")
                continue
            if job is not None and job.cancel_asked:
                self._drop(held, "cancel")

    @staticmethod
    def _drop(held: _Held, reason: str) -> None:
        if not held.attempt.stopped:
            held.attempt.stopped = reason
            held.task.cancel()

    async def _renew(self) -> None:
        while True:
            for held in list(self._held.values()):
                await self._renew_one(held)
            await self._watch_host()
            note = WorkerNote(
                name=self.name,
                started=self._started,
                ready=self._ready,
                slots=self._tools.options.slots,
                running=len(self._held),
                version=self._version,
                facts=self._facts,
            )
            await self._call(self._tools.ledger.greet, note)
            await asyncio.sleep(HEARTBEAT)

    async def _renew_one(self, held: _Held) -> None:
        attempt = held.attempt
        try:
            await self._call(
                self._tools.ledger.change, attempt.job.id, rules.renew(attempt.token, LEASE)
            )
        except (LeaseLostError, JobNotFoundError):
            if attempt.job.id in self._held:
                logger.warning("its lease is lost", extra=about(attempt.job))
                self._drop(held, "lost")

    async def _watch_host(self) -> None:
        """End a host that hangs: one that is silent, or none of whose jobs has moved for long."""
        await self._tools.host.watch()
        now = asyncio.get_running_loop().time()
        idle = [now - r.moved for held in self._held.values() if (r := held.attempt.reporter)]
        if self._tools.host.busy and idle and min(idle) > self._tools.options.stall_seconds:
            await self._tools.host.kill(f"nothing has moved for {min(idle):.0f} s")

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT)
            # who was cut off must let others renew what they hold before it judges them
            if asyncio.get_running_loop().time() - self._cut_off < LEASE and self._cut_off:
                await self._call(self._tools.ledger.now)
                continue
            for job in await self._call(self._tools.ledger.sweep) or ():
                logger.warning("its lease ended; it is %s", job.state, extra=about(job))
                self._bell.ring(job.id)
                self._wake.set()
                if job.state.final:
                    await self._after(job)

    async def _leave(self) -> None:
        """Hand back what is unfinished, uncharged, and end the children."""
        for held in list(self._held.values()):
            self._drop(held, "leave")
        tasks = [held.task for held in self._held.values()]
        await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(HansardError):
            await self._tools.threads.run(self._tools.ledger.leave, self.name)
        await self._tools.host.close()
        await self._tools.media.close()


async def _forever(loop: Callable[[], Awaitable[None]]) -> None:
    await loop()


def _alone(held: _Held) -> bool:
    lease = held.attempt.job.lease
    return lease is not None and lease.alone
