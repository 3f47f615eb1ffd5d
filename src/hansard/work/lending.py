"""What deeds are lent by a workshop: tools that are ready, for as long as the loan lasts."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from hansard.models.alignment import Aligner
from hansard.models.llm import LanguageModel
from hansard.models.speakers import SpeakerEngine
from hansard.models.speakers.recognition import KnownVoice
from hansard.models.vad import VoiceDetector
from hansard.models.vocals import VocalIsolator
from hansard.pipeline import Tools
from hansard.transcript import Seconds
from hansard.work.options import TranscribeOptions, WriteOptions
from hansard.writing.forms.shelf import Shelf

Writing = Literal["clean", "summary"]
"""What a language model is for; answers are written as summaries are."""


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


@dataclass(frozen=True, slots=True)
class WriterLent:
    """What writes about a transcript."""

    model: LanguageModel | None
    """None where no language model is set: then there are quotations only."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """What must never stand in anything that is written."""


class WritingWorkshop(Protocol):
    """Has what writes about transcripts."""

    @property
    def shelf(self) -> Shelf:
        """The templates of summaries."""
        ...

    def writes(self, task: Writing, options: WriteOptions) -> bool:
        """Whether a language model is set for this; it is neither loaded nor asked.

        Raises:
            SettingError: what is set does not go together.
            MissingExtraError: a library is not installed.
            ModelError: a model cannot be had.
        """
        ...

    def lend_writer(
        self, task: Writing, options: WriteOptions
    ) -> AbstractContextManager[WriterLent]:
        """The language model that the options mean, loaded if need be.

        Raises:
            SettingError: what is set does not go together.
            MissingExtraError: its library is not installed.
            ModelError: it cannot be had.
            EngineError: it cannot be loaded.
        """
        ...


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


class Workshop(SpeakerWorkshop, WritingWorkshop, Protocol):
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
