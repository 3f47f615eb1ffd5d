"""The inventory as files: whatever names hold, it is read back."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.errors import DataError
from hansard.training.project import Project
from hansard.training.sources.items import (
    COLUMNS,
    Inventory,
    Item,
    csv_path,
    defuse,
    read_folders,
    read_inventory,
    restore,
    write_inventory,
)

UPSTREAM = (
    "filename,path,size_bytes,duration_seconds,sha256,transcript_path,language_guess,duplicate"
)


def item(path: Path, **fields: object) -> Item:
    known = {"size": 3, "mtime": 1.25, "duration": 2.5, "sha256": "ab"}
    return Item(path=path, **{**known, **fields})


@given(st.text())
def test_cells_are_defused_and_restored(text: str) -> None:
    """No cell begins like a formula, and each is what it was."""
    cell = defuse(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert restore(cell) == text


def test_the_inventory_is_read_back(tmp_path: Path) -> None:
    """Rows survive, with commas, line ends, formulas and Unicode in their names."""
    project = Project(tmp_path / "p")
    items = (
        item(
            project.uploads / '=1+1, "two"\nlines č.wav',
            transcript_path=project.uploads / "a.txt", words=7, language="hr",
            language_probability=0.91, script="latin", sample_rate=8000, channels=2,
            codec="mp3", notes=('it, "stops"',), similarity=0.9,
            acoustic_duplicate_of=project.uploads / "b.wav",
        ),
        item(Path("/elsewhere/-x.wav"), duration=None, error="it is damaged"),
        item(project.uploads / "c.wav", duplicate_of=project.uploads / "b.wav"),
    )  # fmt: skip
    write_inventory(project, Inventory(folders=(project.uploads,), items=items))
    assert read_inventory(project) == items
    assert read_folders(project) == (project.uploads,)


def test_the_columns_of_old_come_first(tmp_path: Path) -> None:
    """Readers of the first eight columns find them in their order, and a plain flag."""
    project = Project(tmp_path)
    copy = item(tmp_path / "-a.wav", duplicate_of=tmp_path / "b.wav")
    write_inventory(project, Inventory(folders=(), items=(copy,)))
    with csv_path(project).open(encoding="utf-8", newline="") as file:
        head, row = csv.reader(file)
    assert ",".join(head[:8]) == UPSTREAM
    assert tuple(head) == COLUMNS
    assert row[:2] == ["'-a.wav", "'-a.wav"]
    assert row[7] == "true"


def test_no_inventory_is_told(tmp_path: Path) -> None:
    """The error says what makes one."""
    with pytest.raises(DataError) as caught:
        read_inventory(Project(tmp_path))
    assert "hansard data inventory" in caught.value.hint
    assert read_folders(Project(tmp_path)) == (tmp_path / "uploads",)


@pytest.mark.parametrize("text", ["", "filename,path\na,b\n", ",".join(COLUMNS) + "\nx\n"])
def test_a_damaged_inventory_is_told(tmp_path: Path, text: str) -> None:
    """Rows that cannot be read are an error, not less data; an empty file has no rows."""
    project = Project(tmp_path)
    csv_path(project).parent.mkdir(parents=True)
    csv_path(project).write_text(text)
    if not text:
        assert read_inventory(project) == ()
        return
    with pytest.raises(DataError):
        read_inventory(project)
