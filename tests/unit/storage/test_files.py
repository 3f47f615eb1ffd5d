"""Files that appear whole or not at all, and folders that go away."""

import stat
from pathlib import Path

import pytest

from hansard.errors import OutputError
from hansard.storage.files import temporary_folder, write_whole


def test_a_file_appears_whole(tmp_path: Path) -> None:
    """Content is written under its name, folders are made, and nothing else is left."""
    path = write_whole(tmp_path / "deep" / "a.txt", "šđčćž\n")
    assert path.read_text(encoding="utf-8") == "šđčćž\n"
    assert [p.name for p in path.parent.iterdir()] == ["a.txt"]


def test_an_older_file_is_replaced(tmp_path: Path) -> None:
    """A file that is there is replaced in one step, with the usual permissions."""
    path = tmp_path / "a.txt"
    write_whole(path, "old")
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) & 0o600 == 0o600


@pytest.mark.parametrize("bad", ["file/a.txt", "x" * 300, "folder"])
def test_a_failed_write_leaves_nothing(tmp_path: Path, bad: str) -> None:
    """Where the file cannot be, the error names it and no temporary file stays."""
    (tmp_path / "file").write_text("not a folder")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match="cannot write"):
        write_whole(tmp_path / bad, "text")
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["file", "folder"]


def test_a_temporary_folder_goes_away() -> None:
    """It is private, it exists inside the block, and it is gone after an error too."""
    with pytest.raises(ZeroDivisionError), temporary_folder("hansard-test-") as folder:  # noqa: PT012
        (folder / "inner").mkdir()
        (folder / "inner" / "file").write_text("x")
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        _ = 1 / 0
    assert not folder.exists()


def test_a_temporary_folder_needs_a_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system's folder is not there, the error says what to set."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "absent"))
    with pytest.raises(OutputError) as caught, temporary_folder("x-"):
        pass
    assert "TMPDIR" in caught.value.hint
