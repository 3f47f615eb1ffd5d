"""The speaker protocol: a recording in, turns and voices out.

An engine tells voices apart and gives each an embedding, a vector that lies near those of the same
voice (cosine similarity). It names nobody: labels are `SPEAKER_00`, `SPEAKER_01` ... in the order
in which they are first heard; names come later, from voice profiles or from people.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from hansard.audio import Sound
from hansard.models.hub import ModelFiles
from hansard.models.speakers.options import SpeakerOptions
from hansard.transcript import Seconds, Span, Turn

Embedding = tuple[float, ...]
"""A voice as a vector of length 1."""


@dataclass(frozen=True, slots=True)
class Watch:
    """How a caller follows the work and stops it."""

    on_progress: Callable[[float], None] = lambda _: None
    """Told which share of the work is done, 0 to 1, at least once a minute of sound."""
    cancelled: Callable[[], bool] = lambda: False
    """Asked at least once a minute of sound; when it says so, `Cancelled` is raised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One speaker of one recording, as the engine hears it."""

    speaker: str
    """The label that its turns carry."""
    embedding: Embedding
    seconds: Seconds
    """How much speech, said by nobody else at the same time, the embedding is made from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diarisation:
    """Who spoke when in one recording."""

    turns: tuple[Turn, ...]
    """In order of their start; turns of different speakers may overlap, of the same never."""
    voices: tuple[Voice, ...]
    """One for each speaker, in the order in which they are first heard."""
    notes: tuple[str, ...] = ()
    """What a reader should know, e.g. that fewer voices were found than were asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerEngineInfo:
    """What a loaded engine can do."""

    name: str
    version: str
    model: str
    digest: str
    """Of its weights and of the method: embeddings of different digests cannot be compared."""
    threshold: float
    """Cosine similarity from which on a voice is taken for one that was heard elsewhere: high
    enough that strangers are rejected."""
    overlaps: bool
    """Whether it hears several people who speak at once."""
    baseline: bool = False
    """True where it works without trained weights, which its results must say."""


class SpeakerEngine(Protocol):
    """Tells voices apart; safe to use from one thread at a time."""

    @property
    def info(self) -> SpeakerEngineInfo:
        """What it can do."""
        ...

    def diarise(
        self, sound: Sound, speech: Sequence[Span], options: SpeakerOptions, watch: Watch
    ) -> Diarisation:
        """Who spoke when; `speech` is where the voice activity detector heard anybody.

        Exactly `num_speakers` speakers are told apart wherever there is speech enough for them.

        Raises:
            EngineError: it failed.
            Cancelled: the caller asked to stop.
        """
        ...

    def embed(self, sound: Sound, spans: Sequence[Span]) -> Embedding:
        """One voice from stretches in which only that voice speaks.

        Raises:
            VoiceError: there is too little speech, or nothing like a voice in them.
        """
        ...

    def close(self) -> None:
        """Free the models."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerFiles:
    """What an engine is loaded from."""

    models: Mapping[str, ModelFiles]
    """By the role that the engine's `roles` name; empty where it needs no weights."""
    threads: int
    source: str = ""
    """For engines that find their own files: a folder or a repository."""
    token: str | None = None
    """For engines that fetch gated models themselves."""
    offline: bool = False


class SpeakerEngineSpec(Protocol):
    """What an entry point of the group `hansard.speakers` names; knows the engine unloaded."""

    name: str
    needs: tuple[str, ...]
    """Top-level modules that must be importable."""
    extra: str | None
    """The extra that installs them; None = they come with Hansard."""
    roles: Mapping[str, str]
    """Role to the setting that names its model, e.g. `embedding` to `embedding_model`."""

    def memory(self, files: SpeakerFiles) -> int:
        """About how many bytes it takes; asked before loading."""
        ...

    def load(self, files: SpeakerFiles) -> SpeakerEngine:
        """Load it.

        Raises:
            ModelDamagedError: the files cannot be loaded.
            ModelGatedError: its owner asks for consent or a token.
        """
        ...
