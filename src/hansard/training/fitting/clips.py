"""What a training holds of a manifest's entries, and which of them it cannot use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hansard.errors import DataError
from hansard.training.fitting.vocabulary import Vocabulary
from hansard.training.manifest import Entry, Stretch
from hansard.transcript import Seconds

LONGEST: Seconds = 30.0
"""What one window of Whisper holds."""
SHORTEST: Seconds = 0.1
_MARKS = 3
"""Tokens that the decoder is given besides text and timestamps: start, language, task."""
_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """Speech that is ready to be learnt from."""

    id: str
    text: str
    duration: Seconds
    language: str | None
    group: str
    """Clips of one group belong together: the same recording, or the same speaker."""
    segments: tuple[Stretch, ...] = ()
    room: float = 0.0
    """The share of what a decoder can write that its text takes, with timestamps."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An entry that cannot be learnt from, and why."""

    id: str
    reason: str


def choose_clips(
    entries: Sequence[Entry],
    durations: Mapping[str, Seconds],
    vocabulary: Vocabulary,
    language: str | None = None,
) -> tuple[tuple[Clip, ...], tuple[Refusal, ...]]:
    """Clips out of entries, those of a recording in order of time, and what was refused. Pure.

    `durations` has the measured length of each entry that could be decoded; `language` is that of
    entries which name none.
    """
    clips: list[Clip] = []
    refused: list[Refusal] = []
    for entry in sorted(entries, key=lambda one: (str(one.audio), one.start)):
        if entry.id not in durations:
            refused.append(Refusal(entry.id, "its sound cannot be decoded"))
            continue
        clip = _make(entry, durations[entry.id], entry.language or language, vocabulary)
        reason = _refuse_sound(clip) or _refuse_text(entry, clip, vocabulary)
        if reason:
            refused.append(Refusal(entry.id, reason))
        else:
            clips.append(clip)
    return tuple(clips), tuple(refused)


def check_refused(refused: Sequence[Refusal], kept: int, *, skip: bool) -> None:
    """Refuse to begin where clips were refused, unless `skip` leaves them out; or nothing is left.

    Raises:
        DataError: names the first few.
    """
    shown = "; ".join(f"{one.id!r}: {one.reason}" for one in refused[:_SHOWN])
    more = f"; and {len(refused) - _SHOWN} more" if len(refused) > _SHOWN else ""
    if refused and not skip:
        raise DataError(
            f"{len(refused)} of {len(refused) + kept} clips cannot be learnt from: {shown}{more}",
            hint="hansard data validate finds and explains them; --skip-bad leaves them out",
        )
    if not kept:
        raise DataError(
            f"there is nothing to learn from{': ' if shown else ''}{shown}{more}",
            hint="hansard data manifest makes a manifest of recordings with transcripts",
        )


def _make(entry: Entry, duration: Seconds, language: str | None, vocabulary: Vocabulary) -> Clip:
    text = " ".join(entry.transcript.split())
    segments = entry.segments if _says(entry.segments, text) else ()
    pieces = [one.text for one in segments] or [text]
    timed = sum(len(vocabulary.encode_text(piece)) + 2 for piece in pieces)
    tokens = max(timed, len(vocabulary.encode_text(text)))
    return Clip(
        id=entry.id,
        text=text,
        duration=duration,
        language=_code(language),
        group="\n".join((str(entry.audio.parent), entry.speaker or str(entry.audio))),
        segments=segments,
        room=tokens / (vocabulary.longest - _MARKS),
    )


def _refuse_sound(clip: Clip) -> str:
    if clip.duration > LONGEST + 0.01:
        return f"it has {clip.duration:.1f} s, more than 30: hansard data align cuts long clips"
    if clip.duration < SHORTEST:
        return f"it has only {clip.duration:.2f} s"
    return ""


def _refuse_text(entry: Entry, clip: Clip, vocabulary: Vocabulary) -> str:
    if not clip.text and not entry.no_speech:
        return "its transcript is empty, and no_speech is not set"
    if vocabulary.is_multilingual and clip.language not in vocabulary.languages:
        told = f"its language is {clip.language!r}" if clip.language else "no language is named"
        return f"{told}, and this model must be told one that it knows"
    if mark := vocabulary.find_mark(clip.text):
        return f"its transcript holds {mark!r}, a mark of the model's own"
    if clip.room > 1:
        tokens = len(vocabulary.encode_text(clip.text))
        return f"its transcript has {tokens} tokens, and {vocabulary.longest} fit with their marks"
    return ""


def _says(segments: Sequence[Stretch], text: str) -> bool:
    """Whether segments hold the letters of the transcript, so that either may be learnt from."""
    return _letters("".join(one.text for one in segments)) == _letters(text)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _code(language: str | None) -> str | None:
    return language.partition("-")[0].partition("_")[0].lower() if language else None
