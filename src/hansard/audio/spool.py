"""Writing decoded audio to disk: the making of a Sound."""

import math
import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from hansard.audio import wav
from hansard.audio.disk import FreeSpace, refuse_write
from hansard.audio.limits import too_long
from hansard.audio.sound import SAMPLE_RATE, Sound
from hansard.transcript.spans import Seconds, Span

_BYTES = 2
_HOLE = 1 << 16
"""Silences from this many bytes on are left as holes in the file, which cost no disk space."""


class Spool:
    """A growing WAV file that keeps what lies inside a clip; it is gone unless finished.

    Counts in samples at 16 kHz on the recording's clock: `index` is where the next one belongs.
    """

    def __init__(self, folder: Path, clip: Span, longest: Seconds, shown: str) -> None:
        """Makes a file with a random name in `folder`; `shown` names the recording in errors.

        Raises:
            OutputError: the folder refuses.
        """
        self.index = 0
        self.kept = 0
        self.first = round(clip.start * SAMPLE_RATE)
        self.last = math.inf if math.isinf(clip.end) else round(clip.end * SAMPLE_RATE)
        self._longest = longest
        self._shown = shown
        self._space = FreeSpace(folder)
        self._folder = folder
        with refuse_write(folder):
            handle, name = tempfile.mkstemp(dir=folder, prefix="hansard-", suffix=".wav")
            self.path = Path(name)
            self._file = os.fdopen(handle, "wb")
            self._file.write(bytes(wav.HEADER_BYTES))

    @property
    def full(self) -> bool:
        """Whether the clip's end is reached."""
        return self.index >= self.last

    @property
    def start(self) -> Seconds:
        """Where the clip begins."""
        return self.first / SAMPLE_RATE

    @property
    def seconds(self) -> Seconds:
        """How much audio is kept."""
        return self.kept / SAMPLE_RATE

    def write(self, pcm: memoryview) -> None:
        """Adds 16-bit samples, native byte order of little-endian machines.

        Raises:
            OutputError: the disk is full, or nearly.
            MediaLimitError: it is more than `longest`.
        """
        begin, end = self._take(len(pcm) // _BYTES)
        self._space.take((end - begin) * _BYTES)
        with refuse_write(self._folder):
            self._file.write(pcm[begin * _BYTES : end * _BYTES])

    def silence_until(self, index: int) -> None:
        """Adds silence up to `index`; does nothing if that lies behind.

        Raises:
            OutputError: the disk is full.
            MediaLimitError: it is more than `longest`.
        """
        begin, end = self._take(max(0, index - self.index))
        size = (end - begin) * _BYTES
        with refuse_write(self._folder):
            if size >= _HOLE:
                self._file.seek(size, os.SEEK_CUR)
            else:
                self._file.write(bytes(size))

    def finish(self) -> Sound:
        """Completes the header; from now on the file stays.

        Raises:
            OutputError: the disk is full.
        """
        with refuse_write(self._folder):
            self._file.truncate(wav.HEADER_BYTES + self.kept * _BYTES)
            self._file.seek(0)
            self._file.write(wav.header(self.kept, SAMPLE_RATE))
            self._file.close()
        return Sound(self.path, wav.HEADER_BYTES, self.kept, self.start)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            return
        try:
            self._file.close()  # may fail to flush on a full disk, which is known by now
        except OSError:
            pass
        finally:
            self.path.unlink(missing_ok=True)

    def _take(self, samples: int) -> tuple[int, int]:
        """Counts the next `samples`; says from which to which of them lie inside the clip."""
        begin = min(samples, max(0, self.first - self.index))
        end = max(begin, int(min(samples, self.last - self.index)))
        self.index += samples
        self.kept += end - begin
        if self.kept > self._longest * SAMPLE_RATE:
            raise too_long(self._shown, self._longest)
        return begin, end
