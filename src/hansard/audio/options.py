"""What a caller may choose about the way from a media file to a Sound."""

import math
import re
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Interval

from hansard.audio.names import printable
from hansard.errors import SettingError
from hansard.transcript.spans import Seconds, Span

WHOLE = Span(0.0, math.inf)
"""The clip that is everything."""

_TIME = re.compile(r"(?:(?:(\d{1,4}):)?(\d{1,2}):)?(\d{1,7}(?:\.\d{0,9})?|\.\d{1,9})", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class AudioOptions:
    """Which part of a recording is wanted, and how long it may be."""

    channel: str | None = None
    """Only this channel: 0 is the first, or `left` or `right`; without it all are mixed."""
    clip: str | None = None
    """Only this part, START-END in seconds or [hh:]mm:ss[.mmm]; either side may be empty."""
    min_duration: Annotated[Seconds, Interval(ge=0.01, le=3600)] = 0.1
    """Recordings shorter than this many seconds are refused."""
    max_duration: Annotated[Seconds, Interval(gt=0, le=604_800)] = 86_400.0
    """Recordings longer than this many seconds are refused; of a clip, its own length counts."""


def parse_clip(text: str) -> Span:
    """The stretch that `START-END` means, on the recording's clock; an open end is infinity.

    Raises:
        SettingError: the text is not such a stretch, or ends before it begins.
    """
    start, dash, end = (part.strip() for part in text.partition("-"))
    if not dash or not (start or end):
        raise _bad_clip(text, "it has no start and no end")
    span = Span(_seconds(start, text) if start else 0.0, _seconds(end, text) if end else math.inf)
    if span.end <= span.start:
        raise _bad_clip(text, "its end is not after its start")
    return span


def parse_channel(text: str) -> int:
    """The index, from 0, of the channel that `left`, `right` or a number means.

    Raises:
        SettingError: it is neither.
    """
    word = text.strip().lower()
    if word in {"left", "right"}:
        return 0 if word == "left" else 1
    if re.fullmatch(r"\d{1,2}", word, re.ASCII):
        return int(word)
    raise SettingError(
        f"channel '{printable(text)}' is not the number of a channel",
        hint="write 0 for the first channel, 1 for the second, or left or right",
    )


def _seconds(text: str, clip: str) -> Seconds:
    found = _TIME.fullmatch(text)
    if not found:
        raise _bad_clip(clip, f"'{printable(text)}' is not a time")
    hours, minutes, seconds = found.groups()
    if (minutes and float(seconds) >= 60) or (hours and int(minutes) >= 60):
        raise _bad_clip(clip, f"'{printable(text)}' has more than 59 minutes or seconds")
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(seconds)


def _bad_clip(text: str, reason: str) -> SettingError:
    return SettingError(
        f"clip '{printable(text)}' is not a part of a recording: {reason}",
        hint="write START-END, as in 90-120.5, 1:30-2:00 or 1:02:03-",
    )
