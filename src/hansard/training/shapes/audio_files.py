"""The audio files of an AudioFolder: copied, linked or cut, each whole or not at all."""

import os
import shutil
from pathlib import Path

import numpy as np

from hansard.audio import SAMPLE_RATE
from hansard.audio.wav import header
from hansard.errors import DiskFullError, OutputError
from hansard.storage.files import advise, is_full, write_whole
from hansard.training.manifest import Entry
from hansard.training.shapes.means import Means
from hansard.transcript import Seconds


class Maker:
    """Makes files in a folder, and remembers them, so that an interrupted run can go on."""

    def __init__(self, folder: Path, means: Means) -> None:
        """`folder` may hold what an earlier run made."""
        self._folder = folder
        self._means = means
        self._kept: set[Path] = set()

    def keep(self, file: str) -> Path:
        """The path of a file in the folder, which `clear` leaves there."""
        path = self._folder / file
        self._kept.add(path)
        return path

    def copy(self, entry: Entry, file: str) -> Seconds:
        """Copy or link an entry's whole file; returns how long it is.

        Raises:
            MediaError: it is not there, or cannot be decoded.
            OutputError: the copy cannot be made.
        """
        facts = self._means.meter.measure(entry.audio)
        key = self._key(entry, file)
        if not self._is_made(key, file):
            path = self._folder / file
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                if self._means.link:
                    _link(entry.audio, path)
                else:
                    _copy(entry.audio, path)
            except OSError as error:
                kind = DiskFullError if is_full(error) else OutputError
                raise kind(
                    f"cannot copy {str(entry.audio)!r}: {error.strerror or error}",
                    hint=advise(error),
                ) from error
            self._note(key, file)
        self.keep(file)
        return facts.duration

    def cut(self, entry: Entry, file: str) -> Seconds:
        """Write an entry's clip as a WAV of 16 kHz; returns how long it is.

        Raises:
            MediaError: its recording is not there, or cannot be decoded, or ends before it.
            OutputError: it cannot be written.
        """
        key = self._key(entry, file)
        if not self._is_made(key, file):
            heard = self._means.clips.read(entry)
            pcm = np.clip(np.rint(heard * 32768.0), -32768, 32767).astype("<i2")
            write_whole(self._folder / file, header(len(pcm), SAMPLE_RATE) + pcm.tobytes())
            self._note(key, file)
        path = self.keep(file)
        return (path.stat().st_size - len(header(0, SAMPLE_RATE))) / 2 / SAMPLE_RATE

    def clear(self) -> None:
        """Delete what an earlier run made and this one did not ask for."""
        for folder, _, names in os.walk(self._folder, topdown=False):
            for name in names:
                if (path := Path(folder) / name) not in self._kept:
                    path.unlink()
            if Path(folder) != self._folder and not any(Path(folder).iterdir()):
                Path(folder).rmdir()

    def _key(self, entry: Entry, file: str) -> str:
        try:
            seen = entry.audio.stat()
        except OSError:
            return ""
        about = (self._folder, file, entry.audio, seen.st_size, seen.st_mtime_ns, entry.start)
        return "\n".join(str(each) for each in (*about, entry.end, self._means.link))

    def _is_made(self, key: str, file: str) -> bool:
        noted, path = self._means.journal.get(key), self._folder / file
        return noted is not None and path.is_file() and noted["size"] == path.stat().st_size

    def _note(self, key: str, file: str) -> None:
        self._means.journal.put(key, {"size": (self._folder / file).stat().st_size})


def _copy(source: Path, target: Path) -> None:
    part = target.with_name(f".{target.name}.part")
    try:
        shutil.copyfile(source, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _link(source: Path, target: Path) -> None:
    """A hard link, or a symbolic one where the file system has no other to give."""
    target.unlink(missing_ok=True)
    real = source.resolve()
    try:
        target.hardlink_to(real)
    except OSError:
        target.symlink_to(real)
