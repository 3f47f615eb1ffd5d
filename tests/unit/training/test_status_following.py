"""Logs that are read while they are written, and folders that a process has for itself."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hansard.errors import TrainingError
from hansard.training.following import LogFollower, read_tail
from hansard.training.holding import holding, is_held


def line(step: int) -> str:
    return json.dumps({"stage": "train", "step": step}) + "\n"


def test_lines_are_given_once_and_whole(tmp_path: Path) -> None:
    """A half-written line comes when it is whole; what is no JSON object is left out."""
    log = tmp_path / "a.log"
    follower = LogFollower(log)
    assert follower.news() == []
    log.write_text(line(1) + "not JSON\n[1]\n" + line(2)[:9])
    assert [one["step"] for one in follower.news()] == [1]
    with log.open("a") as file:
        file.write(line(2)[9:])
    assert [one["step"] for one in follower.news()] == [2]
    assert follower.news() == []


def test_following_can_begin_later(tmp_path: Path) -> None:
    """At so many bytes."""
    log = tmp_path / "a.log"
    log.write_text(line(1) + line(2))
    assert [one["step"] for one in LogFollower(log, len(line(1))).news()] == [2]


def test_a_log_that_was_begun_anew_is_read_from_its_beginning(tmp_path: Path) -> None:
    """Not from where the old one ended."""
    log = tmp_path / "a.log"
    log.write_text(line(1) + line(2))
    follower = LogFollower(log)
    follower.news()
    log.write_text(line(3))
    assert [one["step"] for one in follower.news()] == [3]


def test_only_the_end_of_a_long_log_is_read(tmp_path: Path) -> None:
    """Whole lines, the newest; bytes that are no text do no harm."""
    log = tmp_path / "a.log"
    log.write_bytes(b"".join(line(n).encode() for n in range(1000)) + b"\xff\xfe\n{half")
    found = read_tail(log, 500)
    assert 5 < len(found) < 20
    assert found[-1]["step"] == 999
    assert read_tail(tmp_path / "absent.log") == []
    assert len(read_tail(log)) == 1000


def test_a_folder_is_held_by_one(tmp_path: Path) -> None:
    """Another is refused while it is; afterwards it is free."""
    assert is_held(tmp_path) is None
    code = (
        "import sys; from pathlib import Path; from hansard.training.holding import holding\n"
        "with holding(Path(sys.argv[1])):\n    print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        assert is_held(tmp_path) is True
        with pytest.raises(TrainingError, match="another process"), holding(tmp_path, patience=0):
            pass
        child.kill()
        child.wait()
    assert is_held(tmp_path) is False
    with holding(tmp_path):
        pass
