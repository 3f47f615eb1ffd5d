"""Singing without the music: what song lyrics are recognised and timed from."""

from hansard.models.vocals.options import VocalsOptions
from hansard.models.vocals.protocol import VocalIsolator

__all__ = ["VocalIsolator", "VocalsOptions"]
