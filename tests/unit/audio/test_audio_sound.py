"""Reading from a Sound."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.audio import wav
from hansard.audio.sound import Sound


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    """Two seconds that count up from -16,000, as a clip that starts at 10 s."""
    path = tmp_path_factory.mktemp("sound") / "count.wav"
    pcm = np.arange(-16_000, 16_000, dtype="<i2")
    path.write_bytes(wav.header(pcm.size, 16_000) + pcm.tobytes())
    return Sound(path, wav.HEADER_BYTES, pcm.size, start=10.0)


@given(start=st.floats(0, 20), length=st.floats(0, 5))
def test_a_stretch_holds_the_samples_of_its_time(sound: Sound, start: float, length: float) -> None:
    """Reading gives what lies inside the Sound, at the right place, and nothing else."""
    samples = sound.read(start, start + length)
    first = max(0, round((start - 10) * 16_000))
    last = min(32_000, round((start + length - 10) * 16_000))
    assert samples.dtype == np.float32
    assert np.array_equal(samples * 32768, np.arange(first, max(first, last)) - 16_000)


def test_times_are_on_the_clock_of_the_recording(sound: Sound) -> None:
    """A clip starts where it was cut, and ends its length later."""
    assert (sound.start, sound.duration, sound.end) == (10.0, 2.0, 12.0)


def test_a_sound_that_was_read_travels_light(sound: Sound) -> None:
    """Sent to another process it is its path and numbers, however much has been read."""
    sound.read(10, 12)
    sent = pickle.dumps(sound)
    assert len(sent) < 1000
    assert pickle.loads(sent) == sound  # noqa: S301 - our own bytes
