"""Transcripts as commands are given them: files of any format, recordings, or standard input."""

import codecs
import io
import re
import sys
from pathlib import Path
from typing import BinaryIO

from hansard.audio.names import printable
from hansard.cli.peers import STDIN
from hansard.errors import UnknownNameError, UsageError
from hansard.settings import Options
from hansard.transcript import Transcript
from hansard.transcript.formats import FORMATS, find, name_of, read
from hansard.work.lending import Workshop
from hansard.work.transcribe import transcribe
from hansard.work.wires import Wires

CUE = re.compile(r"\s*\d+\s*\n\d{1,3}:\d{2}:\d{2}[,.]\d{3} -->")
"""How a SubRip file begins."""
SNIFFED = 4096
"""Bytes by which text and sound are told apart."""


def open_transcript(name: str, options: Options, workshop: Workshop, wires: Wires) -> Transcript:
    """The transcript in a file, or of a recording; `-` reads either from standard input.

    Raises:
        UsageError: it is text that makes no sense as its format.
        MediaError: it is a recording, and no sound can be had from it.
        HansardError: as `transcribe`.
    """
    if name != STDIN:
        path = Path(name)
        known = _format_of(path)
        return read_text(path) if known else transcribe(path, options, workshop, wires)
    data = sys.stdin.buffer.read()
    if is_text(data):
        return _sniff(_decode(data, "standard input"))
    source: BinaryIO = io.BytesIO(data)
    return transcribe(source, options, workshop, wires)


def read_text(path: Path) -> Transcript:
    """The text of a file, in the format that its suffix names; others are plain text.

    Raises:
        UsageError: there is no such file, it is no text, or makes no sense as its format.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise UsageError(f"text '{printable(path)}': {reason.lower()}") from error
    return read(_decode(data, f"text '{printable(path)}'"), _format_of(path) or "txt")


def is_text(data: bytes) -> bool:
    """Whether bytes look like text and not like sound."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    head = data[:SNIFFED]
    if b"\0" in head:
        return False
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(head)
    except UnicodeDecodeError:
        return False
    return True


def _format_of(path: Path) -> str:
    """The format that a file's suffix means, where it can be read; else empty."""
    try:
        name = name_of(path)
    except UnknownNameError:
        return ""
    return name if find(name).read is not None else ""


def _decode(data: bytes, shown: str) -> str:
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{shown} is not UTF-8: byte {error.start}", hint="save it as UTF-8"
        ) from error


def _sniff(text: str) -> Transcript:
    """A text of an unknown format: the first that its beginning fits."""
    if text.lstrip().startswith("{"):
        return read(text, "json")
    if text.startswith("WEBVTT"):
        return read(text, "vtt")
    return read(text, "srt" if CUE.match(text) else "txt")


READABLE = ", ".join(kind.name for kind in FORMATS if kind.read)
"""Formats that can be given in place of a recording."""
