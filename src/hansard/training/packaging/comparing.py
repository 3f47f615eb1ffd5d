"""The trained model and its conversions read the same clips, one after another."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hansard.errors import ModelDamagedError
from hansard.models.engines import Engine
from hansard.training.manifest import Entry
from hansard.training.packaging.checks import Checkpoint
from hansard.training.packaging.clips import Clips, through, tongue_of
from hansard.training.packaging.fidelity import (
    ClipFidelity,
    Fidelity,
    Read,
    Tongue,
    Trial,
    compare,
    listen,
    trials_of,
)
from hansard.training.watching import Watch

if TYPE_CHECKING:
    from hansard.training.packaging.reference import Reference

OpenEngine = Callable[[Path, str], AbstractContextManager[Engine]]
"""Opens CTranslate2 weights with a compute type, as they will be served."""


class Means(NamedTuple):
    """What conversions are compared with."""

    open_engine: OpenEngine
    clips: Clips
    watch: Watch
    wanted: bool = True
    """False: only see that they can be opened."""


def compare_all(
    reference: "Reference",
    checkpoint: Checkpoint,
    folders: Mapping[str, tuple[Path, str]],
    means: Means,
) -> tuple[Fidelity, ...]:
    """How faithful each folder of converted weights is, by its name: (folder, precision).

    The trained model reads each clip once.

    Raises:
        ModelDamagedError: a conversion would be prompted in another way than it was taught.
        TrainingError: no clip can be read.
        Cancelled: the caller asked to stop.
    """
    read: dict[str, Read] = {}
    done: list[Fidelity] = []
    for number, (name, (folder, precision)) in enumerate(folders.items()):
        if not means.wanted:
            with means.open_engine(folder, "default") as engine:
                check_multilingual(engine, checkpoint)
            continue
        for trial in trials_of(name, precision, first=number == 0):
            with means.open_engine(folder, trial.compute_type) as engine:
                check_multilingual(engine, checkpoint)
                done.append(_try(trial, engine, (reference, checkpoint, means), read))
    return tuple(done)


def _try(
    trial: Trial,
    engine: Engine,
    given: "tuple[Reference, Checkpoint, Means]",
    read: dict[str, Read],
) -> Fidelity:
    reference, checkpoint, means = given
    clips: list[ClipFidelity] = []
    for clip in through(means.clips, means.watch):
        ident, tongue = clip.entry.id, tongue_for(clip.entry, checkpoint)
        if ident not in read:
            read[ident] = reference.read(clip.samples, tongue)
        heard = listen(engine, (clip.sound, clip.span), tongue, reference.suppressed)
        clips.append(compare(ident, read[ident], heard, clip.span.start))
    return Fidelity(trial, tuple(clips))


def tongue_for(entry: Entry, checkpoint: Checkpoint) -> Tongue:
    """The language that the model is to read a clip in."""
    if not checkpoint.is_multilingual:
        return tongue_of(entry, (), None)
    known = [code.strip("<|>") for code in checkpoint.generation.get("lang_to_id") or ()]
    return tongue_of(entry, known, checkpoint.language)


def check_multilingual(engine: Engine, checkpoint: Checkpoint) -> None:
    """See that servers will prompt the model as it was taught.

    CTranslate2 tells a multilingual Whisper by its vocabulary, not by its settings.

    Raises:
        ModelDamagedError: they will not.
    """
    served = len(engine.info.languages) > 1
    if served != checkpoint.is_multilingual:
        kinds = {True: "multilingual", False: "of English alone"}
        raise ModelDamagedError(
            f"generation_config.json says that the model is {kinds[checkpoint.is_multilingual]}, "
            f"and CTranslate2 takes it for one that is {kinds[served]} by its vocabulary, so it "
            "would be prompted in another way than it was taught",
            hint="train from a checkpoint whose vocabulary has OpenAI's size: 51,864 for English "
            "alone, 51,865 or more for many languages",
        )
