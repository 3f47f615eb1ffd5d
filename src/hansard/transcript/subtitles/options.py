"""What a user may ask of subtitles."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Interval


@dataclass(frozen=True, kw_only=True)
class SubtitleOptions:
    """How subtitles are cut and wrapped. None = the profile's number."""

    subtitle_profile: Literal["plain", "netflix", "bbc", "asian"] = "plain"
    """The set of limits that subtitles keep: line width, lines, reading speed, times, gap."""
    max_line_width: Annotated[int | None, Interval(ge=1, le=1000)] = None
    """The most characters on a line; East Asian wide ones count as two, save with `asian`."""
    max_line_count: Annotated[int | None, Interval(ge=1, le=20)] = None
    """The most lines of a subtitle."""
    max_words_per_line: Annotated[int | None, Interval(ge=1, le=100)] = None
    """The most words on a line."""
    subtitle_cps: Annotated[float | None, Interval(gt=0, le=100)] = None
    """The reading speed not to exceed, in characters per second."""
    highlight_words: bool = False
    """Underline each word while it is spoken (srt and vtt)."""
