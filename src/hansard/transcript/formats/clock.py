"""Times as files write them, and back to seconds."""

import math
import re

from hansard.transcript.spans import Seconds

TIME = re.compile(r"(?:(\d+):)?(\d+):(\d{1,2})(?:[.,](\d{1,9}))?")


def milliseconds(seconds: Seconds) -> int:
    """The time in whole milliseconds, 0 for what is not a time of the recording."""
    return max(0, round(seconds * 1000)) if math.isfinite(seconds) else 0


def clock(seconds: Seconds, *, mark: str, hours: bool = True) -> str:
    """`HH:MM:SS` with milliseconds behind `mark`; without `hours`, those appear only above 0."""
    rest, thousandths = divmod(milliseconds(seconds), 1000)
    minutes, second = divmod(rest, 60)
    hour, minute = divmod(minutes, 60)
    front = f"{hour:02d}:" if hours or hour else ""
    return f"{front}{minute:02d}:{second:02d}{mark}{thousandths:03d}"


def lyric_clock(seconds: Seconds) -> str:
    """`mm:ss.xx`, minutes as many as there are, as lyrics files write times."""
    rest, hundredths = divmod((milliseconds(seconds) + 5) // 10, 100)
    minutes, second = divmod(rest, 60)
    return f"{minutes:02d}:{second:02d}.{hundredths:02d}"


def short_clock(seconds: Seconds) -> str:
    """`H:MM:SS` for readers, hours only above 0."""
    minutes, second = divmod(milliseconds(seconds) // 1000, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02d}:{second:02d}" if hour else f"{minute}:{second:02d}"


def seconds_of(text: str) -> Seconds | None:
    """`[HH:]MM:SS[.mmm]`, with a point or a comma, in seconds; None where it is no time."""
    match = TIME.fullmatch(text.strip())
    if match is None:
        return None
    hour, minute, second, fraction = match.groups()
    if int(second) >= 60 or (hour is not None and int(minute) >= 60):
        return None
    whole = int(hour or 0) * 3600 + int(minute) * 60 + int(second)
    return whole + float(f"0.{fraction or 0}")
