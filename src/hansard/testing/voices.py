"""Speakers for tests of everything above `models.speakers`."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hansard.audio import Sound
from hansard.errors import Cancelled, VoiceError
from hansard.models.speakers import (
    Diarisation,
    Embedding,
    SpeakerEngineInfo,
    SpeakerOptions,
    Voice,
    Watch,
)
from hansard.transcript import Span, Turn

SCRIPTED = SpeakerEngineInfo(
    name="scripted",
    version="1",
    model="script",
    digest="d" * 64,
    threshold=0.8,
    overlaps=True,
)


@dataclass
class ScriptedSpeakers:
    """A speaker engine that hears the turns that it is told, or fails as it is told."""

    turns: Sequence[Turn] = ()
    voices: Mapping[str, Embedding] = field(default_factory=dict)
    """Embeddings by label; a speaker that is not here has none."""
    fault: Exception | None = None
    info: SpeakerEngineInfo = SCRIPTED

    def diarise(
        self,
        sound: Sound,  # noqa: ARG002 - it knows the script
        speech: Sequence[Span],  # noqa: ARG002
        options: SpeakerOptions,  # noqa: ARG002
        watch: Watch,
    ) -> Diarisation:
        """The script."""
        if watch.cancelled():
            raise Cancelled
        if self.fault is not None:
            raise self.fault
        watch.on_progress(1.0)
        heard = dict.fromkeys(turn.speaker for turn in self.turns)
        voices = [
            Voice(speaker=name, embedding=self.voices[name], seconds=10.0)
            for name in heard
            if name in self.voices
        ]
        return Diarisation(turns=tuple(self.turns), voices=tuple(voices))

    def embed(self, sound: Sound, spans: Sequence[Span]) -> Embedding:  # noqa: ARG002
        """A direction that depends on nothing but the sound's length in whole seconds.

        Raises:
            VoiceError: it is shorter than a second.
        """
        if sound.duration < 1:
            raise VoiceError("too little speech")
        return direction(int(sound.duration))

    def close(self) -> None:
        """Nothing is loaded."""


def direction(degrees: float) -> Embedding:
    """An embedding that points this way."""
    return (math.cos(math.radians(degrees)), math.sin(math.radians(degrees)))
