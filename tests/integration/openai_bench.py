"""The application on a real socket, with a real ledger and store; the test itself is the worker."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openai
import uvicorn

from hansard.audio.foreign import ChildLimits, Nursery
from hansard.errors import HansardError
from hansard.jobs import rules
from hansard.jobs.failures import describe
from hansard.jobs.ledger import Claimant
from hansard.jobs.sqlite import SqliteLedger
from hansard.jobs.values import Job, Result
from hansard.server.app import make_app
from hansard.server.keys import KeyBook
from hansard.server.protocol import serve_config
from hansard.server.service import Service, Watch
from hansard.settings import Options
from hansard.storage.folder import FolderStore
from hansard.transcript import Segment, Transcript, Word
from hansard.writing.forms.shelf import Shelf

PATIENCE = 30.0
"""Seconds within which what a test waits for must happen."""


def said(*sentences: str) -> Transcript:
    """A transcript of one-second sentences."""
    segments = tuple(
        Segment(
            id=n, text=text, start=float(n), end=n + 1.0, seek=0, tokens=(7, 8), avg_logprob=-0.3,
            no_speech_prob=0.1, compression_ratio=1.0, temperature=0.0,
            words=(Word(text=text, start=float(n), end=n + 1.0, probability=0.9),),
        )
        for n, text in enumerate(sentences)
    )  # fmt: skip
    return Transcript(
        segments=segments, language="en", duration=float(len(segments)), versions={"test": True}
    )


class Bell:
    """Rings within one process."""

    def __init__(self) -> None:
        self._rung: asyncio.Queue[str] = asyncio.Queue()
        self._loop: asyncio.AbstractEventLoop | None = None

    def ring(self, job: str) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._rung.put_nowait, job)

    async def listen(self) -> AsyncIterator[str]:
        self._loop = asyncio.get_running_loop()
        while True:
            yield await self._rung.get()

    def close(self) -> None:
        self._loop = None


class Bench:
    """A running application, and what a worker does to its jobs."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.ledger = SqliteLedger(options.data_dir / "ledger.sqlite3")
        self.store = FolderStore(options.data_dir / "store")
        self.keys = KeyBook(self.store, options)
        self.bell = Bell()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.claims = 0
        self._server: uvicorn.Server | None = None

    def run(self) -> None:
        """Serve until `stop`; for a thread of its own."""
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        service = self.service()
        self._server = uvicorn.Server(serve_config(make_app(service), self.options))
        try:
            await self._server.serve(sockets=[self.socket])
        finally:
            await service.media.close()

    def service(self) -> Service:
        """What the application is made for."""
        return Service(
            options=self.options,
            ledger=self.ledger,
            store=self.store,
            bell=self.bell,
            watch=Watch(self.bell),
            keys=self.keys,
            media=Nursery(ChildLimits()),
            shelf=Shelf(None, self.store),
        )

    def close(self) -> None:
        """Let go of socket and ledger."""
        self.socket.close()
        self.ledger.close()

    def await_start(self) -> None:
        wait_until(lambda: self._server is not None and self._server.started)

    def stop(self) -> None:
        if self._server is not None:
            self._server.should_exit = True

    def client(self, **more: Any) -> openai.OpenAI:
        """OpenAI's own client, at this address."""
        return openai.OpenAI(base_url=f"{self.address}/v1", **({"api_key": "none"} | more))

    def claim(self) -> Job:
        """The next job, as a worker gets it."""
        found: list[Job] = []

        def claimed() -> bool:
            found.extend(filter(None, [self.ledger.claim(Claimant(worker="test", slots=4))]))
            return bool(found)

        wait_until(claimed)
        self.claims += 1
        self.bell.ring(found[0].id)
        return found[0]

    def say(self, job: Job, *pieces: str) -> None:
        """Give out pieces of text, as the model host does."""
        for number, piece in enumerate(pieces, start=self.ledger.find(job.id).groups):
            self.store.put(f"jobs/{job.id}/said/{number:05d}.json", encode({"delta": piece}))
            self._change(job, rules.report(token(job), groups=number + 1))

    def finish(self, job: Job, transcript: Transcript) -> None:
        """Commit a result."""
        content = transcript.render("json").encode()
        key = f"records/{job.id}/runs/{token(job)}/transcript.json"
        self.store.put(key, content)
        result = Result(key=key, sha256=hashed(content), size=len(content))
        self._change(job, rules.complete(token(job), result, expires_in=60))

    def fail(self, job: Job, error: HansardError) -> None:
        """Give up."""
        self._change(job, rules.fail(token(job), describe(error), expires_in=60))

    def stop_job(self, job: Job) -> None:
        """Stop as it was asked for."""
        self._change(job, rules.stop(token(job), 60))

    def _change(self, job: Job, rule: Any) -> None:
        self.ledger.change(job.id, rule)
        self.bell.ring(job.id)

    def left(self) -> list[str]:
        """What is still in ledger and store, keys aside."""
        blobs = [blob.key for blob in self.store.list() if not blob.key.startswith("keys/")]
        return [job.id for job in self.ledger.list()] + blobs


def encode(value: Any) -> bytes:
    import msgspec

    return msgspec.json.encode(value)


def hashed(content: bytes) -> str:
    import hashlib

    return hashlib.sha256(content).hexdigest()


def token(job: Job) -> str:
    assert job.lease is not None
    return job.lease.token


def wait_until(there: Any) -> None:
    """Wait until something is so, or fail."""
    deadline = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@contextmanager
def serving(folder: Path, **settings: Any) -> Iterator[Bench]:
    """A bench, up and running."""
    settings = {"auth": False, "free_disk_mb": 0} | settings
    bench = Bench(Options(data_dir=folder, **settings))
    thread = threading.Thread(target=bench.run, name="bench")
    thread.start()
    try:
        bench.await_start()
        yield bench
    finally:
        bench.stop()
        thread.join()
        bench.close()
