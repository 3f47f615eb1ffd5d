"""A recording's transcript, read from whatever file it came in."""

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from hansard.errors import DataError, HansardError
from hansard.training.texts.varieties import guess_language
from hansard.transcript import Transcript
from hansard.transcript.formats import read
from hansard.transcript.scripts import script_of
from hansard.transcript.subtitles.scripts import squeeze

_LARGEST = 64 * 2**20
_HTK = re.compile(r"\d+\s+\d+\s+\S+")
"""A line of HTK's label files: start and end in units of 100 ns, and a sound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFacts:
    """What is known of a transcript."""

    words: int
    language: str | None
    """As far as the text tells."""
    probability: float
    script: str
    digest: str
    """Of its letters alone, to tell whether two transcripts say the same."""


def read_transcript(path: Path) -> Transcript:
    """The transcript in a file, in the format that its name says.

    Raises:
        DataError: it cannot be read, is not text, or makes no sense as its format.
    """
    text = _text_of(path)
    suffix = path.suffix.lower()
    if suffix == ".lab":
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if lines and all(map(_HTK.match, lines)):
            raise DataError(f"{path.name!r} is a list of labels with times, not a transcript")
    try:
        return read(text, "txt" if suffix in {".txt", ".lab"} else suffix)
    except HansardError as error:
        raise DataError(f"{path.name!r} is no transcript: {error}") from error


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            raise DataError(f"{path.name!r} is too large for a transcript")
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path.name!r} cannot be read: {error.strerror or error}") from error
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path.name!r} is not UTF-8: byte {error.start}",
            hint="hansard data normalise writes it anew",
        ) from error
    if "\0" in text:
        raise DataError(f"{path.name!r} is not text")
    return text


def choose(paths: Sequence[Path]) -> tuple[Path | None, Transcript | None, str | None]:
    """The first of these transcripts that can be read; else the first, and what is wrong with it.

    One that says nothing is only taken where no other says anything.
    """
    fault: str | None = None
    empty: tuple[Path, Transcript] | None = None
    for path in paths:
        try:
            found = read_transcript(path)
        except DataError as error:
            fault = fault or str(error)
            continue
        if plain_text(found):
            return path, found, None
        empty = empty or (path, found)
    if empty is not None:
        return (*empty, f"{empty[0].name!r} is empty")
    return (paths[0] if paths else None), None, fault


def plain_text(transcript: Transcript) -> str:
    """All that is said, on one line."""
    return squeeze(" ".join(segment.text for segment in transcript.segments))


def look_at(transcript: Transcript) -> TextFacts:
    """What a transcript tells about itself."""
    text = plain_text(transcript)
    guess = guess_language(text)
    letters = "".join(c for c in text.casefold() if c.isalnum())
    return TextFacts(
        words=len(text.split()),
        language=guess.language,
        probability=guess.probability,
        script=script_of(text),
        digest=sha256(letters.encode()).hexdigest()[:32],
    )
