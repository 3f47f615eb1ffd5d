"""Clips decoded once: samples one after another in a file, from which training reads at random."""

import json
import logging
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from hansard.audio import SAMPLE_RATE, Sound
from hansard.errors import DiskFullError, HansardError, MediaError, OutputError
from hansard.storage.files import advise, is_full, remove_stale, write_whole
from hansard.training.clips import ClipReader, reading_clips
from hansard.training.manifest import Entry
from hansard.training.watching import Watch
from hansard.transcript import Seconds

if TYPE_CHECKING:
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)

_SAMPLES = "clips.pcm"
_INDEX = "clips.json"
_LONGEST: Seconds = 31.0
"""Of a longer clip no samples are kept: it cannot be learnt from."""


@dataclass(frozen=True, slots=True)
class Shard:
    """The samples of a manifest's clips: 16 kHz, 16 bits, little-endian, mono."""

    path: Path
    places: Mapping[str, tuple[int, int]]
    """Id of an entry to its first sample and its number of samples."""
    durations: Mapping[str, Seconds]
    """Id to measured length, of those that could be decoded."""

    def read(self, ident: str) -> "NDArray[np.float32]":
        """The samples of a clip, -1 to 1. Shape: (n,)."""
        first, count = self.places[ident]
        pcm = np.fromfile(self.path, dtype="<i2", count=count, offset=2 * first)
        return pcm.astype(np.float32) / np.float32(32768.0)

    def sound(self, ident: str) -> Sound:
        """The same as a Sound, for an engine."""
        first, count = self.places[ident]
        return Sound(self.path, offset=2 * first, samples=count)


def open_shard(entries: Sequence[Entry], folder: Path, watch: Watch) -> Shard:
    """The shard of these entries below `folder`, made if it is not there yet.

    What cannot be decoded is left out, and logged. A shard belongs to its clips as they are: if a
    file or a time changes, another is made.

    Raises:
        DiskFullError: there is no room.
        OutputError: the folder refuses.
        Cancelled: the caller asked to stop.
    """
    home = folder / _name(entries)
    index = home / _INDEX
    if not index.exists():
        _make(entries, home, watch)
    told = json.loads(index.read_bytes())
    return Shard(
        path=home / _SAMPLES,
        places={ident: (first, count) for ident, first, count in told["places"]},
        durations=told["durations"],
    )


def _name(entries: Sequence[Entry]) -> str:
    digest = sha256()
    for entry in entries:
        try:
            status = entry.audio.stat()
            facts = f"{status.st_size} {status.st_mtime_ns}"
        except OSError:
            facts = "absent"
        told = [entry.id, str(entry.audio), facts, entry.start, entry.end]
        digest.update(json.dumps(told).encode())
    return digest.hexdigest()[:16]


def _make(entries: Sequence[Entry], home: Path, watch: Watch) -> None:
    part = home / f"{_SAMPLES}.{os.getpid()}.part"
    try:
        home.mkdir(parents=True, exist_ok=True)
        remove_stale(home)
        with part.open("wb") as file, reading_clips() as reader:
            told = _write(entries, (file, reader), watch)
        part.replace(home / _SAMPLES)
        write_whole(home / _INDEX, json.dumps(told))
    except HansardError:
        raise
    except OSError as error:
        kind = DiskFullError if is_full(error) else OutputError
        raise kind(
            f"decoded clips cannot be kept in {str(home)!r}: {error.strerror or error}",
            hint=advise(error),
        ) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
            if not (home / _INDEX).exists():
                (home / _SAMPLES).unlink(missing_ok=True)
            home.rmdir()  # where nothing is in it


def _write(
    entries: Sequence[Entry], means: tuple[BinaryIO, ClipReader], watch: Watch
) -> dict[str, object]:
    file, reader = means
    places: list[tuple[str, int, int]] = []
    durations: dict[str, Seconds] = {}
    at = 0
    # clips of one recording after another, so that it is decoded once
    ordered = sorted(entries, key=lambda entry: (str(entry.audio), entry.start, entry.id))
    for entry in watch.through(ordered, lambda one: one.id):
        try:
            durations[entry.id] = _measure(entry, reader)
            samples = None if durations[entry.id] > _LONGEST else reader.read(entry)
        except MediaError as error:
            durations.pop(entry.id, None)
            logger.warning("clip %r is left out: %s", entry.id, error)
            continue
        if samples is None:
            continue
        pcm = np.clip(np.round(samples * 32768.0), -32768, 32767).astype("<i2")
        file.write(pcm.tobytes())
        places.append((entry.id, at, len(pcm)))
        durations[entry.id] = len(pcm) / SAMPLE_RATE
        at += len(pcm)
    return {"places": places, "durations": durations}


def _measure(entry: Entry, reader: ClipReader) -> Seconds:
    end = reader.sound(entry).end
    return (end if entry.end is None else min(end, entry.end)) - entry.start
