"""SubStation Alpha as a transcript: its lines, who says them, and the words that karaoke times."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from hansard.transcript.formats.clock import seconds_of
from hansard.transcript.formats.protocol import in_order, lines_of, nonsense
from hansard.transcript.formats.timed_text import from_segments, segment_of, space_before
from hansard.transcript.spans import Seconds
from hansard.transcript.subtitles import Cue
from hansard.transcript.subtitles.scripts import squeeze
from hansard.transcript.values import Segment, Transcript, Word

FIELDS = "layer start end style name marginl marginr marginv effect text".split()
"""The fields of a line where the file does not say which they are."""
BLOCK = re.compile(r"\{[^}]*\}")
BLOCKS = re.compile(r"(\{[^}]*\})")
BREAK = re.compile(r"\\[Nn]")
FILL = re.compile(r"\\(?:kf|ko|k|K)(\d+)")
"""The commands that time a syllable, in hundredths of a second."""
DRAWN = re.compile(r"\{[^}]*\\p[1-9]")
PLAIN = str.maketrans({"\uff5b": "{", "\uff5d": "}"})


class Line(NamedTuple):
    """One dialogue line."""

    start: Seconds
    end: Seconds
    name: str
    text: str


def read_cues(text: str) -> tuple[Cue, ...]:
    """The subtitles of a file in order of time; styles, drawings and comments are dropped.

    Raises:
        UsageError: it has no SubStation sections, or a line has no two times.
    """
    return tuple(cue_of(line) for line in dialogue(text) if not DRAWN.search(line.text))


def read(text: str) -> Transcript:
    """The transcript of a file: one segment a line, with words where karaoke times them all.

    Raises:
        UsageError: it has no SubStation sections, or a line has no two times.
    """
    segments: list[Segment] = []
    for line in dialogue(text):
        cue = cue_of(line)
        if cue.text and not DRAWN.search(line.text):
            segments.append(segment_of(len(segments), cue, tuple(words_of(line))))
    return from_segments(tuple(segments))


def cue_of(line: Line) -> Cue:
    """A dialogue line as a subtitle."""
    return Cue(start=line.start, end=line.end, lines=shown(line.text), speaker=line.name or None)


def dialogue(text: str) -> list[Line]:
    """The dialogue of a file in order of time."""
    fields = FIELDS
    found: list[Line] = []
    section = ""
    for number, line in enumerate(lines_of(text), start=1):
        kind, _, rest = line.partition(":")
        if line.startswith("["):
            section = line.strip().lower()
        elif not section and line.strip() and not line.startswith(";"):
            raise nonsense(f"no [Script Info] before {line.strip()[:40]!r}", number)
        elif section == "[events]" and kind == "Format":
            fields = [field.strip().lower() for field in rest.split(",")]
        elif section == "[events]" and kind == "Dialogue":
            cells = dict(zip(fields, rest.split(",", len(fields) - 1), strict=False))
            found.append(line_of(cells, number))
    return sorted(found, key=lambda each: each.start)


def line_of(cells: Mapping[str, str], number: int) -> Line:
    """One dialogue line."""
    start, end = (seconds_of(cells.get(name, "")) for name in ("start", "end"))
    if start is None or end is None:
        raise nonsense("no start and end", number)
    start, end = in_order(start, end, number)
    name = cells.get("name", cells.get("actor", "")).strip()
    return Line(start, end, name, cells.get("text", ""))


def shown(text: str) -> tuple[str, ...]:
    """The lines of a text as they are shown."""
    lines = (plain(part).strip() for part in BREAK.split(BLOCK.sub("", text)))
    return tuple(line for line in lines if line)


def plain(text: str) -> str:
    """The text without commands."""
    text = text.replace(r"\h", " ").replace(r"\{", "{").replace(r"\}", "}")
    return text.replace("\\\u2060", "\\").translate(PLAIN)


def words_of(line: Line) -> Iterator[Word]:
    """The words that karaoke times; syllables without a space between them stay apart."""
    if not FILL.search(line.text):
        return
    here = line.start
    length: Seconds = 0.0
    before = ""
    for part in BLOCKS.split(BREAK.sub("\n", line.text)):
        if BLOCK.fullmatch(part):
            here += length
            length = sum(int(hundredths) for hundredths in FILL.findall(part)) / 100
            continue
        text = plain(part)
        if said := squeeze(text):
            before += text[: len(text) - len(text.lstrip())]
            start, end = round(here, 3), round(min(here + length, line.end), 3)
            yield Word(text=space_before(before, said) + said, start=start, end=max(start, end))
            before = text[len(text.rstrip()) - 1 :]
        else:
            before += text
