"""Telling the ledger how far a job is, as fast as it takes it and no faster."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from hansard.errors import JobError, LeaseLostError
from hansard.jobs import rules
from hansard.jobs.ledger import Ledger
from hansard.jobs.threads import Threads
from hansard.jobs.values import Job

logger = logging.getLogger(__name__)

GAP = 0.1
"""Seconds between two reports of one job, at least."""


class Reporter:
    """Gathers news of one attempt; each report holds all that came since the one before."""

    def __init__(
        self, ledger: Ledger, job: Job, threads: Threads, ring: Callable[[str], None]
    ) -> None:
        """`ring` tells the doors of each report."""
        self._ledger = ledger
        self._ring = ring
        self._job = job
        self._threads = threads
        self._news: dict[str, Any] = {}
        self._came = asyncio.Event()
        self._task = asyncio.create_task(self._run())
        self.moved = asyncio.get_running_loop().time()
        """When the last news came, by the loop's clock: a job without news may hang."""

    def note(self, **news: Any) -> None:
        """Keep some of `stage`, `progress`, `groups`, `resolved` for the next report."""
        self.moved = asyncio.get_running_loop().time()
        self._news.update(news)
        self._came.set()

    def hear(self, said: Mapping[str, Any]) -> None:
        """News from the model host."""
        if said["is"] == "resolved":
            self.note(resolved={"model": said["model"], "digest": said["digest"]})
        elif said["is"] == "progressed":
            news: dict[str, Any] = {"groups": said["groups"]}
            if said.get("windows"):
                news["progress"] = said["done"] / said["windows"]
            self.note(**news)
        elif said["is"] == "staged":
            self.note(stage=said["stage"])
        else:
            self.note()

    async def close(self) -> None:
        """Report nothing more."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(GAP)
            await self._came.wait()
            self._came.clear()
            news, self._news = self._news, {}
            token = self._job.lease.token if self._job.lease else ""
            try:
                if news:
                    await self._threads.run(
                        self._ledger.change, self._job.id, rules.report(token, **news)
                    )
                    self._ring(self._job.id)
            except LeaseLostError:
                return
            except JobError as error:
                logger.warning("cannot report on job %s: %s", self._job.id, error)
                self._news = {**news, **self._news}
                self._came.set()
                await asyncio.sleep(1)
