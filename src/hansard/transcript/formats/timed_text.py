"""What srt and vtt have in common: cues below lines such as `00:01.000 --> 00:02.000`."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from hansard.transcript.formats.clock import seconds_of
from hansard.transcript.formats.protocol import in_order, nonsense
from hansard.transcript.spans import Seconds
from hansard.transcript.subtitles import Cue, scripts
from hansard.transcript.subtitles.highlight import Frame, frames_of, still
from hansard.transcript.values import Segment, Transcript, Word

ARROW = "-->"
ARROWS = re.compile(r"-{2,}>")
TIMES = re.compile(r"\s*([\d:.,]+)\s*-->\s*([\d:.,]+)(?:\s.*)?")


class Entry(NamedTuple):
    """One cue as it stands in a file."""

    line: int
    """The line of its times, from 1."""
    start: Seconds
    end: Seconds
    body: list[str]
    """The lines between its times and the times of the next one."""


def without_arrow(text: str) -> str:
    """The text with `-->` made `->`, because an arrow would begin a cue."""
    return ARROWS.sub("->", text)


def entries_of(lines: Sequence[str]) -> list[Entry]:
    """Every cue of a file.

    Raises:
        UsageError: a line with an arrow holds no two times, or the second lies before the first.
    """
    places = [index for index, line in enumerate(lines) if ARROW in line]
    entries: list[Entry] = []
    for place, following in pairwise([*places, len(lines)]):
        match = TIMES.fullmatch(lines[place])
        start = seconds_of(match[1]) if match else None
        end = seconds_of(match[2]) if match else None
        if start is None or end is None:
            raise nonsense(f"no times of a subtitle: {lines[place].strip()!r}", place + 1)
        start, end = in_order(start, end, place + 1)
        entries.append(Entry(place + 1, start, end, list(lines[place + 1 : following])))
    return entries


def frames_to_show(cues: Iterable[Cue], *, highlighted: bool) -> Iterator[Frame]:
    """The cues as they are, or each in frames in which one word after the other is lit."""
    for cue in cues:
        yield from frames_of(cue) if highlighted else (still(cue),)


def body_of(frame: Frame, clean: Callable[[str], str]) -> str:
    """The lines of a frame, each piece made `clean`, lit words underlined."""
    return "\n".join(
        "".join(f"<u>{clean(text)}</u>" if lit else clean(text) for text, lit in line)
        for line in frame.lines
    )


def transcript_of(cues: Iterable[Cue]) -> Transcript:
    """The transcript that cues of a file make: one segment a cue, those without text left out."""
    segments = tuple(
        Segment(id=index, text=cue.text, start=cue.start, end=cue.end, speaker=cue.speaker)
        for index, cue in enumerate(cue for cue in cues if cue.text)
    )
    return from_segments(segments)


def segment_of(index: int, cue: Cue, words: tuple[Word, ...]) -> Segment:
    """A cue as a segment, with its words where they are all of its text."""
    spelt = "".join("".join(word.text.split()) for word in words) == "".join(cue.text.split())
    return Segment(
        id=index,
        text=cue.text,
        start=cue.start,
        end=cue.end,
        words=words if spelt else (),
        speaker=cue.speaker,
    )


def space_before(before: str, said: str) -> str:
    """The space before a word whose cue shows `before` in front of it, line ends among it."""
    bare = before.rstrip()
    if before == bare or not bare:
        return ""
    return scripts.seam(bare, said) if before.endswith("\n") else " "


def from_segments(segments: tuple[Segment, ...]) -> Transcript:
    """A transcript of segments alone: its speakers in order of appearance, as long as they last."""
    named = dict.fromkeys(segment.speaker for segment in segments if segment.speaker)
    return Transcript(
        segments=segments,
        speakers=tuple(named),
        duration=max((segment.end for segment in segments), default=0.0),
    )
