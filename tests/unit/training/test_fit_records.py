"""A run's folder, manifest and log."""

import json
import subprocess
from pathlib import Path

import pytest

from hansard.errors import DiskFullError, ManifestError, OutputError, UsageError
from hansard.training.fitting.records import RunFolder, RunLog, find_commit
from hansard.training.project import Project


@pytest.fixture
def home(tmp_path: Path) -> RunFolder:
    return RunFolder(Project(tmp_path), "first.run-1")


def test_everything_of_a_run_lies_where_it_is_looked_for(home: RunFolder, tmp_path: Path) -> None:
    """The names are those that requirement A3 gives."""
    assert home.manifest == tmp_path / "models/whisper/first.run-1/run_manifest.json"
    assert home.checkpoints == tmp_path / "models/whisper/first.run-1/checkpoints"
    assert home.log == tmp_path / "logs/training/first.run-1.log"


@pytest.mark.parametrize("name", ["", ".hidden", "../up", "a/b", "a b", "č", "x" * 65])
def test_a_name_that_is_no_folders_is_refused(name: str, tmp_path: Path) -> None:
    """Nothing is written outside the project."""
    with pytest.raises(UsageError, match="cannot be the name of a run"):
        RunFolder(Project(tmp_path), name)


def test_a_run_is_there_once_its_manifest_is(home: RunFolder) -> None:
    """What is noted later is added, and the time with it."""
    assert not home.exists
    with pytest.raises(UsageError, match=r"there is no run 'first\.run-1'"):
        home.read()
    home.write({"run": "first.run-1", "state": "running"})
    assert home.exists
    told = home.note(state="done", note="č")
    assert told["state"] == "done"
    assert home.read()["note"] == "č"
    assert home.read()["run"] == "first.run-1"
    assert home.read()["updated"].endswith("+00:00")


@pytest.mark.parametrize("content", [b"{", b"[1]", b"\xff"])
def test_a_broken_manifest_is_one_clear_error(home: RunFolder, content: bytes) -> None:
    """It is named."""
    home.path.mkdir(parents=True)
    home.manifest.write_bytes(content)
    with pytest.raises(ManifestError, match=r"run_manifest\.json"):
        home.read()


def test_each_line_of_a_log_says_when_what_and_for_whom(home: RunFolder) -> None:
    """Lines are added to those of an earlier start."""
    for request in ("one", "two"):
        with RunLog(home.log, request) as log:
            log.write("train", step=1, note="č")
    lines = [json.loads(line) for line in home.log.read_text(encoding="utf-8").splitlines()]
    assert [line["request_id"] for line in lines] == ["one", "two"]
    assert all(line["stage"] == "train" and line["step"] == 1 for line in lines)
    assert "č" in home.log.read_text(encoding="utf-8")


def test_a_log_that_cannot_be_opened_is_one_clear_error(tmp_path: Path) -> None:
    """Where a file stands in the place of its folder."""
    (tmp_path / "logs").write_text("in the way")
    with pytest.raises(OutputError, match="cannot be written"):
        RunLog(RunFolder(Project(tmp_path), "a").log, "r")


def test_a_full_disk_under_the_log_is_one_clear_error(tmp_path: Path) -> None:
    """It is told once, and closing the log afterwards is quiet."""
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    (tmp_path / "a.log").symlink_to(full)
    with RunLog(tmp_path / "a.log", "r") as log, pytest.raises(DiskFullError):
        log.write("train")


def test_the_commit_of_a_project_is_found(tmp_path: Path) -> None:
    """With a mark where files were changed since; outside a repository there is none."""
    assert find_commit(tmp_path / "nowhere") is None

    def git(*arguments: str) -> str:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments]
        done = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    git("init", "-q")
    (tmp_path / "a").write_text("1")
    git("add", "a")
    git("commit", "-q", "-m", "first")
    commit = git("rev-parse", "HEAD")
    assert find_commit(tmp_path) == commit
    (tmp_path / "a").write_text("2")
    assert find_commit(tmp_path) == commit + "+"
