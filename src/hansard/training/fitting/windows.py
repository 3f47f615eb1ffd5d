"""Which clips stand in which window, in which order: decided anew for each epoch, from a seed."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hansard.training.fitting.clips import Clip
from hansard.training.fitting.options import SampleOptions
from hansard.transcript import Seconds

_GAPS = (0.1, 0.7)
"""Seconds of silence between two joined clips."""
_SILENCES = (1.0, 12.0)
"""Seconds of a window that is added without speech."""


@dataclass(frozen=True, slots=True)
class Part:
    """A clip in a window."""

    clip: Clip
    start: Seconds
    """Where it begins in the window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What the model hears at once, and what it is to write."""

    key: str
    """Names it within its epoch; everything random about it is drawn from this."""
    parts: tuple[Part, ...]
    """None where nobody speaks."""
    duration: Seconds
    language: str | None = None
    previous: str = ""
    """Text before it that is given as a prompt."""
    timestamps: bool = False


def plan_windows(
    clips: Sequence[Clip], options: SampleOptions, epoch: int, seed: int
) -> tuple[Window, ...]:
    """Every clip once, alone or joined with those that follow it, and some windows of silence."""
    dice = random.Random(f"windows {seed} {epoch}")
    lines: dict[tuple[str, str | None], list[Clip]] = {}
    for clip in clips:
        lines.setdefault((clip.group, clip.language), []).append(clip)
    windows: list[Window] = []
    for line in lines.values():
        windows += _join(line, options, dice, len(windows))
    silent = round(len(windows) * options.no_speech_share)
    windows += [_silence(number, clips, dice) for number in range(silent)]
    dice.shuffle(windows)
    return tuple(windows)


def plan_checks(clips: Sequence[Clip]) -> tuple[Window, ...]:
    """Clips one by one as they are, to measure the loss with."""
    return tuple(
        Window(
            key=f"check {clip.id}",
            parts=(Part(clip, 0.0),),
            duration=clip.duration,
            language=clip.language,
        )
        for clip in clips
    )


def _join(
    line: Sequence[Clip], options: SampleOptions, dice: random.Random, first: int
) -> Iterator[Window]:
    place = 0
    number = first
    while place < len(line):
        parts = [Part(line[place], 0.0)]
        end = line[place].duration
        before = line[place - 1].text if place else ""
        place += 1
        if options.pack and line[place - 1].text and dice.random() < options.pack_probability:
            limit = dice.uniform(min(end, options.pack), options.pack)
            room = 1.0 - parts[0].clip.room
            while place < len(line) and line[place].text:
                start = end + dice.uniform(*_GAPS)
                room -= line[place].room
                if start + line[place].duration > limit or room < 0:
                    break
                parts.append(Part(line[place], start))
                end = start + line[place].duration
                place += 1
        prompted = before and dice.random() < options.condition_on_prev_probability
        yield Window(
            key=f"{number} {parts[0].clip.id}",
            parts=tuple(parts),
            duration=end,
            language=parts[0].clip.language,
            previous=before if prompted else "",
            timestamps=dice.random() < options.timestamp_probability,
        )
        number += 1


def _silence(number: int, clips: Sequence[Clip], dice: random.Random) -> Window:
    return Window(
        key=f"silence {number}",
        parts=(),
        duration=dice.uniform(*_SILENCES),
        language=dice.choice(clips).language,
    )
