"""SubRip: numbered subtitles for any player."""

import re

from hansard.transcript.formats.clock import clock
from hansard.transcript.formats.protocol import Format, lines_of, nonsense
from hansard.transcript.formats.timed_text import (
    ARROW,
    body_of,
    entries_of,
    frames_to_show,
    transcript_of,
    without_arrow,
)
from hansard.transcript.subtitles import Cue, SubtitleOptions, cues_of
from hansard.transcript.subtitles.labels import label_of, part_labels
from hansard.transcript.values import Transcript

MARKUP = re.compile(r"</?(?:i|b|u|s|font|c)(?:[ .][^<>]*)?>|\{\\[^{}]*\}", re.IGNORECASE)
"""The tags that players know, and the placements of SubStation."""


def write(transcript: Transcript, options: SubtitleOptions) -> str:
    """The transcript as srt: numbers from 1, `HH:MM:SS,mmm`, `Name:` before known speakers."""
    cues = cues_of(transcript, options, labels=True)
    frames = frames_to_show(cues, highlighted=options.highlight_words)
    return "".join(
        f"{number}\n{clock(frame.start, mark=',')} --> {clock(frame.end, mark=',')}\n"
        f"{body_of(frame, without_arrow)}\n\n"
        for number, frame in enumerate(frames, start=1)
    )


def read_cues(text: str) -> tuple[Cue, ...]:
    """The subtitles of a file; numbers, hours and blank lines may be missing, tags are dropped.

    Raises:
        UsageError: text stands before the first times, or a line of times makes no sense.
    """
    lines = lines_of(text)
    for number, line in enumerate(lines, start=1):
        if ARROW in line:
            break
        if line.strip() and not line.strip().isdigit():
            raise nonsense(f"no times before {line.strip()[:40]!r}", number, hint="is this srt?")
    entries = entries_of(lines)
    bodies = [
        shown(entry.body, last=index == len(entries) - 1) for index, entry in enumerate(entries)
    ]
    speakers = [name for name, _ in part_labels(["\n".join(body) for body in bodies])]
    return tuple(
        Cue(
            start=entry.start,
            end=entry.end,
            lines=tuple(body),
            speaker=speaker,
            label=label_in(body, speaker),
        )
        for entry, body, speaker in zip(entries, bodies, speakers, strict=True)
    )


def shown(body: list[str], *, last: bool) -> list[str]:
    """The lines of one cue without the number of the next one, without tags."""
    if not last and body and body[-1].strip().isdigit():
        body = body[:-1]
    lines = (MARKUP.sub("", line).strip() for line in body)
    return [line for line in lines if line]


def label_in(body: list[str], speaker: str | None) -> str:
    """The name as the first line writes it, with its colon and brackets."""
    if not speaker:
        return ""
    for label in (f"[{speaker}]:", f"[{speaker}]", label_of(speaker)):
        if body[0].startswith(label):
            return label
    return ""


def read(text: str) -> Transcript:
    """The transcript of a file: one segment a subtitle."""
    return transcript_of(read_cues(text))


FORMAT = Format(
    name="srt",
    about="SubRip subtitles, for video players",
    write=write,
    read=read,
    cues=read_cues,
    media_type="application/x-subrip; charset=utf-8",
)
