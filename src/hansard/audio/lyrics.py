"""The words of a song into the tags of its MP3 file.

Two frames of ID3 v2.4.0, *Native Frames*: USLT (4.8) holds the lines, SYLT (4.9) the words or lines
with their times in milliseconds. Frames that this program wrote before are replaced; all others,
other people's lyrics among them, stay as they are, and so does the sound. The file is changed in a
copy that takes its place when it is whole. Needs mutagen (the extra `lyrics`).
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from hansard.audio.names import printable
from hansard.errors import (
    DiskFullError,
    MediaNotFoundError,
    MissingExtraError,
    OutputError,
    UnreadableMediaError,
)
from hansard.storage.files import is_full
from hansard.transcript import Segment, Transcript
from hansard.transcript.formats.clock import milliseconds
from hansard.transcript.subtitles.blocks import spell
from hansard.transcript.subtitles.scripts import squeeze

Sync = tuple[str, int]
"""Some text, and when it is sung, in milliseconds."""

OURS = "Hansard"
"""The description of our frames."""
LYRICS, MILLISECONDS = 1, 2
"""A SYLT frame's content type, and the unit of its times."""
LATEST = 0xFFFF_FFFF
"""The last time that a SYLT frame can hold."""
UNKNOWN = "XXX"
"""ID3's language code where the language is not known."""
ID3V1 = 128
"""The length of the older tag at the end of a file, in bytes."""
SUFFIX = ".mp3"

LANGUAGES = dict(
    pair.split("=")
    for pair in (
        "af=afr am=amh ar=ara as=asm az=aze ba=bak be=bel bg=bul bn=ben bo=bod br=bre bs=bos "
        "ca=cat cs=ces cy=cym da=dan de=deu el=ell en=eng es=spa et=est eu=eus fa=fas fi=fin "
        "fo=fao fr=fra gl=glg gu=guj ha=hau haw=haw he=heb hi=hin hr=hrv ht=hat hu=hun hy=hye "
        "id=ind is=isl it=ita ja=jpn jw=jav ka=kat kk=kaz km=khm kn=kan ko=kor la=lat lb=ltz "
        "ln=lin lo=lao lt=lit lv=lav mg=mlg mi=mri mk=mkd ml=mal mn=mon mr=mar ms=msa mt=mlt "
        "my=mya ne=nep nl=nld nn=nno no=nor oc=oci pa=pan pl=pol ps=pus pt=por ro=ron ru=rus "
        "sa=san sd=snd si=sin sk=slk sl=slv sn=sna so=som sq=sqi sr=srp su=sun sv=swe sw=swa "
        "ta=tam te=tel tg=tgk th=tha tk=tuk tl=tgl tr=tur tt=tat uk=ukr ur=urd uz=uzb vi=vie "
        "yi=yid yo=yor yue=zho zh=zho"
    ).split()
)
"""Whisper's language codes as ISO 639-2/T has them; Cantonese, which it has not, as Chinese."""


def require_mutagen() -> None:
    """Refuse where the library is missing.

    Raises:
        MissingExtraError: mutagen is not installed.
    """
    if find_spec("mutagen") is None:
        raise MissingExtraError(
            "mutagen is not installed, which writes lyrics", hint="pip install 'hansard[lyrics]'"
        )


def write_lyrics(
    path: str | Path, transcript: Transcript, *, by: Literal["word", "line"] = "word"
) -> Path:
    """Write a transcript into the tags of an MP3 file; returns the file.

    Tags of version 2.3 stay of that version, older ones become it, and a file without tags gets
    version 2.4. A symbolic link stays one: the file that it names is changed.

    Args:
        path: the MP3 file.
        transcript: what is sung in it.
        by: whether each word has a time in SYLT, where the words are known, or each line.

    Raises:
        MissingExtraError: mutagen is not installed.
        MediaNotFoundError: there is no such file.
        UnreadableMediaError: it is no MP3 file, or its tags are damaged.
        OutputError: it cannot be written; it is then as it was.
    """
    require_mutagen()
    target = Path(path).resolve()
    if not target.is_file():
        raise MediaNotFoundError(f"no file '{printable(path)}'")
    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".hansard-", suffix=".part")
        os.close(handle)
        temporary = Path(name)
        shutil.copyfile(target, temporary)
        keep_owner(target, temporary)
        change_tags(temporary, transcript, by=by, shown=printable(path))
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(target)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        kind = DiskFullError if is_full(error) else OutputError
        raise kind(
            f"cannot write lyrics into '{printable(path)}': {error.strerror or error}",
            hint="its folder must have room for a copy, and you must be allowed to write there",
        ) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
    return target


def keep_owner(source: Path, copy: Path) -> None:
    """Give a copy the mode and, where the system lets us, the owner of its source."""
    shutil.copystat(source, copy)
    seen = source.stat()
    with suppress(OSError):
        os.chown(copy, seen.st_uid, seen.st_gid)


def change_tags(path: Path, transcript: Transcript, *, by: str, shown: str) -> None:
    """Put our two frames into the tags of a file, in place.

    Raises:
        UnreadableMediaError: it is no MP3 file, or its tags are damaged.
    """
    import mutagen
    from mutagen.id3 import SYLT, USLT, Encoding

    refuse_others(path, shown)
    older = id3v1_of(path)
    try:
        tags, version = open_tags(path)
        for key in [*tags]:
            if key.startswith((f"USLT:{OURS}:", f"SYLT:{OURS}:")):
                del tags[key]
        language = LANGUAGES.get(transcript.language or "", UNKNOWN)
        about = {"encoding": Encoding.UTF8, "lang": language, "desc": OURS}
        tags.add(USLT(text=plain_lyrics(transcript), **about))
        timed = timed_lyrics(transcript, by_word=by == "word")
        tags.add(SYLT(text=timed, type=LYRICS, format=MILLISECONDS, **about))
        tags.save(path, v2_version=version, v23_sep=None)
    except mutagen.MutagenError as error:
        if isinstance(error.__context__, OSError):  # how mutagen wraps a full disk
            raise error.__context__ from None
        raise UnreadableMediaError(f"the tags of '{shown}' are damaged: {error}") from error
    if older:
        with path.open("r+b") as file:
            file.seek(-ID3V1, os.SEEK_END)
            file.write(older)


def refuse_others(path: Path, shown: str) -> None:
    """Refuse what is no MP3 file, whatever its name.

    Raises:
        UnreadableMediaError: it is none.
    """
    import mutagen
    from mutagen.mp3 import MPEGInfo

    hint = "lyrics are written into MP3 files only"
    with path.open("rb") as file:
        try:
            info = MPEGInfo(file)
        except mutagen.MutagenError as error:
            raise UnreadableMediaError(f"'{shown}' is no MP3 file", hint=hint) from error
    if info.sketchy or info.layer != 3:
        raise UnreadableMediaError(f"'{shown}' is no MP3 file", hint=hint)


def open_tags(path: Path) -> tuple[Any, int]:
    """The ID3v2 tags of a file, with what is not known kept, and the version to write, 3 or 4."""
    from mutagen.id3 import ID3, ID3NoHeaderError

    try:
        tags = ID3(path, translate=False, load_v1=False)
    except ID3NoHeaderError:
        return ID3(), 4
    if tags.version[1] < 3:
        tags.update_to_v23()
    return tags, max(3, tags.version[1])


def id3v1_of(path: Path) -> bytes:
    """The older tag at the end of the file, nothing where there is none."""
    with path.open("rb") as file:
        file.seek(-min(ID3V1, path.stat().st_size), os.SEEK_END)
        tag = file.read()
    return tag if len(tag) == ID3V1 and tag.startswith(b"TAG") else b""


def plain_lyrics(transcript: Transcript) -> str:
    """The lines of a song."""
    lines = (squeeze(segment.text) for segment in transcript.segments)
    return "\n".join(line for line in lines if line)


def timed_lyrics(transcript: Transcript, *, by_word: bool) -> list[Sync]:
    """The words or lines of a song with their times, in order; a new line begins with a line feed.

    Words keep the space before them. A line whose words are not known, or do not spell it, has one
    time.
    """
    entries: list[Sync] = []
    for segment in transcript.segments:
        line = list(timed_words(segment)) if by_word else []
        if not line and (text := squeeze(segment.text)):
            line = [(text, segment.start)]
        for place, (text, start) in enumerate(line):
            feed = "\n" if entries and place == 0 else ""
            last = entries[-1][1] if entries else 0
            entries.append((feed + text, min(max(last, milliseconds(start)), LATEST)))
    return entries


def timed_words(segment: Segment) -> Iterator[tuple[str, float]]:
    """The words of a segment as it writes them, each with its time in seconds."""
    for word, (text, spaced) in zip(segment.words, spell(segment) or (), strict=False):
        if text:
            yield (" " if spaced else "") + text, word.start
