"""Comma-separated values for spreadsheets: `start,end,speaker,text`, times in seconds.

A cell that a spreadsheet would run as a formula gets an apostrophe before it (OWASP, *CSV
Injection*), and loses it again when it is read.
"""

import csv
import io
import re
from collections.abc import Mapping

from hansard.transcript.formats.clock import milliseconds
from hansard.transcript.formats.protocol import Format, in_order, lines_of, nonsense
from hansard.transcript.formats.timed_text import from_segments
from hansard.transcript.subtitles import SubtitleOptions
from hansard.transcript.subtitles.scripts import squeeze
from hansard.transcript.values import Segment, Transcript

HEADER = ("start", "end", "speaker", "text")
FORMULA = re.compile(r"'*[=+\-@\t\r]")


def write(transcript: Transcript, options: SubtitleOptions) -> str:  # noqa: ARG001 - a row is a segment
    """One row a segment."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(HEADER)
    for segment in transcript.segments:
        times = (f"{milliseconds(time) / 1000:.3f}" for time in (segment.start, segment.end))
        writer.writerow((*times, disarm(segment.speaker or ""), disarm(squeeze(segment.text))))
    return file.getvalue()


def disarm(cell: str) -> str:
    """The cell as text: an apostrophe goes before what a spreadsheet would take for a formula."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def rearm(cell: str) -> str:
    """The cell without the apostrophe that `disarm` put there."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


def read(text: str) -> Transcript:
    """The rows of a file with a header; times that are all whole are milliseconds (whisper.cpp).

    Raises:
        UsageError: a column is missing, or a row has no two times.
    """
    reader = csv.DictReader(io.StringIO("\n".join(lines_of(text))), skipinitialspace=True)
    columns = [(name or "").strip().lower() for name in reader.fieldnames or ()]
    missing = {"start", "end", "text"} - set(columns)
    if columns and missing:
        raise nonsense(f"no column {', '.join(sorted(missing))}", 1, hint="start,end,text")
    reader.fieldnames = columns
    try:
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise nonsense(str(error), reader.line_num) from error
    whole = all("." not in f"{row['start']}{row['end']}" for _, row in rows)
    unit = 1000 if whole else 1
    return from_segments(
        tuple(segment_of(index, row, line, unit) for index, (line, row) in enumerate(rows))
    )


def segment_of(index: int, row: Mapping[str, str | None], line: int, unit: int) -> Segment:
    """One row as a segment."""
    try:
        start, end = (float(row[name] or "") / unit for name in ("start", "end"))
    except ValueError as error:
        raise nonsense(f"no start and end: {row['start']!r}, {row['end']!r}", line) from error
    start, end = in_order(start, end, line)
    return Segment(
        id=index,
        text=rearm(row["text"] or ""),
        start=start,
        end=end,
        speaker=rearm(row.get("speaker") or "") or None,
    )


FORMAT = Format(
    name="csv",
    about="start, end, speaker and text, for spreadsheets",
    write=write,
    read=read,
    media_type="text/csv",
)
