"""JSON for a page that lights words as they are said, and nothing that it does not need.

    {"text", "segments": [{"text", "start", "end", "speaker", "words": [{"word", "start", "end"}]}]}

Times are seconds. A word keeps the space before it, so that the words joined are the text;
`speaker` stands only where somebody is known to speak.
"""

from hansard.transcript.formats.json_read import read
from hansard.transcript.formats.json_write import Plain, array_of, encode, rounded
from hansard.transcript.formats.protocol import Format
from hansard.transcript.subtitles import SubtitleOptions
from hansard.transcript.subtitles.scripts import squeeze
from hansard.transcript.values import Segment, Transcript, Word


def write(transcript: Transcript, options: SubtitleOptions) -> str:  # noqa: ARG001 - it is no subtitle
    """The text, and each segment with its words."""
    segments = array_of([plain_segment(segment) for segment in transcript.segments])
    return f'{{\n"text": {encode(transcript.text)},\n"segments": {segments}\n}}\n'


def plain_segment(segment: Segment) -> Plain:
    """One segment; a time that is no number is 0."""
    speaker = {"speaker": segment.speaker} if segment.speaker else {}
    return {
        "text": squeeze(segment.text),
        "start": rounded(segment.start) or 0.0,
        "end": rounded(segment.end) or 0.0,
        **speaker,
        "words": [plain_word(word) for word in segment.words],
    }


def plain_word(word: Word) -> Plain:
    """One word; where several say it, the first of them is named by its segment."""
    return {
        "word": word.text,
        "start": rounded(word.start) or 0.0,
        "end": rounded(word.end) or 0.0,
    }


FORMAT = Format(
    name="words",
    about="text and words with times, for a page that lights them (JSON)",
    write=write,
    read=read,
    suffix=".words.json",
    media_type="application/json",
)
