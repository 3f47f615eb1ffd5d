"""Where speech is."""

from hansard.models.vad.options import VadOptions
from hansard.models.vad.regions import FRAME, Heard, VoiceDetector, hear

__all__ = ["FRAME", "Heard", "VadOptions", "VoiceDetector", "hear"]
