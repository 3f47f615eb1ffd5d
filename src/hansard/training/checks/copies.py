"""Recordings as candidates for being there twice: what is known of each file. Reads, moves nothing.

Links are told and left alone: a symbolic link is no copy, and of a hard link nothing is saved.
"""

import os
import stat
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from hansard.audio import SAMPLE_RATE, Sound
from hansard.audio.fingerprints import Fingerprint, fingerprint_sound
from hansard.audio.formats import suffixes
from hansard.audio.info import MediaInfo
from hansard.audio.media import open_sound
from hansard.audio.names import printable
from hansard.audio.options import AudioOptions
from hansard.errors import HansardError, MediaNotFoundError, UsageError
from hansard.storage.files import sha256_of, temporary_folder
from hansard.training.checks.hearing import measure
from hansard.training.checks.values import Limits
from hansard.training.journal import Journal
from hansard.transcript import Seconds
from hansard.transcript.formats import FORMATS, find, name_of, read

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FACTS = ("sha256", "sound", "duration", "codec", "rate", "bit_rate", "bandwidth", "spoilt")
VERSION = 1
"""Of what is measured: files that another version studied are studied again."""
LOSSLESS = ("pcm_", "flac", "alac", "wavpack", "tta")
SHORT: Seconds = 6.0
"""Recordings up to this length are compared sample by sample: fingerprints need more."""
LISTENED: Seconds = 120.0
"""In so much of a recording its quality is measured."""
QUIET = 0.02
"""A recording whose largest sample is below this has fewer than 10 bits."""
COARSE = 4
"""Every fourth sample is enough for that: up to 2 kHz, what every codec keeps."""
_READABLE = tuple(kind.suffix for kind in FORMATS if kind.read)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A recording that may be there twice."""

    path: Path
    size: int
    mtime: float
    sha256: str
    sound: str
    """SHA-256 of its samples at 16 kHz: the same in every lossless container."""
    duration: Seconds
    codec: str
    rate: int
    bit_rate: int
    bandwidth: float = 8000.0
    """Up to which frequency there is sound, in Hz, 8000 at most."""
    spoilt: bool = False
    """Whether its tops are cut off, or it is so quiet that its steps are heard."""
    fingerprint: Fingerprint | None = None
    shape: bytes = b""
    """Of a short one: its samples, few and coarse."""
    linked: bool = False
    """Whether a link in the same folder leads to it, so that it had better stay."""
    transcripts: tuple[Path, ...] = ()
    """Its transcript, in one or more formats."""
    text: str | None = None
    """What the first readable one of them says; None where there is none."""

    @property
    def lossless(self) -> bool:
        """Whether nothing was left out for the sake of size."""
        return self.codec.startswith(LOSSLESS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A name that is no file of its own."""

    path: Path
    target: str
    kind: Literal["symbolic link", "hard link"]


@dataclass(slots=True)
class Found:
    """Files of a folder, links set apart."""

    files: list[Path] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)

    @property
    def needed(self) -> frozenset[Path]:
        """Files that a link leads to."""
        return frozenset(link.path.parent.joinpath(link.target).resolve() for link in self.links)


def find_recordings(folder: Path, without: Path) -> Found:
    """All media files below a folder, by their names, in order; `without` is a folder left out.

    Linked folders are not entered.
    """
    found = Found()
    seen: dict[tuple[int, int], Path] = {}
    wanted = suffixes()
    for place, folders, names in os.walk(folder):
        here = Path(place)
        found.links += [_link(here / name) for name in folders if (here / name).is_symlink()]
        folders[:] = sorted(n for n in folders if here / n != without and not n.startswith("."))
        for name in sorted(names):
            path = here / name
            if path.suffix.lower() in wanted and not name.startswith("."):
                _sort(path, found, seen)
    return found


def _sort(path: Path, found: Found, seen: dict[tuple[int, int], Path]) -> None:
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        found.links.append(_link(path))
        return
    same = seen.get((status.st_dev, status.st_ino))
    if same is not None and status.st_nlink > 1:
        found.links.append(Link(path=path, target=str(same), kind="hard link"))
        return
    seen[status.st_dev, status.st_ino] = path
    if stat.S_ISREG(status.st_mode):
        found.files.append(path)


def _link(path: Path) -> Link:
    return Link(path=path, target=str(path.readlink()), kind="symbolic link")


def study(path: Path, journal: Journal, *, acoustic: bool) -> Copy:
    """All that is known of a recording, from the journal if it was read before.

    Raises:
        MediaError: it cannot be decoded.
        MissingExtraError: it is to be told by ear, and fpcalc is not installed.
        OSError: it cannot be read.
    """
    if not path.exists():
        raise MediaNotFoundError(f"'{printable(path)}' does not exist")
    status = path.stat()
    key = f"copy {VERSION} {acoustic:d} {status.st_size} {status.st_mtime_ns} {path}"
    known = journal.get(key)
    if known is None:
        known = _decode(path, acoustic=acoustic)
        journal.put(key, known)
    codes = known.get("fingerprint")
    transcripts = find_transcripts(path)
    return Copy(
        path=path,
        size=status.st_size,
        mtime=status.st_mtime,
        **{name: known[name] for name in _FACTS},
        fingerprint=None if codes is None else Fingerprint.from_text(codes, known["duration"]),
        shape=b64decode(known.get("shape", "")),
        transcripts=transcripts,
        text=_text(transcripts),
    )


def _decode(path: Path, *, acoustic: bool) -> Mapping[str, Any]:
    whole = sha256_of(path)
    with temporary_folder("hansard-copies-") as folder:
        opened = open_sound(path, folder, AudioOptions(min_duration=0.01))
        known = _facts(opened.sound, opened.info) | {"sha256": whole}
        if acoustic:
            known["fingerprint"] = fingerprint_sound(opened.sound).to_text()
            if opened.sound.duration <= SHORT:
                known["shape"] = b64encode(outline(opened.sound.read(0, SHORT))).decode("ascii")
    return known


def _facts(sound: Sound, info: MediaInfo) -> dict[str, Any]:
    digest = sha256()
    with sound.path.open("rb") as file:
        file.seek(sound.offset)
        left = 2 * sound.samples
        while left > 0 and (block := file.read(min(left, 1 << 20))):
            digest.update(block)
            left -= len(block)
    heard = measure(sound.read(sound.start, sound.start + LISTENED))
    return {
        "sound": digest.hexdigest(),
        "bandwidth": heard.bandwidth,
        "spoilt": heard.flat > Limits().max_clipping or heard.peak < QUIET,
        "duration": sound.duration,
        "codec": info.codec,
        "rate": info.sample_rate,
        "bit_rate": info.bit_rate or 0,
    }


def outline(samples: "NDArray[np.float32]") -> bytes:
    """A short sound as bytes, 4000 to a second, as loud as they can be."""
    whole = len(samples) // COARSE * COARSE
    coarse = samples[:whole].reshape(-1, COARSE).mean(axis=1)
    coarse = coarse - coarse.mean() if whole else coarse
    peak = float(np.abs(coarse).max(initial=0.0))
    loud = coarse / peak * 127 if peak else coarse
    return bytes(loud.astype(np.int8))


def likeness(one: bytes, other: bytes) -> float:
    """How alike two outlines are where one lies best upon the other: their correlation, 0 to 1."""
    left, right = (np.frombuffer(each, np.int8).astype(np.float32) for each in (one, other))
    size = 1 << (len(left) + len(right)).bit_length()
    scale = float(np.linalg.norm(left) * np.linalg.norm(right))
    if not scale:
        return 0.0
    product = np.fft.rfft(left, size) * np.conj(np.fft.rfft(right, size))
    return float(np.fft.irfft(product, size).max()) / scale


def outline_seconds(shape: bytes) -> Seconds:
    """How long the sound of an outline is."""
    return len(shape) * COARSE / SAMPLE_RATE


def find_transcripts(path: Path) -> tuple[Path, ...]:
    """Files beside a recording that are called as it is, and are of a transcript's kind."""
    try:
        beside = sorted(path.parent.iterdir())
    except OSError:
        return ()
    return tuple(
        other
        for other in beside
        if other != path and _belongs(other.name, path.name) and not other.is_symlink()
    )


def _belongs(text: str, audio: str) -> bool:
    """`a.txt`, `a.norm.txt`, `a.mp3.txt`, `a_sync.json` belong to `a.mp3`; `a_2.txt` does not."""
    name = Path(audio)
    rest = text.removeprefix(name.stem).lower()
    also = (".norm", name.suffix.lower())
    return rest in {*_READABLE, *(middle + suffix for middle in also for suffix in _READABLE)}


def _text(transcripts: Sequence[Path]) -> str | None:
    for text in _texts(transcripts):
        return text
    return None


def _texts(transcripts: Sequence[Path]) -> Iterator[str]:
    for path in transcripts:
        try:
            content = path.read_bytes().decode("utf-8-sig", errors="replace")
            kind = find(name_of(path)).name
            yield " ".join(segment.text for segment in read(content, kind).segments)
        except (OSError, UsageError, HansardError):
            continue
