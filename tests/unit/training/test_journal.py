"""What a long deed has done already."""

from pathlib import Path

import pytest

from hansard.errors import OutputError
from hansard.training.journal import Journal


def test_what_is_put_is_known_in_the_next_run(tmp_path: Path) -> None:
    """A journal that is opened again knows what was done, and nothing else."""
    path = tmp_path / "deep" / "journal.jsonl"
    with Journal(path) as journal:
        assert journal.get("a") is None
        journal.put("a", {"seconds": 1.5})
        journal.put("b", {"error": "leer"})
        journal.put("a", {"seconds": 2.5})
    with Journal(path) as again:
        assert len(again) == 2
        assert again.get("a") == {"seconds": 2.5}
        assert again.get("c") is None


@pytest.mark.parametrize("key", ["žaba\u2028\x85.wav", "raw\udce8.wav", "a\nb"])
def test_any_name_of_a_file_is_a_key(key: str, tmp_path: Path) -> None:
    """Line separators and bytes that are no UTF-8 do not make an item be done again."""
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        journal.put(key, {"note": key.replace("\udce8", "")})
    with Journal(path) as again:
        assert again.get(key) is not None


def test_a_line_that_a_kill_cut_short_costs_only_itself(tmp_path: Path) -> None:
    """Half a line is ignored, and the next one does not grow into it."""
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        journal.put("a", {"n": 1})
        journal.put("b", {"n": 2})
    path.write_bytes(path.read_bytes()[:-5])
    with Journal(path) as journal:
        assert journal.get("b") is None
        journal.put("b", {"n": 3})
    with Journal(path) as again:
        assert (again.get("a"), again.get("b")) == ({"n": 1}, {"n": 3})


def test_a_line_is_in_the_file_before_put_returns(tmp_path: Path) -> None:
    """A kill right after an item is done does not lose it."""
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        journal.put("a", {"n": 1})
        assert Journal(path).get("a") == {"n": 1}


def test_lines_of_strangers_are_ignored(tmp_path: Path) -> None:
    """What is no item of a journal does not end the deed."""
    path = tmp_path / "journal.jsonl"
    path.write_text('[1]\n{"key": ["x"], "outcome": {}}\n{"key": "a", "outcome": 5}\nnull\n')
    with Journal(path) as journal:
        assert len(journal) == 0


def test_a_journal_that_cannot_be_written_or_read_is_told(tmp_path: Path) -> None:
    """A folder in its place, or a file above it, is a failed output."""
    with pytest.raises(OutputError, match="cannot read"):
        Journal(tmp_path)
    (tmp_path / "file").write_text("")
    journal = Journal(tmp_path / "file" / "journal.jsonl")
    with pytest.raises(OutputError, match="cannot write"):
        journal.put("a", {})
    assert journal.get("a") is None


def test_after_a_full_disk_nothing_is_counted_as_done(tmp_path: Path) -> None:
    """What could not be written is not done, and the journal can be used on."""
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    link = tmp_path / "journal.jsonl"
    with Journal(link) as journal:
        link.symlink_to(full)
        with pytest.raises(OutputError, match="cannot write"):
            journal.put("a", {"n": 1})
        assert journal.get("a") is None
        link.unlink()
        journal.put("a", {"n": 2})
    assert Journal(link).get("a") == {"n": 2}
