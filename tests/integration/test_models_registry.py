"""`hansard models register`, `promote` and `rollback`, and what other commands say of them."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from hansard.cli.main import run
from hansard.models.hub.lookup import bundled_folder
from hansard.work.demonstrate import find_sample


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder; settings of the machine that runs the tests do not count."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HANSARD_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("HANSARD_OFFLINE", "true")
    monkeypatch.setenv("HANSARD_THREADS", "1")
    return tmp_path / "data"


def make_package(folder: Path, window: float) -> Path:
    """The bundled model as a package, with a digest of its own."""
    shutil.copytree(bundled_folder("ctranslate2"), folder / "ct2")
    card = {"window": window, "short_context": True, "conditions": False}
    (folder / "ct2" / "hansard.json").write_text(json.dumps(card))
    return folder


def ask(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """What a command prints as JSON."""
    capsys.readouterr()
    assert run([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_from_package_to_transcript(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A package is registered, promoted, listed, used under its alias, and rolled back."""
    one = ask(capsys, "models", "register", "bcs", str(make_package(tmp_path / "one", 9.0)))
    assert one["new"] is True
    assert one["version"] == f"bcs@{one['digest'][:12]}"
    first = ask(capsys, "models", "promote", "bcs", "--alias", "best")
    assert (first["before"], first["changed"]) == (None, True)
    two = ask(capsys, "models", "register", "bcs", str(make_package(tmp_path / "two", 8.0)))
    second = ask(capsys, "models", "promote", "bcs", "--alias", "best")
    assert second["target"] == f"bcs@{two['digest']}"
    assert second["before"] == f"bcs@{one['digest']}"
    listed = {entry["name"]: entry for entry in ask(capsys, "models", "list")}
    assert listed["best"]["alias_of"] == two["version"]
    assert ask(capsys, "models", "info", "bcs")["versions"] == [one["version"], two["version"]]
    assert ask(capsys, "models", "rollback", "best")["target"] == f"bcs@{one['digest']}"

    note = str(find_sample("note").path)
    assert run(["transcribe", note, "--model", "best", "-f", "json", "-o", "."]) == 0
    made = json.loads((tmp_path / "note.json").read_text())
    assert made["versions"]["model"] == {"name": "bcs", "revision": one["digest"]}
    assert "notes for the design team" in made["text"]
    assert data.is_dir()


def test_people_read_one_line(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without --json each command says in a line what stands for what."""
    package = str(make_package(tmp_path / "one", 9.0))
    assert run(["models", "register", "bcs", package]) == 0
    assert "registered" in capsys.readouterr().out
    assert run(["models", "promote", "bcs", "--alias", "best"]) == 0
    assert capsys.readouterr().out.startswith("best is bcs@")
    assert run(["models", "list"]) == 0
    out = capsys.readouterr().out
    assert "bcs" in out
    assert "best" in out
    assert run(["models", "remove", "best", "bcs"]) == 0
    assert not list((data / "models" / "registered").iterdir())


def test_an_alias_of_the_settings_is_told(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where a setting hides the alias that was switched, this is said."""
    (tmp_path / "hansard.toml").write_text('[aliases]\nbest = "demo"\n')
    run(["models", "register", "bcs", str(make_package(tmp_path / "one", 9.0))])
    told = ask(capsys, "models", "promote", "bcs", "--alias", "best")
    assert told["hidden_by_setting"] == "demo"
    assert data.is_dir()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["register", "small", "PACKAGE"], 2, "model of the catalogue"),
        (["register", "../x", "PACKAGE"], 2, "cannot be used"),
        (["register", "bcs", "nowhere"], 1, "no folder"),
        (["promote", "nobody", "--alias", "best"], 2, "no model is registered as 'nobody'"),
        (["promote", "bcs@ffff", "--alias", "best"], 2, "no version 'ffff'"),
        (["promote", "bcs", "--alias", "turbo"], 2, "model of the catalogue"),
        (["rollback", "best"], 2, "no alias 'best'"),
        (["promote", "bcs"], 2, "alias"),
    ],
)
def test_wrong_use_is_told(
    data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    said: str,
) -> None:
    """Each mistake has its sentence and its exit code, and changes nothing."""
    package = str(make_package(tmp_path / "one", 9.0))
    assert run(["models", "register", "bcs", package]) == 0
    before = (data / "models" / "registry.json").read_bytes()
    capsys.readouterr()
    given = [package if one == "PACKAGE" else one for one in arguments]
    assert run(["models", *given]) == code
    captured = capsys.readouterr()
    assert said in captured.err.replace("\n", " ") + captured.out
    assert (data / "models" / "registry.json").read_bytes() == before
