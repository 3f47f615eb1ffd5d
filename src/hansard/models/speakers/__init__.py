"""Who spoke: engines that tell voices apart, and what is known of voices."""

from hansard.models.speakers.options import SpeakerModelOptions, SpeakerOptions
from hansard.models.speakers.protocol import (
    Diarisation,
    Embedding,
    SpeakerEngine,
    SpeakerEngineInfo,
    SpeakerEngineSpec,
    SpeakerFiles,
    Voice,
    Watch,
)

__all__ = [
    "Diarisation",
    "Embedding",
    "SpeakerEngine",
    "SpeakerEngineInfo",
    "SpeakerEngineSpec",
    "SpeakerFiles",
    "SpeakerModelOptions",
    "SpeakerOptions",
    "Voice",
    "Watch",
]
