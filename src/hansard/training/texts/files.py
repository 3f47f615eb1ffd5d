"""Transcript files of a folder: found, decoded, made alike, written beside as NAME.norm.txt."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from hansard.errors import DataError, UsageError
from hansard.transcript.formats import read

SUFFIXES: Final = (".txt", ".srt", ".vtt", ".lrc", ".lab")
"""Files that are transcripts; where there are several of one name, the first of these is it."""
NORMALISED: Final = ".norm.txt"
_FORMATS: Final = {".srt": "srt", ".vtt": "vtt", ".lrc": "lrc"}
_CUE: Final = re.compile(r"\s*(?:\d+\s*\n)?\d{1,3}:\d{2}:\d{2}[,.]\d{3} -->")


def find_transcripts(folder: Path, without: Path | None = None) -> tuple[list[Path], list[Path]]:
    """Transcript files in a folder and those below it, in order; and those that another stands for.

    Hidden files, normalised ones, and what lies in `without` are passed over; a linked folder is
    not entered, so no circle of links is followed.
    """
    chosen: dict[Path, Path] = {}
    spare: list[Path] = []
    for path in sorted(_walk(folder, without), key=_rank):
        bare = path.with_suffix("")
        if bare in chosen:
            spare.append(path)
        else:
            chosen[bare] = path
    return sorted(chosen.values()), sorted(spare)


def _walk(folder: Path, without: Path | None) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".") and (without is None or Path(place, name) != without)
        ]
        for name in files:
            path = Path(place, name)
            hidden = name.startswith(".") or name.lower().endswith(NORMALISED)
            if not hidden and path.suffix.lower() in SUFFIXES:
                yield path


def _rank(path: Path) -> tuple[str, int]:
    return str(path.with_suffix("")), SUFFIXES.index(path.suffix.lower())


def normalised_path(path: Path) -> Path:
    """Where the normalised transcript of a file goes."""
    return path.with_name(path.stem + NORMALISED)


def read_lines(text: str, path: Path) -> tuple[str, bool]:
    """What is said by the text of a file, a line each; and whether it was one of subtitles.

    Raises:
        DataError: it names itself subtitles and makes no sense as such.
    """
    name = _FORMATS.get(path.suffix.lower(), "")
    if not name and text.startswith("WEBVTT"):
        name = "vtt"
    if not name and _CUE.match(text):
        name = "srt"
    if not name or not text.strip():
        return text, False
    try:
        transcript = read(text, name)
    except UsageError as error:
        raise DataError(f"it makes no sense as {name}: {error}") from error
    return "\n".join(segment.text.strip() for segment in transcript.segments), True
