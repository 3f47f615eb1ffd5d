"""Checkpoints are whole or not there at all."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hansard.errors import DataError, DiskFullError, OutputError, TrainingError
from hansard.training.fitting.checkpoints import (
    Progress,
    clear_parts,
    explaining_refusals,
    list_checkpoints,
    part_of,
    read_progress,
    save,
)

LIMITED = """
import resource, sys
from pathlib import Path
import torch
from safetensors.torch import save_file
from hansard.errors import OutputError
from hansard.training.fitting.checkpoints import Progress, list_checkpoints, read_progress, save

limit = int(sys.argv[2])
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]

def with_torch(weights, part):
    torch.save({"a": weights}, part / "weights.bin")

def with_safetensors(weights, part):
    save_file({"a": weights}, part / "weights.safetensors")

for way in (with_torch, with_safetensors):
    folder = Path(sys.argv[1]) / way.__name__
    save(folder, Progress(step=1, best=0.5), lambda part: way(torch.ones(1000), part), keep=2)
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        save(folder, Progress(step=2), lambda part: way(torch.ones(1_000_000), part), keep=1)
    except OutputError as error:
        print(type(error).__name__, error, sep=": ")
    newest = list_checkpoints(folder)[-1]
    print([path.name for path in folder.iterdir()], read_progress(newest).best)
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    save(folder, Progress(step=3), lambda part: way(torch.ones(1000), part), keep=1)
    print([path.name for path in list_checkpoints(folder)])
"""


def write(part: Path) -> None:
    (part / "weights.bin").write_bytes(b"w" * 1000)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_newest_are_kept_and_the_last_is_the_newest(tmp_path: Path) -> None:
    """In order of steps, however many digits they have."""
    for step in (2, 10, 999_999, 1_000_000):
        target = save(tmp_path, Progress(step=step), write, keep=3)
        assert (target / "weights.bin").exists()
    found = [path.name for path in list_checkpoints(tmp_path)]
    assert found == ["step-000010", "step-999999", "step-1000000"]
    assert names(tmp_path) == sorted(found)


def test_progress_is_what_it_was(tmp_path: Path) -> None:
    """All that a training needs to go on comes back."""
    told = Progress(step=7, epoch=2, taken=3, best=0.125, best_step=5, worse=1, seconds=12.5)
    assert read_progress(save(tmp_path, told, write, keep=1)) == told


def test_a_checkpoint_of_the_same_step_takes_the_place_of_the_other(tmp_path: Path) -> None:
    """There are never two of one step."""
    save(tmp_path, Progress(step=1), write, keep=2)
    save(tmp_path, Progress(step=1, best=0.5), write, keep=2)
    (only,) = list_checkpoints(tmp_path)
    assert read_progress(only).best == 0.5


def test_what_is_half_written_is_no_checkpoint(tmp_path: Path) -> None:
    """Parts, folders without their last file, and what is called otherwise are passed over."""
    save(tmp_path, Progress(step=1), write, keep=5)
    part = part_of(tmp_path, Progress(step=2))
    part.mkdir()
    (part / "progress.json").write_text("{}")
    (tmp_path / "step-000003").mkdir()
    (tmp_path / "step-000004").write_text("a file")
    (tmp_path / "step-best").mkdir()
    assert [path.name for path in list_checkpoints(tmp_path)] == ["step-000001"]
    clear_parts(tmp_path)
    assert not part.exists()
    assert names(tmp_path) == ["step-000001", "step-000003", "step-000004", "step-best"]
    assert list_checkpoints(tmp_path / "nowhere") == []
    clear_parts(tmp_path / "nowhere")


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    """The part goes, the checkpoints before stay, and a fault of ours is not dressed up."""
    save(tmp_path, Progress(step=1), write, keep=1)

    def fail(part: Path) -> None:
        write(part)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        save(tmp_path, Progress(step=2), fail, keep=1)
    assert names(tmp_path) == ["step-000001"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pace": 1}'])
def test_a_damaged_checkpoint_is_one_clear_error(tmp_path: Path, content: str) -> None:
    """It is named, and what to do."""
    found = save(tmp_path, Progress(step=1), write, keep=1)
    (found / "progress.json").write_text(content)
    with pytest.raises(TrainingError, match="step-000001") as caught:
        read_progress(found)
    assert "delete it" in caught.value.hint


def test_a_folder_that_refuses_is_one_clear_error(tmp_path: Path) -> None:
    """Where a file stands in the way."""
    (tmp_path / "checkpoints").write_text("in the way")
    with pytest.raises(OutputError, match="a checkpoint cannot be written in"):
        save(tmp_path / "checkpoints", Progress(step=1), write, keep=1)


def test_no_room_for_another_one_is_said_before_any_is_written(tmp_path: Path) -> None:
    """A checkpoint needs what the one before needed."""
    first = save(tmp_path, Progress(step=1), write, keep=1)
    with (first / "huge").open("wb") as file:
        file.truncate(shutil.disk_usage(tmp_path).total)  # a hole: it takes no room itself
    called: list[Path] = []
    with pytest.raises(DiskFullError, match=r"a checkpoint needs \d+ MB, and \d+ MB are free"):
        save(tmp_path, Progress(step=2), called.append, keep=1)
    assert called == []
    assert names(tmp_path) == ["step-000001"]


def test_errors_of_ours_pass_as_they_are(tmp_path: Path) -> None:
    """Only what libraries say of disks is put into our words."""
    with pytest.raises(DataError, match="mine"), explaining_refusals("it", tmp_path):
        raise DataError("mine")
    with pytest.raises(RuntimeError, match="other"), explaining_refusals("it", tmp_path):
        raise RuntimeError("other")


def check_limited(inside: list[str], folder: Path, limit: int, told: str) -> None:
    """Both libraries' errors become ours, the checkpoint before stays, later ones are written."""
    done = subprocess.run(
        [*inside, sys.executable, "-c", LIMITED, str(folder), str(limit)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 6, lines
    for error, left, after in (lines[:3], lines[3:]):
        assert error.startswith(told)
        assert left == "['step-000001'] 0.5"
        assert after == "['step-000003']"


@pytest.mark.torch
def test_a_limit_on_files_is_one_clear_error(tmp_path: Path) -> None:
    """Whether PyTorch writes or safetensors."""
    pytest.importorskip("torch", reason="needs PyTorch")
    check_limited([], tmp_path, 200_000, "OutputError: a checkpoint cannot be written in")


@pytest.mark.torch
@pytest.mark.system
def test_a_full_disk_is_one_clear_error(tmp_path: Path) -> None:
    """On a disk of 2 MB for a checkpoint of 4 MB."""
    pytest.importorskip("torch", reason="needs PyTorch")
    mount = f"mount -t tmpfs -o size=2m none '{tmp_path}' && exec \"$@\""
    inside = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh"]
    try:
        subprocess.run([*inside, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this machine lets nobody mount a small disk")
    check_limited(inside, tmp_path, 0, "DiskFullError: the disk is full: a checkpoint in")
