"""Enhanced LRC: lyrics with a time for each line and each word.

The line form is `[mm:ss.xx] <mm:ss.xx>word <mm:ss.xx>word <mm:ss.xx>`, the word times those that
the A2 player brought in; the last one is the end of the last word. Times are hundredths of a
second.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from hansard.transcript.formats.clock import lyric_clock, seconds_of
from hansard.transcript.formats.protocol import Format, lines_of, nonsense
from hansard.transcript.formats.timed_text import from_segments
from hansard.transcript.spans import Seconds, Span
from hansard.transcript.subtitles import SubtitleOptions
from hansard.transcript.subtitles.blocks import spell
from hansard.transcript.subtitles.scripts import squeeze
from hansard.transcript.values import Segment, Transcript, Word

LINE_TIME = re.compile(r"\s*\[(\d+:\d{1,2}(?:[.:,]\d{1,3})?)\]")
WORD_TIME = re.compile(r"<(\d+:\d{1,2}(?:[.:,]\d{1,3})?)>")
TAG = re.compile(r"\[([a-zA-Z#]+):([^\]]*)\]\s*")
TAGS = (("ti", "title"), ("ar", "artist"), ("al", "album"))
"""Tags, and the names of what they tell among a transcript's versions."""
STAMP = re.compile(r"([\[<])(?=\d+:\d)")
ROUND = str.maketrans("[]", "()")
"""Brackets within a tag, which would end it."""


def write(transcript: Transcript, options: SubtitleOptions) -> str:  # noqa: ARG001 - a line is a segment
    """One line a segment, each word with its time where the words are known."""
    lines = (
        f"[{lyric_clock(segment.start)}] {line_of(segment)}\n"
        for segment in transcript.segments
        if squeeze(segment.text) or segment.words
    )
    return head_of(transcript) + "".join(lines)


def head_of(transcript: Transcript) -> str:
    """The tags: title, artist and album where they are known, the length, and who made the file."""
    known = ((tag, squeeze(str(transcript.versions.get(name) or ""))) for tag, name in TAGS)
    tags = [(tag, text.translate(ROUND)) for tag, text in known if text]
    length = lyric_clock(transcript.duration).partition(".")[0]
    return "".join(
        f"[{tag}:{text}]\n" for tag, text in (*tags, ("length", length), ("by", "Hansard"))
    )


def line_of(segment: Segment) -> str:
    """The words of a segment, each behind its time, or its text where they do not spell it."""
    pieces = spell(segment)
    if pieces is None:
        return without_stamps(squeeze(segment.text))
    said = [
        (word, f"{' ' if spaced else ''}<{lyric_clock(word.start)}>{without_stamps(text)}")
        for word, (text, spaced) in zip(segment.words, pieces, strict=True)
        if text
    ]
    end = lyric_clock(max(said[-1][0].start, said[-1][0].end)) if said else ""
    return "".join(text for _, text in said) + (f" <{end}>" if end else "")


def without_stamps(text: str) -> str:
    """The text with a blank in what would be read as a time: `[00:01` becomes `[ 00:01`."""
    return STAMP.sub(r"\1 ", text)


def read(text: str) -> Transcript:
    """The lines of a file, in order of time; a line lasts until the next one where nothing ends it.

    A line may have several times, and an `[offset:ms]` above 0 makes everything earlier.

    Raises:
        UsageError: a line has neither a time nor a tag.
    """
    tags: dict[str, str] = {}
    found: list[tuple[Seconds, str]] = []
    for number, line in enumerate(lines_of(text), start=1):
        if not line.strip():
            continue
        times, rest = line_times(line)
        tag = TAG.fullmatch(line.strip())
        if times:
            found += [(time, rest) for time in times]
        elif tag:
            tags[tag[1].lower()] = tag[2].strip()
        else:
            raise nonsense(f"neither a time nor a tag: {line.strip()[:40]!r}", number)
    return transcript_of(sorted(found, key=lambda entry: entry[0]), tags)


def line_times(line: str) -> tuple[list[Seconds], str]:
    """The times that a line begins with, in seconds, and the rest of it."""
    times: list[Seconds] = []
    place = 0
    while match := LINE_TIME.match(line, place):
        time = time_of(match[1])
        if time is None:
            break
        times.append(time)
        place = match.end()
    return times, line[place:]


def time_of(text: str) -> Seconds | None:
    """`mm:ss.xx`, also written `mm:ss:xx`, in seconds."""
    head, colon, tail = text.rpartition(":")
    return seconds_of(f"{head}.{tail}" if colon and ":" in head else text)


def transcript_of(lines: list[tuple[Seconds, str]], tags: Mapping[str, str]) -> Transcript:
    """The transcript that timed lines make; blank ones only end the line before them."""
    shift = number_of(tags.get("offset", "")) / 1000
    length = seconds_of(tags.get("length", "")) or 0.0
    segments: list[Segment] = []
    for index, (start, body) in enumerate(lines):
        until = lines[index + 1][0] if index + 1 < len(lines) else max(length + shift, start)
        segment = segment_of(len(segments), Span(start, until), body, shift)
        if segment.text:
            segments.append(segment)
    transcript = from_segments(tuple(segments))
    return replace(transcript, duration=max(transcript.duration, length))


def number_of(text: str) -> int:
    """A signed whole number, 0 where there is none."""
    return int(text) if re.fullmatch(r"[+-]?\d+", text) else 0


def segment_of(index: int, span: Span, body: str, shift: Seconds) -> Segment:
    """One line as a segment, with its words where it times them, all of it `shift` earlier."""
    parts = WORD_TIME.split(body)
    words = tuple(words_of(parts, span.end, shift))
    start = max(0.0, span.start - shift)
    end = max((word.end for word in words), default=span.end - shift)
    text = squeeze("".join(parts[::2]))
    return Segment(id=index, text=text, start=start, end=max(start, end), words=words)


def words_of(parts: list[str], until: Seconds, shift: Seconds) -> Iterator[Word]:
    """The words between times: `parts` is text, time, text, time, ..., text."""
    times = [*(time_of(part) or 0.0 for part in parts[1::2]), until]
    before = parts[0]
    for start, end, text in zip(times, times[1:], parts[2::2], strict=False):
        spaced = before[-1:].isspace() or text[:1].isspace()
        before = text or before
        said = squeeze(text)
        if said:
            yield Word(
                text=f" {said}" if spaced else said,
                start=max(0.0, start - shift),
                end=max(0.0, start - shift, end - shift),
            )


FORMAT = Format(
    name="lrc", about="lyrics with a time for each word (Enhanced LRC)", write=write, read=read
)
