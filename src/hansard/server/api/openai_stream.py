"""A transcription as server-sent events, while it is made.

    data: {"type": "transcript.text.delta", "delta": "Hello "}

    data: {"type": "transcript.text.segment", "text": "Hello there.", "speaker": "A", ...}

    data: {"type": "transcript.text.done", "text": "Hello there.", "usage": {...}}

Who said what is known when all was heard, so segments, which `diarized_json` alone has, come last.
The model host stores pieces of text as `jobs/<id>/said/00000.json`, `00001.json` ... and tells the
ledger how many there are; joined, they are the text of the finished transcript.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

import msgspec

from hansard.errors import HansardError
from hansard.jobs.values import Job, State
from hansard.server.api.events import HEARTBEAT
from hansard.server.api.openai_failures import describe
from hansard.server.api.openai_parameters import SpeechRequest
from hansard.server.api.openai_shapes import (
    languages_of,
    spoken_segments,
    text_of,
    token_usage_of,
)
from hansard.server.api.waiting import follow, wait_until
from hansard.server.desk import Desk
from hansard.storage.store import Store
from hansard.transcript import Transcript

logger = logging.getLogger(__name__)

COMMENT = b": still at work\n\n"


def event(body: dict[str, Any]) -> bytes:
    """One event; its JSON is on one line, so it needs one `data:`."""
    return b"data: " + msgspec.json.encode(body) + b"\n\n"


def delta_event(delta: str) -> bytes:
    """A piece of text."""
    return event({"type": "transcript.text.delta", "delta": delta})


def done_event(text: str, transcript: Transcript, request: SpeechRequest) -> bytes:
    """The whole text, at the end."""
    body: dict[str, Any] = {"type": "transcript.text.done", "text": text}
    if request.languages:
        body["languages"] = languages_of(transcript)
    return event(body | {"usage": token_usage_of(transcript)})


def error_event(error: Exception, request_id: str) -> bytes:
    """What went wrong after the answer had begun."""
    return event({"type": "error"} | describe(error, request_id))


def rest_of(text: str, said: str) -> str | None:
    """What is still to be said so that all of `text` was; None where something else was said."""
    if text.split() == said.split():
        return ""
    return text[len(said) :] if text.startswith(said) else None


class Pieces:
    """The pieces of one job's text, each taken once and in order. Its methods block."""

    def __init__(self, store: Store, job: str) -> None:
        self._store = store
        self._folder = f"jobs/{job}/said/"
        self._next = 0

    def take(self, stored: int) -> list[str]:
        """Those of the first `stored` that were not taken yet."""
        found = [self._read(number) for number in range(self._next, stored)]
        self._next = max(self._next, stored)
        return found

    def take_rest(self) -> list[str]:
        """All that are left, once no more will come."""
        return self.take(sum(1 for _ in self._store.list(self._folder)))

    def _read(self, number: int) -> str:
        piece = msgspec.json.decode(self._store.read(f"{self._folder}{number:05d}.json"))
        return str(piece["delta"])


async def wait_for_text(desk: Desk, job: str, patience: float = HEARTBEAT) -> Job:
    """The job as soon as there is text to send, or it has ended, or it was begun a while ago.

    Until then the answer can still have the status of an error; but a client that hears nothing at
    all for long gives up.
    """
    loop = asyncio.get_running_loop()
    begun: float | None = None

    def worth_an_answer(found: Job) -> bool:
        nonlocal begun
        if found.state is not State.RUNNING:
            begun = None
            return False
        begun = loop.time() if begun is None else begun
        return found.groups > 0 or loop.time() - begun >= patience

    return await wait_until(desk, job, worth_an_answer)


async def deltas(desk: Desk, job: str, patience: float = HEARTBEAT) -> AsyncGenerator[str | None]:
    """Pieces of text as they come, until the job has ended; None after so many silent seconds."""
    pieces = Pieces(desk.service.store, job)
    loop = asyncio.get_running_loop()
    spoken = loop.time()
    async with aclosing(follow(desk, job)) as states:
        async for found in states:
            if found.state is State.COMPLETE:
                fresh = await desk.slow.run(pieces.take_rest)
            else:
                fresh = await desk.slow.run(pieces.take, found.groups)
            for delta in fresh:
                spoken = loop.time()
                yield delta
            if loop.time() - spoken >= patience:
                spoken = loop.time()
                yield None


async def tell(
    desk: Desk,
    job: str,
    request: SpeechRequest,
    finish: Callable[[], Awaitable[Transcript]],
    request_id: str,
) -> AsyncGenerator[bytes]:
    """The events of one job; whatever goes wrong is the last of them.

    `finish` gives the transcript of the ended job, or raises what it failed with. Pieces that
    are not its text, which no host of ours stores, are a fault that the log tells.
    """
    said = ""
    try:
        async with aclosing(deltas(desk, job)) as coming:
            async for delta in coming:
                said += delta or ""
                yield COMMENT if delta is None else delta_event(delta)
        transcript = await finish()
        rest = rest_of(text_of(transcript), said)
        if rest is None:
            logger.error("job %s: the pieces that were streamed are not its text", job)
        elif rest:
            yield delta_event(rest)
        if request.response_format == "diarized_json":
            for segment in spoken_segments(transcript):
                yield event(segment)
        text = text_of(transcript) if rest is None else said + rest
        yield done_event(text, transcript, request)
    except HansardError as error:
        yield error_event(error, request_id)
    except Exception as error:  # the status is sent, so an event is all that is left
        logger.exception("job %s: its stream broke off", job)
        yield error_event(error, request_id)
