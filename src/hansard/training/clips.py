"""The sound of a manifest's entries."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hansard.audio import SAMPLE_RATE, Sound
from hansard.audio.media import open_sound
from hansard.audio.options import AudioOptions
from hansard.errors import MediaLimitError
from hansard.storage.files import temporary_folder
from hansard.training.manifest import Entry

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ANY_LENGTH = AudioOptions(min_duration=0.01)


class ClipReader:
    """Decodes entries; clips of one recording, asked for one after another, share one decoding."""

    def __init__(self, folder: Path) -> None:
        """`folder` holds the decoded recording meanwhile."""
        self._folder = folder
        self._path: Path | None = None
        self._sound: Sound | None = None

    def sound(self, entry: Entry) -> Sound:
        """The whole recording that an entry is of; good until the next recording is asked for.

        Raises:
            MediaError: it is not there, or cannot be decoded.
        """
        if self._sound is None or self._path != entry.audio:
            self.forget()
            self._sound = open_sound(entry.audio, self._folder, _ANY_LENGTH).sound
            self._path = entry.audio
        return self._sound

    def read(self, entry: Entry) -> "NDArray[np.float32]":
        """The samples of an entry's clip at 16 kHz. Shape: (n,).

        Raises:
            MediaError: the recording cannot be had.
            MediaLimitError: the clip lies outside it.
        """
        sound = self.sound(entry)
        end = sound.end if entry.end is None else min(entry.end, sound.end)
        if end - entry.start < 1 / SAMPLE_RATE:
            raise MediaLimitError(
                f"clip {entry.id!r} begins at {entry.start:g} s and ends at {end:g} s, in a "
                f"recording of {sound.duration:g} s: {str(entry.audio)!r}",
                hint="hansard data validate finds such entries",
            )
        return sound.read(entry.start, end)

    def forget(self) -> None:
        """Delete the decoded recording."""
        if self._sound is not None:
            self._sound.path.unlink(missing_ok=True)
        self._sound = self._path = None


@contextmanager
def reading_clips() -> Iterator[ClipReader]:
    """A reader with a temporary folder, gone afterwards."""
    with temporary_folder("hansard-clips-") as folder:
        reader = ClipReader(folder)
        try:
            yield reader
        finally:
            reader.forget()
