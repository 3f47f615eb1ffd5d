"""What deeds are lent by a workshop: tools that are ready, for as long as the loan lasts."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from hansard.models.alignment import Aligner
from hansard.models.speakers import SpeakerEngine
from hansard.models.speakers.recognition import KnownVoice
from hansard.models.vad import VoiceDetector
from hansard.models.vocals import VocalIsolator
from hansard.pipeline import Tools
from hansard.transcript import Seconds
from hansard.work.options import TranscribeOptions


@dataclass(frozen=True, slots=True)
class Lent:
    """What recognises speech."""

    tools: Tools
    attempts: Callable[[], tuple[str, ...]] = tuple
    """What was tried when memory ran out, in order."""
    versions: Mapping[str, Any] = field(default_factory=dict)
    """What else went into the result: program, detector, model revision."""
    model: str = ""
    """A name that means this very model tomorrow as well: with its revision, or a folder."""
    longest_group: Seconds | None = None
    """How many seconds of windows are about a minute's work here; None = no limit is needed."""


@dataclass(frozen=True, slots=True)
class SpeakersLent:
    """What tells speakers apart."""

    engine: SpeakerEngine
    detector: VoiceDetector
    known: tuple[KnownVoice, ...] = ()
    """Enrolled voices that this engine can recognise."""
    notes: tuple[str, ...] = ()
    """What a reader of the result should know, e.g. that the engine is a baseline."""


class SpeakerWorkshop(Protocol):
    """Has what tells speakers apart."""

    def lend_speakers(self, options: TranscribeOptions) -> AbstractContextManager[SpeakersLent]:
        """The speaker engine that the options mean, loaded if need be.

        Raises:
            ModelError: its models cannot be had.
            MissingExtraError: its library is not installed.
            EngineError: it cannot be loaded.
        """
        ...


class Workshop(SpeakerWorkshop, Protocol):
    """Has models, and lends them ready to work."""

    def lend(self, options: TranscribeOptions, sound: Seconds) -> AbstractContextManager[Lent]:
        """Tools for these options; loaded if need be, kept for the next caller if policy says so.

        `sound` is how many seconds there are to transcribe: short ones run best in another way.

        Raises:
            ModelError: a model cannot be had; also one that the options want for a later stage.
            EngineError: it cannot be loaded.
        """
        ...

    def lend_vocals(self, options: TranscribeOptions) -> AbstractContextManager[VocalIsolator]:
        """What takes voices out of music.

        Raises:
            UsageError: no model for it is named.
            ModelError: its model cannot be had.
        """
        ...

    def lend_aligner(self, options: TranscribeOptions) -> AbstractContextManager[Aligner]:
        """The aligner that the options mean.

        Raises:
            ModelError: its model cannot be had.
            EngineError: it cannot be loaded.
        """
        ...
