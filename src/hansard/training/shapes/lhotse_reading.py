"""Reading Lhotse's manifests: recordings with supervisions, or cuts, as JSON lines.

A supervision counts from the recording's beginning, inside a cut from the cut's; alignments count
from the recording's in both; our words and parts from the clip's. Source: Lhotse's documentation,
"Representing a corpus" and "Cuts", its `AlignmentItem`, and what its `to_file` writes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from hansard.training.manifest import Entry, Stretch, TimedWord
from hansard.training.manifest.fields import (
    FieldError,
    flag_of,
    name_of,
    needed_seconds,
    text_of,
)
from hansard.training.manifest.files import KNOWN
from hansard.training.shapes.gathering import Gathering, language_of, leftover, read_rows
from hansard.training.shapes.lhotse_files import (
    Recording,
    channels_of,
    find_files,
    read_recordings,
    recording_of,
)
from hansard.training.shapes.values import Gathered, renamed
from hansard.transcript import Seconds

_WHOLE = 0.001
"""A supervision that reaches this close to both ends of a recording is of all of it."""
_OUTSIDE = 0.1
"""An alignment may begin so many seconds before its clip, or end after it: aligners round."""
_USED = "id recording_id start duration channel text language speaker custom alignment".split()
_OURS = frozenset({"source", "licence", "no_speech"})
"""Fields of Hansard's inside `custom`."""
WORD, PART = "word", "segment"
"""Kinds of alignment: Lhotse's own of words, and ours of the transcript's parts."""


def read(path: Path) -> Gathered:
    """The entries of a folder with recordings and supervisions or cuts, or of one of its files.

    Raises:
        ManifestError: it cannot be read, or it cannot be told which files belong together.
    """
    gathering = Gathering()
    files = find_files(path)
    if files.cuts is not None:
        _read_cuts(files.cuts, gathering)
    elif files.recordings is not None and files.supervisions is not None:
        _read_supervisions(files.recordings, files.supervisions, gathering)
    return gathering.finish()


def _read_supervisions(recordings: Path, supervisions: Path, gathering: Gathering) -> None:
    known = read_recordings(recordings, gathering)
    for row in read_rows(supervisions, gathering):
        try:
            entry = _Supervision(row.fields, _named(row.fields, known), gathering).entry()
            gathering.add(row.place, entry)
        except FieldError as error:
            gathering.fault(row.place, str(error))


def _named(fields: Mapping[str, Any], known: Mapping[str, Recording]) -> Recording:
    ident = name_of(fields, "recording_id")
    if ident is None or ident not in known:
        raise FieldError(f"there is no recording {ident!r} that can be used")
    return known[ident]


def _read_cuts(path: Path, gathering: Gathering) -> None:
    for row in read_rows(path, gathering):
        try:
            for entry in _cut(row.fields, path.parent, gathering):
                gathering.add(row.place, entry)
        except FieldError as error:
            gathering.fault(row.place, str(error))


def _cut(fields: Mapping[str, Any], folder: Path, gathering: Gathering) -> Iterator[Entry]:
    kind = fields.get("type", "MonoCut")
    if kind not in {"MonoCut", "MultiCut"}:
        raise FieldError(f"a {kind} is not a stretch of one recording: save its audio first")
    recording = fields.get("recording")
    if not isinstance(recording, dict):
        raise FieldError("the cut holds no recording")
    known, begins = recording_of(recording, folder), needed_seconds(fields, "start")
    supervisions = fields.get("supervisions") or []
    if not isinstance(supervisions, list) or not all(isinstance(s, dict) for s in supervisions):
        raise FieldError("supervisions is not a list of objects")
    if not supervisions:
        gathering.note("a cut without supervisions is left out")
    for each in supervisions:
        yield _Supervision(each, known, gathering, begins).entry()


class _Supervision:
    """What is said in a stretch of a recording."""

    def __init__(
        self,
        fields: Mapping[str, Any],
        recording: Recording,
        gathering: Gathering,
        begins: Seconds = 0.0,
    ) -> None:
        """`begins` is where the clock of these fields begins in the recording."""
        self._fields = fields
        self._recording = recording
        self._gathering = gathering
        self._begin = max(0.0, _number(fields.get("start"), "start") + begins)
        self._length = needed_seconds(fields, "duration")
        if not self._length:
            raise FieldError("duration is 0")

    def entry(self) -> Entry:
        """As an entry of a manifest."""
        channels = channels_of(self._fields.get("channel", 0))
        audio, shared = self._recording.file(channels)
        end = self._begin + self._length
        whole = self._begin < _WHOLE and abs(end - self._recording.duration) < _WHOLE
        custom = self._fields.get("custom") or {}
        if not isinstance(custom, dict):
            raise FieldError("custom is not an object")
        extra = leftover(self._fields, _USED)
        extra.update(renamed({n: v for n, v in custom.items() if n not in _OURS}, KNOWN))
        if shared:
            extra["channel"] = self._fields.get("channel", 0)
            self._gathering.note("a clip is of one channel; Hansard hears all of them mixed")
        return Entry(
            id=name_of(self._fields, "id") or "",
            audio=audio,
            transcript=text_of(self._fields, "text") or "",
            duration=self._length,
            start=0.0 if whole else self._begin,
            end=None if whole else end,
            language=language_of(self._fields, ["language"])[0],
            speaker=name_of(self._fields, "speaker"),
            source=text_of(custom, "source"),
            licence=text_of(custom, "licence"),
            no_speech=flag_of(custom, "no_speech"),
            segments=self._segments(),
            extra=extra,
        )

    def _segments(self) -> tuple[Stretch, ...]:
        alignment = self._fields.get("alignment") or {}
        if not isinstance(alignment, dict):
            raise FieldError("alignment is not an object")
        for kind in sorted(alignment.keys() - {WORD, PART}):
            self._gathering.note(f"an alignment of kind {kind!r} is left out")
        words = [self._item(item) for item in alignment.get(WORD) or ()]
        parts = [self._item(item) for item in alignment.get(PART) or ()]
        last = self._length + _OUTSIDE
        if any(each.start < -_OUTSIDE or each.end > last for each in (*words, *parts)):
            self._gathering.note("an alignment that lies outside its clip is left out")
            return ()
        words, parts = [_begun(each) for each in words], [_begun(each) for each in parts]
        if words and not parts:
            text = text_of(self._fields, "text") or ""
            parts = [TimedWord(word=text, start=words[0].start, end=words[-1].end)]
        return tuple(_share(parts, words))

    def _item(self, item: object) -> TimedWord:
        values = list(item.values()) if isinstance(item, dict) else item
        if not isinstance(values, list) or len(values) not in {3, 4}:
            raise FieldError("an alignment is not of symbol, start, duration and score")
        if not isinstance(values[0], str):
            raise FieldError(f"an alignment is of {values[0]!r}, not of text")
        start = round(_number(values[1], "start") - self._begin, 5)
        score = values[3] if len(values) == 4 else None
        if score is not None and not 0 <= (score := _number(score, "score")) <= 1:
            self._gathering.note("an alignment's score is not from 0 to 1, and left out")
            score = None
        end = round(start + _number(values[2], "duration"), 5)
        return TimedWord(word=values[0], start=start, end=max(start, end), score=score)


def _begun(item: TimedWord) -> TimedWord:
    """Not before the clip."""
    return replace(item, start=max(0.0, item.start), end=max(0.0, item.end))


def _share(parts: list[TimedWord], words: list[TimedWord]) -> Iterator[Stretch]:
    """Each word goes to the part that its middle lies in, or to the last that began before."""
    held: list[list[TimedWord]] = [[] for _ in parts]
    for word in words:
        middle = (word.start + word.end) / 2
        inside = [n for n, part in enumerate(parts) if part.start <= middle <= part.end]
        begun = [n for n, part in enumerate(parts) if part.start <= middle]
        held[inside[0] if inside else begun[-1] if begun else 0].append(word)
    for part, own in zip(parts, held, strict=True):
        yield Stretch(text=part.word, start=part.start, end=part.end, words=tuple(own))


def _number(value: object, name: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and -1e12 < value < 1e12:
        return float(value)
    raise FieldError(f"{name} is {value!r}, not a number")
