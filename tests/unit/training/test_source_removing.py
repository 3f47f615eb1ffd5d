"""What belongs to a source, and what becomes of everything else."""

import json
from pathlib import Path

import pytest

from hansard.errors import DataError
from hansard.training.manifest import Entry, read_manifest, write_manifest
from hansard.training.project import Project
from hansard.training.sources.items import Inventory, Item, write_inventory
from hansard.training.sources.licences import write_licences
from hansard.training.sources.records import (
    SourceRecord,
    add_source,
    read_barred,
    read_removed,
    read_sources,
    sources_path,
)
from hansard.training.sources.removing import remove
from hansard.training.sources.tracing import trace

URL = "https://example.org/a.wav"


def touch(path: Path, content: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def entry(project: Project, ident: str, audio: Path, source: str | None, **extra: str) -> Entry:
    path = audio if audio.is_absolute() else project.root / audio
    return Entry(id=ident, audio=path, transcript="bok", source=source, extra=extra, duration=3.6)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Two fetched recordings, one of each source, with clips, copies and splits."""
    made = Project(tmp_path / "p")
    for name, source in (("a", "radio"), ("b", "tv")):
        touch(made.uploads / f"{name}.wav", f"sound {name}")
        touch(made.uploads / f"{name}.txt", "bok")
        record = SourceRecord(
            url=URL.replace("a.wav", f"{name}.wav"), file=f"uploads/{name}.wav",
            sha256=name * 4, source=source, licence="CC0-1.0", fetched_at="2026-02-03T04:05:06Z",
        )  # fmt: skip
        add_source(made, record)
    entries = [
        entry(made, "a-1", Path("uploads/a.wav"), "radio"),
        entry(made, "b-1", Path("uploads/b.wav"), "tv"),
    ]
    write_manifest(made.manifests / "run1.jsonl", entries)
    write_manifest(made.splits / "train.jsonl", entries)
    touch(made.processed / "a-1.wav")
    touch(made.augmented / "noisy.wav")
    processed = [
        entry(made, "a-1", made.processed / "a-1.wav", None, processed_from="../uploads/a.wav"),
        entry(made, "aug-7", made.augmented / "noisy.wav", None, augmented_from="a-1"),
    ]
    write_manifest(made.manifests / "augmented.jsonl", [*processed, entries[1]])
    return made


def known(project: Project) -> tuple[tuple[SourceRecord, ...], tuple[Item, ...]]:
    return read_sources(project), ()


def test_what_was_made_of_a_recording_belongs_to_it(project: Project) -> None:
    """Processed and augmented clips are found by their fields, though they name no source."""
    found = trace("radio", project, *known(project))
    assert found.kind == "source"
    assert set(found.ids) == {"a-1", "aug-7"}
    assert {path.name for path in found.media} == {"a.wav", "a-1.wav", "noisy.wav"}
    assert found.urls == (URL,)
    assert found.digests == ("aaaa",)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (URL, "address"),
        ("a-1", "id"),
        ("aug-7", "id"),
        ("uploads/a.wav", "file"),
        ("a.wav", "file"),
    ],
)
def test_a_source_has_many_names(project: Project, name: str, kind: str) -> None:
    """An address, a clip and a file lead to the same recording."""
    found = trace(name, project, *known(project))
    assert found.kind == kind
    if name == "aug-7":  # of a copy alone nobody knows but its own file
        assert set(found.ids) == {"aug-7"}
    else:
        assert set(found.ids) == {"a-1", "aug-7"}


@pytest.mark.parametrize("name", ["", " ", "nobody", "../outside.wav", "/etc/passwd", "\0"])
def test_other_names_are_nothing(project: Project, name: str) -> None:
    """What is not of the project is never found, let alone deleted."""
    touch(project.root.parent / "outside.wav")
    assert trace(name, project, *known(project)).kind is None
    with pytest.raises(DataError, match="nothing in this project"):
        remove(project, name)
    assert (project.root.parent / "outside.wav").exists()


def test_copies_go_with_their_recording(project: Project) -> None:
    """Exact and acoustic duplicates of the inventory are the same recording."""
    facts = {"size": 1, "mtime": 1.0, "duration": 1.0}
    items = (
        Item(path=project.uploads / "a.wav", sha256="aaaa", **facts),
        Item(path=touch(project.uploads / "x.wav"), sha256="aaaa", **facts),
        Item(
            path=touch(project.uploads / "y.mp3"), sha256="yyyy",
            acoustic_duplicate_of=project.uploads / "x.wav", **facts,
        ),
        Item(path=project.uploads / "b.wav", sha256="bbbb", **facts),
    )  # fmt: skip
    write_inventory(project, Inventory(folders=(project.uploads,), items=items))
    report = remove(project, "radio")
    assert {"uploads/x.wav", "uploads/y.mp3"} <= set(report.files)
    assert (project.uploads / "b.wav").exists()
    assert "yyyy" in read_barred(project).sha256


def test_everything_else_stays_as_it_is(project: Project) -> None:
    """Lines that nobody asked about keep every character, faulty ones too."""
    manifest = project.manifests / "run1.jsonl"
    strange = '{"id":"z",  "audio":"../uploads/z.wav","transcript":"č","mine":[1,  2]}\nnot JSON\n'
    manifest.write_text(manifest.read_text() + strange)
    report = remove(project, "radio", reason="asked to")
    assert manifest.read_text().endswith(strange)
    assert [each.id for each in read_manifest(project.splits / "train.jsonl")] == ["b-1"]
    assert report.manifests == {
        "manifests/augmented.jsonl": 2,
        "manifests/run1.jsonl": 1,
        "manifests/splits/train.jsonl": 1,
    }  # fmt: skip
    left = {path.name for path in project.root.rglob("*.wav")}
    assert left == {"b.wav"}
    assert not (project.uploads / "a.txt").exists()
    assert [record.source for record in read_sources(project)] == ["tv"]
    (removal,) = read_removed(project)
    assert (removal.source, removal.reason, removal.urls) == ("radio", "asked to", (URL,))
    assert set(removal.ids) == {"a-1", "aug-7"}


def test_recordings_outside_the_project_are_only_told(project: Project) -> None:
    """A clip of somebody's archive goes from the manifests; the archive is left alone."""
    outside = touch(project.root.parent / "archive" / "c.wav")
    write_manifest(project.manifests / "more.jsonl", [entry(project, "c", outside, "archive")])
    report = remove(project, "archive")
    assert report.outside == (str(outside),)
    assert outside.exists()
    assert read_manifest(project.manifests / "more.jsonl") == ()


def test_a_transcript_that_two_recordings_share_stays(project: Project) -> None:
    """`a.txt` is needed as long as `a.mp3` is there."""
    touch(project.uploads / "a.mp3", "another")
    touch(project.uploads / "a.wav.srt")
    report = remove(project, "radio")
    assert (project.uploads / "a.txt").exists()
    assert "uploads/a.wav.srt" in report.files


def test_a_plan_changes_nothing(project: Project) -> None:
    """A dry run tells the same, and every file is as it was."""
    before = {path: path.read_bytes() for path in project.root.rglob("*") if path.is_file()}
    plan = remove(project, "radio", dry_run=True)
    assert {path: path.read_bytes() for path in project.root.rglob("*") if path.is_file()} == before
    report = remove(project, "radio")
    assert (plan.files, plan.clips, plan.manifests) == (report.files, 2, report.manifests)


def test_what_a_kill_left_is_taken_away_by_the_same_command(project: Project) -> None:
    """Barred before anything goes, and the rest goes when it is asked again."""
    remove(project, "radio")
    assert remove(project, "radio").files == ()
    assert len(read_removed(project)) == 1
    with sources_path(project).open("a") as file:  # as a kill between the two steps would leave it
        file.write(json.dumps({"url": URL, "file": "uploads/a.wav", "source": "radio"}) + "\n")
    touch(project.uploads / "a.wav")
    assert remove(project, "radio").files == ("uploads/a.wav",)


@pytest.mark.parametrize(
    ("sources", "told"),
    [(["radio"], True), ({"radio": 3}, True), ([URL], True), (["tv"], False), (None, False)],
)
def test_trainings_that_used_it_are_told(project: Project, sources: object, told: bool) -> None:
    """A run manifest may list sources or count them; another's is no concern."""
    touch(project.runs / "first" / "run_manifest.json", json.dumps({"sources": sources}))
    touch(project.runs / "odd" / "run_manifest.json", "{")
    assert remove(project, "radio").trained_runs == (("first",) if told else ())


def test_reports_that_name_it_are_told(project: Project) -> None:
    """They are not rewritten, but the user knows which to make anew."""
    touch(project.manifests / "validation_report.json", '{"clips": ["a-1"]}')
    touch(project.manifests / "other_report.json", '{"clips": ["b-1"]}')
    assert remove(project, "radio").reports == ("manifests/validation_report.json",)


def test_licences_tell_each_source(project: Project) -> None:
    """Licence, counts, addresses and dates, and after a removal when and why."""
    text = write_licences(project).read_text()
    assert "| radio | CC0-1.0 | 1 | 0.00 | 1 | 2026-02-03 |" in text
    assert f"- <{URL}>" in text
    assert "hansard data remove" in text
    remove(project, "radio", reason="asked | <b>to</b>")
    text = project.licences.read_text()
    assert "| radio | CC0" not in text
    assert "asked \\| \\<b\\>to\\</b\\> |" in text


def test_an_empty_project_has_licences_too(tmp_path: Path) -> None:
    """The file says that there are no sources yet."""
    assert "There are none yet." in write_licences(Project(tmp_path)).read_text()
