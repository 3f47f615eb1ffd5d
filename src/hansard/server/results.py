"""What finished jobs said, read from the store, checked, and kept for those who ask again."""

import hashlib
import logging
from collections import OrderedDict
from threading import Lock

import msgspec

from hansard.errors import BlobNotFoundError, HansardError
from hansard.jobs.ledger import Ledger
from hansard.jobs.values import Job
from hansard.storage.names import SUMMARY_FILE
from hansard.storage.store import Store
from hansard.transcript import Transcript
from hansard.transcript.formats import read
from hansard.transcript.summaries import Summary

logger = logging.getLogger(__name__)

MOST_BYTES = 32 * 1_048_576
"""Of results as they lie in the store, that are kept in memory."""


class Results:
    """Transcripts of jobs; safe to share between threads. Calls block."""

    def __init__(self, ledger: Ledger, store: Store) -> None:
        self._ledger = ledger
        self._store = store
        self._lock = Lock()
        self._kept: OrderedDict[str, tuple[int, Transcript]] = OrderedDict()

    def transcript(self, job: Job) -> Transcript:
        """What a complete job said.

        Raises:
            JobNotFoundError: it was deleted meanwhile.
            HansardError: what lies in the store is not what the job committed.
        """
        if job.result is None:
            raise HansardError(f"job {job.id!r} has no result")
        key = job.result.sha256
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][1]
        found = read(self.content(job).decode(), "json")
        with self._lock:
            self._kept[key] = (job.result.size, found)
            while len(self._kept) > 1 and sum(s for s, _ in self._kept.values()) > MOST_BYTES:
                self._kept.popitem(last=False)
        return found

    def summary(self, job: Job) -> Summary | None:
        """What a complete job wrote about its transcript; None where it was not asked to.

        Raises:
            JobNotFoundError: it was deleted meanwhile.
            HansardError: what lies in the store is not what the job committed.
        """
        digest = job.result.parts.get(SUMMARY_FILE) if job.result else None
        if job.result is None or digest is None:
            return None
        key = f"{job.result.key.rpartition('/')[0]}/{SUMMARY_FILE}"
        return msgspec.json.decode(self._read(job, key, digest), type=Summary)

    def content(self, job: Job) -> bytes:
        """The committed bytes of a complete job, checked.

        Raises:
            JobNotFoundError: it was deleted meanwhile.
            HansardError: what lies in the store is not what the job committed.
        """
        if job.result is None:
            raise HansardError(f"job {job.id!r} has no result")
        return self._read(job, job.result.key, job.result.sha256)

    def _read(self, job: Job, key: str, digest: str) -> bytes:
        try:
            content = self._store.read(key)
        except BlobNotFoundError as error:
            self._ledger.find(job.id)  # raises where it was deleted between two looks
            raise HansardError(f"the result of job {job.id!r} is gone") from error
        if hashlib.sha256(content).hexdigest() != digest:
            raise HansardError(f"the result of job {job.id!r} is damaged")
        return content

    def forget(self, job: Job) -> None:
        """Keep it no longer."""
        if job.result is not None:
            with self._lock:
                self._kept.pop(job.result.sha256, None)
