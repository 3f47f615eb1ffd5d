"""What the hub hands to an engine: files, and what is known of the checkpoint in them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from hansard.transcript.spans import Seconds

Layout = Literal["ctranslate2", "transformers", "onnx"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """What a checkpoint says of itself in `hansard.json` beside its weights; all of it optional."""

    window: Seconds | None = None
    """The window length at which it reads best; None = as long as the engine allows."""
    short_context: bool = False
    """True where it was trained on windows shorter than 30 s, so that padding can be left out."""
    conditions: bool = True
    """False where text from before leads it astray (distilled models)."""
    translates: bool = True
    """False where a multilingual checkpoint was not trained to translate (turbo, distilled)."""
    punctuates: bool = True
    """False where it writes neither capitals nor punctuation."""
    threshold: float | None = None
    """Cosine similarity from which on two of its embeddings, of one recording, are one voice."""
    recognises: float | None = None
    """Cosine similarity from which on a voice is taken for one of another recording."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFiles:
    """A model on disk, verified."""

    name: str
    """As the user knows it: `small`, `demo`, `owner/repo`, a path; of an alias for a registered
    model, the name of that."""
    path: Path
    """The folder that holds the weights."""
    layout: Layout
    revision: str | None = None
    """The hub's commit, or a registered model's digest; None for a local folder."""
    digest: str = ""
    """SHA-256 over the names and SHA-256 of all its files."""
    size: int = 0
    """Bytes on disk of the weights."""
    compute_type: str | None = None
    """The precision that the user's alias asks for."""
    card: ModelCard = field(default_factory=ModelCard)
    pinned: str = ""
    """A name that means these very files tomorrow too, whatever aliases stand for then."""
