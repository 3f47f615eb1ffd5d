"""What a recording sounds like, in a few numbers that survive another encoding.

Chromaprint (https://acoustid.org/chromaprint) says every 0.124 s, in 32 bits, how the energy of the
twelve notes of a scale changes within the last 2.6 s (Jang, Yoo et al., "Pairwise boosted audio
fingerprint", 2009). It is computed by `fpcalc`, a program of Debian's `libchromaprint-tools`,
which is only given WAV files that our own decoder wrote: its decoder would open whatever a foreign
file names.
"""

import json
import logging
import math
import shutil
import subprocess
from base64 import b64decode, b64encode
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hansard.audio.media import open_sound
from hansard.audio.options import AudioOptions
from hansard.audio.sound import Sound
from hansard.errors import MissingExtraError, UnreadableMediaError
from hansard.storage.files import temporary_folder
from hansard.transcript.spans import Seconds

if TYPE_CHECKING:
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)

PROGRAM = "fpcalc"
LONGEST: Seconds = 600
"""Only so much of a recording's beginning is taken; whole lengths are compared besides."""
SAME = 0.82
"""From this similarity on two recordings are the same one. Measured on 57 synthetic recordings of
4 to 64 s: other copies of one (MP3 and Opus down to 16 kbit/s, telephone, a quarter of the volume,
noise, up to 1 s cut off) reach 0.91 to 1.0; different ones of like length 0.72 at most."""
FEWEST = 12
"""Codes below which nothing can be told: recordings of less than about 4 s."""
FEWEST_KINDS = 6
"""Different codes below which nothing can be told: silence, a tone."""
_OVERLAP = 0.6
"""The share of the longer recording that an alignment must cover."""
_TIMEOUT: Seconds = 120
_SHARED = 0.03
"""The share of a recording's codes that another one must have, nearly, to be compared."""
_COMPARED = 8
_HOLDERS = 32
"""Of recordings that share a code so many are remembered: silence is in all of them."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a recording sounds like."""

    packed: bytes
    """The codes, 32 bits each, little-endian."""
    duration: Seconds
    """Of the whole recording."""

    @property
    def codes(self) -> "NDArray[np.uint32]":
        """Shape: (n,); one code every 0.124 s."""
        return np.frombuffer(self.packed, "<u4")

    @property
    def usable(self) -> bool:
        """Whether it is long and varied enough to tell recordings apart."""
        codes = self.codes
        return len(codes) >= FEWEST and len(np.unique(codes)) >= FEWEST_KINDS

    def to_text(self) -> str:
        """The codes as base64."""
        return b64encode(self.packed).decode("ascii")

    @classmethod
    def from_text(cls, text: str, duration: Seconds) -> "Fingerprint":
        """The fingerprint whose `to_text` this is."""
        return cls(b64decode(text), duration)


def can_fingerprint() -> bool:
    """Whether fpcalc is on this machine."""
    return shutil.which(PROGRAM) is not None


def fingerprint(path: Path) -> Fingerprint:
    """The fingerprint of a media file, which is decoded by our own decoder first.

    Raises:
        MediaError: it cannot be decoded.
        MissingExtraError: fpcalc is not installed.
    """
    with temporary_folder("hansard-fingerprint-") as folder:
        sound = open_sound(path, folder, AudioOptions(min_duration=0.01)).sound
        return fingerprint_sound(sound)


def fingerprint_sound(sound: Sound) -> Fingerprint:
    """The fingerprint of a decoded recording; one without codes where it is too short.

    Raises:
        MissingExtraError: fpcalc is not installed.
        UnreadableMediaError: fpcalc fails, or takes longer than two minutes.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        raise MissingExtraError(
            f"the program {PROGRAM!r} is not installed, so recordings cannot be compared by ear",
            hint="apt-get install libchromaprint-tools",
        )
    # an absolute path never looks like a flag
    command = [program, "-raw", "-json", "-length", f"{LONGEST:g}", str(sound.path.absolute())]
    try:
        ended = subprocess.run(  # noqa: S603 - a fixed program, and a file that we wrote
            command, check=False, capture_output=True, timeout=_TIMEOUT, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnreadableMediaError(f"{PROGRAM} failed: {error}") from error
    return Fingerprint(_codes(ended.stdout, ended.stderr), sound.duration)


def _codes(output: bytes, complaint: bytes) -> bytes:
    """The codes that fpcalc wrote; its exit status is 3 even where it only met the file's end."""
    try:
        return np.asarray(json.loads(output)["fingerprint"], "<u4").tobytes()
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        if b"Empty fingerprint" in complaint:
            return b""
        raise UnreadableMediaError(
            f"{PROGRAM} gave no fingerprint: {complaint[-200:].decode(errors='replace').strip()}"
        ) from error


def similarity(a: Fingerprint, b: Fingerprint) -> float:
    """How much alike two whole recordings sound, 0 to 1; about 0.5 for any two.

    It is the share of equal bits where one lies best upon the other, moved by whole codes, with at
    least 60 % of the longer one covered. It is 0 where one is that much shorter, or where one of
    them is not `usable`.
    """
    if not (a.usable and b.usable) or not _alike_in_length(a.duration, b.duration):
        return 0.0
    short, long = sorted((a.codes, b.codes), key=len)
    least = math.ceil(_OVERLAP * len(long))
    shifts = range(least - len(short), len(long) - least + 1)
    return max((_equal_bits(short, long, shift) for shift in shifts), default=0.0)


def _alike_in_length(a: Seconds, b: Seconds) -> bool:
    """Whether one may be the other, with up to a second and a half or 40 % cut off."""
    return abs(a - b) <= max(1.5, (1 - _OVERLAP) * max(a, b))


def _equal_bits(short: "NDArray[np.uint32]", long: "NDArray[np.uint32]", shift: int) -> float:
    """The share of equal bits where `short` begins `shift` codes after `long` does."""
    mine, other = short[max(0, -shift) :], long[max(0, shift) :]
    size = min(len(mine), len(other))
    differ = np.bitwise_count(mine[:size] ^ other[:size]).sum()
    return 1.0 - float(differ) / (32 * size)


class FingerprintIndex:
    """Finds recordings that sound alike without comparing all with all.

    Only those are compared that share a few codes but for one bit, which copies of a recording
    do and recordings with the same jingle do not; and only the likeliest of them.
    """

    def __init__(self) -> None:
        self._known: dict[str, Fingerprint] = {}
        self._holders: defaultdict[int, list[str]] = defaultdict(list)

    def add(self, name: str, heard: Fingerprint) -> None:
        """Know a recording from now on; one that is not usable is left out."""
        if not heard.usable:
            return
        self._known[name] = heard
        for code in np.unique(heard.codes).tolist():
            if len(self._holders[code]) < _HOLDERS:
                self._holders[code].append(name)

    def find(self, heard: Fingerprint) -> tuple[str, float] | None:
        """The most similar recording known, and how similar; None where none is the same."""
        if not heard.usable:
            return None
        votes = Counter(self._sharers(heard))
        needed = max(1, int(_SHARED * len(heard.codes)))
        likely = (name for name, count in votes.most_common() if count >= needed)
        found = ((name, similarity(heard, self._known[name])) for name in islice(likely, _COMPARED))
        best = max(found, key=lambda each: each[1], default=("", 0.0))
        return best if best[1] >= SAME else None

    def _sharers(self, heard: Fingerprint) -> Iterator[str]:
        """For each code, the recordings of like length that have it, but for one bit."""
        for code in np.unique(heard.codes).tolist():
            for near in (code, *(code ^ (1 << bit) for bit in range(32))):
                for name in self._holders.get(near, ()):
                    if _alike_in_length(heard.duration, self._known[name].duration):
                        yield name
