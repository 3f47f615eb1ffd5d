"""Copies of checkpoints in another folder."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from hansard.errors import SettingError, TrainingError
from hansard.training.fitting.copies import COMPLETE, Copier, restore


def checkpoint(run: Path, step: int, keep: int = 2) -> Path:
    """Save a checkpoint as a training does, with a folder inside; older ones go."""
    folder = run / "checkpoints" / f"step-{step:06d}"
    (folder / "inner").mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(bytes([step % 256]) * 1000)
    (folder / "inner" / "state.bin").write_text(f"state {step}")
    (folder / "progress.json").write_text(json.dumps({"step": step}))
    for old in sorted((run / "checkpoints").glob("step-*"))[:-keep]:
        for path in sorted(old.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        old.rmdir()
    return folder


def best(run: Path, text: str, extra: str = "") -> Path:
    folder = run / "best"
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    (folder / "model.safetensors").write_text(text)
    if extra:
        (folder / extra).write_text("only here")
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != COMPLETE
    }


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The folder of a run, with a manifest."""
    run = tmp_path / "models" / "whisper" / "first"
    run.mkdir(parents=True)
    (run / "run_manifest.json").write_text('{"run": "first"}')
    return run


def test_what_is_saved_is_copied_whole(tmp_path: Path, run: Path) -> None:
    """Checkpoints, the best model and the manifest; what the run deletes goes there too."""
    told: list[tuple[str, dict[str, Any]]] = []
    for step in (10, 20, 30):
        copier = Copier(
            str(tmp_path / "copies"), lambda stage, facts: told.append((stage, dict(facts)))
        )
        copier(checkpoint(run, step))
        copier.close()
    copier = Copier(str(tmp_path / "copies"))
    copier(best(run, "one", extra="merges.txt"))
    copier.close()
    home = tmp_path / "copies" / "first"
    kept = sorted(path.name for path in (home / "checkpoints").iterdir())
    assert kept == ["step-000020", "step-000030"]
    for name in kept:
        assert tree(home / "checkpoints" / name) == tree(run / "checkpoints" / name)
        assert (home / "checkpoints" / name / COMPLETE).exists()
    assert tree(home / "best") == tree(run / "best")
    assert (home / "run_manifest.json").read_text() == '{"run": "first"}'
    assert [stage for stage, _ in told] == ["copy"] * 3
    assert all(facts["bytes"] > 1000 and "error" not in facts for _, facts in told)
    assert not (run / ".copying").exists()


def test_a_better_model_takes_the_place_of_the_last(tmp_path: Path, run: Path) -> None:
    """Files that it does not have are gone."""
    for text, extra in (("one", "merges.txt"), ("two", "")):
        copier = Copier(str(tmp_path / "copies"))
        copier(best(run, text, extra))
        copier.close()
    copy = tmp_path / "copies" / "first" / "best"
    assert tree(copy) == {"model.safetensors": b"two"}
    assert json.loads((copy / COMPLETE).read_text())["files"] == {"model.safetensors": 3}


def test_a_checkpoint_is_copied_though_the_run_deletes_it(tmp_path: Path, run: Path) -> None:
    """And of several that wait the newest is."""
    copier = Copier(str(tmp_path / "copies"))
    for step in range(1, 30):
        copier(checkpoint(run, step, keep=1))
    copier.close()
    found = restore(str(tmp_path / "copies"), tmp_path / "elsewhere" / "first")
    assert found is not None
    assert found.name == "step-000029"
    assert tree(found) == tree(run / "checkpoints" / "step-000029")


def test_a_failure_is_told_and_ends_nothing(
    tmp_path: Path, run: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A warning, and a line for the run's log; the next copy is tried again."""
    target = tmp_path / "copies"
    target.write_text("a file where a folder should be")
    told: list[dict[str, Any]] = []
    with caplog.at_level(logging.WARNING):
        copier = Copier(str(target), lambda _stage, facts: told.append(dict(facts)))
        copier(checkpoint(run, 10))
        copier.close()
    assert "no copy at" in caplog.text
    assert [bool(one.get("error")) for one in told] == [True]
    target.unlink()
    copier = Copier(str(target), lambda _stage, facts: told.append(dict(facts)))
    copier(checkpoint(run, 20))
    copier.close()
    assert "error" not in told[-1]


def test_only_whole_copies_come_back(tmp_path: Path, run: Path) -> None:
    """The newest one that has its mark; the manifest comes where there is none."""
    assert restore(str(tmp_path / "copies"), run) is None
    for step in (10, 20):
        copier = Copier(str(tmp_path / "copies"))
        copier(checkpoint(run, step))
        copier.close()
    copies = tmp_path / "copies" / "first" / "checkpoints"
    (copies / "step-000020" / COMPLETE).unlink()
    again = tmp_path / "other machine" / "first"
    found = restore(str(tmp_path / "copies"), again)
    assert found == again / "checkpoints" / "step-000010"
    assert tree(found) == tree(run / "checkpoints" / "step-000010")
    assert (again / "run_manifest.json").exists()
    assert [path.name for path in (again / "checkpoints").glob("step-*")] == ["step-000010"]
    assert restore(str(tmp_path / "copies"), again) == found


def test_a_copy_that_lost_bytes_is_refused(tmp_path: Path, run: Path) -> None:
    """And nothing is left behind that could be taken for a checkpoint."""
    copier = Copier(str(tmp_path / "copies"))
    copier(checkpoint(run, 10))
    copier.close()
    damaged = tmp_path / "copies" / "first" / "checkpoints" / "step-000010" / "model.safetensors"
    damaged.write_bytes(b"short")
    again = tmp_path / "again" / "first"
    with pytest.raises(TrainingError, match=r"model\.safetensors"):
        restore(str(tmp_path / "copies"), again)
    assert list((again / "checkpoints").glob("step-*")) == []


def test_a_target_of_another_kind_is_refused(tmp_path: Path) -> None:
    """Before a training begins."""
    with pytest.raises(SettingError, match="ftp"):
        Copier("ftp://example.org/copies")
