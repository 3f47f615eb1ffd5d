"""Media of strangers, probed and decoded in a process of its own for each file.

    caller -> nursery, which has FFmpeg loaded -> fork -> a child that may do almost nothing

This side imports no media library, and checks what a child says and leaves before it is used.
On Linux a child is confined; on other systems it is limited only; Windows cannot do it.
"""

import asyncio
import logging
import math
import os
import tempfile
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import BinaryIO, Self

from hansard.audio import wav
from hansard.audio.child_call import Call
from hansard.audio.child_fate import Outcome, judge
from hansard.audio.child_folder import Room, borrow, make_room
from hansard.audio.child_limits import ChildLimits
from hansard.audio.child_link import Link
from hansard.audio.child_messages import Decoded, Probed, Request
from hansard.audio.info import MediaInfo, Opened
from hansard.audio.listening import Progress
from hansard.audio.names import printable
from hansard.audio.options import AudioOptions
from hansard.audio.sound import SAMPLE_RATE
from hansard.errors import DecoderEndedError, OutputError
from hansard.transcript.spans import Seconds

__all__ = ["ChildLimits", "Nursery"]

logger = logging.getLogger(__name__)

_BYTES_PER_SECOND = 2 * SAMPLE_RATE
_SLACK = 1 << 20
"""By how many bytes a Sound's file may be larger than it should be."""
_GRACE: Seconds = 30.0
"""How much longer a child is waited for than its own clock lets it live."""
_TRIES = 2
"""How often a request is made when the nursery ends under it."""


class Nursery:
    """Children for foreign files: many at once, for the callers of one event loop."""

    def __init__(self, limits: ChildLimits | None = None) -> None:
        """Starts nothing yet; the first request does."""
        self._limits = limits or ChildLimits()
        self._turns = asyncio.Semaphore(self._limits.at_once or 2 * _cores())
        self._starting = asyncio.Lock()
        self._link: Link | None = None
        self._calls: set[Call] = set()
        self._closed = False
        self._confined: tuple[str, ...] = ()

    @property
    def facts(self) -> tuple[str, ...]:
        """What the last child gave up; `hansard.audio.confinement` lists the words."""
        return self._confined

    @property
    def pid(self) -> int | None:
        """The nursery's process id, while it runs."""
        return self._link.pid if self._link and self._link.alive else None

    async def start(self) -> None:
        """Has the nursery ready, and tries it with a second of silence.

        Raises:
            DecoderEndedError: it cannot be started now.
            MissingExtraError: this system cannot do it.
        """
        with tempfile.TemporaryFile() as file:
            file.write(wav.header(SAMPLE_RATE, SAMPLE_RATE) + bytes(_BYTES_PER_SECOND))
            file.flush()
            await self.probe(file, name="silence.wav")

    async def probe(self, file: BinaryIO, *, name: str) -> MediaInfo:
        """What the headers of a file say that is open on disk; `name` is what to call it.

        Raises:
            UsageError: it is not an open file.
            MediaError: as `probe` of `hansard.audio.media`.
            UnreadableMediaError: also, it ended the process that looked at it.
            MediaLimitError: also, it took too long.
            DecoderEndedError: there is no such process; another try may help.
            MissingExtraError: this system cannot do it.
        """
        shown = printable(name)
        request = Request(shown, self._limits)
        with borrow(file, shown) as media:
            async with self._turns:
                outcome = await self._ask(request, media)
        return replace(judge(outcome, Probed, shown).info, name=name)

    async def decode(
        self,
        file: BinaryIO,
        folder: Path,
        options: AudioOptions,
        *,
        name: str,
        on_progress: Progress | None = None,
    ) -> Opened:
        """Decodes a file that is open on disk into a new WAV in `folder`, as `open_sound` does.

        Progress is told a few times a second. Cancelling ends the child at once. Whatever is
        raised, nothing is left in `folder`; only if this very process is killed, a folder
        `hansard-media-...` stays.

        Raises:
            UsageError: it is not an open file.
            SettingError, MediaError, OutputError: as `open_sound`.
            UnreadableMediaError: also, it ended the process that decoded it.
            MediaLimitError: also, it took too long.
            DecoderEndedError: there is no such process; another try may help.
            MissingExtraError: this system cannot do it.
        """
        shown = printable(name)
        allowed = wav.HEADER_BYTES + math.ceil(_BYTES_PER_SECOND * options.max_duration) + _SLACK
        with borrow(file, shown) as media:
            async with self._turns:
                with make_room(folder) as room:
                    free = room.free
                    request = Request(shown, self._limits, _only(options), min(free, allowed))
                    outcome = await self._ask(request, media, room, on_progress)
                    try:
                        said = judge(outcome, Decoded, shown, disk_bound=free < allowed)
                    except OutputError as error:
                        raise room.blame(error) from error
                    sound = room.adopt(said, shown)
        return Opened(sound=sound, info=replace(said.info, name=name), notes=said.notes)

    async def close(self) -> None:
        """Kills what still runs, for good; callers that wait get a DecoderEndedError."""
        self._closed = True
        for call in list(self._calls):
            call.kill()
        link, self._link = self._link, None
        if link is not None:
            await link.end()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _ask(
        self,
        request: Request,
        media: int,
        room: Room | None = None,
        on_progress: Progress | None = None,
    ) -> Outcome:
        """Has a child work; once more if it was the nursery that ended.

        Raises:
            DecoderEndedError: it ended again, or is to end.
        """
        most = self._limits.wall(request.options.max_duration if request.options else 0.0)
        for _ in range(_TRIES):
            if room:
                room.clear()
            call = Call(link=await self._living(), on_progress=on_progress, on_confined=self._note)
            descriptors = [media, room.handle] if room else [media]
            outcome = await self._run(call, request, descriptors, most + _GRACE)
            if not outcome.lost:
                return outcome
            logger.warning("the media nursery ended; it is started again when it is needed")
        raise DecoderEndedError("the decoder of foreign media ended twice", hint="try again")

    async def _run(
        self, call: Call, request: Request, descriptors: Sequence[int], most: Seconds
    ) -> Outcome:
        self._calls.add(call)
        try:
            outcome = await call.run(request, descriptors, most)
        finally:
            self._calls.discard(call)
        if self._closed:
            raise _shut()
        return outcome

    async def _living(self) -> Link:
        """The nursery, started if it does not run."""
        async with self._starting:
            if self._closed:
                raise _shut()
            if self._link is not None:
                if self._link.alive:
                    return self._link
                self._link.kill()
            link = self._link = Link()
            try:
                await link.ready()
            except BaseException:
                self._link = None
                link.kill()
                raise
            return link

    def _note(self, confined: tuple[str, ...]) -> None:
        self._confined = confined


def _only(options: AudioOptions) -> AudioOptions:
    """The audio options alone, of what may be all settings, secrets among them."""
    return AudioOptions(**{each.name: getattr(options, each.name) for each in fields(AudioOptions)})


def _shut() -> DecoderEndedError:
    return DecoderEndedError("the decoder of foreign media was shut down")


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
