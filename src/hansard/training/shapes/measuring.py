"""How long recordings really are, measured once."""

import logging
from dataclasses import dataclass
from pathlib import Path

from hansard.audio.media import open_sound, probe
from hansard.audio.options import AudioOptions
from hansard.errors import MediaError, MediaLimitError, MediaNotFoundError
from hansard.training.journal import Journal
from hansard.training.manifest import Entry
from hansard.training.shapes.gathering import is_file
from hansard.transcript import Seconds

logger = logging.getLogger(__name__)

_ANY_LENGTH = AudioOptions(min_duration=0.01)
_CLOSE = 0.001
"""A header that errs by less is right, and finer than a measurement at 16 kHz."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What other tools want to know of a recording."""

    duration: Seconds
    rate: int
    """Samples a second."""
    samples: int
    """Of each channel."""
    channels: int
    codec: str
    """FFmpeg's name of it."""
    plain: bool
    """Whether it is a WAV file of PCM, which every tool reads."""


class Meter:
    """Measures recordings, each once, also across runs."""

    def __init__(self, folder: Path, journal: Journal) -> None:
        """`folder` holds a decoded recording meanwhile."""
        self._folder = folder
        self._journal = journal
        self._known: dict[Path, Facts | MediaError] = {}

    def measure(self, path: Path) -> Facts:
        """The facts of a recording.

        WAV headers are believed where the file is as long as they say; else it is decoded.

        Raises:
            MediaError: it is not there, or cannot be decoded.
        """
        if path not in self._known:
            try:
                self._known[path] = self._look(path)
            except MediaError as error:
                self._known[path] = error
        found = self._known[path]
        if isinstance(found, MediaError):
            raise found
        return found

    def _look(self, path: Path) -> Facts:
        if not is_file(path):
            raise MediaNotFoundError(f"there is no file {str(path)!r}")
        seen = path.stat()
        key = f"{path}\n{seen.st_size}\n{seen.st_mtime_ns}"
        noted = self._journal.get(key)
        if noted is not None:
            try:
                return Facts(**noted)
            except TypeError:
                logger.debug("what was noted of %s is of another version", path.name)
        facts = self._decode(path)
        self._journal.put(key, {name: getattr(facts, name) for name in Facts.__dataclass_fields__})
        return facts

    def _decode(self, path: Path) -> Facts:
        info = probe(path)
        plain = info.format == "wav" and info.codec.startswith("pcm_")
        said, rate = info.duration, info.sample_rate
        if not (plain and said and said * (info.bit_rate or 0) / 8 <= info.size):
            sound = open_sound(path, self._folder, _ANY_LENGTH).sound
            sound.path.unlink(missing_ok=True)
            if not said or abs(said - sound.duration) > _CLOSE:
                said = sound.duration
        samples = round(said * rate)
        if not samples:
            raise MediaLimitError(f"{str(path)!r} holds no sound")
        return Facts(
            duration=samples / rate,
            rate=rate,
            samples=samples,
            channels=max(1, info.channels),
            codec=info.codec,
            plain=plain,
        )


def place(entry: Entry, facts: Facts) -> tuple[Seconds, Seconds]:
    """Where an entry's clip begins and ends in a recording of these facts.

    Raises:
        MediaLimitError: it begins behind the recording's end.
    """
    end = facts.duration if entry.end is None else min(entry.end, facts.duration)
    if end <= entry.start:
        raise MediaLimitError(
            f"the clip begins at {entry.start:g} s, and the recording ends at "
            f"{facts.duration:g} s: {str(entry.audio)!r}"
        )
    return entry.start, end


def length(entry: Entry, meter: Meter) -> Seconds:
    """How long an entry's clip is, measured only where its manifest does not say.

    Raises:
        MediaError: it does not say, and the recording cannot be measured.
    """
    if entry.end is not None:
        return entry.end - entry.start
    if entry.duration:
        return entry.duration
    start, end = place(entry, meter.measure(entry.audio))
    return end - start
