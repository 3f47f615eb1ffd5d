"""What may be asked about the times of words."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class AlignmentOptions:
    """How words get their times."""

    align: Literal["engine", "ctc"] = "engine"
    """What times the words: the engine itself, or a CTC model that is given the text."""


@dataclass(frozen=True, kw_only=True)
class AlignmentModelOptions:
    """Which model times the words."""

    align_model: str = "mms-aligner"
    """The CTC model of `--align ctc`: a name, a repository, or a folder (ONNX or safetensors). The
    default knows over a thousand languages and may not be used commercially; `wav2vec2-en` knows
    English and is free."""
