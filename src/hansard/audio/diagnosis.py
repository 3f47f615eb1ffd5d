"""Why a file cannot be read, told from its own bytes. It parses as little as it can."""

import struct
from typing import BinaryIO

_TEXTS = (
    (b"#EXTM3U", "a playlist (M3U/HLS), which names other files"),
    (b"ffconcat", "a playlist (ffconcat), which names other files"),
    (b"[playlist]", "a playlist (PLS), which names other files"),
    (b"<?xml", "XML text"),
    (b"<MPD", "a playlist (DASH), which names other files"),
    (b"v=0", "a session description (SDP), which names other addresses"),
    (b"<!DOCTYPE", "a web page"),
    (b"<html", "a web page"),
)
_MAGICS = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x7fELF", "a program"),
    (b"MThd", "a MIDI file, which holds notes and no sound"),
)
_HEAD_BYTES = 4096
_MOST_BOXES = 10_000


def explain(file: BinaryIO) -> str:
    """Says what the file is, or what is wrong with it, as the end of `'name' ...`."""
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    if not head:
        return "is empty"
    if not any(head):
        return "holds nothing but zero bytes where a header should be"
    if head[4:8] == b"ftyp" and not _has_box(file, b"moov"):
        return "is an incomplete MP4: its index (moov) is missing, as when recording was cut off"
    for magic, meaning in _MAGICS:
        if head.startswith(magic):
            return f"is {meaning}, not media"
    return _explain_text(head) or "is damaged, or not media of a kind that is accepted"


def _explain_text(head: bytes) -> str:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for start, meaning in _TEXTS:
        if text[: len(start)].lower() == start.lower():
            return f"is {meaning}, not media"
    printable = sum(byte >= 32 or byte in b"\t\r\n" for byte in head)
    return "is text, not media" if printable == len(head) else ""


def _has_box(file: BinaryIO, wanted: bytes) -> bool:
    """Whether an MP4 has a box of this kind at its top level (ISO/IEC 14496-12, 4.2)."""
    end = file.seek(0, 2)
    position = 0
    for _ in range(_MOST_BOXES):
        file.seek(position)
        start = file.read(16)
        if len(start) < 8:
            return False
        size, kind = struct.unpack(">I4s", start[:8])
        if kind == wanted:
            return True
        if size == 1 and len(start) == 16:
            size = struct.unpack(">Q", start[8:])[0]
        if size < 8 or position + size > end:
            return False
        position += size
    return False
