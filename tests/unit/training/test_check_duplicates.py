"""Recordings that are there twice: which stays, what is moved, what an interrupted move leaves."""

import json
import wave
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hansard.errors import DataError
from hansard.training.checks.copies import (
    Copy,
    find_recordings,
    find_transcripts,
    likeness,
    outline,
)
from hansard.training.checks.deduping import Outcome, resolve, search, thin, write_reports
from hansard.training.checks.moving import PLANNED, Moved, finish
from hansard.training.checks.twins import ALIKE, Family, Twin, find_families, rank
from hansard.training.journal import Journal
from hansard.training.manifest import Entry
from hansard.training.project import Project
from hansard.training.watching import Watch


def record(path: Path, seed: int = 0, seconds: float = 1.0) -> Path:
    """A WAV file of noise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).normal(0, 3000, round(16_000 * seconds))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(noise.astype("<i2").tobytes())
    return path


def copy(name: str, **fields: Any) -> Copy:
    known = {"size": 1, "mtime": 0.0, "sha256": name, "sound": name, "duration": 5.0}
    known |= {"codec": "mp3", "rate": 16_000, "bit_rate": 64_000, **fields}
    return Copy(path=Path(name), **known)


def dedupe(project: Project, *entries: Entry, force: bool = False, dry: bool = False) -> Outcome:
    """All that the command does."""
    before = None if dry else finish(project)
    with Journal(project.journals / "dedupe.jsonl") as journal:
        found = search(project, entries, journal, Watch())
    outcome = resolve(found, entries, project, before, force=force)
    if not dry:
        write_reports(outcome, project)
    return outcome


def names(project: Project) -> set[str]:
    """All files below uploads."""
    every = project.uploads.rglob("*")
    return {path.relative_to(project.uploads).as_posix() for path in every if path.is_file()}


@pytest.mark.parametrize(
    "better",
    [
        {"text": "said", "codec": "mp3", "bandwidth": 4000.0},
        {"linked": True, "bandwidth": 4000.0},
        {"bandwidth": 8000.0},
        {"spoilt": False},
        {"codec": "flac", "bandwidth": 4000.0, "spoilt": True},
        {"duration": 9.0, "bandwidth": 4000.0, "spoilt": True},
        {"mtime": -1.0, "bandwidth": 4000.0, "spoilt": True},
    ],
)
def test_what_stays_is_decided_by_a_rule(better: dict[str, Any]) -> None:
    """Each thing that counts decides where all that counts more is alike."""
    other = copy("a", bandwidth=4000.0, spoilt=True)
    assert rank(replace(other, path=Path("b"), **better)) < rank(other)


def test_the_same_bytes_and_the_same_samples_are_one_family() -> None:
    """A copy, and its sound in another container, belong to one recording."""
    found = find_families(
        [copy("a", sound="x"), copy("b", sha256="a", sound="x"), copy("c", sound="x"), copy("d")]
    )
    assert [(str(f.kept.path), [(str(t.copy.path), t.how) for t in f.twins]) for f in found] == [
        ("a", [("b", "file"), ("c", "samples")])
    ]


def test_short_sounds_are_alike_by_their_outline() -> None:
    """A quieter, noisier, later copy is alike; another sound is not."""
    rng = np.random.default_rng(0)
    low = np.repeat(rng.normal(0, 0.1, 4000), 8).astype(np.float32)
    other = np.repeat(rng.normal(0, 0.1, 4000), 8).astype(np.float32)
    changed = np.concatenate([np.zeros(800), 0.2 * low + rng.normal(0, 0.005, len(low))])
    assert likeness(outline(low), outline(changed.astype(np.float32))) > 0.9 > ALIKE
    assert likeness(outline(low), outline(other)) < 0.3
    assert likeness(outline(np.zeros(100, np.float32)), outline(low)) == 0.0


def test_links_are_told_and_left_out(tmp_path: Path) -> None:
    """Symbolic links, to folders too, and second names of a file are no recordings."""
    record(tmp_path / "a.wav")
    (tmp_path / "b.wav").symlink_to("a.wav")
    (tmp_path / "c.wav").hardlink_to(tmp_path / "a.wav")
    record(tmp_path / "deep" / "d.wav")
    (tmp_path / "away").symlink_to(tmp_path / "deep")
    found = find_recordings(tmp_path, tmp_path / "duplicates")
    assert [path.name for path in found.files] == ["a.wav", "d.wav"]
    assert sorted((link.path.name, link.kind) for link in found.links) == [
        ("away", "symbolic link"),
        ("b.wav", "symbolic link"),
        ("c.wav", "hard link"),
    ]


def test_transcripts_are_told_by_their_whole_name(tmp_path: Path) -> None:
    """Only what is called as the recording is belongs to it."""
    record(tmp_path / "a.wav")
    for name in ("a.txt", "a.norm.txt", "a.wav.srt", "a_2.txt", "a.b.txt", "ab.txt", "a.pdf"):
        (tmp_path / name).write_text("x")
    found = [path.name for path in find_transcripts(tmp_path / "a.wav")]
    assert found == ["a.norm.txt", "a.txt", "a.wav.srt"]


def test_copies_are_moved_with_their_transcripts(tmp_path: Path) -> None:
    """The one with a transcript stays; the copy keeps its path below duplicates; undo tells."""
    project = Project(tmp_path)
    record(project.uploads / "b.wav")
    (project.uploads / "b.txt").write_text("Dobar dan.")
    record(project.uploads / "deep" / "a.wav")
    (project.uploads / "deep" / "a.txt").write_text("dobar dan")
    record(project.uploads / "other.wav", seed=1)
    dedupe(project)
    assert names(project) == {
        "b.wav",
        "b.txt",
        "other.wav",
        "duplicates/deep/a.wav",
        "duplicates/deep/a.txt",
    }
    report = json.loads((project.manifests / "duplicates_report.json").read_text())
    assert report["undo"][0] == {
        "from": "uploads/deep/a.wav",
        "to": "uploads/duplicates/deep/a.wav",
    }
    dedupe(project)
    again = json.loads((project.manifests / "duplicates_report.json").read_text())
    assert (again["moved"], again["undo"]) == ([], report["undo"])
    assert "duplicates" in json.loads((project.manifests / "validation_report.json").read_text())


def test_what_lies_in_duplicates_is_never_written_over(tmp_path: Path) -> None:
    """A copy with a name that is taken there gets a number."""
    project = Project(tmp_path)
    record(project.uploads / "a.wav")
    record(project.uploads / "b.wav")
    record(project.duplicates / "b.wav", seed=7)
    old = (project.duplicates / "b.wav").read_bytes()
    dedupe(project)
    assert (project.duplicates / "b.wav").read_bytes() == old
    assert (project.duplicates / "b (2).wav").exists()


def test_a_transcript_that_a_staying_recording_needs_stays(tmp_path: Path) -> None:
    """`a.txt` is of `a.wav` and of `a.wave`: it stays with the one that stays."""
    project = Project(tmp_path)
    record(project.uploads / "a.wav")
    record(project.uploads / "a.wave")
    (project.uploads / "a.txt").write_text("Dobar dan.")
    dedupe(project)
    assert names(project) == {"a.wav", "a.txt", "duplicates/a.wave"}


def test_copies_with_different_transcripts_stay_unless_forced(tmp_path: Path) -> None:
    """A conflict is counted and nothing is moved; with force it is."""
    project = Project(tmp_path)
    for name, text in (("a", "Dobar dan."), ("b", "Laku noć.")):
        record(project.uploads / f"{name}.wav")
        (project.uploads / f"{name}.txt").write_text(text, encoding="utf-8")
    before = names(project)
    assert dedupe(project).search.families[0].conflict
    assert names(project) == before
    dedupe(project, force=True)
    assert "duplicates/b.txt" in names(project)


def test_a_file_that_a_link_leads_to_is_not_moved(tmp_path: Path) -> None:
    """Of two copies the linked one stays, so that no link leads nowhere."""
    project = Project(tmp_path)
    record(project.uploads / "a.wav")
    record(project.uploads / "b.wav")
    (project.uploads / "link.wav").symlink_to("b.wav")
    dedupe(project)
    assert (project.uploads / "link.wav").exists()
    assert (project.duplicates / "a.wav").exists()


def test_a_dry_run_changes_nothing(tmp_path: Path) -> None:
    """Moves are planned, and neither files nor reports are touched."""
    project = Project(tmp_path)
    record(project.uploads / "a.wav")
    record(project.uploads / "b.wav")
    assert len(dedupe(project, dry=True).planned) == 1
    assert names(project) == {"a.wav", "b.wav"}
    assert not (project.manifests / "duplicates_report.json").exists()


def test_moves_that_a_kill_cut_short_are_finished(tmp_path: Path) -> None:
    """Of a plan one move is made, one half made, one not: afterwards all are, and in the undo."""
    project = Project(tmp_path)
    plan = []
    for number in range(3):
        target = project.duplicates / f"{number}.wav"
        plan.append({"from": str(project.uploads / f"{number}.wav"), "to": str(target)})
    record(project.duplicates / "0.wav", seed=0)
    record(project.uploads / "1.wav", seed=1)
    (project.duplicates / "1.wav").hardlink_to(project.uploads / "1.wav")
    record(project.uploads / "2.wav", seed=2)
    project.journals.mkdir(parents=True)
    (project.journals / PLANNED).write_text(json.dumps(plan))
    dedupe(project)
    assert names(project) == {f"duplicates/{number}.wav" for number in range(3)}
    report = json.loads((project.manifests / "duplicates_report.json").read_text())
    assert len(report["undo"]) == 3
    assert not (project.journals / PLANNED).exists()


def test_a_plan_that_cannot_be_read_is_left_alone(tmp_path: Path) -> None:
    """Half a plan does not keep anybody from going on."""
    project = Project(tmp_path)
    project.journals.mkdir(parents=True)
    (project.journals / PLANNED).write_text('[{"from"')
    assert finish(project) == Moved()


def test_what_cannot_be_read_is_listed_and_the_rest_compared(tmp_path: Path) -> None:
    """An empty file and one that is no media do not end the search."""
    project = Project(tmp_path)
    record(project.uploads / "a.wav")
    record(project.uploads / "b.wav")
    (project.uploads / "empty.wav").write_bytes(b"")
    (project.uploads / "text.mp3").write_text("no sound")
    outcome = dedupe(project)
    assert [path.name for path, _ in outcome.search.unreadable] == ["empty.wav", "text.mp3"]
    assert len(outcome.moved.done) == 1


def test_a_folder_without_uploads_is_refused(tmp_path: Path) -> None:
    """Nothing can be found where there is nothing to look through."""
    with pytest.raises(DataError, match="no folder"):
        dedupe(Project(tmp_path))


def test_a_manifest_has_each_sound_once() -> None:
    """Entries of a copy go, or are of the kept one; other clips and other texts stay."""
    kept, twin = copy("/a.wav"), copy("/b.wav")
    family = Family(kept=kept, twins=(Twin(copy=twin, how="file", likeness=1.0, conflict=False),))
    entries = [
        Entry(id="1", audio=Path("/b.wav"), transcript="yes", end=2.0),
        Entry(id="2", audio=Path("/a.wav"), transcript="Yes!", end=2.0),
        Entry(id="3", audio=Path("/b.wav"), transcript="no", start=2.0, end=4.0),
        Entry(id="4", audio=Path("/c.wav"), transcript="one"),
        Entry(id="5", audio=Path("/c.wav"), transcript="two"),
    ]
    made = thin(entries, [family], force=False)
    assert [(one.id, str(one.audio)) for one in made.entries] == [
        ("2", "/a.wav"),
        ("3", "/a.wav"),
        ("4", "/c.wav"),
        ("5", "/c.wav"),
    ]
    assert [(one.id, other.id) for one, other in made.dropped] == [("1", "2")]
    assert [(one.id, other.id) for one, other in made.conflicts] == [("5", "4")]
    assert [one.id for one in thin(entries, [family], force=True).entries] == ["2", "3", "4"]
