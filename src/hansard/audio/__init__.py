"""Media in, a Sound out."""

from hansard.audio.sound import SAMPLE_RATE, Sound

__all__ = ["SAMPLE_RATE", "Sound"]
