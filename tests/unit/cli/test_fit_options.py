"""Options of a training: recipes, flags and earlier starts, each checked."""

import json
from dataclasses import asdict, fields, replace
from pathlib import Path

import pytest

from hansard.cli.fit_options import DEFAULTS, check_options, choose_options
from hansard.cli.main import make_app
from hansard.errors import SettingError
from hansard.training.fitting.options import FitOptions


def recipe(folder: Path, text: str) -> Path:
    path = folder / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_anything_there_are_the_defaults() -> None:
    """Nothing given is what the class says."""
    assert choose_options({}, None, DEFAULTS, ()) == FitOptions()


def test_flags_are_stronger_than_a_recipe_and_that_than_an_earlier_start(tmp_path: Path) -> None:
    """Only flags that were typed count, whatever the others' values are."""
    before = {"epochs": 7.0, "seed": 1, "pack": 0.0, "method": "lora"}
    path = recipe(tmp_path, "seed = 2\npack = 12.5\nlearning_rate = 1e-4\n")
    typed = replace(DEFAULTS, pack=20.0, epochs=99.0)
    chosen = choose_options(before, path, typed, {"pack"})
    assert (chosen.method, chosen.epochs) == ("lora", 7.0)
    assert (chosen.seed, chosen.learning_rate) == (2, 1e-4)
    assert chosen.pack == 20.0


def test_options_survive_the_runs_manifest(tmp_path: Path) -> None:
    """What was written as JSON gives the same options at the next start."""
    chosen = FitOptions(augment=tmp_path / "a.yaml", learning_rate=1e-5, max_steps=7, patience=2)
    written = json.loads(json.dumps(asdict(chosen), default=str))
    assert choose_options(written, None, DEFAULTS, ()) == chosen


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("learning_rat = 1e-4", "learning_rat"),
        ("learning_rate = 0.0", "learning_rate = 0.0"),
        ("learning_rate = 'fast'", "learning_rate = 'fast'"),
        ("epochs = -1", "epochs = -1"),
        ("epochs = nan", "epochs"),
        ("warmup = 1.5", "warmup = 1.5"),
        ("max_steps = 2.5", "max_steps = 2.5"),
        ("accumulate = 0", "accumulate = 0"),
        ("method = 'some'", "method = 'some'"),
        ("schedule = 'steps'", "schedule = 'steps'"),
        ("batch_seconds = 0", "batch_seconds = 0"),
        ("pack = 31", "pack = 31"),
        ("timestamp_probability = 2", "timestamp_probability = 2"),
        ("no_speech_share = 0.6", "no_speech_share = 0.6"),
        ("lora_rank = 0", "lora_rank = 0"),
        ("keep = 0", "keep = 0"),
        ("loader_threads = 65", "loader_threads = 65"),
        ("seed = [1]", "seed = [1]"),
        ("skip_bad = 'perhaps'", "skip_bad = 'perhaps'"),
    ],
)
def test_a_value_that_may_not_be_is_named(tmp_path: Path, line: str, told: str) -> None:
    """With what was given, and where the options are listed."""
    with pytest.raises(SettingError) as caught:
        choose_options({}, recipe(tmp_path, line), DEFAULTS, ())
    assert told in str(caught.value)
    assert "train run --help" in caught.value.hint


@pytest.mark.parametrize("content", ["a = ", "= 1", "a = 1\na = 2"])
def test_a_recipe_that_is_not_toml_is_one_clear_error(tmp_path: Path, content: str) -> None:
    """It is named, with an example of a line."""
    path = recipe(tmp_path, content)
    with pytest.raises(SettingError, match="cannot be read") as caught:
        choose_options({}, path, DEFAULTS, ())
    assert str(path) in str(caught.value)


def test_a_recipe_that_is_no_text_or_nowhere_is_one_clear_error(tmp_path: Path) -> None:
    """A folder, bytes that are no UTF-8, and nothing at all."""
    (tmp_path / "bytes.toml").write_bytes(b"seed = '\xff'")
    for path in (tmp_path, tmp_path / "bytes.toml", tmp_path / "none.toml"):
        with pytest.raises(SettingError, match="cannot be read"):
            choose_options({}, path, DEFAULTS, ())


def test_every_default_may_be_given() -> None:
    """The border lets through what the class itself says, and knows every option."""
    assert check_options(asdict(FitOptions())) == FitOptions()


def test_every_option_is_a_flag_with_help(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What can stand in a recipe can be typed, and is explained."""
    monkeypatch.setenv("COLUMNS", "200")
    make_app({}, ["train", "run"])(["train", "run", "--help"])
    told = capsys.readouterr().out
    for option in fields(FitOptions):
        assert f"--{option.name.replace('_', '-')}" in told, option.name


def test_flags_that_were_typed_are_known(capsys: pytest.CaptureFixture[str]) -> None:
    """A flag counts as typed though its value is the default."""
    given: dict[str, object] = {}
    app = make_app(given, ["train", "run"])
    words = ["train", "run", "m.jsonl", "--run", "a", "--pack", "30", "--no-skip-bad"]
    command, bound, _ = app.parse_args(words, exit_on_error=False)
    assert command.__name__ == "run"
    assert {"pack", "skip_bad"} <= set(given)
    assert "epochs" not in given
    assert bound.kwargs["fit"].pack == 30.0
    assert capsys.readouterr().err == ""
