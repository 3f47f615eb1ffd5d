"""A recipe at work: the same lots whatever comes before, and times that stay true."""

import pickle
import subprocess
import sys
import wave
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from hansard.audio import SAMPLE_RATE
from hansard.errors import DataError, SettingError
from hansard.training.sounds.augmenting import Augmenter
from hansard.training.sounds.recipes import Recipe, parse_recipe, shipped_recipe

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]


def noise(count: int = SAMPLE_RATE, seed: int = 0) -> "Samples":
    return np.random.default_rng(seed).normal(0, 0.1, count).astype(np.float32)


def shipped() -> Recipe:
    return parse_recipe(shipped_recipe())


def one(text: str) -> Augmenter:
    return Augmenter(parse_recipe(f"- {{{text}}}"))


def write_wav(path: Path, samples: "Samples") -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((samples * 32767).astype("<i2").tobytes())


def test_a_clip_depends_on_seed_epoch_and_key_alone() -> None:
    """The order of clips, other clips, and another process's copy change nothing."""
    clips = {f"clip {n}": noise(seed=n) for n in range(6)}
    one_way = Augmenter(shipped(), 7)
    other_way = pickle.loads(pickle.dumps(one_way))  # noqa: S301 - our own
    first = {key: one_way.apply(clips[key], key, 2) for key in clips}
    for key in reversed(clips):
        again = other_way.apply(clips[key], key, 2)
        assert np.array_equal(again.samples, first[key].samples)
        assert (again.applied, again.speed) == (first[key].applied, first[key].speed)
    others = [one_way.apply(clips["clip 0"], "clip 0", n).applied for n in range(30)]
    seeds = [Augmenter(shipped(), n).apply(clips["clip 0"], "clip 0", 2).applied for n in range(30)]
    assert len(set(others)) > 5
    assert len(set(seeds)) > 5


def test_effects_come_as_often_as_the_recipe_says() -> None:
    """Over 400 clips, each effect's share is near its probability; sound stays in bounds."""
    augmenter = Augmenter(parse_recipe("- {type: gain, prob: 0.3}\n- {type: noise, prob: 0.7}"))
    made = [augmenter.apply(noise(800), str(n), 0) for n in range(400)]
    for effect, prob in (("gain", 0.3), ("noise", 0.7)):
        share = np.mean([effect in clip.applied for clip in made])
        assert share == pytest.approx(prob, abs=0.08)
    assert all((clip.snr is not None) == ("noise" in clip.applied) for clip in made)


def test_whatever_is_drawn_is_sound() -> None:
    """Finite float32 in -1 to 1; the clip given stays as it was."""
    clip = noise()
    before = clip.copy()
    augmenter = Augmenter(shipped())
    for epoch in range(60):
        made = augmenter.apply(clip, "a", epoch)
        assert made.samples.dtype == np.float32
        assert np.isfinite(made.samples).all()
        assert np.abs(made.samples).max() <= 1.0
    assert np.array_equal(clip, before)


def test_times_follow_speed_tempo_and_shift() -> None:
    """A burst is where `move` says, whatever was done, in whatever order."""
    clip = np.full(2 * SAMPLE_RATE, 1e-5, np.float32)
    clip[SAMPLE_RATE : SAMPLE_RATE + 400] = 0.5 * np.sin(np.arange(400) * 0.8)
    recipe = parse_recipe("- type: shift\n- type: speed\n- type: tempo\n- type: room\n")
    augmenter = Augmenter(recipe, 3)
    for epoch in range(20):
        made = augmenter.apply(clip, "a", epoch)
        loud = np.flatnonzero(np.abs(made.samples) > 0.3 * np.abs(made.samples).max())
        assert loud[0] / SAMPLE_RATE == pytest.approx(made.move.moment(1.0), abs=0.02)


def test_a_shift_takes_only_silence_away() -> None:
    """The beginning is cut no further than to what can be heard; silence in front is added."""
    clip = np.concatenate([np.zeros(800, np.float32), noise(8000) + np.float32(0.5)])
    earlier = one("type: shift, params: {min_shift_ms: -500, max_shift_ms: -400}")
    made = earlier.apply(clip, "a", 0)
    assert made.offset == pytest.approx(-0.05, abs=0.001)
    assert np.array_equal(made.samples, clip[-len(made.samples) :])
    later = one("type: shift, params: {min_shift_ms: 100, max_shift_ms: 100}")
    assert later.apply(clip, "a", 0).offset == 0.1


def test_a_clip_that_fits_a_model_is_not_made_too_long() -> None:
    """What lasts 29.9 s is not slowed down beyond 30 s, and gets no silence in front."""
    clip = noise(int(29.9 * SAMPLE_RATE))
    for text in (
        "type: speed, params: {min_rate: 0.8, max_rate: 0.9}",
        "type: tempo, params: {min_rate: 0.8, max_rate: 0.9}",
        "type: shift, params: {min_shift_ms: 500, max_shift_ms: 600}",
    ):
        made = one(text).apply(clip, "a", 0)
        assert made.samples is clip
        assert made.applied == ()


def test_rates_can_be_counted() -> None:
    """With `num_rates: 3`, speeds are the lowest, the middle (which is none) and the highest."""
    augmenter = one("type: speed, params: {min_rate: 0.9, max_rate: 1.1, num_rates: 3}")
    speeds = {augmenter.apply(noise(1600), str(n), 0).speed for n in range(40)}
    assert speeds == {0.9, 1.0, 1.1}


def test_noise_and_rooms_come_from_folders(tmp_path: Path) -> None:
    """What is added is a stretch of the recording; an impulse response is what a room does."""
    (tmp_path / "noises" / "deep").mkdir(parents=True)
    (tmp_path / "rooms").mkdir()
    hum = (0.5 * np.sin(np.arange(9000) * 2 * np.pi * 50 / SAMPLE_RATE)).astype(np.float32)
    write_wav(tmp_path / "noises" / "deep" / "hum.wav", hum)
    (tmp_path / "noises" / "broken.wav").write_bytes(b"RIFF")
    response = np.zeros(4000, np.float32)
    response[1000], response[3000] = 0.8, 0.4
    write_wav(tmp_path / "rooms" / "hall.wav", response)
    clip = noise(3 * SAMPLE_RATE)
    text = f"type: noise, params: {{min_snr: 10, max_snr: 10, folder: {tmp_path / 'noises'}}}"
    for key in "abc":
        added = one(text).apply(clip, key, 0).samples - clip
        spectrum = np.abs(np.fft.rfft(added[:SAMPLE_RATE]))
        assert np.argmax(spectrum) in range(48, 53)
    wet = one(f"type: room, params: {{folder: {tmp_path / 'rooms'}}}").apply(clip, "a", 0).samples
    expected = clip.copy()
    expected[2000:] += 0.5 * clip[:-2000]
    assert np.corrcoef(wet, expected)[0, 1] > 0.999


def test_folders_without_sound_are_refused(tmp_path: Path) -> None:
    """An empty folder at once; one with nothing but broken files when they are needed."""
    text = f"type: noise, params: {{folder: {tmp_path}}}"
    with pytest.raises(SettingError, match="no recordings"):
        one(text)
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    with pytest.raises(DataError, match="can be read"):
        one(text).apply(noise(), "a", 0)


def test_masks_are_drawn_for_each_clip_and_epoch() -> None:
    """The same for the same clip and epoch, others for others, none without a step."""
    augmenter = one("type: specaugment")
    features = np.random.default_rng(0).normal(0, 1, (80, 300)).astype(np.float32)
    first = augmenter.mask(features, "a", 0)
    assert np.array_equal(first, augmenter.mask(features, "a", 0))
    assert not np.array_equal(first, augmenter.mask(features, "a", 1))
    assert not np.array_equal(first, augmenter.mask(features, "b", 0))
    assert one("type: gain").mask(features, "a", 0) is features


def test_no_torch_is_loaded() -> None:
    """Reading a recipe and changing a clip by all of it loads no training library."""
    code = (
        "import sys, numpy as np\n"
        "from hansard.training.sounds.augmenting import Augmenter\n"
        "from hansard.training.sounds.recipes import parse_recipe, shipped_recipe\n"
        "a = Augmenter(parse_recipe(shipped_recipe()))\n"
        "for n in range(20): a.apply(np.ones(800, 'f4'), 'a', n)\n"
        "print({'torch', 'transformers', 'av', 'onnxruntime'} & set(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
