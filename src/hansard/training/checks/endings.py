"""Whether the end of a media file is missing, where decoding cannot tell."""

import struct
from pathlib import Path
from typing import BinaryIO, Final

_UNKNOWN: Final = frozenset({0, 0xFFFFFFFF})
"""What streams write as a size, because they do not know it yet."""
_MOST_CHUNKS = 1000
_LARGEST_PAGE = 65_307
"""Bytes (RFC 3533, 6)."""
_END_OF_STREAM = 4


def missing_end(path: Path) -> str | None:
    """What says that a WAV or Ogg file was cut off; None where nothing does.

    A WAV file's `data` chunk tells its size; the last page of an Ogg stream is marked as such.
    """
    try:
        with path.open("rb") as file:
            head = file.read(12)
            if head[:4] == b"RIFF" and head[8:] == b"WAVE":
                return _wav(file, path.stat().st_size)
            if head[:4] == b"OggS":
                return _ogg(file, path.stat().st_size)
    except OSError:
        return None
    return None


def _wav(file: BinaryIO, size: int) -> str | None:
    for _ in range(_MOST_CHUNKS):
        start = file.read(8)
        if len(start) < 8:
            return None
        name, length = struct.unpack("<4sI", start)
        if name == b"data":
            there = size - file.tell()
            if length in _UNKNOWN or length <= there:
                return None
            return f"{length} bytes of sound are announced, {there} are there"
        file.seek(length + length % 2, 1)
    return None


def _ogg(file: BinaryIO, size: int) -> str | None:
    begin = max(0, size - 2 * _LARGEST_PAGE)
    file.seek(begin)
    tail = file.read()
    at = tail.rfind(b"OggS")
    if at < 0 or len(tail) < at + 27:
        return "its last page is incomplete"
    segments = tail[at + 26]
    lacing = tail[at + 27 : at + 27 + segments]
    if len(lacing) < segments or len(tail) < at + 27 + segments + sum(lacing):
        return "its last page is incomplete"
    return None if tail[at + 5] & _END_OF_STREAM else "its last page is not marked as such"
