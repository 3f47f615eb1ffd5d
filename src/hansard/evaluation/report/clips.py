"""The sound of utterances: short clips beside the page, or links to the recordings."""

import logging
import os
import wave
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from hansard.audio import SAMPLE_RATE, Sound
from hansard.errors import MediaError, SettingError
from hansard.evaluation.report.rows import Row
from hansard.evaluation.values import Utterance
from hansard.storage.files import temporary_folder
from hansard.transcript import Seconds

logger = logging.getLogger(__name__)

MOST_CLIPS: Final = 500
MOST_SECONDS: Final = 3600.0
"""Of all clips together: 115 MB."""
_BLOCK: Final = 60.0
_SHORTEST: Final = 0.02


@dataclass(frozen=True, slots=True)
class Player:
    """Where the sound of an utterance is."""

    address: str
    """As a relative reference (RFC 3986) from the page."""
    offset: Seconds
    """Where the utterance begins in it."""


@dataclass(frozen=True, slots=True)
class Sounds:
    """All sounds that the page can play."""

    players: Mapping[int, Player]
    """By the number of the row."""
    copied: int = 0
    linked: int = 0
    unreadable: int = 0
    """Recordings that should have been copied, and cannot be decoded or are not there."""


def gather_sounds(
    rows: Sequence[Row], order: Iterable[int], page: Path, audio: Path | None
) -> Sounds:
    """Cut clips of the first rows in `order` into the folder `audio`; link those of the others.

    At most `MOST_CLIPS` clips and `MOST_SECONDS` seconds are cut, each recording is decoded once,
    and one at a time lies decoded in a temporary folder. `page` is the folder that links are seen
    from. Without `audio` everything is linked. What cannot be decoded has no player.
    """
    order = [number for number in order if rows[number].utterance.audio is not None]
    chosen = {} if audio is None else _choose(rows, order)
    copied: dict[int, Player] = {}
    failed: set[Path] = set()
    spent = 0.0
    for path, numbers in chosen.items():
        try:
            cut, seconds = _cut(path, [(n, rows[n].utterance) for n in numbers], audio, spent)
        except (MediaError, SettingError) as error:  # the latter of times that are none
            logger.warning("no clips of %s: %s", path, error)
            failed.add(path)
            continue
        copied |= cut
        spent += seconds
    linked = _link(rows, [n for n in order if n not in copied], page, failed)
    return Sounds(copied | linked, len(copied), len(linked), len(failed))


def _choose(rows: Sequence[Row], order: Iterable[int]) -> dict[Path, list[int]]:
    """Rows to copy, by recording, as far as their lengths are known."""
    chosen: dict[Path, list[int]] = {}
    clips, seconds = 0, 0.0
    for number in order:
        utterance = rows[number].utterance
        length = utterance.duration or 0.0
        if clips == MOST_CLIPS or utterance.audio is None:
            break
        if seconds + length <= MOST_SECONDS:
            chosen.setdefault(utterance.audio, []).append(number)
            clips, seconds = clips + 1, seconds + length
    return chosen


def _cut(
    path: Path, wanted: Sequence[tuple[int, Utterance]], audio: Path | None, spent: Seconds
) -> tuple[dict[int, Player], Seconds]:
    """Write the clips of one recording; returns their players and seconds."""
    from hansard.audio.media import open_sound
    from hansard.audio.options import AudioOptions

    players: dict[int, Player] = {}
    seconds = 0.0
    if audio is None:
        return players, seconds
    audio.mkdir(exist_ok=True)
    options = AudioOptions(clip=_stretch([each for _, each in wanted]), min_duration=0.01)
    with temporary_folder("hansard-clips-") as folder:
        sound = open_sound(path, folder, options).sound
        for number, utterance in wanted:
            start = max(0.0, utterance.start)
            length = utterance.duration
            end = sound.end if not length else min(sound.end, start + length)
            if _SHORTEST <= end - start <= MOST_SECONDS - spent - seconds:
                _write(audio / f"{number}.wav", sound, start, end)
                players[number] = Player(f"audio/{number}.wav", 0.0)
                seconds += end - start
    return players, seconds


def _stretch(utterances: Sequence[Utterance]) -> str:
    """The part of a recording that all clips are in, as `AudioOptions.clip` has it."""
    start = min(max(0.0, each.start) for each in utterances)
    ends = [max(0.0, u.start) + u.duration if u.duration else None for u in utterances]
    known = [end for end in ends if end is not None]
    return f"{start:.4f}-" + (f"{max(known):.4f}" if len(known) == len(ends) else "")


def _write(path: Path, sound: Sound, start: Seconds, end: Seconds) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        while start < end:
            stop = min(end, start + _BLOCK)
            file.writeframesraw((sound.read(start, stop) * 32768).astype("<i2").tobytes())
            start = stop


def _link(
    rows: Sequence[Row], numbers: Iterable[int], page: Path, failed: set[Path]
) -> dict[int, Player]:
    """Players of recordings where they lie, as far as they are there."""
    there: dict[Path, str | None] = dict.fromkeys(failed)
    players = {}
    for number in numbers:
        utterance = rows[number].utterance
        path = utterance.audio
        if path is None:
            continue
        if path not in there:
            there[path] = _address(path, page)
        address = there[path]
        if address is not None:
            start = max(0.0, utterance.start)
            end = f",{start + utterance.duration:.3f}" if utterance.duration else ""
            # a temporal fragment: W3C Media Fragments URI 1.0, 4.2.1
            part = f"#t={start:.3f}{end}" if start or end else ""
            players[number] = Player(address + part, start)
    return players


def _address(path: Path, page: Path) -> str | None:
    """A file as seen from the page; None where it is not there, or on another drive."""
    try:
        if not path.is_file():
            return None
        relative = os.path.relpath(path, page)
    except (OSError, ValueError):
        return None
    # the bytes of the name as they are: not every name is UTF-8
    return quote(os.fsencode(relative.replace(os.sep, "/")), safe="/")
