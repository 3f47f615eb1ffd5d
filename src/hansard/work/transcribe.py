"""The main deed: a recording in, a trustworthy transcript out."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import Any, BinaryIO, Protocol

from hansard.audio import Sound
from hansard.audio.media import open_sound
from hansard.pipeline import Before, Event, Staged, Tools, run
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
    model: str = ""
    """A name that means this very model tomorrow as well: with its revision, or a folder."""
    longest_group: Seconds | None = None
    """How many seconds of windows are about a minute's work here; None = no limit is needed."""


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
        heard = Heard(opened.sound, opened.notes, {"read": read})
        return transcribe_sound(heard, options, workshop, wires)


@dataclass(frozen=True, slots=True)
class Heard:
    """A recording that has been decoded already."""

    sound: Sound
    notes: tuple[str, ...] = ()
    """What was noticed while it was decoded."""
    spent: Mapping[str, float] = field(default_factory=dict)
    """Seconds that earlier stages took."""


def transcribe_sound(
    heard: Heard,
    options: TranscribeOptions,
    workshop: Workshop,
    wires: Wires,
    checkpoints: "Checkpoints | None" = None,
) -> Transcript:
    """Transcribe a recording that has been decoded; with `checkpoints`, go on from them.

    Raises:
        ModelError: the model cannot be had.
        EngineError: the engine failed.
        UsageError: an option cannot be honoured.
        Cancelled: the caller asked to stop.
    """
    begin = perf_counter()
    wires.on_event(Staged("loading the model"))
    with workshop.lend(options, heard.sound.duration) as lent:
        loaded = perf_counter() - begin
        before = checkpoints.begin(lent) if checkpoints else Before()
        transcript = run(
            heard.sound,
            lent.tools,
            options,
            before=before,
            on_event=wires.on_event,
            cancelled=wires.cancelled,
        )
        return _complete(transcript, heard, lent, {**heard.spent, "load": loaded})


class Checkpoints(Protocol):
    """Where finished groups are kept between two attempts."""

    def begin(self, lent: Lent) -> Before:
        """Told what will be used; gives what was finished before with the very same.

        Raises:
            ModelError: the model is another one than that the work began with.
        """
        ...


def _complete(
    transcript: Transcript, heard: Heard, lent: Lent, spent: Mapping[str, float]
) -> Transcript:
    """Add what only the deed knows: the media's faults, the versions, the whole cost."""
    trust = transcript.trust
    attempts = lent.attempts()
    if trust is not None:
        notes = (*heard.notes, *trust.notes)
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
