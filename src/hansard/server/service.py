"""What the routes work with, joined once at the start."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from hansard.audio.foreign import Nursery
from hansard.jobs.bell import Bell
from hansard.jobs.ledger import Ledger
from hansard.server.keys import KeyBook
from hansard.settings import Options
from hansard.storage.store import Store
from hansard.writing.forms.shelf import Shelf

LOOK_AGAIN = 1.0
"""Seconds after which a waiter looks at the ledger though no bell rang."""


class Watch:
    """Wakes those who wait for news of a job."""

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)

    async def run(self) -> None:
        """Pass rings on, for as long as the service runs."""
        async for job in self._bell.listen():
            for known in [job] if job else list(self._waiting):
                for event in self._waiting.get(known, ()):
                    event.set()

    @contextmanager
    def _event(self, job: str) -> Iterator[asyncio.Event]:
        event = asyncio.Event()
        self._waiting[job].add(event)
        try:
            yield event
        finally:
            self._waiting[job].discard(event)
            if not self._waiting[job]:
                del self._waiting[job]

    async def news(self, job: str) -> AsyncGenerator[None]:
        """Yields at once, and then whenever it is worth to look at the job again."""
        with self._event(job) as event:
            while True:
                event.clear()
                yield
                try:
                    async with asyncio.timeout(LOOK_AGAIN):
                        await event.wait()
                except TimeoutError:
                    continue


@dataclass(frozen=True, slots=True)
class Service:
    """Everything that a route may need."""

    options: Options
    ledger: Ledger
    store: Store
    bell: Bell
    watch: Watch
    keys: KeyBook
    media: Nursery
    shelf: Shelf
    """The templates of summaries."""
