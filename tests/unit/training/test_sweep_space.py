"""What a sweep may try."""

import json
import math
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.errors import SettingError
from hansard.training.sweeps.space import (
    Choice,
    Range,
    count_weights,
    default_space,
    describe,
    parse,
    read_recipe,
    write_toml,
)


def test_a_recipe_has_fixed_options_and_a_space(tmp_path: Path) -> None:
    """What stands above the table [space] is fixed, what is in it is tried."""
    path = tmp_path / "sweep.toml"
    path.write_text(
        "epochs = 2.0\n[space]\nlearning_rate = {low=1e-5, high=1e-3, log=true}\n"
        "accumulate = [1, 2, 2, 4]\nlora_rank = {low=4, high=64, step=4}\n"
    )
    fixed, space = read_recipe(path)
    assert fixed == {"epochs": 2.0}
    assert space == {
        "learning_rate": Range(low=1e-5, high=1e-3, log=True),
        "accumulate": Choice((1, 2, 4)),
        "lora_rank": Range(low=4, high=64, step=4),
    }


@pytest.mark.parametrize(
    "text", ["[space", "space = 3", "[space]\nwarmup = 0.1", "[space]\nwarmup = []"]
)
def test_a_recipe_that_says_nothing_clear_is_refused(tmp_path: Path, text: str) -> None:
    """Broken TOML, a space that is no table, a value that is neither range nor list."""
    path = tmp_path / "sweep.toml"
    path.write_text(text)
    with pytest.raises(SettingError):
        read_recipe(path)


def test_a_recipe_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The path stands in the message."""
    with pytest.raises(SettingError, match=r"absent\.toml"):
        read_recipe(tmp_path / "absent.toml")


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ({"low": 1}, "needs low and high"),
        ({"low": 1, "high": 2, "hgih": 3}, "hgih"),
        ({"low": 2, "high": 1}, "less than high"),
        ({"low": "a", "high": "b"}, "numbers"),
        ({"low": False, "high": True}, "numbers"),
        ({"low": 0, "high": 1, "log": True}, "above 0"),
        ({"low": 1, "high": 2, "log": "yes"}, "true or false"),
        ({"low": 0.0, "high": 1.0, "step": 0.0}, "step"),
        ({"low": 1, "high": 9, "step": 0.5}, "whole numbers"),
    ],
)
def test_a_range_that_cannot_be_is_refused(told: dict[str, object], problem: str) -> None:
    """The message says what is wrong with it."""
    with pytest.raises(SettingError, match=problem):
        parse("warmup", told)


def test_only_ranges_of_whole_numbers_are_whole() -> None:
    """As they are written."""
    assert Range(low=1, high=8).is_whole
    assert not Range(low=1.0, high=8.0).is_whole
    assert not float(list(Range(low=1.0, high=8.0).examples())[-1]).is_integer()


def test_the_usual_space_lies_around_the_usual_rate() -> None:
    """Learning rate, batch, weight decay, warm-up and accumulation; wide where none is known."""
    space = default_space(3e-4)
    assert set(space) == {
        "learning_rate", "batch_seconds", "weight_decay", "warmup", "accumulate",
    }  # fmt: skip
    assert space["learning_rate"].holds(3e-4)
    assert not space["learning_rate"].holds(1e-2)
    assert default_space(None)["learning_rate"].holds(1e-6)
    assert json.loads(json.dumps(describe(space)))["accumulate"] == [1, 2, 4]


@given(
    st.dictionaries(
        st.from_regex(r"[a-z][a-z_]{0,12}", fullmatch=True),
        st.booleans()
        | st.integers(-(2**53), 2**53)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(st.characters(exclude_categories=("Cs",))),
    )
)
def test_options_survive_toml(options: dict[str, object]) -> None:
    """What is written for a trial is what it reads."""
    found = tomllib.loads(write_toml(options))
    assert found == options
    assert {k: type(v) for k, v in found.items()} == {k: type(v) for k, v in options.items()}


def test_what_is_none_is_left_out_of_toml() -> None:
    """TOML has no word for it."""
    assert write_toml({"patience": None, "seed": 1}) == "seed = 1\n"


def test_weights_are_counted_by_their_headers(tmp_path: Path) -> None:
    """Without loading them; a folder without safetensors has no count, a damaged one neither."""
    assert count_weights(tmp_path) is None
    header = {"a": {"shape": [3, 4]}, "b": {"shape": []}, "__metadata__": {"format": "pt"}}
    text = json.dumps(header).encode()
    path = tmp_path / "model.safetensors"
    path.write_bytes(len(text).to_bytes(8, "little") + text + bytes(52))
    assert count_weights(tmp_path) == math.prod((3, 4)) + 1
    path.write_bytes(b"\x01")
    assert count_weights(tmp_path) is None
