"""From many channels to one, in numpy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.audio.mixing import is_weighable, replace_non_finite, to_mono, views


@given(st.lists(st.floats(width=32), max_size=50))
def test_what_is_no_number_becomes_silence(values: list[float]) -> None:
    """NaN and infinities are set to 0 and counted; other values are untouched."""
    samples = np.array(values, dtype=np.float32)
    good = np.isfinite(samples)
    expected = np.where(good, samples, 0)
    assert replace_non_finite(samples) == np.count_nonzero(~good)
    assert np.array_equal(samples, expected)


@pytest.mark.parametrize(
    ("kind", "half"),
    [("u1", 192), ("i2", 1 << 14), ("i4", 1 << 30), ("i8", 1 << 62), ("f4", 0.5), ("f8", 0.5)],
)
def test_every_sample_format_has_the_same_scale(kind: str, half: float) -> None:
    """Half of full level is 0.5 whatever the numbers are stored as."""
    assert to_mono([np.array([half], dtype=kind)], channel=0)[0] == pytest.approx(0.5)


def test_channels_are_averaged_or_picked() -> None:
    """Without a choice the mean is taken, with one only that channel."""
    channels = [np.full(4, level, dtype=np.int16) for level in (0, 8192, 16384)]
    assert to_mono(channels, None) == pytest.approx(0.25)
    assert to_mono(channels, 2) == pytest.approx(0.5)


def test_views_share_the_memory_of_the_frame() -> None:
    """Packed and planar frames are seen channel by channel, and writing goes through."""
    packed = bytearray(np.array([[1, 2], [3, 4], [0, 0]], dtype="<i2").tobytes())
    left, right = views([packed], "s16", 2, 2)
    assert (left.tolist(), right.tolist()) == ([1, 3], [2, 4])
    left[0] = 9
    assert packed[0] == 9
    planes = [np.array([1, 3, 0], dtype="f4"), np.array([2, 4, 0], dtype="f4")]
    assert [each.tolist() for each in views(planes, "fltp", 2, 2)] == [[1, 3], [2, 4]]


@pytest.mark.parametrize(
    ("layout", "channels", "answer"),
    [
        ("mono", 1, True),
        ("2 channels", 2, True),
        ("5.1(side)", 6, True),
        ("6 channels", 6, False),
        ("ambisonic 1", 4, False),
        ("9.1.6", 16, False),
    ],
)
def test_only_known_places_are_weighed(layout: str, channels: int, answer: bool) -> None:
    """FFmpeg mixes loudspeakers that it knows; rows of microphones are averaged."""
    assert is_weighable(layout, channels) is answer
