"""The main deed: a recording in, a trustworthy transcript out.

open ─ voices only ─ recognise ─ time words ─ tell speakers apart
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import BinaryIO, Protocol

from hansard.audio.media import open_sound
from hansard.pipeline import Before, Recognised, Staged, run
from hansard.storage.files import temporary_folder
from hansard.transcript import Transcript
from hansard.work.channels import open_channels
from hansard.work.finishing import add_time, tell_apart, time_words
from hansard.work.heard import Heard
from hansard.work.lending import Lent, Workshop
from hansard.work.options import TranscribeOptions
from hansard.work.vocals import without_music
from hansard.work.wires import Wires


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
        channels = open_channels(source, folder, opened.info, options, wires)
        spent, titles = {"read": read}, opened.info.titles
        heard = Heard(opened.sound, opened.notes, spent, titles, channels)
        return transcribe_sound(heard, options, workshop, wires)


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
    with without_music(heard, options, workshop, wires) as ready:
        recognised = _recognise(ready, options, workshop, wires, checkpoints)
        finished = perf_counter()
        recognised = time_words(recognised, ready.sound, options, workshop, wires)
        transcript = tell_apart(recognised, ready, options, workshop, wires)
        return add_time(transcript, perf_counter() - finished)


def _recognise(
    heard: Heard,
    options: TranscribeOptions,
    workshop: Workshop,
    wires: Wires,
    checkpoints: "Checkpoints | None",
) -> Recognised:
    begin = perf_counter()
    wires.on_event(Staged("loading the model"))
    with workshop.lend(options, heard.sound.duration) as lent:
        loaded = perf_counter() - begin
        before = checkpoints.begin(lent) if checkpoints else Before()
        recognised = run(
            heard.sound,
            lent.tools,
            options,
            before=before,
            on_event=wires.on_event,
            cancelled=wires.cancelled,
        )
        return _complete(recognised, heard, lent, {**heard.spent, "load": loaded})


class Checkpoints(Protocol):
    """Where finished groups are kept between two attempts."""

    def begin(self, lent: Lent) -> Before:
        """Told what will be used; gives what was finished before with the very same.

        Raises:
            ModelError: the model is another one than that the work began with.
        """
        ...


def _complete(
    recognised: Recognised, heard: Heard, lent: Lent, spent: Mapping[str, float]
) -> Recognised:
    """Add what only the deed knows: the media's faults, the versions, the whole cost."""
    transcript = recognised.transcript
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
    versions = {**heard.titles, **lent.versions, **transcript.versions}
    complete = replace(transcript, trust=trust, metrics=metrics, versions=versions)
    return replace(recognised, transcript=complete)
