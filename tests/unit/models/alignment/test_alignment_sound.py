"""What a model hears in long sounds, and where words end."""

from pathlib import Path

import numpy as np
import pytest

from hansard.audio import SAMPLE_RATE
from hansard.models.alignment.edges import measure_quiet, widen
from hansard.models.alignment.emissions import CHUNK, Listener, Rate
from hansard.testing.sounds import make_sound
from hansard.transcript import Span

RATE = Rate(step=320, field=400)


def loudness(samples: np.ndarray) -> np.ndarray:
    """A model of two letters that knows how loud each of its frames is, and no more."""
    assert len(samples) <= (CHUNK + 1) * SAMPLE_RATE
    rows = np.lib.stride_tricks.sliding_window_view(samples, 400)[::320]
    return np.stack([np.abs(rows).mean(axis=1), np.zeros(len(rows))], axis=1).astype(np.float32)


@pytest.mark.parametrize("seconds", [0.5, 29.9, 30.1, 95.0])
def test_stretches_join_without_a_seam(seconds: float, tmp_path: Path) -> None:
    """What is heard piece by piece, of at most 30 s, is what is heard at once."""
    samples = np.random.default_rng(0).uniform(-1, 1, int(seconds * SAMPLE_RATE)).astype(np.float32)
    sound = make_sound(samples, tmp_path, start=100.0)
    heard = Listener(loudness, RATE, normalise=False).listen(sound, Span(100.0, 100.0 + seconds))
    rows = np.lib.stride_tricks.sliding_window_view(samples, 400)[::320]
    loud = np.abs(rows).mean(axis=1)
    expected = np.stack([loud, np.zeros(len(loud))], axis=1)
    expected -= np.log(np.exp(expected).sum(axis=1, keepdims=True))
    assert heard.shape == expected.shape
    np.testing.assert_allclose(heard, expected, atol=1e-3)


def test_nothing_is_heard_in_less_than_a_frame(tmp_path: Path) -> None:
    """A stretch shorter than what a frame sees gives no frames."""
    sound = make_sound(np.zeros(1000, np.float32), tmp_path)
    assert len(Listener(loudness, RATE, normalise=True).listen(sound, Span(0, 0.02))) == 0


def bursts(*spans: tuple[float, float], seconds: float = 3.0) -> np.ndarray:
    samples = np.random.default_rng(0).normal(0, 1e-4, int(seconds * SAMPLE_RATE))
    for start, end in spans:
        first, last = int(start * SAMPLE_RATE), int(end * SAMPLE_RATE)
        samples[first:last] += np.random.default_rng(1).normal(0, 0.2, last - first)
    return samples.astype(np.float32)


def test_words_grow_to_the_pause_beside_them() -> None:
    """A word takes what is loud next to its letters, and ends where a pause begins."""
    quiet = measure_quiet(bursts((0.5, 1.0), (1.5, 2.0)))
    grown = widen([Span(0.6, 0.9), Span(1.6, 1.9)], quiet, Span(0, 3))
    assert np.array(grown) == pytest.approx(np.array([[0.5, 1.0], [1.5, 2.0]]), abs=0.011)


def test_words_without_a_pause_meet_half_way() -> None:
    """Between two words that are said in one go, each gets half of what is left."""
    quiet = measure_quiet(bursts((0.5, 2.0)))
    grown = widen([Span(0.6, 1.0), Span(1.2, 1.9)], quiet, Span(0, 3))
    assert np.array(grown) == pytest.approx(np.array([[0.5, 1.1], [1.1, 2.0]]), abs=0.011)


def test_no_word_grows_over_a_lost_one() -> None:
    """Towards a word that was not found nobody grows."""
    quiet = measure_quiet(bursts((0.5, 2.0)))
    grown = widen([Span(0.6, 1.0), None, Span(1.4, 1.9)], quiet, Span(0, 3))
    assert grown[1] is None
    assert grown[0] is not None
    assert grown[2] is not None
    assert (grown[0].end, grown[2].start) == (1.0, 1.4)


def test_steady_noise_has_no_pauses() -> None:
    """Where nothing is louder than the rest, nothing counts as quiet."""
    noise = np.random.default_rng(0).normal(0, 0.1, 2 * SAMPLE_RATE).astype(np.float32)
    assert not measure_quiet(noise).any()
