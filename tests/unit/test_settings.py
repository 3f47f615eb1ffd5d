"""Settings: four sources, one name, every value checked and its origin known."""

from dataclasses import fields, replace
from pathlib import Path

import pytest

from hansard.errors import SettingError
from hansard.settings import Options, declared, read, template


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of the person who runs the tests reach them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))


def test_every_setting_is_explained() -> None:
    """Each field of each option class has its docstring, which is its help everywhere."""
    assert set(declared()) == {field.name for field in fields(Options)}
    assert all(len(setting.help) > 10 for setting in declared().values())


def test_defaults_are_the_options_own() -> None:
    """With no source at all every value is the default and says so."""
    found = read()
    assert found.options == Options()
    assert set(found.origins.values()) == {"default"}


def test_stronger_sources_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """File, .env, environment and flags override each other in this order, and are named."""
    (tmp_path / "hansard.toml").write_text(
        'beam_size = 2\nbatch_size = 2\nthreads = 2\nmodel = "file"\n[aliases]\nmine = "a/b"\n'
    )
    (tmp_path / ".env").write_text("HANSARD_BATCH_SIZE=3\nHANSARD_THREADS=3\nHANSARD_MODEL=dot\n")
    monkeypatch.setenv("HANSARD_THREADS", "4")
    monkeypatch.setenv("hansard_model", "environment")
    found = read({"model": "flag"})
    chosen = found.options
    assert (chosen.beam_size, chosen.batch_size, chosen.threads) == (2, 3, 4)
    assert chosen.model == "flag"
    assert chosen.aliases == {"mine": "a/b"}
    assert found.origins["beam_size"].endswith("hansard.toml")
    assert found.origins["batch_size"] == ".env"
    assert found.origins["threads"] == "environment"
    assert found.origins["model"] == "flag"


@pytest.mark.parametrize(
    ("name", "value"),
    [("beam_size", 0), ("vad_threshold", 1.5), ("temperature", 3), ("device", "toaster")],
)
def test_a_value_out_of_range_is_refused_by_name(name: str, value: object) -> None:
    """The error says which setting, which value, and where it came from."""
    with pytest.raises(SettingError, match=rf"{name} = .*{value}.*\(flag\)"):
        read({name: value})


def test_a_misspelt_setting_in_the_file_is_refused(tmp_path: Path) -> None:
    """An unknown name in the file is an error, with the nearest setting as a hint."""
    (tmp_path / "hansard.toml").write_text("beam_sise = 2\n")
    with pytest.raises(SettingError, match="beam_sise") as caught:
        read()
    assert "beam_size" in caught.value.hint


def test_a_broken_file_is_refused(tmp_path: Path) -> None:
    """A file that is no TOML is one clear error."""
    (tmp_path / "hansard.toml").write_text("beam_size = = 2\n")
    with pytest.raises(SettingError, match="cannot be read"):
        read()


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    """A settings file that was named and is not there is an error."""
    with pytest.raises(SettingError, match="no settings file"):
        read(config=tmp_path / "absent.toml")


def test_unknown_variables_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that looks like a setting and is none is listed, not silently ignored."""
    monkeypatch.setenv("HANSARD_BEAM_SISE", "3")
    assert read().unknown == ("HANSARD_BEAM_SISE",)


def test_lists_are_written_as_json_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings that hold several values are read as JSON; nonsense is refused by name."""
    monkeypatch.setenv("HANSARD_SUPPRESS_TOKENS", "[1, 2]")
    assert read().options.suppress_tokens == (1, 2)
    monkeypatch.setenv("HANSARD_SUPPRESS_TOKENS", "1, 2")
    with pytest.raises(SettingError, match=r"suppress_tokens.*environment"):
        read()


def test_the_template_holds_every_setting_and_is_valid(tmp_path: Path) -> None:
    """The file that `settings init` writes changes nothing until a line is uncommented."""
    text = template()
    assert all(f"#{name} =" in text or f"#[{name}]" in text for name in declared())
    (tmp_path / "hansard.toml").write_text(text)
    assert read().options == Options()
    uncommented = "\n".join(
        line[1:] if line.startswith("#") and " = " in line and not line.endswith("= ") else line
        for line in text.splitlines()
        if not line.startswith("# ")
    )
    (tmp_path / "hansard.toml").write_text(uncommented)
    assert replace(read().options, data_dir=tmp_path) == replace(Options(), data_dir=tmp_path)
