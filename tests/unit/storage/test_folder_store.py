"""The store in a folder: whole blobs, safe keys, and nothing left over."""

import errno
import os
import shutil
import stat
import tempfile
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from hansard.errors import (
    BlobExistsError,
    BlobNotFoundError,
    DiskFullError,
    OutputError,
    UsageError,
)
from hansard.storage.folder import FolderStore
from hansard.storage.tree import explained

BAD_KEYS = [
    "", "/", "a/", "/a", "a//b", ".", "..", "../a", "a/..", "a/../b", "a/./b", ".a", "a/.b", "a\\b",
    "a b", "a\n", "a\x00b", "š", "a:b", "~", "a*", "C:/x", "a" * 201, "/".join("a" * 17),
    "/".join(["a" * 200] * 6), "-/..", "\u202ea", "a/\ud800", "%2e%2e/a", "con ", "a?b", "a|b",
]  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "store")


def keys(store: FolderStore, prefix: str = "") -> list[str]:
    return [blob.key for blob in store.list(prefix)]


def files(store: FolderStore) -> list[str]:
    """Everything in the store's folder, hidden or not."""
    return sorted(str(path.relative_to(store.root)) for path in store.root.rglob("*"))


def test_the_folder_is_for_its_user_only(store: FolderStore) -> None:
    """What it makes nobody else may enter, and how much fits is known while it is there."""
    store.put("a/b.json", b"1")
    assert store.read("a/b.json") == b"1"
    assert stat.S_IMODE(store.root.stat().st_mode) == 0o700
    assert (store.free() or 0) > 0
    shutil.rmtree(store.root)
    assert store.free() is None


def test_a_blob_replaces_another_unless_told_not_to(store: FolderStore) -> None:
    """`absent` refuses where something is there, and the old content stays."""
    store.put("a", b"1", absent=True)
    with pytest.raises(BlobExistsError):
        store.put("a", b"2", absent=True)
    assert store.read("a") == b"1"
    store.put("a", b"3")
    assert store.read("a") == b"3"
    assert files(store) == ["a"]


def test_what_is_not_there(store: FolderStore) -> None:
    """Missing blobs, folders, and parts of other keys are not found, and removing them is easy."""
    store.put("a/b/c", b"")
    os.mkfifo(store.root / "pipe")
    for key in ("x", "x/y", "a", "a/b", "a/b/c/d", "pipe"):
        with pytest.raises(BlobNotFoundError):
            store.read(key)
        store.delete(key)
    assert store.delete_below("x/") == 0
    assert keys(store) == ["a/b/c"]


def test_an_open_blob_is_a_file(store: FolderStore) -> None:
    """What `open` gives has a descriptor, may be sought in, and outlives its name."""
    store.put("a", b"0123456789")
    with store.open("a") as file:
        store.delete("a")
        assert os.fstat(file.fileno()).st_size == 10
        file.seek(4)
        assert file.read(2) == b"45"
        assert os.get_blocking(file.fileno())


def test_blobs_are_listed_in_order(store: FolderStore) -> None:
    """The order is that of whole keys, and what is no blob is left out."""
    names = ["a-b", "a.b", "a/x", "a/y/z", "a0", "aa/b", "b", "a/x-/y"]
    for number, name in enumerate(names):
        store.put(name, bytes(number))
    (store.root / ".hidden").write_text("x")
    (store.root / "odd name").write_text("x")
    (store.root / "a" / ".hansard-1.part").write_text("x")
    (store.root / "empty").mkdir()
    (store.root / "link").symlink_to(store.root / "a")
    os.mkfifo(store.root / "pipe")
    assert keys(store) == sorted(names)
    assert keys(store, "a/") == ["a/x", "a/x-/y", "a/y/z"]
    assert keys(store, "none/") == []
    blob = next(iter(store.list("aa/")))
    assert (blob.size, blob.key) == (5, "aa/b")
    assert abs(blob.modified - (store.root / "aa" / "b").stat().st_mtime) < 1e-3


def test_removing_takes_empty_folders_along(store: FolderStore) -> None:
    """Folders go with their last blob; the store's own stays."""
    for key in ("r/1/a", "r/1/b/c", "r/1/b/d", "r/2/a"):
        store.put(key, b"x")
    assert store.delete_below("r/1/") == 3
    assert files(store) == ["r", "r/2", "r/2/a"]
    store.delete("r/2/a")
    assert files(store) == []
    assert store.root.is_dir()


@pytest.mark.parametrize("key", BAD_KEYS)
def test_what_is_no_key_is_refused(store: FolderStore, tmp_path: Path, key: str) -> None:
    """Every call refuses it, and no file is touched."""
    local = tmp_path / "local"
    local.write_text("x")
    for call in (
        lambda: store.put(key, b""),
        lambda: store.adopt(local, key),
        lambda: store.read(key),
        lambda: store.open(key),
        lambda: store.delete(key),
        lambda: store.list(key + "/"),
        lambda: store.delete_below(key + "/"),
    ):
        with pytest.raises(UsageError):
            call()
    assert local.exists()
    assert files(store) == []


def test_a_prefix_is_made_of_whole_parts(store: FolderStore) -> None:
    """A prefix without its `/` is refused, and so is emptying the whole store."""
    for call in (lambda: store.list("a"), lambda: store.delete_below("a")):
        with pytest.raises(UsageError):
            call()
    with pytest.raises(UsageError):
        store.delete_below("")


odd = st.text(
    st.sampled_from("ab1._-/\\ \n\x00:š\u202e%~*A") | st.characters(), max_size=12
) | st.text("ab/._-", max_size=260)


@settings(max_examples=100)
@given(st.lists(odd, min_size=100, max_size=100))
def test_ten_thousand_odd_names_stay_inside(names: list[str]) -> None:
    """Any text is a key whose file lies inside the root under that very name, or is refused."""
    with tempfile.TemporaryDirectory() as folder:
        store = FolderStore(Path(folder) / "inner" / "store")
        for name in names:
            try:
                store.put(name, b"x")
            except UsageError:
                continue
            except OutputError:  # a key and a part of another cannot both be
                continue
            assert (store.root / name).resolve().is_relative_to(store.root)
            assert (store.root / name).read_bytes() == b"x"
            assert all(len(part) <= 200 for part in name.split("/"))
            store.delete(name)
        assert [p.name for p in Path(folder).rglob("*")] == ["inner", "store"]


def test_symbolic_links_are_not_followed(store: FolderStore, tmp_path: Path) -> None:
    """Neither a linked folder nor a linked file is read, written through, or listed."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    (store.root / "folder").symlink_to(outside)
    (store.root / "file").symlink_to(outside / "secret")
    for key in ("folder/secret", "file"):
        with pytest.raises(BlobNotFoundError):
            store.read(key)
    for key in ("folder/secret", "folder/new", "folder/new/deep"):
        with pytest.raises(OutputError):
            store.put(key, b"x")
        store.delete(key)
    assert store.delete_below("folder/") == 0
    assert keys(store) == []
    store.put("file", b"mine")
    assert store.read("file") == b"mine"
    assert [(p.name, p.read_text()) for p in outside.iterdir()] == [("secret", "secret")]


def test_a_linked_root_is_where_it_leads(tmp_path: Path) -> None:
    """The root itself may be reached over a link, as administrators like to do."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    FolderStore(tmp_path / "link").put("a", b"1")
    assert (tmp_path / "real" / "a").read_bytes() == b"1"


def test_a_root_that_cannot_be(tmp_path: Path) -> None:
    """Where a file lies in the way, the error says so."""
    (tmp_path / "file").write_text("x")
    for root in (tmp_path / "file", tmp_path / "file" / "store"):
        with pytest.raises(OutputError, match="cannot make the folder"):
            FolderStore(root)


def test_a_local_file_moves_in(store: FolderStore, tmp_path: Path) -> None:
    """The file is gone from where it was, and replaces what lay under the key."""
    store.put("r/1/media", b"old")
    local = tmp_path / "upload"
    local.write_bytes(b"new")
    inode = local.stat().st_ino
    store.adopt(local, "r/1/media")
    assert store.read("r/1/media") == b"new"
    assert (store.root / "r/1/media").stat().st_ino == inode
    assert not local.exists()
    assert files(store) == ["r", "r/1", "r/1/media"]


def test_a_local_file_moves_in_from_another_disk(store: FolderStore) -> None:
    """Where a rename cannot be, the content is copied, and the file is gone all the same."""
    memory = Path("/dev/shm")  # noqa: S108 - another file system is the point
    if not memory.is_dir() or memory.stat().st_dev == store.root.stat().st_dev:
        pytest.skip("there is no other file system to move from")
    content = Random(1).randbytes(3_000_000)
    with tempfile.NamedTemporaryFile(dir=memory, delete=False) as local:
        local.write(content)
    store.adopt(Path(local.name), "r/media")
    assert store.read("r/media") == content
    assert not Path(local.name).exists()
    assert files(store) == ["r", "r/media"]


def test_only_plain_files_move_in(store: FolderStore, tmp_path: Path) -> None:
    """Links, folders, pipes and missing files are refused, and nothing changes."""
    (tmp_path / "plain").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "plain")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe", "store", "missing"):
        with pytest.raises(OutputError, match=f"cannot move '{name}'"):
            store.adopt(tmp_path / name, "a/b")
    assert files(store) == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link", "pipe", "plain", "store"]


def test_a_key_cannot_be_a_part_of_another(store: FolderStore) -> None:
    """Where a blob stands in the way of a folder, or the other way round, nothing changes."""
    store.put("a", b"1")
    store.put("b/c", b"2")
    for key in ("a/x", "b"):
        with pytest.raises(OutputError, match=f"cannot write '{key}'"):
            store.put(key, b"")
    assert files(store) == ["a", "b", "b/c"]


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, DiskFullError),
        (errno.EDQUOT, DiskFullError),
        (errno.EIO, OutputError),
        (errno.EACCES, OutputError),
    ],
)
def test_what_the_system_says_is_told(number: int, kind: type[OutputError]) -> None:
    """A full disk and a used-up quota are one error, everything else another, with the reason."""
    with pytest.raises(OutputError, match=os.strerror(number)) as caught, explained("cannot"):
        raise OSError(number, os.strerror(number))
    assert type(caught.value) is kind
    assert bool(caught.value.hint) == (number != errno.EIO)


NAMES = st.sampled_from(["a", "b", "c/a", "c/b", "c/d/a", "c-a", "c.a", "e/f/g/h"])
CONTENT = st.binary(max_size=20)


class StoreModel(RuleBasedStateMachine):
    """A store beside a plain mapping that should always hold the same."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.store = FolderStore(self.folder / "store")
        self.model: dict[str, bytes] = {}

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @rule(key=NAMES, content=CONTENT)
    def put(self, key: str, content: bytes) -> None:
        self.store.put(key, content)
        self.model[key] = content

    @rule(key=NAMES, content=CONTENT)
    def put_absent(self, key: str, content: bytes) -> None:
        if key in self.model:
            with pytest.raises(BlobExistsError):
                self.store.put(key, content, absent=True)
        else:
            self.store.put(key, content, absent=True)
            self.model[key] = content

    @rule(key=NAMES, content=CONTENT)
    def adopt(self, key: str, content: bytes) -> None:
        (self.folder / "local").write_bytes(content)
        self.store.adopt(self.folder / "local", key)
        self.model[key] = content

    @rule(key=NAMES)
    def delete(self, key: str) -> None:
        self.store.delete(key)
        self.model.pop(key, None)

    @rule(prefix=st.sampled_from(["a/", "c/", "c/d/", "e/", "e/f/"]))
    def delete_below(self, prefix: str) -> None:
        gone = [key for key in self.model if key.startswith(prefix)]
        assert self.store.delete_below(prefix) == len(gone)
        for key in gone:
            del self.model[key]

    @invariant()
    def same(self) -> None:
        found = {blob.key: self.store.read(blob.key) for blob in self.store.list()}
        assert found == self.model
        assert list(found) == sorted(self.model)
        folders = {str(p) for key in self.model for p in Path(key).parents} - {"."}
        assert files(self.store) == sorted({*self.model, *folders})


TestStoreModel = StoreModel.TestCase
TestStoreModel.settings = settings(max_examples=25, stateful_step_count=25)
