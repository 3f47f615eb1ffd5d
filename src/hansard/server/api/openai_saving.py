"""Transcripts that are also kept as files with their time in the name.

`{stem}_{transcribe|translate}_{YYYYMMDDTHHMMSS}{Z|+HHMM}.{json|txt|srt|vtt}`
"""

import re
import unicodedata
from datetime import datetime, timedelta
from itertools import chain, count
from pathlib import Path, PurePosixPath

from hansard.errors import OutputError
from hansard.server.api.openai_parameters import SpeechRequest
from hansard.server.api.openai_shapes import Body
from hansard.storage.files import write_whole
from hansard.transcript import Transcript

SUFFIXES = {
    "json": "json", "verbose_json": "json", "diarized_json": "json", "text": "txt", "srt": "srt",
    "vtt": "vtt",
}  # fmt: skip
UNSAFE = re.compile(r"[^\w.-]+")
LONGEST_STEM = 100
"""Bytes of the client's name that a file's name keeps; file systems take about 255 in all."""


def file_stem(name: str, task: str, now: datetime) -> str:
    """The name without its suffix, of a client's name for the recording and a zoned time."""
    offset = now.utcoffset() or timedelta()
    zone = f"{now:%z}"[:5] if offset else "Z"
    return f"{clean(name)}_{task}_{now:%Y%m%dT%H%M%S}{zone}"


def clean(name: str) -> str:
    """The stem of a client's file name, made of letters, digits, `_`, `-` and `.` only."""
    last = PurePosixPath(unicodedata.normalize("NFC", name).replace("\\", "/")).name
    stem = UNSAFE.sub("_", last.rpartition(".")[0] or last).strip("._-")
    return stem.encode()[:LONGEST_STEM].decode(errors="ignore") or "audio"


def content_of(transcript: Transcript, request: SpeechRequest, body: Body) -> bytes:
    """What the file holds: the answer itself, or for JSON all that the transcript holds."""
    if SUFFIXES[request.response_format] == "json":
        return transcript.render("json").encode()
    return body.content


def save(folder: Path, stem: str, suffix: str, content: bytes) -> Path:
    """Write the file whole, under a name that was free: `-2`, `-3` ... come before the suffix.

    Raises:
        OutputError: the folder or the disk refuses.
    """
    path = _reserve(folder.expanduser(), stem, suffix)
    try:
        return write_whole(path, content)
    except OutputError:
        path.unlink(missing_ok=True)
        raise


def _reserve(folder: Path, stem: str, suffix: str) -> Path:
    """Take a free name, so that nobody else takes it meanwhile."""
    names = chain([stem], (f"{stem}-{number}" for number in count(2)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        while True:
            path = folder / f"{next(names)}.{suffix}"
            try:
                path.touch(exist_ok=False)
            except FileExistsError:
                continue
            return path
    except OSError as error:
        raise OutputError(
            f"cannot write into {str(folder)!r}: {error.strerror or error}",
            hint="let the service write to the folder that save_transcriptions names",
        ) from error
