"""One speaker a channel: recorded calls and interviews with a microphone each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hansard.audio import Sound
from hansard.audio.levels import measure_levels
from hansard.errors import VoiceError
from hansard.models.speakers import (
    Diarisation,
    Embedding,
    SpeakerEngineInfo,
    SpeakerOptions,
    Watch,
)
from hansard.models.vad import VadOptions, VoiceDetector, hear
from hansard.transcript import Seconds, Span, Turn

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLEED = 12.0
"""Decibels by which another channel must be louder for speech to be taken as its echo."""
STEADY = 8
"""Frames over which loudness is compared: syllables of two people fall into each other's gaps."""
JOIN: Seconds = 0.6
"""Pauses of one speaker that do not end a turn."""


@dataclass(frozen=True)
class ChannelSpeakers:
    """Keeps the speaker protocol: every channel is the turn of one speaker where he is heard."""

    channels: tuple[Sound, ...]
    detector: VoiceDetector
    vad: VadOptions

    @property
    def info(self) -> SpeakerEngineInfo:
        """Nothing is told apart by voice."""
        return SpeakerEngineInfo(
            name="channels",
            version="1",
            model="",
            digest="",
            threshold=1.0,
            overlaps=True,
        )

    def diarise(
        self,
        sound: Sound,
        speech: Sequence[Span],  # noqa: ARG002 - each channel is listened to by itself
        options: SpeakerOptions,  # noqa: ARG002 - the channels say how many there are
        watch: Watch,
    ) -> Diarisation:
        """Where each channel has speech that is not another one's echo.

        Raises:
            Cancelled: the caller asked to stop.
        """
        heard: list[NDArray[np.float32]] = []
        for number, channel in enumerate(self.channels):
            heard.append(self.detector.probabilities(channel, watch.cancelled))
            watch.on_progress((number + 1) / len(self.channels))
        frames = min(len(one) for one in heard)
        own = suppress_bleed(
            np.stack([one[:frames] for one in heard]),
            np.stack([_loudness(channel, frames) for channel in self.channels]),
        )
        bounds = Span(sound.start, sound.end)
        joined = VadOptions(
            vad_threshold=self.vad.vad_threshold,
            vad_min_speech_ms=self.vad.vad_min_speech_ms,
            vad_min_silence_ms=max(self.vad.vad_min_silence_ms, round(JOIN * 1000)),
        )
        turns = [
            Turn(speaker=f"SPEAKER_{number:02d}", start=span.start, end=span.end)
            for number, row in enumerate(own)
            for span in hear(row, bounds, joined).speech
        ]
        return Diarisation(turns=tuple(sorted(turns, key=lambda turn: turn.start)), voices=())

    def embed(self, sound: Sound, spans: Sequence[Span]) -> Embedding:  # noqa: ARG002 - see below
        """Never: channels are no voices.

        Raises:
            VoiceError: always.
        """
        raise VoiceError("channels say nothing of voices")

    def close(self) -> None:
        """Nothing is loaded."""


def suppress_bleed(
    speech: "NDArray[np.float32]", loudness: "NDArray[np.float32]"
) -> "NDArray[np.float32]":
    """Speech probabilities without what is another channel's echo; all of shape (channels, frames).

    `loudness` is in decibels.
    """
    kernel = np.ones(STEADY)
    power = np.stack([np.convolve(10 ** (row / 10), kernel, mode="same") for row in loudness])
    echo = power < power.max(axis=0) * 10 ** (-BLEED / 10)
    return np.where(echo, np.float32(0.0), speech).astype(np.float32)


def _loudness(channel: Sound, frames: int) -> "NDArray[np.float32]":
    """Decibels of each frame of the detector; shape (frames,)."""
    return measure_levels(channel)[:frames]
