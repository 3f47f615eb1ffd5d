"""What every file format provides."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from hansard.errors import UsageError
from hansard.transcript.spans import Seconds
from hansard.transcript.subtitles import Cue, SubtitleOptions
from hansard.transcript.values import Transcript


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One file format."""

    name: str
    """Its name on the command line."""
    about: str
    """What it is good for, in one line."""
    write: Callable[[Transcript, SubtitleOptions], str]
    """A transcript as the text of a file."""
    tells_unplaced: bool = False
    """Whether it can say that a word has no time."""
    read: Callable[[str], Transcript] | None = None
    """The text of a file as a transcript; None where the format cannot be read back."""
    cues: Callable[[str], tuple[Cue, ...]] | None = None
    """The text of a file as subtitles, as they are shown."""
    suffix: str = ""
    """What the names of its files end in; a point and the name where nothing else is said."""
    media_type: str = "text/plain"
    """What the service calls its files."""

    def __post_init__(self) -> None:
        """Give it the suffix that its name makes."""
        object.__setattr__(self, "suffix", self.suffix or f".{self.name}")


def nonsense(what: str, line: int, *, hint: str = "") -> UsageError:
    """The error for a file that is not what it should be; lines count from 1."""
    return UsageError(f"{what} in line {line}", hint=hint)


def in_order(start: Seconds, end: Seconds, line: int) -> tuple[Seconds, Seconds]:
    """Two times of a file, once they are in order.

    Raises:
        UsageError: the end lies before the start, or one of them is not finite.
    """
    if not (math.isfinite(start) and math.isfinite(end)) or end < start:
        raise nonsense(f"no stretch of time: {start:g} to {end:g}", line)
    return start, end


def lines_of(text: str) -> list[str]:
    """The lines of a file of any system, without the byte order mark."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
