"""Markdown for reading: paragraphs with their times, speakers in bold."""

import re
from collections.abc import Iterator

from hansard.transcript.formats.clock import short_clock
from hansard.transcript.formats.protocol import Format
from hansard.transcript.spans import Seconds
from hansard.transcript.subtitles import SubtitleOptions
from hansard.transcript.subtitles.blocks import needs_space
from hansard.transcript.subtitles.scripts import squeeze
from hansard.transcript.values import Segment, Transcript

SPECIAL = re.compile(r"([\\`*_\[\]<>&#|~])")
LIST_MARK = re.compile(r"^(\d+)([.)])(?=\s|$)|^([-+=])")
PAUSE: Seconds = 2.0
"""A silence that begins a paragraph where nobody tells the speakers apart."""
LONGEST = 600
"""The characters from which on the next sentence begins a new paragraph."""


def write(transcript: Transcript, options: SubtitleOptions) -> str:  # noqa: ARG001 - it is no subtitle
    """The transcript as paragraphs, one a stretch of talk."""
    parts = [paragraph(segments) for segments in stretches(transcript)]
    return "\n\n".join(parts) + "\n" if parts else ""


def stretches(transcript: Transcript) -> Iterator[list[Segment]]:
    """Segments in a row of one speaker, not too long and without a long silence."""
    held: list[Segment] = []
    for segment in transcript.segments:
        if not squeeze(segment.text):
            continue
        if held and begins_paragraph(held, segment):
            yield held
            held = []
        held.append(segment)
    if held:
        yield held


def begins_paragraph(held: list[Segment], segment: Segment) -> bool:
    """Whether a segment does not go on with the paragraph."""
    if held[-1].speaker != segment.speaker or segment.start - held[-1].end >= PAUSE:
        return True
    return sum(len(each.text) for each in held) >= LONGEST


def paragraph(segments: list[Segment]) -> str:
    """A line with the speaker and the times, and below it what was said."""
    times = f"({short_clock(segments[0].start)}\u2013{short_clock(segments[-1].end)})"
    speaker = squeeze(segments[0].speaker or "")
    head = f"**{escape(speaker)}** {times}" if speaker else times
    text = ""
    for segment in segments:
        said = squeeze(segment.text)
        text += (" " if text and needs_space(text, said) else "") + said
    return f"{head}\n\n{escape(text)}"


def escape(text: str) -> str:
    """The text with the characters that Markdown would act on written as they are."""
    text = SPECIAL.sub(r"\\\1", text)
    return LIST_MARK.sub(lambda match: f"{match[1] or ''}\\{match[2] or match[3]}", text)


FORMAT = Format(
    name="md",
    about="Markdown paragraphs with times and speakers",
    write=write,
    media_type="text/markdown",
)
