"""JSON: everything that a transcript holds, in a superset of openai-whisper's shape."""

from hansard.transcript.formats.json_read import read
from hansard.transcript.formats.json_write import write
from hansard.transcript.formats.protocol import Format

FORMAT = Format(
    name="json",
    about="everything: words, scores, speakers, trust report, versions",
    write=write,
    tells_unplaced=True,
    read=read,
    media_type="application/json",
)
