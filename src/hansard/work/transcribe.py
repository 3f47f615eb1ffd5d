"""The main deed: a recording in, a trustworthy transcript out."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import Any, BinaryIO, Protocol

from hansard.audio.info import Opened
from hansard.audio.media import open_sound
from hansard.pipeline import Event, Staged, Tools, run
from hansard.storage.files import temporary_folder
from hansard.transcript import Seconds, Transcript
from hansard.work.options import TranscribeOptions


@dataclass(frozen=True, slots=True)
class Lent:
    """Tools that are ready to work, for as long as the loan lasts."""

    tools: Tools
    attempts: Callable[[], tuple[str, ...]] = tuple
    """What was tried when memory ran out, in order."""
    versions: Mapping[str, Any] = field(default_factory=dict)
    """What else went into the result: program, detector, model revision."""


class Workshop(Protocol):
    """Has models, and lends them ready to work."""

    def lend(self, options: TranscribeOptions, sound: Seconds) -> AbstractContextManager[Lent]:
        """Tools for these options; loaded if need be, kept for the next caller if policy says so.

        `sound` is how many seconds there are to transcribe: short ones run best in another way.

        Raises:
            ModelError: the model cannot be had.
            EngineError: it cannot be loaded.
        """
        ...


@dataclass(frozen=True, slots=True)
class Wires:
    """How a caller follows a deed and stops it."""

    on_event: Callable[[Event], None] = lambda _: None
    cancelled: Callable[[], bool] = lambda: False


def transcribe(
    source: Path | BinaryIO, options: TranscribeOptions, workshop: Workshop, wires: Wires
) -> Transcript:
    """Transcribe a file or a stream.

    The audio is decoded into a temporary folder, which is removed whatever happens.

    Raises:
        MediaError: no Sound can be had from it.
        ModelError: the model cannot be had.
        EngineError: the engine failed.
        UsageError: an option cannot be honoured.
        Cancelled: the caller asked to stop.
    """
    begin = perf_counter()
    with temporary_folder("hansard-") as folder:
        wires.on_event(Staged("reading"))
        opened = open_sound(source, folder, options, cancelled=wires.cancelled)
        read = perf_counter() - begin
        wires.on_event(Staged("loading the model"))
        with workshop.lend(options, opened.sound.duration) as lent:
            loaded = perf_counter() - begin - read
            transcript = run(
                opened.sound,
                lent.tools,
                options,
                on_event=wires.on_event,
                cancelled=wires.cancelled,
            )
            return _complete(transcript, opened, lent, {"read": read, "load": loaded})


def _complete(
    transcript: Transcript, opened: Opened, lent: Lent, spent: Mapping[str, float]
) -> Transcript:
    """Add what only the deed knows: the media's faults, the versions, the whole cost."""
    trust = transcript.trust
    attempts = lent.attempts()
    if trust is not None:
        notes = (*opened.notes, *trust.notes)
        if attempts:
            notes = (*notes, f"memory ran out {len(attempts)} times; went on with less")
        trust = replace(trust, notes=notes)
    stages = {name: round(seconds, 3) for name, seconds in spent.items()}
    metrics = dict(transcript.metrics)
    metrics["stage_seconds"] = {**stages, **metrics["stage_seconds"]}
    metrics["attempts"] = list(attempts)
    return replace(
        transcript,
        trust=trust,
        metrics=metrics,
        versions={**lent.versions, **transcript.versions},
    )
