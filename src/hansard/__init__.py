"""Hansard: recordings into trustworthy, time-aligned transcripts.

Everything public is named in `__all__` and loaded on first use, so `import hansard` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hansard.audio.media import probe as probe
    from hansard.errors import HansardError as HansardError
    from hansard.evaluation import character_error_rate as character_error_rate
    from hansard.evaluation import word_error_rate as word_error_rate
    from hansard.settings import Options as Options
    from hansard.transcript import Finding as Finding
    from hansard.transcript import Segment as Segment
    from hansard.transcript import Transcript as Transcript
    from hansard.transcript import TrustReport as TrustReport
    from hansard.transcript import Turn as Turn
    from hansard.transcript import Word as Word
    from hansard.transcript.summaries import Summary as Summary
    from hansard.wiring.library import Transcriber as Transcriber
    from hansard.wiring.library import ask as ask
    from hansard.wiring.library import clean as clean
    from hansard.wiring.library import summarise as summarise
    from hansard.wiring.library import transcribe as transcribe

__all__ = [
    "Finding",
    "HansardError",
    "Options",
    "Segment",
    "Summary",
    "Transcriber",
    "Transcript",
    "TrustReport",
    "Turn",
    "Word",
    "ask",
    "character_error_rate",
    "clean",
    "probe",
    "summarise",
    "transcribe",
    "word_error_rate",
]

_HOMES = {
    "Finding": "transcript",
    "HansardError": "errors",
    "Options": "settings",
    "Segment": "transcript",
    "Summary": "transcript.summaries",
    "Transcriber": "wiring.library",
    "Transcript": "transcript",
    "TrustReport": "transcript",
    "Turn": "transcript",
    "Word": "transcript",
    "character_error_rate": "evaluation",
    "ask": "wiring.library",
    "clean": "wiring.library",
    "probe": "audio.media",
    "summarise": "wiring.library",
    "transcribe": "wiring.library",
    "word_error_rate": "evaluation",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Load a public name on first use (PEP 562)."""
        if name not in _HOMES:
            raise AttributeError(f"module 'hansard' has no attribute {name!r}")
        value = getattr(import_module(f"hansard.{_HOMES[name]}"), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        """The public names."""
        return __all__
