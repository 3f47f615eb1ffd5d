"""One speaker a channel: turns from each channel's own speech, without its neighbour's echo."""

from pathlib import Path

import numpy as np
import pytest

from hansard.audio import SAMPLE_RATE
from hansard.errors import VoiceError
from hansard.models.speakers import SpeakerOptions, Watch
from hansard.models.vad import VadOptions
from hansard.pipeline.channels import ChannelSpeakers, suppress_bleed
from hansard.testing.sounds import make_sound
from hansard.transcript import Seconds


class LoudnessDetector:
    """Hears speech in whatever is louder than a whisper."""

    def probabilities(self, sound: object, cancelled: object) -> np.ndarray:  # noqa: ARG002
        samples = sound.read(0.0, sound.duration)  # type: ignore[attr-defined]
        frames = samples[: len(samples) // 512 * 512].reshape(-1, 512)
        return (np.sqrt((frames**2).mean(axis=1)) > 0.003).astype(np.float32)


def tone(spans: list[tuple[Seconds, Seconds, float]], seconds: Seconds) -> np.ndarray:
    samples = np.zeros(round(seconds * SAMPLE_RATE), np.float32)
    rng = np.random.default_rng(1)
    for start, end, level in spans:
        first, last = round(start * SAMPLE_RATE), round(end * SAMPLE_RATE)
        samples[first:last] += rng.normal(0, level, last - first).astype(np.float32)
    return samples


def turns(folder: Path, *channels: list[tuple[Seconds, Seconds, float]]) -> list[tuple]:
    sounds = []
    for number, spans in enumerate(channels):
        own = folder / str(number)
        own.mkdir()
        sounds.append(make_sound(tone(spans, 12.0), own))
    engine = ChannelSpeakers(tuple(sounds), LoudnessDetector(), VadOptions())
    found = engine.diarise(sounds[0], (), SpeakerOptions(channel_speakers=True), Watch())
    return [(t.speaker, round(t.start, 1), round(t.end, 1)) for t in found.turns]


def test_each_channel_is_a_speaker(tmp_path: Path) -> None:
    """Turns are where a channel has speech, named by the channel's number."""
    found = turns(tmp_path, [(1, 3, 0.1), (7, 9, 0.1)], [(4, 6, 0.1)])
    assert [one[0] for one in found] == ["SPEAKER_00", "SPEAKER_01", "SPEAKER_00"]
    assert found[1][1:] == (pytest.approx(4, abs=0.1), pytest.approx(6, abs=0.1))


def test_both_speak_at_once(tmp_path: Path) -> None:
    """Overlapped speech is a turn in each channel."""
    found = turns(tmp_path, [(1, 6, 0.1)], [(4, 8, 0.08)])
    assert [one[0] for one in found] == ["SPEAKER_00", "SPEAKER_01"]
    assert found[1][1] == pytest.approx(4, abs=0.2)


def test_an_echo_in_the_other_channel_is_nobody(tmp_path: Path) -> None:
    """Speech that is far louder elsewhere belongs there alone."""
    found = turns(tmp_path, [(1, 4, 0.1), (6, 9, 0.008)], [(1, 4, 0.008), (6, 9, 0.1)])
    assert [one[0] for one in found] == ["SPEAKER_00", "SPEAKER_01"]


def test_silence_has_no_speakers(tmp_path: Path) -> None:
    """Two empty channels make no turns."""
    assert turns(tmp_path, [], []) == []


def test_bleed_is_told_by_loudness_over_several_frames() -> None:
    """A gap between two syllables does not make the other channel's echo the speaker."""
    speech = np.ones((2, 40), np.float32)
    loud = np.full(40, -20.0, np.float32)
    loud[::8] = -60.0
    quiet = np.full(40, -45.0, np.float32)
    own = suppress_bleed(speech, np.stack([loud, quiet]))
    assert own[0].all()
    assert not own[1].any()


def test_channels_are_no_voices(tmp_path: Path) -> None:
    """Nobody can be enrolled by a channel."""
    sound = make_sound(tone([(0, 1, 0.1)], 1.0), tmp_path)
    with pytest.raises(VoiceError):
        ChannelSpeakers((sound,), LoudnessDetector(), VadOptions()).embed(sound, ())
