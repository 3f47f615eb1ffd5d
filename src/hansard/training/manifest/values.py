"""One clip of speech and what is said in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hansard.transcript import Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedWord:
    """A word and when it was said, from the clip's start."""

    word: str
    start: Seconds
    end: Seconds
    score: float | None = None
    """How sure the aligner is, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A part of a clip's transcript and when it was said, from the clip's start."""

    text: str
    start: Seconds
    end: Seconds
    words: tuple[TimedWord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of a manifest: a clip of a recording, its transcript, and where both come from."""

    id: str
    """Unique in its manifest."""
    audio: Path
    """The media file; a file holds it relative to the manifest's folder, memory as absolute."""
    transcript: str = ""
    """What is said; empty only where `no_speech` is set."""
    duration: Seconds | None = None
    """Length of the clip; None = nobody measured it yet."""
    language: str | None = None
    """ISO 639-1: `hr`, `sr`, `bs`, `en`."""
    speaker: str | None = None
    start: Seconds = 0.0
    """Where the clip begins in the media file."""
    end: Seconds | None = None
    """Where it ends there; None = at the end of the file."""
    source: str | None = None
    """Where it was had: a corpus, a channel, an address, `corrections`."""
    licence: str | None = None
    no_speech: bool = False
    """True where nobody speaks: a model learns from it to stay silent."""
    segments: tuple[Stretch, ...] = ()
    """The transcript with times, where they are known."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Other fields of its line, kept as they are."""

    @property
    def is_clip(self) -> bool:
        """Whether it is only a part of its media file."""
        return self.start > 0 or self.end is not None
