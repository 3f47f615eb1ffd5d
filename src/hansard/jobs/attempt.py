"""One attempt at a job: media in, decoded by a child, transcribed by the host, committed.

leased ─ fetch ─ decode (media child) ─ transcribe (model host) ─ commit ─ record

Where a job brings clips of known voices, or takes channels for speakers, these are decoded as the
recording is: what a client sends is foreign, all of it.
"""

import asyncio
import logging
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from hansard.audio.channels import split_channels
from hansard.audio.foreign import Nursery
from hansard.audio.info import Opened
from hansard.audio.options import AudioOptions
from hansard.audio.sound import Sound
from hansard.errors import (
    BlobNotFoundError,
    HostDiedError,
    JobTimeoutError,
    LedgerUnavailableError,
    MediaError,
    VoiceError,
)
from hansard.jobs import rules
from hansard.jobs.failures import describe
from hansard.jobs.host import Host
from hansard.jobs.ledger import Ledger, Rule
from hansard.jobs.options import ServiceOptions
from hansard.jobs.reporting import Reporter
from hansard.jobs.threads import Threads
from hansard.jobs.tracing import Tracer
from hansard.jobs.values import Job, Media, Result
from hansard.net.download import Limits, download
from hansard.storage.names import media_key, reference_key
from hansard.storage.store import Store

logger = logging.getLogger(__name__)

TEXT_JOB = "process_text"
"""The kind of a job whose upload is a text; it needs no decoding."""
SHORTEST_REFERENCE, LONGEST_REFERENCE = 2.0, 10.0
"""Seconds of a clip of a known voice, as OpenAI's interface has them."""
SLACK = 0.5
"""Seconds that a clip may miss these bounds by: codecs add a little, or take it away."""
LONGEST_DECODED = 60.0
"""Seconds of a clip that are decoded at most to learn that it is too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a worker works with."""

    ledger: Ledger
    store: Store
    host: Host
    media: Nursery
    threads: Threads
    options: ServiceOptions
    audio: AudioOptions
    """What holds where a job asks for nothing else."""
    tracer: Tracer
    ring: Callable[[str], None]
    """Tells the doors that a job has changed."""
    scratch: Path
    """A folder of this worker's own, on a disk with room for decoded audio."""
    channel_speakers: bool = False
    """Whether channels are speakers where a job does not say."""


def about(job: Job) -> dict[str, Any]:
    """What a log line about a job says of it: ids of request, job and attempt."""
    known = {"job": job.id, "attempt": job.attempt, "request_id": job.trace.get("request_id")}
    return {name: value for name, value in known.items() if value}


@dataclass(eq=False)
class Attempt:
    """One attempt; `stopped` says why its task was cancelled."""

    job: Job
    tools: Tools
    stopped: str = ""
    """`cancel`, `leave` (the worker ends) or `lost` (the lease is another's)."""
    reporter: Reporter | None = None

    @property
    def token(self) -> str:
        """What proves that the job is this attempt's."""
        return self.job.lease.token if self.job.lease else ""

    async def run(self) -> Job | None:
        """Work until there is an outcome, and write it into the ledger; None where the job is lost.

        Raises:
            LedgerUnavailableError: the outcome could not be written; the lease will expire.
        """
        self.reporter = Reporter(self.tools.ledger, self.job, self.tools.threads, self.tools.ring)
        try:
            with self.tools.tracer.span(f"attempt {self.job.attempt}", self.job.trace):
                result = await self._work(self.reporter)
            rule = rules.complete(self.token, result, expires_in=self._ttl)
        except asyncio.CancelledError:
            if self.stopped == "lost":
                return None
            rule = self._stopping()
        except HostDiedError as error:
            logger.warning("%s", error, extra=about(self.job))
            rule = rules.release(
                self.token,
                alone=True,
                charged=error.alone,
                expires_in=self.tools.options.failed_ttl,
            )
        except Exception as error:
            failure = describe(error)
            logger.log(
                logging.INFO if failure.code != "internal" else logging.ERROR,
                "it failed: %s", failure.code, extra=about(self.job),
                exc_info=error if failure.code == "internal" else None,
            )  # fmt: skip
            rule = rules.fail(self.token, failure, expires_in=self.tools.options.failed_ttl)
        finally:
            await asyncio.shield(self.reporter.close())
        return await asyncio.shield(self._conclude(rule))

    async def _conclude(self, rule: Rule) -> Job:
        """Write the outcome, however long the ledger is away: the lease token guards it."""
        while True:
            try:
                return await self.tools.threads.run(self.tools.ledger.change, self.job.id, rule)
            except LedgerUnavailableError:
                if self.stopped == "leave":
                    raise
                await asyncio.sleep(1)

    @property
    def _ttl(self) -> float:
        return self.tools.options.result_ttl

    def _stopping(self) -> Rule:
        if self.stopped == "cancel":
            return rules.stop(self.token, expires_in=self.tools.options.failed_ttl)
        return rules.release(self.token)

    async def _work(self, reporter: Reporter) -> Result:
        options = self.tools.options
        folder = self.tools.scratch / f"{self.job.id}-{self.token[:8]}"
        folder.mkdir(parents=True, exist_ok=True)
        loop = asyncio.get_running_loop()
        begin = loop.time()
        allowed = options.job_timeout
        try:
            async with asyncio.timeout(allowed) as limit:
                order = self._order(folder)
                if self.job.kind == TEXT_JOB and self.job.media is not None:
                    order |= {"text": self.job.media.key}
                elif self.job.media is not None:
                    opened, channels = await self._open(self.job.media, folder, reporter)
                    allowed = max(allowed, opened.sound.duration * options.job_timeout_factor)
                    limit.reschedule(begin + allowed)
                    references = await self._open_references(folder, reporter)
                    order |= _facts(opened, channels, loop.time() - begin)
                    order |= {"references": references} if references else {}
                said = await self.tools.host.perform(order, reporter.hear)
        except TimeoutError as error:
            raise JobTimeoutError(
                f"the job took longer than {allowed:.0f} s",
                hint="raise job_timeout or job_timeout_factor, or choose a smaller model",
            ) from error
        finally:
            await asyncio.shield(self.tools.threads.run(shutil.rmtree, folder, ignore_errors=True))
        found = said["result"]
        return Result(
            key=found["key"],
            sha256=found["sha256"],
            size=found["size"],
            parts=found.get("parts", {}),
        )

    async def _open(
        self, media: Media, folder: Path, reporter: Reporter
    ) -> tuple[Opened, list[Sound]]:
        """The recording, and each of its channels where these are speakers."""
        reporter.note(stage="preprocessing")
        media = await self._fetch(media, folder, reporter)
        name, audio = media.name or "recording", self._audio()
        opened = await self._decode(media.key, folder, audio, name, reporter)
        if not self._asked("channel_speakers", self.tools.channel_speakers):
            return opened, []
        names = split_channels(opened.info.channels, audio)
        picked = [replace(audio, channel=name) for name in names]
        channels = [await self._decode(media.key, folder, p, name, reporter) for p in picked]
        return opened, [channel.sound for channel in channels]

    async def _open_references(self, folder: Path, reporter: Reporter) -> list[dict[str, Any]]:
        """The clips of known voices that came with the job.

        Raises:
            VoiceError: one is no recording, is too short or too long, or is gone.
        """
        found: list[dict[str, Any]] = []
        for number, told in enumerate(self.job.request.get("references", ())):
            name, key = told["name"], reference_key(self.job.id, number)
            shown = f"clip of {name}"
            audio = AudioOptions(max_duration=LONGEST_DECODED)
            try:
                opened = await self._decode(key, folder, audio, shown, reporter)
            except BlobNotFoundError as error:
                raise VoiceError(
                    f"the {shown} is gone", hint="submit the recording again, with its clips"
                ) from error
            except MediaError as error:
                if error.retry == "transient":
                    raise
                raise VoiceError(f"no voice can be learnt: {error}", hint=error.hint) from error
            check_reference(opened.sound.duration, shown)
            found.append({"name": name, "sound": _place(opened.sound)})
        return found

    async def _decode(
        self, key: str, folder: Path, audio: AudioOptions, name: str, reporter: Reporter
    ) -> Opened:
        file = await self.tools.threads.run(self.tools.store.open, key)
        with file:
            return await self.tools.media.decode(
                file, folder, audio, name=name, on_progress=lambda _done, _all: reporter.note()
            )

    async def _fetch(self, media: Media, folder: Path, reporter: Reporter) -> Media:
        """Have the recording in the store, from its address if it is not there yet."""
        if media.key or not media.url:
            return media
        media = replace(media, key=media_key(self.job.id))
        try:
            (await self.tools.threads.run(self.tools.store.open, media.key)).close()
        except BlobNotFoundError:
            reporter.note(stage="fetching")
            target = folder / "fetched"
            await self.tools.threads.run(self._download, media.url, target)
            await self.tools.threads.run(self.tools.store.adopt, target, media.key)
        return media

    def _download(self, url: str, target: Path) -> None:
        options = self.tools.options
        download(
            url,
            target,
            Limits(size=options.max_upload_mb * 2**20),
            allow_private=options.allow_private_urls,
            cancelled=lambda: bool(self.stopped),
        )

    def _asked(self, name: str, default: Any) -> Any:
        return self.job.request.get("options", {}).get(name, default)

    def _audio(self) -> AudioOptions:
        asked = self.job.request.get("options", {})
        names = {field.name for field in fields(AudioOptions)}
        given = {name: value for name, value in asked.items() if name in names}
        return AudioOptions(**{name: getattr(self.tools.audio, name) for name in names} | given)

    def _order(self, folder: Path) -> dict[str, Any]:
        return {
            "job": self.job.id,
            "kind": self.job.kind,
            "token": self.token,
            "priority": int(self.job.priority),
            "request": dict(self.job.request),
            "resolved": dict(self.job.resolved),
            "trace": dict(self.job.trace),
            "folder": str(folder),
        }


def check_reference(seconds: float, shown: str) -> None:
    """See that a clip of a known voice has the right length.

    Raises:
        VoiceError: it is too short or too long.
    """
    if not SHORTEST_REFERENCE - SLACK <= seconds <= LONGEST_REFERENCE + SLACK:
        raise VoiceError(
            f"the {shown} is {seconds:.1f} s long",
            hint=f"a clip of {SHORTEST_REFERENCE:g} to {LONGEST_REFERENCE:g} s is needed",
        )


def _facts(opened: Opened, channels: list[Sound], spent: float) -> Mapping[str, Any]:
    """What the host is told of a decoded recording."""
    facts = {
        "sound": _place(opened.sound),
        "notes": list(opened.notes),
        "spent": {"read": spent},
        "titles": opened.info.titles,
    }
    return facts | ({"channels": [_place(sound) for sound in channels]} if channels else {})


def _place(sound: Sound) -> dict[str, Any]:
    """A Sound as JSON can hold it."""
    return {
        "path": str(sound.path),
        "offset": sound.offset,
        "samples": sound.samples,
        "start": sound.start,
    }
