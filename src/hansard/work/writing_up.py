"""What a job wants written about its transcript, and the run that comes of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from hansard.library.records import Run, write_run
from hansard.pipeline import Event
from hansard.storage.names import SUMMARY_FILE
from hansard.storage.store import Store
from hansard.transcript import Transcript, formats
from hansard.work.clean import clean
from hansard.work.lending import Workshop, WritingWorkshop
from hansard.work.options import WriteOptions
from hansard.work.summarise import check_quoting, summarise
from hansard.work.wires import Wires

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
    template_id: str = ""
    """The shape of the summary, where one is asked for."""

    @property
    def wants_clean_text(self) -> bool:
        """Whether the text is to be cleaned; its edit rate cannot be told otherwise."""
        return not self.features.isdisjoint({"clean_transcript", "enhancement_metrics"})


@dataclass(frozen=True, slots=True)
class Means:
    """What an order is carried out with."""

    workshop: Workshop
    store: Store
    tell: Tell
    cancelled: Callable[[], bool]


def write_up(
    order: Order, transcript: Transcript, options: WriteOptions, means: Means
) -> Mapping[str, Any]:
    """Write what was asked for about a transcript, and keep all of it as the job's run.

    Raises:
        LanguageModelError: the language model did not do its work.
        HansardError: as `clean` and `summarise`, and from the store.
    """
    wires = Wires(lambda event: means.tell(*news_of(event)), means.cancelled)
    if order.wants_clean_text:
        transcript = clean(transcript, options, means.workshop, wires)
    parts: dict[str, bytes] = {}
    if "summary" in order.features:
        made = summarise(transcript, order.template_id, options, means.workshop, wires)
        parts[SUMMARY_FILE] = msgspec.json.encode(made)
    content = formats.render(transcript, "json").encode()
    return facts_of(write_run(means.store, order.job, order.token, content, parts))


def check_writing(order: Order, options: WriteOptions, workshop: WritingWorkshop) -> bool:
    """See that what is to be written can be, before hours of work begin.

    Returns whether there is something to clean text with.

    Raises:
        UnknownNameError: there is no such template.
        UnsupportedOptionError: what is asked for needs a language model, and none is set.
        HansardError: the language model that is set cannot be had.
    """
    if "summary" in order.features:
        workshop.shelf.find(order.template_id)
        if not workshop.writes("summary", options):
            check_quoting(options)
    return order.wants_clean_text and workshop.writes("clean", options)


def facts_of(run: Run) -> Mapping[str, Any]:
    """What a worker is told of a run: `key`, `sha256`, `size`, `parts`."""
    return {"key": run.key, "sha256": run.sha256, "size": run.size, "parts": dict(run.parts)}


def news_of(event: Event) -> tuple[str, Mapping[str, Any]]:
    """A kind of news, and its facts."""
    facts = {name: getattr(event, name) for name in event.__dataclass_fields__}
    return type(event).__name__.lower(), facts
