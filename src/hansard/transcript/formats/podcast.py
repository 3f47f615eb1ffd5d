"""JSON for podcast players: the transcript file of the Podcasting 2.0 namespace.

    {"version": "1.0.0", "segments": [{"speaker", "startTime", "endTime", "body"}]}

Times are seconds; `speaker` stands only where somebody is known to speak.
"""

from hansard.transcript.formats.json_read import read
from hansard.transcript.formats.json_write import Plain, array_of, rounded
from hansard.transcript.formats.protocol import Format
from hansard.transcript.subtitles import SubtitleOptions
from hansard.transcript.subtitles.scripts import squeeze
from hansard.transcript.values import Segment, Transcript

VERSION = "1.0.0"


def write(transcript: Transcript, options: SubtitleOptions) -> str:  # noqa: ARG001 - it is no subtitle
    """One entry a segment that says something."""
    said = [plain(segment) for segment in transcript.segments if squeeze(segment.text)]
    return f'{{\n"version": "{VERSION}",\n"segments": {array_of(said)}\n}}\n'


def plain(segment: Segment) -> Plain:
    """One segment; a time that is no number is 0."""
    speaker = {"speaker": segment.speaker} if segment.speaker else {}
    return {
        **speaker,
        "startTime": rounded(segment.start) or 0.0,
        "endTime": rounded(segment.end) or 0.0,
        "body": squeeze(segment.text),
    }


FORMAT = Format(
    name="podcast",
    about="sentences with times and speakers, for podcast players (Podcasting 2.0)",
    write=write,
    read=read,
    suffix=".podcast.json",
    media_type="application/json",
)
