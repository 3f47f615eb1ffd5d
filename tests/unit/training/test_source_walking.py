"""Which files are recordings, and which are their transcripts."""

import os
import unicodedata
from pathlib import Path

import pytest

from hansard.errors import DataError
from hansard.training.project import Project
from hansard.training.sources.walking import find_data


def touch(path: Path, content: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def names(project: Project, *folders: Path) -> list[str]:
    found = find_data(folders or (project.uploads,), project)
    return [media.relative_to(project.root).as_posix() for media, _ in found.media]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path / "my project")
    made.uploads.mkdir(parents=True)
    return made


def test_recordings_have_the_transcripts_of_their_name(project: Project) -> None:
    """Transcripts are found by stem or whole name, what was normalised first."""
    touch(project.uploads / "talk.mp3")
    for name in ("talk.txt", "talk.norm.txt", "talk.SRT", "talk.mp3.vtt", "talkative.txt"):
        touch(project.uploads / name)
    touch(project.uploads / "talk.meta.json")
    found = find_data((project.uploads,), project)
    ((_, texts),) = found.media
    assert [text.name for text in texts] == [
        "talk.norm.txt",
        "talk.SRT",
        "talk.mp3.vtt",
        "talk.txt",
    ]
    assert [path.name for path in found.lonely] == ["talkative.txt"]


def test_names_are_one_whatever_way_their_accents_are_written(project: Project) -> None:
    """A transcript from another system belongs to its recording all the same."""
    touch(project.uploads / unicodedata.normalize("NFC", "šuma č.wav"))
    touch(project.uploads / unicodedata.normalize("NFD", "šuma č.txt"))
    ((_, texts),) = find_data((project.uploads,), project).media
    assert len(texts) == 1


def test_hidden_and_derived_files_are_no_data(project: Project) -> None:
    """What was made of recordings, copies put aside and hidden files are left out."""
    touch(project.uploads / "a.wav")
    for name in (
        ".b.wav",
        ".fetching/c.wav",
        "duplicates/d.wav",
        "outputs/e.wav",
        "x/outputs/f.wav",
    ):
        touch(project.uploads / name)
    for folder in (project.processed, project.augmented, project.manifests, project.runs):
        touch(folder / "g.wav")
    assert names(project) == ["uploads/a.wav"]
    assert names(project, project.root) == ["uploads/a.wav"]
    assert names(project, project.processed) == ["data/processed/g.wav"]


def test_links_are_followed_once(project: Project, tmp_path: Path) -> None:
    """A loop ends, a real file counts before links to it, a broken link is told."""
    touch(project.uploads / "z" / "a.wav")
    (project.uploads / "a-link").symlink_to(project.uploads / "z")
    (project.uploads / "loop").symlink_to(project.uploads)
    (project.uploads / "up").symlink_to(tmp_path)
    (project.uploads / "again.wav").symlink_to(project.uploads / "z" / "a.wav")
    (project.uploads / "gone.wav").symlink_to(tmp_path / "nothing.wav")
    touch(tmp_path / "elsewhere" / "b.wav")
    (project.uploads / "other").symlink_to(tmp_path / "elsewhere")
    found = find_data((project.uploads,), project)
    assert sorted(media.name for media, _ in found.media) == ["a.wav", "b.wav"]
    assert project.uploads / "z" / "a.wav" in [media for media, _ in found.media]
    assert [problem.message for problem in found.problems] == ["the link leads nowhere"]


def test_names_that_are_no_text_are_told(project: Project) -> None:
    """A name in another encoding can be in no manifest."""
    Path(os.fsdecode(os.fsencode(project.uploads) + b"/\xe8.wav")).write_bytes(b"x")
    found = find_data((project.uploads,), project)
    assert found.media == ()
    assert found.problems[0].path.endswith("\\xe8.wav")


def test_notices_are_no_transcripts(project: Project) -> None:
    """A README is not reported as a transcript without its recording."""
    touch(project.uploads / "README.txt")
    touch(project.uploads / "metadata.csv")
    assert find_data((project.uploads,), project).lonely == ()


def test_a_folder_that_is_not_there_is_refused(project: Project) -> None:
    """A wrong name is told at once."""
    with pytest.raises(DataError, match="no folder"):
        find_data((project.root / "nowhere",), project)
