"""JSON for karaoke pages that follow a clock: when each line begins, and each word in it.

    [{"timestamp", "end", "lrc_format", "text", "words": [{"word", "start", "end"}]}]

`timestamp` is seconds, `lrc_format` the same as `[mm:ss.xx]`, as an LRC file writes it. `words`
stands only where the times of the words are known; a word keeps the space before it.
"""

import msgspec

from hansard.errors import UsageError
from hansard.transcript.formats import json_read
from hansard.transcript.formats.clock import lyric_clock
from hansard.transcript.formats.json_write import Plain, array_of, rounded
from hansard.transcript.formats.protocol import Format
from hansard.transcript.formats.timed_text import from_segments
from hansard.transcript.formats.words import plain_word
from hansard.transcript.subtitles import SubtitleOptions
from hansard.transcript.subtitles.scripts import squeeze
from hansard.transcript.values import Segment, Transcript, Word


class ReadLine(msgspec.Struct):
    """A line as it may stand in a file."""

    timestamp: float
    text: str
    end: float | None = None
    words: tuple[json_read.ReadWord, ...] = ()


def write(transcript: Transcript, options: SubtitleOptions) -> str:  # noqa: ARG001 - a line is a segment
    """One line a segment that says something."""
    said = [plain(segment) for segment in transcript.segments if squeeze(segment.text)]
    return array_of(said) + "\n"


def plain(segment: Segment) -> Plain:
    """One line; a time that is no number is 0."""
    words = [plain_word(word) for word in segment.words]
    return {
        "timestamp": rounded(segment.start) or 0.0,
        "end": rounded(segment.end) or 0.0,
        "lrc_format": f"[{lyric_clock(segment.start)}]",
        "text": squeeze(segment.text),
        **({"words": words} if words else {}),
    }


def read(text: str) -> Transcript:
    """The lines of a file; one without an end lasts until the next. Other JSON is read, too.

    Raises:
        UsageError: it is no JSON (with the line), or holds no lines (with the place).
    """
    document = json_read.parse(text.removeprefix("\ufeff"))
    if not isinstance(document, list):
        return json_read.read(text)
    try:
        lines = msgspec.convert(document, tuple[ReadLine, ...])
    except msgspec.ValidationError as error:
        hint = "expected a list of lines, each with `timestamp` and `text`"
        raise UsageError(f"no lines: {error}", hint=hint) from error
    later = (*(line.timestamp for line in lines[1:]), 0.0)
    return from_segments(
        tuple(
            segment_of(index, line, until)
            for index, (line, until) in enumerate(zip(lines, later, strict=False))
        )
    )


def segment_of(index: int, line: ReadLine, until: float) -> Segment:
    """One line as a segment."""
    last = until if line.end is None else line.end
    return Segment(
        id=index,
        text=line.text,
        start=line.timestamp,
        end=max(line.timestamp, last),
        words=tuple(words_of(line)),
    )


def words_of(line: ReadLine) -> tuple[Word, ...]:
    """The words of a line."""
    return json_read.words_of(
        json_read.ReadSegment(text=line.text, words=line.words), line.timestamp, respace=True
    )


FORMAT = Format(
    name="sync",
    about="lines and words with times, for karaoke pages (JSON)",
    write=write,
    read=read,
    suffix="_sync.json",
    media_type="application/json",
)
