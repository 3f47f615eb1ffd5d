"""Recipes of augmentation: what is understood, and what is refused with which words."""

from pathlib import Path

import pytest

from hansard.errors import SettingError
from hansard.training.sounds.recipes import (
    Bandwidth,
    Gain,
    Noise,
    SpecAugment,
    Speed,
    parse_recipe,
    read_recipe,
    shipped_recipe,
)


def test_the_shipped_recipe_names_every_effect() -> None:
    """It can be read, and each type is there once."""
    recipe = parse_recipe(shipped_recipe())
    types = [step.type for step in recipe.steps]
    assert len(types) == len(set(types)) == 12
    assert recipe.on_sound
    assert len(recipe.describe()) == 12


def test_names_of_other_tools_are_understood(tmp_path: Path) -> None:
    """A JSON list with the keys of a widely used fine-tuning tool means the same here."""
    path = tmp_path / "augment.json"
    path.write_text(
        """[{"type": "resample", "params": {"new_sample_rates": [8000]}, "prob": 0.0},
        {"type": "noise", "params": {"min_snr_dB": 10, "max_snr_dB": 50, "noise_dir": "x"},
         "prob": 0.2},
        {"type": "speed", "params": {"min_speed_rate": 0.9, "max_speed_rate": 1.1,
         "num_rates": 3}, "prob": 0.5},
        {"type": "volume", "params": {"min_gain_dBFS": -15, "max_gain_dBFS": 15}, "prob": 0.5}]"""
    )
    recipe = read_recipe(path)
    assert [step.params for step in recipe.steps] == [
        Bandwidth(rates=(8000,)),
        Noise(min_snr=10, max_snr=50, folder=str(tmp_path / "x")),
        Speed(min_rate=0.9, max_rate=1.1, num_rates=3),
        Gain(min_gain=-15, max_gain=15),
    ]
    assert [step.type for step in recipe.on_sound] == ["noise", "speed", "gain"]


def test_what_is_left_out_has_its_default() -> None:
    """An effect without params or prob is used as it comes, always."""
    step = parse_recipe("- type: specaugment\n").steps[0]
    assert (step.params, step.prob) == (SpecAugment(), 1.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is None, not a list"),
        ("{a: 1}", "not a list of effects"),
        ("- 3", "item 1 is 3, not an effect"),
        ("- {type: noise}\n- {type: nose}", r"item 2 \(nose\): there is no such effect"),
        ("- {type: noise, chance: 1}", r"item 1 \(noise\): unknown key 'chance'"),
        ("- {type: noise, prob: 1.5}", "prob is 1.5, not a number from 0 to 1"),
        ("- {type: noise, prob: true}", "prob is True"),
        ("- {type: noise, prob: .nan}", "prob is nan"),
        ("- {type: noise, params: 3}", "params is 3, not a mapping"),
        ("- {type: noise, params: {snr: 3}}", "unknown key 'snr'"),
        ("- {type: noise, params: {min_snr: loud}}", "min_snr is 'loud': expected `float`"),
        ("- {type: noise, params: {min_snr: .nan}}", "min_snr is nan"),
        ("- {type: speed, params: {min_rate: 0.1}}", "min_rate is 0.1: expected `float` >= 0.5"),
        ("- {type: gain, params: {min_gain: 20}}", "min_gain is 20, above max_gain, 15"),
        ("- {type: noise, params: {colours: [red]}}", r"colours is \['red'\]: invalid"),
        ("- {type: noise, params: {colours: [pink], folder: x}}", "not both"),
        ("- {type: bandwidth, params: {rates: [44100]}}", "44100"),
        ("- {type: [", "it is not YAML"),
        ("!!python/object/apply:os.getcwd []", "it is not YAML"),
    ],
)
def test_mistakes_are_named(text: str, said: str) -> None:
    """The error says which item is wrong, the key, and the value."""
    with pytest.raises(SettingError, match=said):
        parse_recipe(text)


def test_files_that_are_no_recipe_are_named(tmp_path: Path) -> None:
    """A missing file, one that is not text, and one that is not JSON."""
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "c.json").write_text("[")
    for name, said in (("a.yaml", "No such file"), ("b.yaml", "UTF-8"), ("c.json", "not JSON")):
        with pytest.raises(SettingError, match=said):
            read_recipe(tmp_path / name)
