"""Reading Kaldi's data folders: `wav.scp`, `text`, `segments`, `utt2spk` and the like.

Source: Kaldi's documentation, "Data preparation". Beside its own tables we read those that we
write: `utt2id`, `spk2name`, `utt2source`, `utt2licence` and `utt2no_speech`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hansard.errors import ManifestError
from hansard.training.manifest import Entry
from hansard.training.manifest.fields import FieldError, parse_seconds
from hansard.training.shapes.gathering import (
    Gathering,
    Place,
    find_audio,
    language_of,
    read_text,
)
from hansard.training.shapes.values import Gathered
from hansard.transcript import Seconds

UNKNOWN_LANGUAGE = "und"
"""ISO 639-3 for a language that nobody determined."""
_BLANK = re.compile(r"[ \t]+")
_ARCHIVE = re.compile(r".*:\d+")
_WHOLE = 0.0001
"""A segment that reaches this close to both ends of its recording is all of it."""
_TABLES = (
    "utt2spk", "utt2lang", "utt2dur", "reco2dur", "utt2id", "spk2name", "utt2source",
    "utt2licence", "utt2no_speech", "spk2gender",
)  # fmt: skip

Table = Mapping[str, tuple[Place, str]]


@dataclass(frozen=True, slots=True)
class _Folder:
    """All tables of a data folder."""

    path: Path
    audio: Table
    text: Table
    segments: Table | None
    other: Mapping[str, Table] = field(default_factory=dict)

    def look(self, table: str, key: str | None) -> str | None:
        """What a table says of an utterance or a speaker."""
        found = self.other[table].get(key) if key is not None else None
        return found[1] or None if found else None


def read(path: Path) -> Gathered:
    """The entries of a data folder, in the order of `text`.

    Raises:
        ManifestError: it has no `wav.scp` or no `text`, or one of its files cannot be read.
    """
    gathering = Gathering()
    folder = _open(path if path.is_dir() else path.parent, gathering)
    for utterance, (where, text) in folder.text.items():
        try:
            gathering.add(where, _entry(utterance, text, folder))
        except FieldError as error:
            gathering.fault(where, str(error))
    table = folder.audio if folder.segments is None else folder.segments
    for utterance, (where, _) in table.items():
        if utterance not in folder.text:
            gathering.fault(where, f"utterance {utterance!r} has no text")
    return gathering.finish()


def _open(path: Path, gathering: Gathering) -> _Folder:
    for needed in ("wav.scp", "text"):
        if not (path / needed).is_file():
            raise ManifestError(
                f"there is no {needed!r} in {str(path)!r}",
                hint="a Kaldi data folder has wav.scp, text and utt2spk",
            )
    present = (path / "segments").is_file()
    return _Folder(
        path,
        audio=_table(path / "wav.scp", gathering),
        text=_table(path / "text", gathering),
        segments=_table(path / "segments", gathering) if present else None,
        other={name: _table(path / name, gathering) for name in _TABLES},
    )


def _table(path: Path, gathering: Gathering) -> Table:
    found: dict[str, tuple[Place, str]] = {}
    if not path.is_file():
        return found
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        key, _, rest = _BLANK.sub(" ", line.strip(" \t\r"), count=1).partition(" ")
        where = Place(path, number)
        if not key:
            continue
        if key in found:
            gathering.fault(where, f"{key!r} is there already")
        elif not key.isprintable():
            gathering.fault(where, f"{key!r} is not a name")
        else:
            found[key] = (where, rest)
    return found


def _entry(utterance: str, text: str, folder: _Folder) -> Entry:
    audio, start, end = _cut(utterance, folder)
    duration = folder.look("utt2dur", utterance)
    if duration is None and end is None:
        duration = folder.look("reco2dur", utterance)
    known = parse_seconds(duration, "duration") if duration else None
    language = folder.look("utt2lang", utterance)
    speaker = folder.look("utt2spk", utterance)
    name = folder.look("spk2name", speaker) or speaker
    gender = folder.look("spk2gender", speaker)
    return Entry(
        id=folder.look("utt2id", utterance) or utterance,
        audio=audio,
        transcript=checked(text),
        duration=known if end is None else end - start,
        start=start,
        end=end,
        language=None
        if language in {None, UNKNOWN_LANGUAGE}
        else language_of({"language": language}, ["language"])[0],
        speaker=None if speaker == utterance else name,
        source=folder.look("utt2source", utterance),
        licence=folder.look("utt2licence", utterance),
        no_speech=folder.look("utt2no_speech", utterance) is not None,
        extra={"gender": gender} if gender else {},
    )


def checked(text: str) -> str:
    """A text without half characters.

    Raises:
        FieldError: its line is not UTF-8.
    """
    if not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text):
        raise FieldError("it is not UTF-8")
    return text


def _cut(utterance: str, folder: _Folder) -> tuple[Path, Seconds, Seconds | None]:
    """The file of an utterance, and where in it it begins and ends."""
    if folder.segments is None:
        return _file(utterance, folder), 0.0, None
    if utterance not in folder.segments:
        raise FieldError(f"utterance {utterance!r} is not in segments")
    fields = folder.segments[utterance][1].split()
    if len(fields) not in {3, 4}:
        raise FieldError(f"the segment of {utterance!r} is not of recording, start and end")
    recording, start = fields[0], parse_seconds(fields[1], "start")
    until_the_end = fields[2] == "-1"
    end = None if until_the_end else parse_seconds(fields[2], "end")
    if end is not None and end <= start:
        raise FieldError(f"the segment of {utterance!r} ends at {end:g}, not after {start:g}")
    said = folder.look("reco2dur", recording)
    length = parse_seconds(said, "duration") if said else None
    if end is not None and length is not None and start == 0 and abs(end - length) < _WHOLE:
        end = None
    return _file(recording, folder), start, end


def _file(recording: str, folder: _Folder) -> Path:
    if recording not in folder.audio:
        raise FieldError(f"{recording!r} is not in wav.scp")
    text = folder.audio[recording][1].strip()
    if text.endswith("|"):
        raise FieldError(
            f"the audio of {recording!r} comes from a command, which is never run: {text!r}"
        )
    audio = find_audio(text, folder.path)
    if not text or text == "-" or (_ARCHIVE.fullmatch(text) and not audio.is_file()):
        raise FieldError(f"the audio of {recording!r} is no file of its own: {text!r}")
    return audio
