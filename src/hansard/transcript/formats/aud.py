"""Label tracks of Audacity, to hear a transcript beside its sound.

One line a segment, `start<TAB>end<TAB>[[Name]]text`, times in seconds; the name as whisperX writes
it. Audacity's manual, *Importing and exporting labels*, tells the form.
"""

import math
import re

from hansard.transcript.formats.protocol import Format, in_order, lines_of, nonsense
from hansard.transcript.formats.timed_text import from_segments
from hansard.transcript.spans import Seconds
from hansard.transcript.subtitles import SubtitleOptions
from hansard.transcript.subtitles.scripts import squeeze
from hansard.transcript.values import Segment, Transcript

NAME = re.compile(r"\[\[([^\[\]]*)\]\]\s*")
ROUND = str.maketrans("[]", "()")
"""Brackets within a name, which would end it."""


def write(transcript: Transcript, options: SubtitleOptions) -> str:  # noqa: ARG001 - a label is a segment
    """One label a segment."""
    rows = (
        (known(segment.start), known(segment.end), label_of(segment))
        for segment in transcript.segments
    )
    return "".join(f"{start:.6f}\t{max(start, end):.6f}\t{label}\n" for start, end, label in rows)


def known(seconds: Seconds) -> Seconds:
    """The time, 0 for what is not a time of the recording."""
    return max(0.0, seconds) if math.isfinite(seconds) else 0.0


def label_of(segment: Segment) -> str:
    """What is said, after the name; the name is empty where a text would be taken for one."""
    text = squeeze(segment.text)
    name = squeeze(segment.speaker or "").translate(ROUND)
    return f"[[{name}]]{text}" if name or NAME.match(text) else text


def read(text: str) -> Transcript:
    """One segment a label; the frequencies that Audacity may keep below one are left out.

    Raises:
        UsageError: a line has no two times.
    """
    segments: list[Segment] = []
    for number, line in enumerate(lines_of(text), start=1):
        if not line.strip() or line.startswith("\\"):
            continue
        segments.append(segment_of(len(segments), line, number))
    return from_segments(tuple(segments))


def segment_of(index: int, line: str, number: int) -> Segment:
    """One label as a segment."""
    cells = line.split("\t", 2)
    try:
        start, end = float(cells[0]), float(cells[1])
    except (ValueError, IndexError) as error:
        raise nonsense(f"no start and end: {line[:40]!r}", number) from error
    start, end = in_order(start, end, number)
    said = squeeze(cells[2]) if len(cells) > 2 else ""
    name = NAME.match(said)
    return Segment(
        id=index,
        text=said[name.end() :] if name else said,
        start=start,
        end=end,
        speaker=(name[1].strip() or None) if name else None,
    )


FORMAT = Format(
    name="aud",
    about="labels for Audacity, to hear a transcript beside its sound",
    write=write,
    read=read,
)
