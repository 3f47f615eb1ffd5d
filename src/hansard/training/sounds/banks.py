"""Recordings of noise, and impulse responses of rooms, from folders of the user's."""

import logging
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from hansard.errors import DataError, MediaError, SettingError
from hansard.storage.files import temporary_folder

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

logger = logging.getLogger(__name__)

_SUFFIXES: Final = frozenset(".wav .flac .mp3 .ogg .opus .m4a .aac .aiff .aif .wma .webm".split())
_LONGEST: Final = 600.0
"""Seconds of a file that are used."""
_HELD: Final = 128 * 2**20
"""Bytes of decoded sound that are kept in memory."""


class Bank:
    """The recordings of a folder and all below it; decoded when they are needed."""

    def __init__(self, folder: Path) -> None:
        """Look what there is.

        Raises:
            SettingError: there is no such folder, or nothing in it that looks like sound.
        """
        self._folder = folder
        found = (p for p in folder.rglob("*") if p.suffix.lower() in _SUFFIXES and p.is_file())
        self.paths = sorted(found) if folder.is_dir() else []
        self._held: OrderedDict[Path, NDArray[np.int16]] = OrderedDict()
        self._broken: set[Path] = set()
        if not self.paths:
            raise SettingError(
                f"no recordings are in folder {str(folder)!r}",
                hint="the recipe's folders are relative to the recipe's own",
            )

    def facts(self) -> list[tuple[str, int, int]]:
        """What an outcome depends on: each file's path, size and time."""
        stats = ((path, path.stat()) for path in self.paths)
        return [(str(path), stat.st_size, stat.st_mtime_ns) for path, stat in stats]

    def pick(self, rng: "Generator") -> "Samples":
        """One of the recordings, by lot; a file that cannot be read is replaced by the next one.

        Raises:
            DataError: none can be read.
        """
        first = int(rng.integers(len(self.paths)))
        for path in (*self.paths[first:], *self.paths[:first]):
            samples = self._load(path)
            if samples is not None:
                return np.asarray(samples, np.float32) / np.float32(32768)
        raise DataError(f"no recording in {str(self._folder)!r} can be read")

    def stretch(self, count: int, rng: "Generator") -> "Samples":
        """So many samples of one of the recordings, over and over where it is short.

        Raises:
            DataError: none can be read.
        """
        samples = self.pick(rng)
        first = int(rng.integers(len(samples)))
        times = -(-(first + count) // len(samples))
        return np.tile(samples, times)[first : first + count]

    def _load(self, path: Path) -> "NDArray[np.int16] | None":
        if path in self._broken:
            return None
        held = self._held.get(path)
        if held is None:
            held = _decode(path)
            if held is None:
                self._broken.add(path)
                return None
            self._held[path] = held
            while len(self._held) > 1 and sum(one.nbytes for one in self._held.values()) > _HELD:
                self._held.popitem(last=False)
        self._held.move_to_end(path)
        return held


def _decode(path: Path) -> "NDArray[np.int16] | None":
    """The beginning of a file; None where it is no sound, or silence."""
    from hansard.audio.media import open_sound
    from hansard.audio.options import AudioOptions

    try:
        with temporary_folder("hansard-noise-") as folder:
            options = AudioOptions(min_duration=0.01, clip=f"0-{_LONGEST:g}")
            sound = open_sound(path, folder, options).sound
            samples = sound.read(sound.start, sound.end)
    except MediaError as error:
        logger.warning("%s", error)
        return None
    if not np.any(samples):
        logger.warning("%r holds silence", str(path))
        return None
    return np.asarray(samples * 32768, np.int16)
