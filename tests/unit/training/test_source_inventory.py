"""The inventory: decoded once, resumed, and what repeats another recording."""

import os
import shutil
import wave
from pathlib import Path

import numpy as np
import pytest

from hansard.audio.fingerprints import Fingerprint
from hansard.errors import Cancelled
from hansard.storage.files import sha256_of
from hansard.testing.media import Recipe, make
from hansard.training.project import Project
from hansard.training.sources.inventory import measure, take_inventory
from hansard.training.sources.items import Inventory, Item, read_inventory, summarise
from hansard.training.sources.repeats import Candidate, find_repeats
from hansard.training.watching import Watch

A, B, C, D = (Path(f"/p/{name}.wav") for name in "abcd")


def noise(path: Path, seed: int, seconds: float = 1.0, rate: int = 8000) -> Path:
    samples = np.random.default_rng(seed).normal(0, 2000, int(seconds * rate)).astype("<i2")
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return path


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path)
    for number in range(4):
        noise(made.uploads / f"{number}.wav", number)
    return made


def heard(seed: int, *, flipped: int = 0) -> Fingerprint:
    """Codes of twelve seconds, with some bits turned."""
    random = np.random.default_rng(seed)
    codes = random.integers(0, 2**32, 80, dtype=np.uint64).astype("<u4")
    for place in random.integers(0, 80, flipped):
        codes[place] ^= np.uint32(1 << int(place) % 32)
    return Fingerprint(codes.tobytes(), 12.0)


def candidate(
    path: Path, digest: str, sound: Fingerprint | None = None, *, text: bool = False, size: int = 5
) -> Candidate:
    return Candidate(path=path, sha256=digest, size=size, has_text=text, heard=sound)


def test_the_same_bytes_are_one_recording() -> None:
    """The one with a transcript is kept, else the first by its path."""
    repeats = find_repeats([candidate(A, "1"), candidate(B, "1", text=True), candidate(C, "1")])
    assert {path: each.of for path, each in repeats.items()} == {A: B, C: B}
    assert all(each.exact and each.similarity == 1 for each in repeats.values())
    assert set(find_repeats([candidate(B, "1"), candidate(A, "1")])) == {B}


def test_the_same_sound_is_one_recording() -> None:
    """Of two encodings the larger one is kept; other sounds are left alone."""
    repeats = find_repeats([
        candidate(A, "1", heard(1, flipped=30)),
        candidate(B, "2", heard(1), size=9),
        candidate(C, "3", heard(2)),
    ])  # fmt: skip
    assert set(repeats) == {A}
    assert repeats[A].of == B
    assert not repeats[A].exact
    assert 0.9 < repeats[A].similarity < 1


def test_a_copy_of_a_copy_is_one_of_the_original() -> None:
    """All copies name the recording that is kept."""
    repeats = find_repeats([
        candidate(A, "1", heard(1), size=9),
        candidate(B, "2", heard(1, flipped=20)),
        candidate(C, "2", heard(1, flipped=20)),
        candidate(D, "4"),
    ])  # fmt: skip
    assert {path: each.of for path, each in repeats.items()} == {B: A, C: A}


def test_a_stopped_inventory_goes_on(project: Project) -> None:
    """What was measured before the stop is not measured again."""
    seen: list[str] = []
    watch = Watch(advance=lambda _done, _all, name: seen.append(name),
                  cancelled=lambda: len(seen) >= 2)  # fmt: skip
    with pytest.raises(Cancelled):
        take_inventory(project, (), watch)
    assert seen == ["0.wav", "1.wav"]
    assert take_inventory(project).measured == 2
    assert take_inventory(project).measured == 0


def test_only_what_changed_is_measured_again(project: Project) -> None:
    """A new, a changed and a touched recording are; a new transcript costs no decoding."""
    take_inventory(project)
    noise(project.uploads / "new.wav", 9)
    noise(project.uploads / "0.wav", 10, seconds=2.0)
    os.utime(project.uploads / "1.wav", (1, 1))
    (project.uploads / "2.txt").write_text("dobar dan svima")
    made = take_inventory(project)
    items = {item.path.name: item for item in made.items}
    assert made.measured == 3
    assert items["0.wav"].duration == pytest.approx(2.0)
    assert items["2.wav"].words == 3
    assert items["1.wav"].mtime == 1


def test_a_transcript_that_goes_away_is_forgotten(project: Project) -> None:
    """The inventory tells what is there now."""
    text = project.uploads / "0.txt"
    text.write_text("dobar dan")
    assert take_inventory(project).items[0].words == 2
    text.unlink()
    assert take_inventory(project).items[0].words is None
    (project.uploads / "3.wav").unlink()
    assert len(take_inventory(project).items) == 3
    assert len(read_inventory(project)) == 3


def test_a_damaged_journal_costs_only_time(project: Project) -> None:
    """Lines that a kill cut short are measured again."""
    take_inventory(project)
    journal = project.journals / "inventory.jsonl"
    lines = journal.read_text().splitlines()
    journal.write_text("\n".join([*lines[:2], lines[2][:40]]))
    assert take_inventory(project).measured == 2


def test_measuring_tells_facts_or_an_error(tmp_path: Path) -> None:
    """A recording has a length, a rate and a hash; what is none has an error and a hash."""
    good = noise(tmp_path / "good.wav", 1, 1.5)
    facts = measure(good, ears=False)
    assert (facts["duration"], facts["sample_rate"], facts["channels"]) == (1.5, 8000, 1)
    assert facts["sha256"] == sha256_of(good)
    assert facts["fingerprint"] is None
    bad = tmp_path / "bad.wav"
    bad.write_bytes(good.read_bytes()[:30])
    facts = measure(bad, ears=False)
    assert facts["error"]
    assert facts["duration"] is None
    assert measure(tmp_path / "missing.wav", ears=False)["error"].startswith("cannot be read")


def test_a_recording_that_was_cut_off_is_noted(tmp_path: Path) -> None:
    """What its header promises and its data lacks is told."""
    project = Project(tmp_path)
    project.uploads.mkdir()
    recipe = Recipe(container="flac", codec="flac", rate=16_000, channels=1)
    sound = np.random.default_rng(1).normal(0, 0.1, (1, 160_000)).astype(np.float32)
    whole = make(project.uploads / "whole.flac", recipe, sound)
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    (item,) = take_inventory(project).items
    assert item.error == ""
    assert item.duration == pytest.approx(5, abs=0.5)
    assert item.notes


def test_one_sound_with_two_texts_is_a_problem(project: Project) -> None:
    """One of two transcripts of the same recording is wrong, and a person has to look."""
    shutil.copy(project.uploads / "0.wav", project.uploads / "copy.wav")
    (project.uploads / "0.txt").write_text("dobar dan")
    (project.uploads / "copy.txt").write_text("laku noć")
    found = take_inventory(project)
    assert [each.message for each in found.problems] == [
        "the same sound as '0.wav', with another transcript"
    ]
    (project.uploads / "copy.txt").write_text("Dobar dan!")
    assert take_inventory(project).problems == ()


def test_without_fpcalc_the_summary_says_so(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Everything else is told all the same, and the comparison is made up for later."""
    path = os.environ["PATH"]
    monkeypatch.setenv("PATH", str(tmp_path))
    found = take_inventory(project)
    assert found.measured == 4
    assert summarise(found, project.root)["duplicates"]["acoustic_check"].startswith("not checked")
    monkeypatch.setenv("PATH", path)
    again = take_inventory(project)
    assert again.measured == (4 if again.acoustic == "checked" else 0)


def test_sums_count_what_can_be_used() -> None:
    """Hours of duplicates and of unreadable recordings are no hours to learn from."""
    known = {"size": 10, "mtime": 1.0, "sha256": "x"}
    items = (
        Item(path=A, duration=3600.0, words=5, language="hr", script="latin", **known),
        Item(path=B, duration=1800.0, words=5, duplicate_of=A, **known),
        Item(path=C, duration=None, error="bad", **known),
        Item(path=D, duration=900.0, words=2, script="cyrillic", **known),
    )
    told = summarise(Inventory(folders=(), items=items), Path("/p"))
    assert (told["recordings"], told["bytes"], told["unreadable"]) == (4, 40, 1)
    assert (told["hours"], told["unique_hours"], told["usable_hours"]) == (1.75, 1.25, 1.25)
    assert told["by_language"] == {
        "hr": {"recordings": 1, "hours": 1.0},
        "unknown": {"recordings": 1, "hours": 0.25},
    }
    assert told["by_script"]["cyrillic"] == {"recordings": 1, "hours": 0.25}
