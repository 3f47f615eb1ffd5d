"""Features are those that the model is served with, whoever serves it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from fit_cases import DEMO

from hansard.audio import SAMPLE_RATE

torch = pytest.importorskip("torch", reason="needs PyTorch")
transformers = pytest.importorskip("transformers", reason="needs transformers")
features = pytest.importorskip("hansard.training.fitting.features")
pytestmark = pytest.mark.torch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]


def sound(seconds: float, level: float = 0.3) -> "Samples":
    """Tones that come and go, and some noise."""
    count = round(seconds * SAMPLE_RATE)
    time = np.arange(count) / SAMPLE_RATE
    noise = np.random.default_rng(0).normal(0, 0.02, count)
    tones = np.sin(2 * np.pi * 220 * time) * (np.sin(2 * np.pi * time) > 0)
    return (level * (tones + noise)).astype(np.float32)


@pytest.fixture(params=[80, 128])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Features of a model that wants so many bands."""
    (tmp_path / "config.json").write_text(json.dumps({"num_mel_bins": request.param}))
    return features.Features(tmp_path)


@pytest.mark.parametrize("seconds", [0.5, 1.0, 4.3217, 30.0])
def test_they_are_those_of_faster_whisper(made: Any, seconds: float) -> None:
    """For clips of every length, to the last frame."""
    from faster_whisper.feature_extractor import FeatureExtractor

    samples = sound(seconds)
    expected = FeatureExtractor(feature_size=made.bands)(samples)
    found = made.make(samples)
    assert found.shape == expected.shape
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize(("seconds", "level"), [(1.0, 0.3), (4.3217, 0.3), (30.0, 0.3), (2.0, 0.0)])
def test_quietly_padded_they_are_those_of_transformers(
    made: Any, seconds: float, level: float
) -> None:
    """A window of 30 s, filled with what silence gives; of digital silence too."""
    samples = sound(seconds, level)
    extractor = transformers.WhisperFeatureExtractor(feature_size=made.bands)
    expected = extractor(samples, sampling_rate=SAMPLE_RATE, return_tensors="np").input_features[0]
    found = features.pad(made.make(samples), 30.0, quiet=True)
    assert found.shape == expected.shape == (made.bands, 3000)
    # the frame across the end of the sound hears its mirror image here, silence there
    edge = round(seconds * 100)
    apart = np.abs(found - expected)
    apart[:, max(0, edge - 2) : edge + 2] = 0
    assert apart.max() < 1e-4


def test_padding_is_cut_or_filled_to_the_frame(made: Any) -> None:
    """With zeros as faster-whisper does; what is too long loses its end."""
    some = made.make(sound(1.0))
    longer = features.pad(some, 2.5, quiet=False)
    assert longer.shape == (made.bands, 250)
    np.testing.assert_array_equal(longer[:, : some.shape[1]], some)
    assert not longer[:, some.shape[1] :].any()
    shorter = features.pad(some, 0.5, quiet=True)
    np.testing.assert_array_equal(shorter, some[:, :50])


def test_the_model_says_how_many_bands_it_wants(tmp_path: Path) -> None:
    """The preprocessor's word is stronger than the config's."""
    assert features.Features(DEMO).bands == 80
    (tmp_path / "config.json").write_text("{}")
    assert features.Features(tmp_path).bands == 80
    (tmp_path / "preprocessor_config.json").write_text('{"feature_size": 128}')
    assert features.Features(tmp_path).bands == 128


def test_the_shortest_clip_has_features(made: Any) -> None:
    """Less than one window of the transform is filled up, not refused."""
    found = made.make(sound(0.01))
    assert np.isfinite(found).all()
    assert found.shape[0] == made.bands
