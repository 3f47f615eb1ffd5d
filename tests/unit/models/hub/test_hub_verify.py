"""Whether a model's files are what they should be."""

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.errors import ModelDamagedError
from hansard.models.hub.manifest import FileRecord, digest_of
from hansard.models.hub.verify import Check, stamp_for, verify


def record(content: bytes) -> FileRecord:
    """What a file with these bytes must be."""
    return FileRecord(
        size=len(content), sha256=hashlib.sha256(content).hexdigest(), source="computed"
    )


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """A folder with two files that are what they should be."""
    contents = {"a": b"one", "b": b"two"}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return Check(
        name="m",
        folder=tmp_path,
        files=("a", "b"),
        stamp=tmp_path / "stamp.json",
        truth={name: record(content) for name, content in contents.items()},
    )


def keep_time(path: Path, content: bytes) -> None:
    """Write other bytes without changing the file's time."""
    stat = path.stat()
    path.write_bytes(content)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def test_every_byte_is_read_once(check: Check) -> None:
    """After the first check only size and time are looked at, so a silent change passes..."""
    first = verify(check)
    keep_time(check.folder / "a", b"0ne")
    assert verify(check) == first


def test_a_full_check_reads_every_byte_again(check: Check) -> None:
    """...and a full check finds it."""
    verify(check)
    keep_time(check.folder / "a", b"0ne")
    with pytest.raises(ModelDamagedError, match="SHA-256 of a"):
        verify(check, full=True)


def test_another_time_makes_it_read_again(check: Check) -> None:
    """A file with a new time is read again, and passes if its bytes are right."""
    verify(check)
    os.utime(check.folder / "a", ns=(1, 1))
    assert verify(check)["a"] == hashlib.sha256(b"one").hexdigest()


def test_a_changed_file_is_damage(check: Check) -> None:
    """A file with other bytes is named, with the two commands that help."""
    verify(check)
    (check.folder / "b").write_bytes(b"2wo")
    os.utime(check.folder / "b", ns=(1, 1))
    with pytest.raises(ModelDamagedError, match="SHA-256 of b") as caught:
        verify(check)
    assert "hansard models verify m" in caught.value.hint
    assert "hansard models pull m --force" in caught.value.hint


def test_a_short_file_is_damage(check: Check) -> None:
    """A file of another size is told by its size alone."""
    verify(check)
    (check.folder / "b").write_bytes(b"tw")
    with pytest.raises(ModelDamagedError, match="2 bytes instead of 3"):
        verify(check)


def test_a_missing_file_is_damage(check: Check) -> None:
    """A file that is gone is named."""
    (check.folder / "b").unlink()
    with pytest.raises(ModelDamagedError, match="b cannot be read"):
        verify(check)


@pytest.mark.parametrize("stamp", [b"", b"{", b"[]", b'{"a": {"size": "x"}}', b"\xff"])
def test_a_broken_stamp_only_costs_time(check: Check, stamp: bytes) -> None:
    """An unreadable stamp is as good as none, and is replaced."""
    assert check.stamp is not None
    check.stamp.write_bytes(stamp)
    verify(check)
    assert check.stamp.read_bytes() != stamp


def test_a_stamp_does_not_overrule_the_manifest(check: Check) -> None:
    """A stamp that vouches for other bytes than the manifest wants is of no use to anybody."""
    verify(check)
    wanted = {"a": record(b"uno"), "b": record(b"two")}
    other = Check(name="m", folder=check.folder, files=check.files, stamp=check.stamp, truth=wanted)
    with pytest.raises(ModelDamagedError, match="SHA-256 of a"):
        verify(other)


def test_a_users_own_folder_may_change(check: Check) -> None:
    """Where no manifest says what a file must be, a new version of it is taken as it is."""
    own = Check(name="m", folder=check.folder, files=check.files, stamp=check.stamp)
    before = verify(own)
    (check.folder / "a").write_bytes(b"another one")
    after = verify(own)
    assert after["a"] == hashlib.sha256(b"another one").hexdigest() != before["a"]
    assert after["b"] == before["b"]


def test_silent_change_in_a_users_own_folder_is_found_by_a_full_check(check: Check) -> None:
    """Other bytes under the same size and time are a failing disk, not a new version."""
    own = Check(name="m", folder=check.folder, files=check.files, stamp=check.stamp)
    verify(own)
    keep_time(check.folder / "a", b"0ne")
    with pytest.raises(ModelDamagedError, match="although its size and time have not"):
        verify(own, full=True)


def test_a_stamp_that_cannot_be_written_is_no_harm(check: Check) -> None:
    """Where writing is refused the files are read every time, and that is all."""
    blocked = check.folder / "a" / "stamp.json"  # below a file nothing can be written
    own = Check(name="m", folder=check.folder, files=check.files, stamp=blocked)
    assert verify(own) == verify(own)


def test_stamps_of_different_folders_lie_apart(tmp_path: Path) -> None:
    """Each folder has a stamp of its own, the same by whatever way it is named."""
    (tmp_path / "a").mkdir()
    assert stamp_for(tmp_path, tmp_path / "a") != stamp_for(tmp_path, tmp_path / "b")
    assert stamp_for(tmp_path, tmp_path / "a") == stamp_for(tmp_path, tmp_path / "b" / ".." / "a")


@given(st.dictionaries(st.text(), st.text(alphabet="0123456789abcdef", min_size=64, max_size=64)))
def test_a_digest_does_not_depend_on_order(hashes: dict[str, str]) -> None:
    """The same files give the same digest, in whatever order they are listed."""
    assert digest_of(hashes) == digest_of(dict(reversed(hashes.items())))


def test_a_digest_depends_on_names_and_bytes() -> None:
    """Renaming a file or changing it gives another digest."""
    assert len({digest_of({"a": "1"}), digest_of({"b": "1"}), digest_of({"a": "2"})}) == 3
