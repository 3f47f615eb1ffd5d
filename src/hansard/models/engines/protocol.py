"""The engine protocol: windows in, hypotheses out, in batches.

Two objects: an engine, and a batch that it holds encoded. A guard asks the same batch again for
the rows that failed; only accepted text is aligned. Engines never cut, filter, retry or skip: what
makes long recordings right is written once, above them, in `pipeline`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Literal, Protocol

from hansard.audio import Sound
from hansard.errors import UnsupportedOptionError
from hansard.models.engines.options import DecodeOptions, Placement
from hansard.models.hub import ModelFiles
from hansard.transcript import Seconds, Span, Word


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a recording that is decoded at once; it holds no samples."""

    sound: Sound
    start: Seconds
    end: Seconds
    speech: tuple[Span, ...] = ()
    """Where the voice activity detector heard speech inside; guards measure coverage with it."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What may differ from row to row of a batch."""

    row: int
    """A window of the batch; a subset may be asked again."""
    language: str | None = None
    prompt: str = ""
    """Hotwords, initial prompt and text before; the engine keeps the tail that fits."""
    prefix: str = ""
    """Text that the answer begins with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of a hypothesis between two timestamps; without timestamps, all of it."""

    text: str
    start: Seconds
    end: Seconds
    tokens: tuple[int, ...] = ()
    logprobs: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """What an engine believes was said in one window."""

    pieces: tuple[Piece, ...]
    language: str | None
    avg_logprob: float | None = None
    no_speech_prob: float | None = None
    words: tuple[Word, ...] | None = None
    """Only where they come in the same pass."""
    finished: bool = True
    """False where it was cut off by `max_new_tokens`."""

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(piece.text for piece in self.pieces)


class Encoded(Protocol):
    """A batch of windows that the engine holds ready; closing it frees its memory."""

    def detect(self) -> Sequence[Mapping[str, float]]:
        """For each row, how probable each language is; codes of ISO 639-1 or Whisper's own."""
        ...

    def decode(
        self, asks: Sequence[Ask], options: DecodeOptions
    ) -> Iterator[tuple[int, Hypothesis]]:
        """Rows with their hypotheses, as they finish; closing the iterator drops the rest."""
        ...

    def align(self, said: Mapping[int, Hypothesis]) -> Mapping[int, tuple[Word, ...]]:
        """For each row, its words and when they were said, on the recording's clock."""
        ...

    def close(self) -> None:
        """Free what the batch holds."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineInfo:
    """What an engine with a loaded model can do."""

    name: str
    version: str
    model: str
    digest: str
    device: str
    compute_type: str
    languages: frozenset[str]
    tasks: frozenset[str]
    honours: frozenset[str]
    """Names of the fields of Ask and DecodeOptions that it acts on."""
    longest: Seconds | None
    """The longest window it takes; 30.0 for Whisper; None = a whole recording."""
    suits: Seconds | None = None
    """The window length at which this model reads best; None = the longest."""
    batch: int
    """How many windows per `encode` suit this machine."""
    parallel: int = 1
    """How many batches it works on side by side when several threads ask."""
    words: Literal["same pass", "align", "never"]
    punctuates: bool
    conditions: bool = True
    """False where text from before leads the model astray."""
    repeatable: bool
    """True where a row's text does not depend on what else is in the batch."""


class Engine(Protocol):
    """A loaded model."""

    @property
    def info(self) -> EngineInfo:
        """What it can do."""
        ...

    def encode(self, windows: Sequence[Window]) -> Encoded:
        """Take windows in; the work may be put off until it is needed.

        Raises:
            MemoryExhaustedError: the batch does not fit.
        """
        ...

    def close(self) -> None:
        """Free the model."""
        ...


class EngineSpec(Protocol):
    """What the entry point names: knows an engine without loading its library."""

    name: str
    needs: tuple[str, ...]
    """Top-level modules that must be importable."""
    extra: str | None
    """The extra that installs them; None = they come with Hansard."""

    def memory(self, files: ModelFiles, place: Placement) -> int:
        """About how many bytes the loaded model takes; asked before loading."""
        ...

    def load(self, files: ModelFiles, place: Placement) -> Engine:
        """Load the model.

        Raises:
            ModelDamagedError: the files cannot be loaded.
            MemoryExhaustedError: they do not fit.
        """
        ...


def check_honoured(info: EngineInfo, options: DecodeOptions) -> None:
    """Refuse options that were set and that the engine would ignore.

    Raises:
        UnsupportedOptionError: names the option, its value and the engine.
    """
    defaults = DecodeOptions()
    for field in fields(DecodeOptions):
        value = getattr(options, field.name)
        if value == getattr(defaults, field.name) or value is None or field.name in info.honours:
            continue
        raise UnsupportedOptionError(
            f"engine {info.name!r} with model {info.model!r} cannot honour {field.name}={value!r}",
            hint="leave the option out, or choose another engine with --engine",
        )
