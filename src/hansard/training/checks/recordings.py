"""A manifest's recordings, each decoded once for all of its clips."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hansard.audio import SAMPLE_RATE, Sound
from hansard.audio.formats import find_format
from hansard.audio.info import MediaInfo
from hansard.audio.media import open_sound
from hansard.audio.options import AudioOptions
from hansard.errors import (
    MediaError,
    MediaLimitError,
    MediaNotFoundError,
    NoAudioError,
)
from hansard.storage.files import temporary_folder
from hansard.training.checks.endings import missing_end
from hansard.training.checks.values import Finding, Limits, fail, note, warn
from hansard.transcript import Seconds, Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST: Seconds = 7 * 86_400.0
FIRST: Seconds = 60.0
"""Channels are compared in so much of a recording."""
SLACK: Seconds = 0.2
"""A header may announce so much more than there is."""
DEAF = 0.01
"""A channel is silent if its level is this share of the other's (40 dB below)."""
OPPOSED = -0.5
"""Channels whose correlation is below this take each other out when they are mixed."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording that was decoded."""

    sound: Sound
    info: MediaInfo
    findings: tuple[Finding, ...]
    """What is wrong with all of it."""

    def clip(self, start: Seconds, end: Seconds | None) -> Sound:
        """A stretch of it as a Sound of its own, whose clock begins at zero; may be empty."""
        sound = self.sound
        last = sound.samples if end is None else min(sound.samples, round(end * SAMPLE_RATE))
        first = min(round(start * SAMPLE_RATE), last)
        return replace(sound, offset=sound.offset + 2 * first, samples=last - first, start=0.0)


class Recordings:
    """Decodes one recording at a time, and keeps it until the next one is asked for."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        """`folder` holds the decoded recording meanwhile."""
        self.folder = folder
        self._limits = limits
        self._path: Path | None = None
        self._opened: Recording | Finding | None = None

    def open(self, path: Path) -> Recording | Finding:
        """The recording, or why there is none; good until another path is asked for."""
        if self._opened is None or self._path != path:
            self.forget()
            self._opened = self._decode(path)
            self._path = path
        return self._opened

    def forget(self) -> None:
        """Delete the decoded recording."""
        if isinstance(self._opened, Recording):
            self._opened.sound.path.unlink(missing_ok=True)
        self._opened = self._path = None

    def _decode(self, path: Path) -> Recording | Finding:
        options = AudioOptions(min_duration=0.01, max_duration=LONGEST)
        try:
            opened = open_sound(path, self.folder, options)
        except MediaError as error:
            return refusal(error, path)
        notes = [*_damage(opened.info, opened.sound, opened.notes, missing_end(path))]
        notes += _rate(opened.info, self._limits)
        if opened.info.channels == 2:
            notes += self._compare_channels(path)
        return Recording(opened.sound, opened.info, tuple(notes))

    def _compare_channels(self, path: Path) -> Iterator[Finding]:
        try:
            left, right = (self._channel(path, number) for number in "01")
        except MediaError:
            return
        count = min(len(left), len(right))
        yield from compare_channels(left[:count], right[:count])

    def _channel(self, path: Path, number: str) -> "NDArray[np.float32]":
        options = AudioOptions(channel=number, clip=f"0-{FIRST:g}", min_duration=0.01)
        sound = open_sound(path, self.folder, options).sound
        try:
            return sound.read(sound.start, sound.end)
        finally:
            sound.path.unlink(missing_ok=True)


@contextmanager
def reading_recordings(limits: Limits) -> Iterator[Recordings]:
    """Recordings in a temporary folder, gone afterwards."""
    with temporary_folder("hansard-checks-") as folder:
        recordings = Recordings(folder, limits)
        try:
            yield recordings
        finally:
            recordings.forget()


def refusal(error: MediaError, path: Path) -> Finding:
    """What a failure to decode says about a file."""
    if isinstance(error, MediaNotFoundError):
        return fail("missing audio", str(error))
    if isinstance(error, NoAudioError):
        return fail("no audio", str(error))
    if path.is_file() and not path.stat().st_size:
        return fail("empty file", str(error), 0)
    if isinstance(error, MediaLimitError):
        kind = "sampling rate" if "sample rate" in str(error) else "unreadable audio"
        kind = "too short" if "min_duration" in str(error) else kind
        return fail(kind, str(error))
    return fail("unreadable audio", str(error))


def _damage(
    info: MediaInfo, sound: Sound, notes: tuple[str, ...], missing: str | None
) -> Iterator[Finding]:
    early = [text for text in notes if text.startswith(("ends early", "given up"))]
    known = find_format(info.format)
    lacking = (info.duration or 0.0) - sound.duration
    if not early and missing:
        early = [missing]
    elif not early and lacking > SLACK and known and known.declares:
        early = [f"ends early: {info.duration:.2f} s announced, {sound.duration:.2f} s found"]
    if early:
        yield fail("truncated audio", early[0], round(sound.duration, 2), _length(info))
    for text in notes:
        if text not in early:
            yield warn("damaged audio", text)


def _length(info: MediaInfo) -> float | None:
    return None if info.duration is None else round(info.duration, 2)


def _rate(info: MediaInfo, limits: Limits) -> Iterator[Finding]:
    rate = info.sample_rate
    if not rate or rate == SAMPLE_RATE:
        return
    if rate < limits.min_rate:
        message = f"{rate} samples a second, fewer than {limits.min_rate}"
        yield fail("sampling rate", message, rate, limits.min_rate)
    elif rate < SAMPLE_RATE:
        yield warn("sampling rate", f"{rate} samples a second: half of the sound is missing", rate,
                   SAMPLE_RATE)  # fmt: skip
    else:
        yield note("sampling rate", f"{rate} samples a second, resampled on reading", rate)


def compare_channels(
    left: "NDArray[np.float32]", right: "NDArray[np.float32]"
) -> Iterator[Finding]:
    """What two channels would do to each other when they are mixed; both of shape (n,)."""
    if not len(left):
        return
    loud = [float(np.sqrt(np.square(one, dtype=np.float64).mean())) for one in (left, right)]
    if max(loud) < 1e-4:
        return
    if min(loud) < DEAF * max(loud):
        silent = "left" if loud[0] < loud[1] else "right"
        yield warn("channels", f"the {silent} channel is silent, so the mix is half as loud",
                   round(20 * math.log10(max(min(loud), 1e-5) / max(loud)), 1), -40.0)  # fmt: skip
        return
    product = float(np.mean(left.astype(np.float64) * right))
    alike = product / (loud[0] * loud[1])
    if alike < OPPOSED:
        lost = alike < -0.95 and 0.8 < loud[0] / loud[1] < 1.25
        find = fail if lost else warn
        yield find("channels", "the channels are of opposite phase and take each other out",
                   round(alike, 2), OPPOSED)  # fmt: skip


def spans_of(sound: Sound) -> Span:
    """All of a Sound."""
    return Span(sound.start, sound.end)
