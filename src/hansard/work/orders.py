"""Work that was ordered as a job: its files lie in a store, and it goes on where it was."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from hansard.errors import BlobNotFoundError, ModelDamagedError
from hansard.models.engines import EngineInfo
from hansard.pipeline import Before, Event, Group, Progressed
from hansard.pipeline.storing import pack, unpack
from hansard.pipeline.telling import Teller
from hansard.storage.names import checkpoints
from hansard.transcript import Seconds, Transcript, formats
from hansard.work.clean import no_writer
from hansard.work.heard import Heard
from hansard.work.lending import Lent
from hansard.work.options import WorkOptions
from hansard.work.transcribe import transcribe_sound
from hansard.work.wires import Wires
from hansard.work.writing_up import Means, Order, check_writing, news_of, write_up

STREAMED_GROUP: Seconds = 20.0
"""Seconds of windows that are finished together when somebody reads along."""


def carry_out(order: Order, heard: Heard, options: WorkOptions, means: Means) -> Mapping[str, Any]:
    """Transcribe, and write what was asked for; returns where the run lies, as `facts_of` tells.

    Groups of windows are stored as they finish, under the job's own prefix; those of an earlier
    attempt are not decoded again. A transcript about which something is to be written is stored
    first, so that a language model's failure costs none of the work before.

    Raises:
        HansardError: as `transcribe_sound`, `write_up`, and from the store.
    """
    if order.resolved.get("model"):
        options = replace(options, model=order.resolved["model"])
    cleans = check_writing(order, options, means.workshop)
    before = cleans or "summary" in order.features
    transcript = _load_transcript(order, means) if before else None
    if transcript is None:
        later = options.wants_speakers or options.align != "engine" or before
        desk = Desk(order, heard, means, later=later, cleans=cleans)
        wires = Wires(desk.listen, means.cancelled)
        transcript = transcribe_sound(heard, options, means.workshop, wires, desk)
        desk.finish(transcript)
        if before:
            means.store.put(_transcript_key(order), formats.render(transcript, "json").encode())
    return write_up(order, transcript, options, means)


def _transcript_key(order: Order) -> str:
    return f"{checkpoints(order.job)}transcript.json"


def _load_transcript(order: Order, means: Means) -> Transcript | None:
    """What an earlier attempt recognised, whole."""
    try:
        return formats.read(means.store.read(_transcript_key(order)).decode(), "json")
    except BlobNotFoundError:
        return None


class Desk:
    """Keeps what is finished in the store, and passes on how far the work is."""

    def __init__(
        self, order: Order, heard: Heard, means: Means, *, later: bool, cleans: bool
    ) -> None:
        """`later` says that more is done once all is decoded; else the run is written at once.

        `cleans` says that there is something to clean text with.
        """
        self._later = later
        self._cleans = cleans
        self._order = order
        self._heard = heard
        self._means = means
        self._prefix = f"jobs/{order.job}/"
        self._stored: set[tuple[int, int]] = set()
        self._teller = Teller()
        self._pieces = 0
        self._groups = 0

    def begin(self, lent: Lent) -> Before:
        """Give the stored groups, if the model is still the one that made them.

        Raises:
            ModelDamagedError: it is another one.
            UnsupportedOptionError: text was to be cleaned, and nothing can clean it.
        """
        info = lent.tools.engine.info
        if self._unreadable(info):
            raise no_writer()
        begun_with = self._order.resolved.get("digest")
        if begun_with and begun_with != info.digest:
            raise ModelDamagedError(
                f"model {info.model!r} is not the one that this job began with",
                hint="submit the recording again",
            )
        self._means.tell("resolved", {"model": lent.model, "digest": info.digest})
        longest = lent.longest_group
        if self._order.stream:
            longest = min(longest or STREAMED_GROUP, STREAMED_GROUP)
        return Before(self._load(info.digest), longest)

    def listen(self, event: Event) -> None:
        """Store each finished group, and pass every event on."""
        if isinstance(event, Progressed):
            if event.done < event.windows or self._later:
                self._keep(event.group)
            self._groups += 1
            self._say(self._teller.hear(event.group))
            self._means.tell(
                "progressed",
                {"done": event.done, "windows": event.windows, "groups": self._count()},
            )
        else:
            self._means.tell(*news_of(event))

    def finish(self, transcript: Transcript) -> None:
        """Give out the rest of the text."""
        if self._order.stream:
            self._say(self._teller.finish(transcript.text.replace("\n", " ")))
            self._means.tell("progressed", {"groups": self._count()})

    def _unreadable(self, info: EngineInfo) -> bool:
        """Whether clean text is asked for that nothing here can make."""
        return self._order.wants_clean_text and not (info.punctuates or self._cleans)

    def _count(self) -> int:
        return self._pieces if self._order.stream else self._groups

    def _load(self, digest: str) -> tuple[Group, ...]:
        self._prefix = f"jobs/{self._order.job}/groups/{digest[:16] or 'model'}/"
        found: list[Group] = []
        for blob in self._means.store.list(self._prefix):
            group = unpack(self._means.store.read(blob.key), self._heard.sound)
            if group is not None:
                found.append(group)
        self._stored = {(group.first, group.windows) for group in found}
        return tuple(found)

    def _keep(self, group: Group) -> None:
        name = (group.first, group.windows)
        if name not in self._stored:
            self._means.store.put(f"{self._prefix}{name[0]:07d}-{name[1]}", pack(group))
            self._stored.add(name)

    def _say(self, text: str) -> None:
        if self._order.stream and text:
            key = f"jobs/{self._order.job}/said/{self._pieces:05d}.json"
            self._means.store.put(key, msgspec.json.encode({"delta": text}))
            self._pieces += 1
