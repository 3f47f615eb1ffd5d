"""Tab-separated values as openai-whisper writes them: `start`, `end` (milliseconds), `text`."""

from hansard.transcript.formats.clock import milliseconds
from hansard.transcript.formats.protocol import Format, in_order, lines_of, nonsense
from hansard.transcript.formats.timed_text import from_segments
from hansard.transcript.subtitles import SubtitleOptions
from hansard.transcript.subtitles.scripts import squeeze
from hansard.transcript.values import Segment, Transcript

HEADER = "start\tend\ttext"


def write(transcript: Transcript, options: SubtitleOptions) -> str:  # noqa: ARG001 - a row is a segment
    """One row a segment; white space within the text, tabs among it, becomes single spaces."""
    rows = (
        f"{milliseconds(segment.start)}\t{milliseconds(segment.end)}\t{squeeze(segment.text)}\n"
        for segment in transcript.segments
    )
    return f"{HEADER}\n{''.join(rows)}"


def read(text: str) -> Transcript:
    """The rows of a file; times without a point are milliseconds, others (Audacity) seconds.

    Raises:
        UsageError: a row has no two times.
    """
    segments: list[Segment] = []
    for number, line in enumerate(lines_of(text), start=1):
        if not line.strip() or (number == 1 and line.lower().startswith("start\t")):
            continue
        start, end, said = row_of(line, number)
        segments.append(Segment(id=len(segments), text=said, start=start, end=end))
    return from_segments(tuple(segments))


def row_of(line: str, number: int) -> tuple[float, float, str]:
    """One row as its start and end in seconds and its text."""
    cells = line.split("\t", 2)
    try:
        start, end = (
            float(cell) if "." in cell else int(cell) / 1000 for cell in (cells[0], cells[1])
        )
    except (ValueError, IndexError) as error:
        raise nonsense(f"no start and end: {line[:40]!r}", number) from error
    return *in_order(start, end, number), squeeze(cells[2] if len(cells) > 2 else "")


FORMAT = Format(
    name="tsv",
    about="start, end (milliseconds) and text, tab-separated",
    write=write,
    read=read,
    media_type="text/tab-separated-values",
)
