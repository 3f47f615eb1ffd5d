"""Batches as tensors, made ahead in threads."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fit_cases import DEMO, answers, demo_vocabulary, make_clip, make_window
from shape_entries import make_wav

from hansard.audio import SAMPLE_RATE
from hansard.training.fitting.batches import Batch
from hansard.training.fitting.labels import make_labels
from hansard.training.fitting.shards import open_shard
from hansard.training.fitting.windows import Window
from hansard.training.manifest import Entry
from hansard.training.sounds.augmenting import Augmenter
from hansard.training.sounds.recipes import parse_recipe
from hansard.training.watching import Watch

torch = pytest.importorskip("torch", reason="needs PyTorch")
features = pytest.importorskip("hansard.training.fitting.features")
loading = pytest.importorskip("hansard.training.fitting.loading")
pytestmark = pytest.mark.torch

torch.set_num_threads(1)
V = demo_vocabulary()
LENGTHS = {"a": 2.0, "b": 3.0, "c": 5.5, "d": 1.0}
CLIPS = {name: make_clip(name, f"this is {name}", duration=s) for name, s in LENGTHS.items()}


@pytest.fixture(scope="module")
def kitchen(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One without augmentation."""
    folder = tmp_path_factory.mktemp("clips")
    entries = [
        Entry(id=name, audio=make_wav(folder / f"{name}.wav", seconds=s), transcript="said")
        for name, s in LENGTHS.items()
    ]
    shard = open_shard(entries, folder / "shards", Watch())
    return loading.Kitchen(
        shard=shard, vocabulary=V, features=features.Features(DEMO), task="transcribe"
    )


def with_augmenter(kitchen: Any, recipe: str) -> Any:
    return loading.Kitchen(
        shard=kitchen.shard,
        vocabulary=V,
        features=kitchen.features,
        task="transcribe",
        augmenter=Augmenter(parse_recipe(recipe)),
    )


def windows(*names: str) -> tuple[Window, ...]:
    return tuple(make_window(CLIPS[name], key=f"window {name}") for name in names)


def test_a_batch_holds_its_windows_in_order(kitchen: Any) -> None:
    """Features of one length, and labels filled up with what counts for nothing."""
    plan = (*windows("a", "b"), make_window(CLIPS["c"], CLIPS["d"], key="both", timestamps=True))
    made = kitchen.cook(Batch(plan, 8.0), 0)
    assert made.features.shape == (3, 80, 800)
    assert made.inputs.shape == made.targets.shape
    assert made.inputs.shape[1] % 16 == 0
    assert made.seconds == pytest.approx(2.0 + 3.0 + 7.0)
    counted = 0
    for row, window in enumerate(plan):
        labels = make_labels(window, V, "transcribe", f"{window.key} 0")
        used = len(labels.inputs)
        assert made.inputs[row, :used].tolist() == list(labels.inputs)
        assert made.targets[row, :used].tolist() == list(labels.targets)
        assert set(made.inputs[row, used:].tolist()) <= {V.end}
        assert set(made.targets[row, used:].tolist()) <= {-100}
        counted += len(answers(labels))
    assert made.counted == counted


def test_features_are_those_of_the_clip_then_padding(kitchen: Any) -> None:
    """Half of the windows are filled as one program does it, half as the other, by their keys."""
    expected = kitchen.features.make(kitchen.shard.read("a"))
    fillings = set()
    for number in range(12):
        window = make_window(CLIPS["a"], key=f"k{number}")
        row = kitchen.cook(Batch((window,), 3.0), 0).features[0].numpy()
        np.testing.assert_array_equal(row[:, :200], expected[:, :200])
        (filling,) = np.unique(row[:, 202:])
        fillings.add(float(filling))
    assert fillings == {0.0, float(expected.max()) - 2.0}


def test_checks_are_filled_as_the_engine_does(kitchen: Any) -> None:
    """What is measured is what will be served."""
    strict = loading.Kitchen(
        shard=kitchen.shard, vocabulary=V, features=kitchen.features, task="transcribe",
        both_paddings=False,
    )  # fmt: skip
    for number in range(12):
        row = strict.cook(Batch((make_window(CLIPS["a"], key=f"k{number}"),), 3.0), 0).features[0]
        assert not row[:, 202:].any()


def test_slower_speech_gets_the_room_that_it_needs(kitchen: Any) -> None:
    """A clip that augmentation makes longer than was planned is not cut."""
    slow = with_augmenter(
        kitchen, "- {type: speed, prob: 1, params: {min_rate: 0.8, max_rate: 0.8}}"
    )
    made = slow.cook(Batch(windows("b"), 3.0), 0)
    assert made.features.shape[-1] == 400
    assert made.seconds == pytest.approx(3.0 / 0.8, abs=0.01)


def test_features_are_masked_where_the_recipe_says(kitchen: Any) -> None:
    """SpecAugment changes features and no sound."""
    recipe = "- {type: specaugment, prob: 1, params: {time_masks: 2, freq_masks: 2}}"
    masked = with_augmenter(kitchen, recipe).cook(Batch(windows("c"), 6.0), 0).features
    plain = kitchen.cook(Batch(windows("c"), 6.0), 0).features
    changed = (masked != plain).float().mean()
    assert 0 < changed < 0.9


@pytest.mark.parametrize("threads", [1, 3])
def test_threads_change_nothing_but_the_time(kitchen: Any, threads: int) -> None:
    """The same tensors in the same order, augmentation with recordings of noise included."""
    noisy = kitchen.shard.path.parent / "noise"
    for number in range(3):
        make_wav(noisy / f"{number}.wav", seconds=0.5 + number / 10, rate=8_000)
    recipe = f"- {{type: noise, prob: 1, params: {{folder: '{noisy}', min_snr: 5, max_snr: 9}}}}"
    order = "abcdacbd" * 3
    plan = [(Batch(windows(name), 6.0), epoch) for epoch, name in enumerate(order)]
    alone = list(loading.serve(with_augmenter(kitchen, recipe), plan, 0))
    ahead = list(loading.serve(with_augmenter(kitchen, recipe), plan, threads))
    assert len(alone) == len(ahead) == len(plan)
    for one, other in zip(alone, ahead, strict=True):
        assert torch.equal(one.features, other.features)
        assert torch.equal(one.inputs, other.inputs)
        assert torch.equal(one.targets, other.targets)
        assert (one.counted, one.seconds) == (other.counted, other.seconds)


def test_a_fault_reaches_the_training_and_no_thread_is_left(kitchen: Any) -> None:
    """A window of a clip that is nowhere fails where it is asked for; those before come."""
    plan = [(Batch(windows("a"), 3.0), 0)]
    plan.append((Batch((make_window(make_clip("gone")),), 3.0), 0))
    stream = loading.serve(kitchen, plan, 2)
    assert next(stream).counted > 0
    with pytest.raises(KeyError, match="gone"):
        next(stream)
    assert not [one for one in threading.enumerate() if one.name.startswith("features")]


def test_a_training_that_stops_early_waits_for_nothing_more(kitchen: Any) -> None:
    """Closing the stream ends its threads, whatever was planned."""
    plan = [(Batch(windows("a"), 3.0), epoch) for epoch in range(1000)]
    stream = loading.serve(kitchen, plan, 2)
    next(stream)
    stream.close()
    assert not [one for one in threading.enumerate() if one.name.startswith("features")]


def test_silence_has_no_sound_of_a_clip(kitchen: Any) -> None:
    """A window without clips is made of nothing or of noise, as long as was planned."""
    window = Window(key="silence 1", parts=(), duration=2.5)
    made = kitchen.cook(Batch((window,), 3.0), 0)
    assert made.seconds == 2.5
    assert made.features.shape == (1, 80, 300)
    assert torch.isfinite(made.features).all()
    assert made.counted in (1, 2)
    assert Path(kitchen.shard.path).stat().st_size == 2 * SAMPLE_RATE * sum(LENGTHS.values())


def test_letters_are_spelt_for_a_second_loss(kitchen: Any) -> None:
    """Those that are written anywhere, whatever their case; none where it is not wanted."""
    clips = [make_clip("a", "Šuma, 2 ŠUME!", duration=2.0), make_clip("b", "?", duration=3.0)]
    letters = loading.letters_of(clips)
    assert sorted(letters) == sorted(" 2aemuš")
    assert sorted(letters.values()) == list(range(1, 8))
    spelling = replace(kitchen, letters=letters)
    made = spelling.cook(Batch(tuple(make_window(clip) for clip in clips), 4.0), 0)
    numbers, counts, steps = made.spelt
    assert counts.tolist() == [len("šuma 2 šume"), 0]
    assert numbers[0].tolist() == [letters[letter] for letter in "šuma 2 šume"]
    assert steps.tolist() == [100, 150]
    assert kitchen.cook(Batch(windows("a"), 3.0), 0).spelt is None
