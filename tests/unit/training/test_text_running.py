"""Runs over many transcripts: stopped, gone on with, and told of."""

from pathlib import Path

import pytest

from hansard.errors import Cancelled
from hansard.training.journal import Journal
from hansard.training.manifest import read_leniently
from hansard.training.texts.normalising import NormaliseOptions
from hansard.training.texts.notes import LONGEST, find_notes
from hansard.training.texts.report import Item, describe
from hansard.training.texts.running import normalise_files, normalise_manifest
from hansard.training.watching import Watch

OPTIONS = NormaliseOptions(script="latin")


def write_texts(folder: Path, count: int) -> list[Path]:
    paths = [folder / f"{number}.txt" for number in range(count)]
    for path in paths:
        path.write_text(f"Добар дан {path.stem}.", encoding="utf-8")
    return paths


def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path) -> None:
    """What was done before a stop is kept, and only the rest is done after it."""
    paths = write_texts(tmp_path, 5)
    seen: list[str] = []

    def advance(_done: int, _total: int, name: str) -> None:
        seen.append(name)

    stopping = Watch(advance=advance, cancelled=lambda: len(seen) >= 3)
    place = tmp_path / "journal.jsonl"
    with Journal(place) as journal, pytest.raises(Cancelled):
        normalise_files(paths, OPTIONS, journal, stopping)
    written = sorted(path.name for path in tmp_path.glob("*.norm.txt"))
    assert written == ["0.norm.txt", "1.norm.txt", "2.norm.txt"]
    times = {name: (tmp_path / name).stat().st_mtime_ns for name in written}
    with Journal(place) as journal:
        assert len(journal) == 3
        items = normalise_files(paths, OPTIONS, journal, Watch())
        assert len(journal) == 5
    assert {item.state for item in items} == {"normalised"}
    assert all((tmp_path / name).stat().st_mtime_ns == time for name, time in times.items())
    assert (tmp_path / "4.norm.txt").read_text(encoding="utf-8") == "Dobar dan 4.\n"


def test_a_line_cut_short_in_the_journal_is_done_again(tmp_path: Path) -> None:
    """After a kill in the middle of a line the outcome is the same as without it."""
    (path,) = write_texts(tmp_path, 1)
    place = tmp_path / "journal.jsonl"
    with Journal(place) as journal:
        first = normalise_files([path], OPTIONS, journal, Watch())
    whole = place.read_bytes()
    place.write_bytes(whole[:-20])
    (tmp_path / "0.norm.txt").unlink()
    with Journal(place) as journal:
        assert len(journal) == 0
        again = normalise_files([path], OPTIONS, journal, Watch())
    assert again == first
    assert (tmp_path / "0.norm.txt").exists()


def test_an_old_result_of_a_text_that_became_empty_is_told(tmp_path: Path) -> None:
    """A result of an earlier run is not deleted, and is told where the text is empty now."""
    (path,) = write_texts(tmp_path, 1)
    with Journal(tmp_path / "journal.jsonl") as journal:
        normalise_files([path], OPTIONS, journal, Watch())
        path.write_text("[glazba]", encoding="utf-8")
        (item,) = normalise_files([path], OPTIONS, journal, Watch())
    assert item.state == "empty"
    assert "0.norm.txt is of an earlier run" in item.reason


def test_entries_with_the_same_words_share_what_was_done(tmp_path: Path) -> None:
    """Two entries that say the same keep their own ids, from one line of the journal."""
    manifest = tmp_path / "m.jsonl"
    manifest.write_text(
        '{"id": "a", "audio": "a.wav", "transcript": "Добар дан."}\n'
        '{"id": "b", "audio": "b.wav", "transcript": "Добар дан."}\n',
        encoding="utf-8",
    )
    with Journal(tmp_path / "journal.jsonl") as journal:
        entries, items = normalise_manifest(read_leniently(manifest), OPTIONS, journal, Watch())
        assert len(journal) == 1
    assert [(entry.id, entry.transcript) for entry in entries] == [
        ("a", "Dobar dan."), ("b", "Dobar dan."),
    ]  # fmt: skip
    assert [item.name for item in items] == ["a", "b"]
    assert [entry.audio.name for entry in entries] == ["a.wav", "b.wav"]


def test_the_report_counts_what_should_be_normalised() -> None:
    """Clips without speech and files passed over are no part of the share."""
    items = [
        Item(name="1", state="normalised", changes=("script",), script="mixed", language="sr"),
        Item(name="2", state="normalised", left=("number left: '5-10'",), script="latin"),
        Item(name="3", state="empty", reason="the file is empty"),
        Item(name="4", state="failed", reason="no text"),
        Item(name="5", state="no speech"),
        Item(name="6", state="passed over", reason="another"),
    ]
    report = describe(items, OPTIONS, Path("m.jsonl"), None)
    assert report["transcripts"] == 4
    assert report["share"] == 0.5
    assert not report["target_reached"]
    assert report["changed"] == 1
    assert report["mixed_scripts"] == ["1"]
    assert report["left"] == {"number left": 1}
    assert report["scripts"] == {"mixed": 1, "latin": 1}
    assert report["languages"] == {"sr": 1}
    assert [one["name"] for one in report["failures"]] == ["3", "4", "6"]
    assert [one["name"] for one in report["items"]] == ["1", "2"]
    assert report["options"]["script"] == "latin"


def test_nothing_normalised_of_nothing_is_no_share() -> None:
    """Without transcripts there is no share, and the target is not reached."""
    report = describe([], OPTIONS, Path("m.jsonl"), None)
    assert report["share"] is None
    assert report["target_reached"] is False


def test_a_note_has_a_longest_length() -> None:
    """Brackets as far apart as a note may be are one; a letter more, and they are left."""
    fits = "(" + "a" * (LONGEST - 1) + ")"
    edits, left = find_notes(fits)
    assert len(edits) == 1
    assert left == []
    edits, left = find_notes(fits.replace("a)", "aa)"))
    assert edits == []
    assert len(left) == 2
