"""The clips that a trained and a converted model read both."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hansard.audio import SAMPLE_RATE, Sound
from hansard.errors import MediaError, TrainingError
from hansard.training.clips import reading_clips
from hansard.training.manifest import Entry
from hansard.training.packaging.fidelity import Tongue
from hansard.training.watching import Watch
from hansard.transcript import Seconds, Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)

LONGEST: Seconds = 30.0


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip that was decoded; good while it is gone through."""

    entry: Entry
    sound: Sound
    span: Span
    samples: "NDArray[np.float32]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clips:
    """Clips to read, and where they are from."""

    entries: tuple[Entry, ...]
    origin: str
    """For people: a manifest, or the recordings that come with Hansard."""


def choose(entries: Sequence[Entry], most: int, longest: Seconds = LONGEST) -> tuple[Entry, ...]:
    """Up to `most` spoken clips no longer than a window, spread evenly over all of them."""
    fits = [one for one in entries if not one.no_speech and _duration(one) <= longest]
    if len(fits) <= most:
        return tuple(fits)
    return tuple(fits[round(place * (len(fits) - 1) / max(1, most - 1))] for place in range(most))


def _duration(entry: Entry) -> Seconds:
    if entry.end is not None:
        return entry.end - entry.start
    return entry.duration or 0.0


def through(clips: Clips, watch: Watch) -> Iterator[Clip]:
    """Clips one by one, decoded; what cannot be read is left out and logged.

    Raises:
        TrainingError: none of them can be read.
        Cancelled: the caller asked to stop.
    """
    read = 0
    with reading_clips() as reader:
        for entry in watch.through(clips.entries, lambda one: one.id):
            try:
                sound = reader.sound(entry)
                samples = reader.read(entry)
            except MediaError as error:
                logger.warning("clip %r is left out: %s", entry.id, error)
                continue
            if len(samples) > LONGEST * SAMPLE_RATE:
                continue
            read += 1
            end = entry.start + len(samples) / SAMPLE_RATE
            yield Clip(entry, sound, Span(entry.start, end), samples)
    if not read:
        raise TrainingError(
            f"none of {len(clips.entries)} clips of {clips.origin} can be read",
            hint="name a manifest with good clips: --clips manifest.jsonl",
        )


def tongue_of(entry: Entry, languages: Sequence[str], usual: str | None) -> Tongue:
    """The language that a clip is read with: its own, else the usual one, else the model's first.

    `languages` are those that the model knows; none for one of English alone.
    """
    if not languages:
        return Tongue(None, None)
    wanted = [one for one in (entry.language, usual, "en") if one in languages]
    return Tongue((wanted or list(languages))[0])
