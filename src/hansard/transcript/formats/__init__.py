"""Files that a transcript can become, and be read from: one module a format."""

from pathlib import Path

from hansard.errors import UnknownNameError, UsageError
from hansard.transcript.formats import csv_table, json_shape, lrc, md, srt, tsv, txt, vtt
from hansard.transcript.formats.protocol import Format
from hansard.transcript.subtitles import Cue, SubtitleOptions
from hansard.transcript.values import Transcript

FORMATS: tuple[Format, ...] = (
    txt.FORMAT,
    srt.FORMAT,
    vtt.FORMAT,
    tsv.FORMAT,
    json_shape.FORMAT,
    md.FORMAT,
    lrc.FORMAT,
    csv_table.FORMAT,
)
NAMES = tuple(kind.name for kind in FORMATS)
"""The names of all formats; each is the suffix of its files, too."""
SYNONYMS = (("text", "txt"), ("markdown", "md"))
"""Other suffixes, and what they mean."""


def render(transcript: Transcript, name: str, options: SubtitleOptions | None = None) -> str:
    """The transcript as the text of a file, lines ended by a line feed.

    Raises:
        UnknownNameError: no format has this name.
    """
    return find(name).write(transcript, options or SubtitleOptions())


def read(text: str, name: str) -> Transcript:
    """The transcript in the text of a file; a byte order mark and any line ends are accepted.

    Raises:
        UnknownNameError: no format has this name.
        UsageError: the format cannot be read back, or the text makes no sense as one.
    """
    kind = find(name)
    if kind.read is None:
        readable = ", ".join(kind.name for kind in FORMATS if kind.read)
        raise UsageError(f"{kind.name} files cannot be read back", hint=f"readable: {readable}")
    return kind.read(text)


def read_cues(text: str, name: str) -> tuple[Cue, ...]:
    """The subtitles in the text of a file, as they are shown, e.g. to score them.

    Raises:
        UnknownNameError: no format has this name.
        UsageError: the format holds no subtitles, or the text makes no sense as one.
    """
    kind = find(name)
    if kind.cues is None:
        subtitles = ", ".join(kind.name for kind in FORMATS if kind.cues)
        raise UsageError(f"{kind.name} files hold no subtitles", hint=f"subtitles: {subtitles}")
    return kind.cues(text)


def describe() -> dict[str, str]:
    """What each format is good for, by name."""
    return {kind.name: kind.about for kind in FORMATS}


def name_of(path: str | Path) -> str:
    """The name of the format that a path's suffix means.

    Raises:
        UnknownNameError: no format has this suffix.
    """
    return find(Path(path).suffix).name


def find(name: str) -> Format:
    """The format of this name or suffix, in small or capital letters.

    Raises:
        UnknownNameError: no format has it.
    """
    wanted = name.lower().removeprefix(".")
    wanted = dict(SYNONYMS).get(wanted, wanted)
    for kind in FORMATS:
        if kind.name == wanted:
            return kind
    raise UnknownNameError(f"no format is called {name!r}", hint=f"choose from {' '.join(NAMES)}")
