"""Where models lie, and how they appear and go."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.errors import ModelDamagedError, OutputError
from hansard.models.hub.manifest import (
    NAME,
    FileRecord,
    Manifest,
    note_use,
    read_manifest,
    write_manifest,
)
from hansard.models.hub.store import (
    all_whole,
    alone,
    folder_of,
    key_of,
    put_in_place,
    remove_folder,
    sweep,
    writing,
)

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
MANIFEST = Manifest(
    model="m",
    repo="owner/repo",
    revision="0" * 40,
    layout="ctranslate2",
    files={"model.bin": FileRecord(size=1, sha256="ab", source="hub")},
    created_at=NOW,
    last_used=NOW,
)

_part = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9_.-]?[A-Za-z0-9_]){0,5}", fullmatch=True).filter(
    lambda text: "--" not in text and ".." not in text
)


@given(_part, _part, st.none() | st.from_regex(r"[A-Za-z0-9][A-Za-z0-9/._-]{0,8}", fullmatch=True))
def test_a_folder_name_is_one_safe_part(owner: str, repo: str, revision: str | None) -> None:
    """No id or revision makes more than one folder below the store."""
    key = key_of(f"{owner}/{repo}", revision)
    assert Path("store", key).parent == Path("store")
    assert not {"/", "\\", ":"} & set(key)


@given(_part, _part, _part, _part)
def test_different_repositories_never_share_a_folder(a: str, b: str, c: str, d: str) -> None:
    """The slash of an id can be told from dashes in it."""
    assert (key_of(f"{a}/{b}", None) == key_of(f"{c}/{d}", None)) == ((a, b) == (c, d))


def part_with(folder: Path, text: str) -> Path:
    """A finished download that has yet to be put in its place."""
    part = folder.with_name(f"{folder.name}.abc.part")
    part.mkdir(parents=True)
    (part / "model.bin").write_text(text)
    write_manifest(part, MANIFEST)
    return part


def test_a_folder_appears_whole_and_replaces_the_one_before(tmp_path: Path) -> None:
    """A finished folder takes the place of an older one, and nothing else is left."""
    folder = folder_of(tmp_path, "owner/repo", None, "ctranslate2")
    for text in ("old", "new"):
        put_in_place(part_with(folder, text), folder)
    assert (folder / "model.bin").read_text() == "new"
    assert list(tmp_path.iterdir()) == [folder]


def test_unfinished_work_is_not_a_model(tmp_path: Path) -> None:
    """What is under way or on its way out is not listed, even with a manifest in it."""
    folder = folder_of(tmp_path, "owner/repo", None, "ctranslate2")
    part = part_with(folder, "x")
    assert list(all_whole(tmp_path)) == []
    put_in_place(part, folder)
    assert list(all_whole(tmp_path)) == [(folder, MANIFEST)]


def test_leftovers_of_one_model_are_swept_and_no_others(tmp_path: Path) -> None:
    """Sweeping one repository leaves its model, other revisions and other repositories alone."""
    mine = folder_of(tmp_path, "owner/repo", None, "ctranslate2")
    part_with(mine, "x")
    kept = [
        folder_of(tmp_path, "owner/repo", None, "transformers"),
        tmp_path / "owner--repo@v2.ctranslate2.abc.part",
        tmp_path / "owner--repo2.ctranslate2.abc.part",
        tmp_path / "owner--repo.ctranslate2.ctranslate2.abc.part",
    ]
    for folder in kept:
        folder.mkdir()
    assert sweep(tmp_path, "owner/repo", None) > 0
    assert sorted(tmp_path.iterdir()) == sorted(kept)


def test_removing_says_how_much_was_freed(tmp_path: Path) -> None:
    """The bytes of all files are counted, and the folder is gone."""
    folder = tmp_path / "m"
    (folder / "sub").mkdir(parents=True)
    (folder / "a").write_bytes(b"123")
    (folder / "sub" / "b").write_bytes(b"45")
    assert remove_folder(folder) == 5
    assert list(tmp_path.iterdir()) == []


def test_a_manifest_comes_back_as_it_was(tmp_path: Path) -> None:
    """What is written is read again, and no manifest is None."""
    assert read_manifest(tmp_path) is None
    write_manifest(tmp_path, MANIFEST)
    assert read_manifest(tmp_path) == MANIFEST


@pytest.mark.parametrize("text", ["", "{", "[]", '{"model": 1}'])
def test_a_broken_manifest_is_damage(tmp_path: Path, text: str) -> None:
    """A manifest that cannot be read is reported with the way out, and a list goes on without."""
    folder = tmp_path / "m.ctranslate2"
    folder.mkdir()
    (folder / NAME).write_text(text)
    with pytest.raises(ModelDamagedError, match=NAME) as caught:
        read_manifest(folder)
    assert "--force" in caught.value.hint
    assert list(all_whole(tmp_path)) == []


def test_use_is_noted_at_most_once_an_hour(tmp_path: Path) -> None:
    """The time of last use moves on, but not with every call."""
    write_manifest(tmp_path, MANIFEST)
    note_use(tmp_path, MANIFEST, NOW + timedelta(minutes=59))
    assert read_manifest(tmp_path) == MANIFEST
    later = NOW + timedelta(minutes=61)
    note_use(tmp_path, MANIFEST, later)
    assert read_manifest(tmp_path) == replace(MANIFEST, last_used=later)


def test_the_lock_keeps_others_out(tmp_path: Path) -> None:
    """Whoever asks for the same lock while it is held does not get it; another one is free."""
    import filelock

    with alone(tmp_path, "m"), alone(tmp_path, "other"):
        path = tmp_path / ".locks" / "m.lock"
        with pytest.raises(filelock.Timeout):
            filelock.FileLock(path).acquire(blocking=False)
    with alone(tmp_path, "m"):
        pass


def test_refused_writing_names_path_and_advice(tmp_path: Path) -> None:
    """What the system refuses becomes an error of ours; errors of other kinds pass as they are."""
    blocked = tmp_path / "file" / "below"
    blocked.parent.write_text("")
    with pytest.raises(OutputError, match="below"), alone(blocked, "m"):
        pass
    foreign = OSError("not from the system")
    with pytest.raises(OSError, match="not from the system") as caught, writing(tmp_path):
        raise foreign
    assert caught.value is foreign
