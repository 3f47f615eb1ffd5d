"""Work that was ordered as a job: its files lie in a store, and it goes on where it was."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from hansard.errors import ModelDamagedError, UnsupportedOptionError
from hansard.library.records import write_run
from hansard.pipeline import Before, Event, Group, Progressed
from hansard.pipeline.storing import pack, unpack
from hansard.pipeline.telling import Teller
from hansard.storage.store import Store
from hansard.transcript import Seconds, Transcript, formats
from hansard.work.heard import Heard
from hansard.work.lending import Lent, Workshop
from hansard.work.options import TranscribeOptions
from hansard.work.transcribe import transcribe_sound
from hansard.work.wires import Wires

STREAMED_GROUP: Seconds = 20.0
"""Seconds of windows that are finished together when somebody reads along."""

Tell = Callable[[str, Mapping[str, Any]], None]
"""Told what the ledger and the doors are to know: a kind of news, and its facts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a worker hands over with a recording that it has had decoded."""

    job: str
    token: str
    """The lease under which this attempt works; its run is written under it."""
    features: frozenset[str] = frozenset()
    stream: bool = False
    """Somebody reads along, so text is given out as soon as it is settled."""
    resolved: Mapping[str, Any] = field(default_factory=dict)
    """What the model's name meant at the first attempt."""


@dataclass(frozen=True, slots=True)
class Means:
    """What an order is carried out with."""

    workshop: Workshop
    store: Store
    tell: Tell
    cancelled: Callable[[], bool]


def carry_out(
    order: Order, heard: Heard, options: TranscribeOptions, means: Means
) -> Mapping[str, Any]:
    """Transcribe; returns where the run lies: `key`, `sha256`, `size`.

    Groups of windows are stored as they finish, under the job's own prefix; those of an earlier
    attempt are not decoded again.

    Raises:
        HansardError: as `hansard.work.transcribe.transcribe_sound`, and from the store.
    """
    if order.resolved.get("model"):
        options = replace(options, model=order.resolved["model"])
    desk = Desk(order, heard, means, later=options.wants_speakers or options.align != "engine")
    wires = Wires(desk.listen, means.cancelled)
    transcript = transcribe_sound(heard, options, means.workshop, wires, desk)
    desk.finish(transcript)
    if "clean_transcript" in order.features:
        # the recogniser punctuates, so the clean text is the raw one
        metrics = {**transcript.metrics, "edit_rate_cleaning": 0.0}
        transcript = replace(transcript, metrics=metrics)
    content = formats.render(transcript, "json").encode()
    key, sha256, size = write_run(means.store, order.job, order.token, content)
    return {"key": key, "sha256": sha256, "size": size}


class Desk:
    """Keeps what is finished in the store, and passes on how far the work is."""

    def __init__(self, order: Order, heard: Heard, means: Means, *, later: bool) -> None:
        """`later` says that more is done once all is decoded; else the run is written at once."""
        self._later = later
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
        if "clean_transcript" in self._order.features and not info.punctuates:
            raise UnsupportedOptionError(
                f"model {info.model!r} writes no punctuation, and clean-up is not built yet",
                hint="ask for features=raw_transcript",
            )
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
            self._means.tell(type(event).__name__.lower(), _plain(event))

    def finish(self, transcript: Transcript) -> None:
        """Give out the rest of the text."""
        if self._order.stream:
            self._say(self._teller.finish(transcript.text.replace("\n", " ")))
            self._means.tell("progressed", {"groups": self._count()})

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


def _plain(event: Event) -> Mapping[str, Any]:
    return {name: getattr(event, name) for name in event.__dataclass_fields__}
