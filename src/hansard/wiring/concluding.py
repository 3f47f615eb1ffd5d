"""What follows when a job has ended: its record, its checkpoints, its webhook, the cleaning."""

import asyncio
import logging
import shutil
from dataclasses import dataclass

from hansard.errors import BlobNotFoundError, HansardError
from hansard.jobs import rules
from hansard.jobs.cleaning import clean, disk_level, may_go_on
from hansard.jobs.ledger import Ledger
from hansard.jobs.threads import Threads
from hansard.jobs.values import Job, Media, State
from hansard.jobs.webhooks import body, deliver, message_id, next_try
from hansard.library.records import Record, Recording, Run, media_key, read_record, switch
from hansard.settings import Options
from hansard.storage.files import remove_stale
from hansard.storage.store import Store
from hansard.wiring.stores import data_folder, store_folder

logger = logging.getLogger(__name__)

LOOK_AGAIN = 2.0
"""Seconds between two looks for webhooks that are due."""
REPAIRED = 50
"""How many of the latest jobs are looked at for records that a crash left out."""


@dataclass(frozen=True, slots=True)
class Concluder:
    """Does what follows; each part may be done twice, and is repaired when a crash left it out."""

    ledger: Ledger
    store: Store
    options: Options
    threads: Threads

    async def conclude(self, job: Job) -> None:
        """Everything that follows at once."""
        try:
            await self.threads.run(self._conclude, job)
        except HansardError as error:
            logger.warning("job %s is left to the next clean-up: %s", job.id, error)

    def _conclude(self, job: Job) -> None:
        if job.state is State.COMPLETE:
            self._record(job)
        if may_go_on(job):
            return
        below = "groups/" if job.request.get("stream") else ""
        self.store.delete_below(f"jobs/{job.id}/{below}")

    def _record(self, job: Job) -> None:
        if job.result is None or job.media is None:
            return
        keeps = self.options.keep_audio and not job.ephemeral
        if not keeps:
            self.store.delete(media_key(job.id))
        if job.ephemeral:
            return
        token = job.result.key.split("/")[-2]
        done = job.result
        run = Run(token=token, key=done.key, sha256=done.sha256, size=done.size, parts=done.parts)
        switch(self.store, Record(
            id=job.id,
            created=job.submitted,
            owner=job.owner,
            name=job.media.name,
            media=_recording(job.media) if keeps else None,
            run=run,
        ))  # fmt: skip

    async def tell_webhooks(self) -> None:
        """Deliver what is due, for ever."""
        while True:
            try:
                for job in await self.threads.run(self.ledger.pending_webhooks):
                    await self.threads.run(self._deliver, job)
            except HansardError as error:
                logger.info("webhooks wait: %s", error)
            await asyncio.sleep(LOOK_AGAIN)

    def _deliver(self, job: Job) -> None:
        hook = job.webhook
        if hook is None:
            return
        told = deliver(
            hook.url, hook.secret, message_id(job), body(job),
            allow_private=self.options.allow_private_urls,
        )  # fmt: skip
        wait = next_try(hook.tries + 1) if told.again else None
        due = None if wait is None else self.ledger.now() + wait
        self.ledger.change(job.id, rules.note_delivery(told.outcome, due=due))

    async def keep_clean(self) -> None:
        """Repair records and remove what has expired and what nobody owns, for ever."""
        while True:
            try:
                await self.threads.run(self._tidy)
            except HansardError as error:
                logger.warning("cleaning waits: %s", error)
            await asyncio.sleep(self.options.clean_interval)

    def _tidy(self) -> None:
        for job in self.ledger.list(states=[State.COMPLETE], limit=REPAIRED):
            if not job.ephemeral and not self._has_record(job):
                self._record(job)
        clean(self.ledger, self.store, self.options)
        self.store.sweep_temporaries()
        remove_stale(data_folder(self.options) / "incoming")
        usage = shutil.disk_usage(store_folder(self.options))
        level = disk_level(usage.total, usage.free)
        if level:
            logger.warning("the disk of the store is more than %s %% full", level)

    def _has_record(self, job: Job) -> bool:
        try:
            return read_record(self.store, job.id).run is not None
        except BlobNotFoundError:
            return False


def _recording(media: Media) -> Recording:
    return Recording(key=media.key, size=media.size, sha256=media.sha256, duration=media.duration)
