"""WebVTT: subtitles for browsers, with speakers as voices.

The form is W3C's *WebVTT: The Web Video Text Tracks Format*.
"""

import html
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
from hansard.transcript.subtitles.scripts import squeeze
from hansard.transcript.values import Transcript

HEADER = "WEBVTT"
VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]*)>")
TAG = re.compile(r"</?(?:[a-z][^<>]*|[\d:.]+)>|</>", re.IGNORECASE)
"""Voices, styles, ruby, languages, and times within a cue."""


def write(transcript: Transcript, options: SubtitleOptions) -> str:
    """The transcript as vtt: `WEBVTT`, times with hours only above 0, `<v Name>` for speakers."""
    parts = [f"{HEADER}\n\n"]
    for cue in cues_of(transcript, options):
        voice = voice_of(cue.speaker)
        for frame in frames_to_show((cue,), highlighted=options.highlight_words):
            start = clock(frame.start, mark=".", hours=False)
            end = clock(frame.end, mark=".", hours=False)
            parts.append(f"{start} --> {end}\n{voice}{body_of(frame, escape)}\n\n")
    return "".join(parts)


def voice_of(speaker: str | None) -> str:
    """The tag that names who speaks, or nothing."""
    name = squeeze(speaker or "")
    return f"<v {escape(name).replace('>', '&gt;')}>" if name else ""


def escape(text: str) -> str:
    """The text with what would be markup written as characters."""
    return without_arrow(text).replace("&", "&amp;").replace("<", "&lt;")


def read_cues(text: str) -> tuple[Cue, ...]:
    """The subtitles of a file; notes, styles, settings and tags are dropped, voices are speakers.

    A file without its `WEBVTT` line is accepted where it begins with a subtitle.

    Raises:
        UsageError: it begins with something else, or a line of times makes no sense.
    """
    lines = lines_of(text)
    if not lines[0].startswith(HEADER):
        first = next((line for line in lines if line.strip()), "")
        if first and ARROW not in "".join(lines[:3]):
            raise nonsense(f"no {HEADER} before {first.strip()[:40]!r}", lines.index(first) + 1)
    return tuple(
        Cue(start=entry.start, end=entry.end, lines=shown(body), speaker=speaker_in(body))
        for entry in entries_of(lines)
        for body in (payload(entry.body),)
    )


def payload(body: list[str]) -> str:
    """The text of a cue: its lines up to the first blank one."""
    blank = next((index for index, line in enumerate(body) if not line.strip()), len(body))
    return "\n".join(body[:blank])


def shown(body: str) -> tuple[str, ...]:
    """The lines of a cue as they are shown."""
    lines = (html.unescape(TAG.sub("", line)).strip() for line in body.split("\n"))
    return tuple(line for line in lines if line)


def speaker_in(body: str) -> str | None:
    """Who says the cue; None where nobody is named, or more than one is."""
    voices = {html.unescape(name).strip() for name in VOICE.findall(body)} - {""}
    return voices.pop() if len(voices) == 1 else None


def read(text: str) -> Transcript:
    """The transcript of a file: one segment a subtitle."""
    return transcript_of(read_cues(text))


FORMAT = Format(
    name="vtt",
    about="WebVTT subtitles, for browsers; speakers are voices",
    write=write,
    read=read,
    cues=read_cues,
    media_type="text/vtt",
)
