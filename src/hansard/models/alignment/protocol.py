"""The aligner protocol: sound and its words in, the same words with their times out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from hansard.audio import Sound
from hansard.models.hub import ModelFiles
from hansard.transcript import Span, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignerInfo:
    """What a loaded aligner can do."""

    name: str
    version: str
    model: str
    digest: str
    languages: frozenset[str] | None = None
    """Codes of ISO 639-1; None = any that can be written in its letters."""


class Aligner(Protocol):
    """Times words that are known; safe to use from one thread at a time."""

    @property
    def info(self) -> AlignerInfo:
        """What it can do."""
        ...

    def align(
        self, sound: Sound, span: Span, words: Sequence[str], language: str | None
    ) -> tuple[Word | None, ...]:
        """When each of the words was said within `span` of `sound`; as many as `words`, in order.

        A word that cannot be found is None, never guessed: one that has no spoken form in the
        model's letters, or that the sound does not bear out. Times are on the recording's clock and
        in order; `method` is `ctc`, `confidence` from 0 to 1; `text` is as given.

        Raises:
            EngineError: it failed.
        """
        ...

    def close(self) -> None:
        """Free the model."""
        ...


class AlignerSpec(Protocol):
    """What an entry point of the group `hansard.aligners` names; knows the aligner unloaded."""

    name: str
    needs: tuple[str, ...]
    """Top-level modules that must be importable."""
    extra: str | None
    """The extra that installs them; None = they come with Hansard."""

    def memory(self, files: ModelFiles) -> int:
        """About how many bytes the loaded model takes; asked before loading."""
        ...

    def load(self, files: ModelFiles, threads: int) -> Aligner:
        """Load the model.

        Raises:
            ModelDamagedError: the files cannot be loaded.
        """
        ...
