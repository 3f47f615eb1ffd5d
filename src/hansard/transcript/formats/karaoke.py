"""WebVTT whose words have times of their own, for pages that light them as they are said.

    00:00:01.000 --> 00:00:03.000
    <v Ann><c>Good</c> <00:00:01.400><c>day</c>

The form is W3C's *WebVTT*, 4.2.2: the times within a cue lie between its start and its end, each
later than the one before. A browser matches what was said with `::cue(:past)`, and what is to come
with `::cue(:future)`.
"""

import html
import re
from collections.abc import Iterator
from typing import NamedTuple

from hansard.transcript.formats.clock import clock, milliseconds, seconds_of
from hansard.transcript.formats.protocol import Format, lines_of
from hansard.transcript.formats.timed_text import (
    entries_of,
    from_segments,
    segment_of,
    space_before,
)
from hansard.transcript.formats.vtt import (
    HEADER,
    TAG,
    escape,
    payload,
    read_cues,
    shown,
    speaker_in,
    voice_of,
)
from hansard.transcript.spans import Seconds
from hansard.transcript.subtitles import Cue, SubtitleOptions, cues_of
from hansard.transcript.subtitles.highlight import Spoken, spoken_lines
from hansard.transcript.subtitles.scripts import squeeze
from hansard.transcript.values import Segment, Transcript, Word

STAMP = re.compile(r"<((?:\d+:)?\d{2}:\d{2}\.\d{3})>")
PIECE = re.compile(r"</?c(?:\.[^>]*)?>")


def write(transcript: Transcript, options: SubtitleOptions) -> str:
    """The transcript as vtt, each word of known time behind that time, `<v Name>` for speakers."""
    parts = [f"{HEADER}\n\n"]
    for cue in cues_of(transcript, options):
        times = f"{clock(cue.start, mark='.')} --> {clock(cue.end, mark='.')}"
        parts.append(f"{times}\n{voice_of(cue.speaker)}{body_of(cue)}\n\n")
    return "".join(parts)


def body_of(cue: Cue) -> str:
    """The lines of a cue with the times at which their words begin."""
    last, end = milliseconds(cue.start), milliseconds(cue.end)
    seen: Word | None = None
    lines = []
    for line in spoken_lines(cue):
        written = ""
        for piece in line:
            begin = milliseconds(piece.word.start) if piece.word else 0
            stamp = ""
            if piece.word is not seen and last < begin < end:
                stamp, last = f"<{clock(begin / 1000, mark='.')}>", begin
            seen = piece.word
            written += f"{piece.gap}{stamp}{lit(piece)}"
        lines.append(written)
    return "\n".join(lines)


def lit(piece: Spoken) -> str:
    """A piece as something that a style can light, where it is a word of known time."""
    text = escape(piece.text)
    return f"<c>{text}</c>" if piece.word else text


def read(text: str) -> Transcript:
    """The transcript of a file: one segment a cue, with its words where the cue times them.

    A word lasts until the next one begins, the last one as long as its cue.

    Raises:
        UsageError: no `WEBVTT` line begins it, or a line of times makes no sense.
    """
    read_cues(text)  # refuses what is no vtt, with the line
    segments: list[Segment] = []
    for entry in entries_of(lines_of(text)):
        body = payload(entry.body)
        cue = Cue(start=entry.start, end=entry.end, lines=shown(body), speaker=speaker_in(body))
        if cue.text:
            words = words_of(body, entry.start, entry.end)
            segments.append(segment_of(len(segments), cue, words))
    return from_segments(tuple(segments))


class Begun(NamedTuple):
    """A word as a cue tells it: what is said, and since when."""

    text: str
    start: Seconds


def words_of(body: str, start: Seconds, end: Seconds) -> tuple[Word, ...]:
    """The words that a cue times; none where it times none."""
    begun = list(pieces_of(body, start)) if STAMP.search(body) or PIECE.search(body) else []
    later = [*(piece.start for piece in begun[1:]), end]
    return tuple(
        Word(text=piece.text, start=piece.start, end=max(piece.start, until))
        for piece, until in zip(begun, later, strict=False)
    )


def pieces_of(body: str, start: Seconds) -> Iterator[Begun]:
    """The text between times and classes, each with the space before it and the last time told."""
    before = ""
    for index, part in enumerate(STAMP.split(body)):
        if index % 2:
            start = seconds_of(part) or start
            continue
        for piece in PIECE.split(part):
            text = plain(piece)
            if said := squeeze(text):
                before += text[: len(text) - len(text.lstrip())]
                yield Begun(space_before(before, said) + said, start)
                before = text[len(text.rstrip()) - 1 :]
            else:
                before += text


def plain(text: str) -> str:
    """The text without tags and escapes."""
    return html.unescape(TAG.sub("", text))


FORMAT = Format(
    name="karaoke",
    about="WebVTT with a time for each word, for pages that light them",
    write=write,
    read=read,
    cues=read_cues,
    suffix=".karaoke.vtt",
    media_type="text/vtt",
)
