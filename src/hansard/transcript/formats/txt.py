"""Plain text: one segment a line."""

from hansard.transcript.formats.protocol import Format, lines_of
from hansard.transcript.formats.timed_text import from_segments
from hansard.transcript.subtitles import SubtitleOptions
from hansard.transcript.subtitles.labels import labelled, part_labels
from hansard.transcript.subtitles.scripts import squeeze
from hansard.transcript.values import Segment, Transcript


def write(transcript: Transcript, options: SubtitleOptions) -> str:  # noqa: ARG001 - a line is a segment
    """One line a segment, `Name: ` before it where the speaker is known."""
    lines = (
        labelled(segment.speaker, text)
        for segment in transcript.segments
        if (text := squeeze(segment.text))
    )
    return "".join(f"{line}\n" for line in lines)


def read(text: str) -> Transcript:
    """One segment a line that is not blank; a text has no times, so all of them are 0."""
    lines = [line.strip() for line in lines_of(text) if line.strip()]
    return from_segments(
        tuple(
            Segment(id=index, text=said, start=0.0, end=0.0, speaker=speaker)
            for index, (speaker, said) in enumerate(part_labels(lines))
        )
    )


FORMAT = Format(name="txt", about="plain text, one sentence a line", write=write, read=read)
