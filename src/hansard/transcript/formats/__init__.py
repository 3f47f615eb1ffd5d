"""Files that a transcript can become, and be read from: one module a format."""

from pathlib import Path

from hansard.errors import UnknownNameError, UsageError
from hansard.transcript.formats import (
    ass,
    aud,
    csv_table,
    json_shape,
    karaoke,
    lrc,
    md,
    podcast,
    rttm,
    srt,
    sync,
    tsv,
    txt,
    vtt,
    words,
)
from hansard.transcript.formats.protocol import Format
from hansard.transcript.placing import carry
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
    rttm.FORMAT,
    aud.FORMAT,
    podcast.FORMAT,
    ass.FORMAT,
    karaoke.FORMAT,
    words.FORMAT,
    sync.FORMAT,
)
NAMES = tuple(kind.name for kind in FORMATS)
"""The names of all formats."""
SYNONYMS = (("text", "txt"), ("markdown", "md"))
"""Other names and suffixes, and what they mean."""


def render(transcript: Transcript, name: str, options: SubtitleOptions | None = None) -> str:
    """The transcript as the text of a file, lines ended by a line feed.

    Raises:
        UnknownNameError: no format has this name.
    """
    kind = find(name)
    shown = transcript if kind.tells_unplaced else carry(transcript)
    return kind.write(shown, options or SubtitleOptions())


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


def suffixes() -> dict[str, str]:
    """What the names of each format's files end in, by the format's name."""
    return {kind.name: kind.suffix for kind in FORMATS}


def file_name(stem: str, name: str) -> str:
    """The name of a file of a format: `talk` and `sync` are `talk_sync.json`.

    Raises:
        UnknownNameError: no format has this name.
    """
    return stem + find(name).suffix


def name_of(path: str | Path) -> str:
    """The name of the format that a path's suffix means; the longest suffix that fits counts.

    Raises:
        UnknownNameError: no format has this suffix.
    """
    file = Path(path).name
    also = [(f".{other}", name) for other, name in SYNONYMS]
    fitting = [
        (len(suffix), name)
        for suffix, name in (*((kind.suffix, kind.name) for kind in FORMATS), *also)
        if file.lower().endswith(suffix) and len(file) > len(suffix)
    ]
    return max(fitting)[1] if fitting else find(Path(path).suffix).name


def find(name: str) -> Format:
    """The format of this name or suffix, in small or capital letters.

    Raises:
        UnknownNameError: no format has it.
    """
    wanted = name.lower()
    bare = wanted.removeprefix(".")
    bare = dict(SYNONYMS).get(bare, bare)
    for kind in FORMATS:
        if bare == kind.name or wanted in {kind.suffix, kind.suffix.removeprefix(".")}:
            return kind
    raise UnknownNameError(f"no format is called {name!r}", hint=f"choose from {' '.join(NAMES)}")
