"""A recording without its music: block by block, so that length costs no memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hansard.audio import SAMPLE_RATE, Sound
from hansard.audio.options import WHOLE
from hansard.audio.spool import Spool
from hansard.errors import Cancelled
from hansard.models.vocals import VocalIsolator
from hansard.pipeline import Staged
from hansard.storage.files import temporary_folder
from hansard.transcript import Seconds
from hansard.work.heard import Heard
from hansard.work.lending import Workshop
from hansard.work.options import TranscribeOptions
from hansard.work.wires import Wires

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK: Seconds = 30.0
"""How much is separated at once."""
EDGE: Seconds = 1.0
"""Sound on either side that a block is separated with and that is then thrown away: at its edges
the model hears no context."""
LONGEST: Seconds = 7 * 86_400.0


@contextmanager
def without_music(
    heard: Heard, options: TranscribeOptions, workshop: Workshop, wires: Wires
) -> Iterator[Heard]:
    """The recording with its voices only, where that is wanted, for the length of the block.

    Raises:
        UsageError: no model for it is named.
        ModelError: the model cannot be had.
        EngineError: it failed.
        Cancelled: the caller asked to stop.
    """
    if not options.isolate_vocals:
        yield heard
        return
    wires.on_event(Staged("isolating vocals"))
    with temporary_folder("hansard-") as folder:
        with workshop.lend_vocals(options) as isolator:
            sound = isolate(heard.sound, isolator, folder, wires)
        notes = (*heard.notes, "voices were taken out of the music first")
        yield replace(heard, sound=sound, notes=notes)


def isolate(sound: Sound, isolator: VocalIsolator, folder: Path, wires: Wires) -> Sound:
    """The voices of a Sound as another one in `folder`, on the same clock.

    Raises:
        EngineError: the isolator failed.
        Cancelled: the caller asked to stop.
    """
    with Spool(folder, WHOLE, LONGEST, "the isolated voices") as spool:
        for first in range(0, sound.samples, round(BLOCK * SAMPLE_RATE)):
            if wires.cancelled():
                raise Cancelled
            start = sound.start + first / SAMPLE_RATE
            voices = _isolate_block(sound, isolator, start)
            pcm = (np.clip(voices, -1, 1) * 32767).astype("<i2").tobytes()
            spool.write(memoryview(pcm))
            wires.watch.on_progress(min(1.0, (start + BLOCK - sound.start) / sound.duration))
        return replace(spool.finish(), start=sound.start)


def _isolate_block(sound: Sound, isolator: VocalIsolator, start: Seconds) -> "NDArray[np.float32]":
    before = min(EDGE, start - sound.start)
    samples = sound.read(start - before, start + BLOCK + EDGE)
    skipped = round(before * SAMPLE_RATE)
    return isolator.isolate(samples)[skipped : skipped + round(BLOCK * SAMPLE_RATE)]
