"""The store in a folder when things go wrong: full disks, killed writers, many at once."""

import os
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import pytest

from hansard.errors import BlobExistsError
from hansard.storage.files import remove_stale
from hansard.storage.folder import MARK, FolderStore
from hansard.storage.tree import Tree


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "store")


def keys(store: FolderStore, prefix: str = "") -> list[str]:
    return [blob.key for blob in store.list(prefix)]


def files(store: FolderStore) -> list[str]:
    """Everything in the store's folder, hidden or not."""
    return sorted(str(path.relative_to(store.root)) for path in store.root.rglob("*"))


FULL = """
import sys; from pathlib import Path
from hansard.errors import DiskFullError
from hansard.storage.folder import FolderStore
store, local = FolderStore(Path(sys.argv[1]) / "s"), Path(sys.argv[2])
store.put("kept", b"k" * 1000)
for call in (lambda: store.put("a/b", bytes(200_000)), lambda: store.adopt(local, "a/c"),
             lambda: store.put("kept", bytes(200_000))):
    try: call()
    except DiskFullError: print("full", flush=True)
print(sorted(p.name for p in store.root.rglob("*")), store.read("kept") == b"k" * 1000)
print(local.stat().st_size)
store.put("a/b", bytes(1000)); print(store.delete_below("a/"))
"""


@pytest.mark.system
def test_a_full_disk_leaves_everything_as_it_was(tmp_path: Path) -> None:
    """Nothing is half-written, what was there stays, and it works again when there is room."""
    if shutil.which("unshare") is None:
        pytest.skip("needs the unshare command")
    local = tmp_path / "local"
    local.write_bytes(bytes(200_000))
    mount = 'mount -t tmpfs -o size=128k none "$1" && exec "$2" -c "$3" "$1" "$4"'
    (tmp_path / "disk").mkdir()
    done = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", mount, "sh", str(tmp_path / "disk"), sys.executable, FULL,
         str(local)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if not done.stdout and ("unshare" in done.stderr or "mount" in done.stderr):
        pytest.skip("this system lets nobody mount a small file system")
    assert done.stdout.splitlines() == ["full"] * 3 + ["['kept'] True", "200000", "1"], done.stderr


def test_one_of_many_puts_an_absent_blob(store: FolderStore) -> None:
    """Of many writers at once exactly one succeeds, and its content is what stays."""
    for number in range(20):
        start = threading.Barrier(8)

        def attempt(
            writer: int, key: str = f"r/{number}/run", go: threading.Barrier = start
        ) -> bool:
            go.wait()
            try:
                store.put(key, b"%d" % writer * 1000, absent=True)
            except BlobExistsError:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            won = list(pool.map(attempt, range(8)))
        assert sum(won) == 1
        assert store.read(f"r/{number}/run") == b"%d" % won.index(True) * 1000
    assert not [name for name in files(store) if MARK[0] in name]


CHURN = """
import sys, random; from pathlib import Path
from concurrent.futures import ThreadPoolExecutor
from hansard.errors import BlobNotFoundError
from hansard.storage.folder import FolderStore
store, seed = FolderStore(Path(sys.argv[1])), int(sys.argv[2])
def churn(n):
    chance = random.Random(seed * 100 + n)
    for turn in range(60):
        key = f"jobs/{chance.randrange(3)}/{chance.choice('ab')}/{chance.randrange(2)}"
        deed = chance.randrange(4)
        if deed < 2: store.put(key, bytes([n]) * 5000)
        elif deed == 2: store.delete(key)
        else:
            try: got = store.read(key)
            except BlobNotFoundError: continue
            assert len(got) == 5000 and len(set(got)) == 1, "torn"
    store.put(f"done/{seed}/{n}", b"x")
with ThreadPoolExecutor(4) as pool: list(pool.map(churn, range(4)))
"""


def test_a_folder_that_is_taken_away_is_made_again(store: FolderStore) -> None:
    """Writers get through though others keep removing the folders that they are about to use."""

    def come_and_go(_thread: int) -> None:
        for _ in range(80):
            store.put("a/b/c/d/e", b"x")
            store.delete("a/b/c/d/e")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(come_and_go, range(8)))
    assert files(store) == []


def test_writers_and_removers_do_not_disturb_each_other(store: FolderStore) -> None:
    """Threads of several processes write and remove in the same folders without an error."""
    children = [
        subprocess.Popen(
            [sys.executable, "-c", CHURN, str(store.root), str(seed)], stderr=subprocess.PIPE
        )
        for seed in range(2)
    ]
    assert [child.communicate()[1] for child in children] == [b"", b""]
    assert len(keys(store, "done/")) == 8
    assert all(store.read(key) for key in keys(store))
    assert not [name for name in files(store) if MARK[0] in name]


WRITER = """
import sys; from pathlib import Path
from hansard.storage.folder import FolderStore
store = FolderStore(Path(sys.argv[1]))
for turn in range(10**6):
    store.put(f"w/{turn % 5}", bytes([turn % 256]) * 2_000_000)
    print(turn, flush=True)
"""


def test_a_killed_writer_leaves_whole_blobs(store: FolderStore) -> None:
    """After `kill -9` at any moment, every blob that is listed is whole."""
    chance = Random(7)
    for _ in range(6):
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(store.root)], stdout=subprocess.PIPE
        )
        assert child.stdout is not None
        for _ in range(chance.randrange(1, 4)):
            child.stdout.readline()
        time.sleep(chance.random() * 0.01)
        child.kill()
        child.communicate()
    blobs = list(store.list())
    assert blobs
    for blob in blobs:
        content = store.read(blob.key)
        assert len(content) == blob.size == 2_000_000
        assert len(set(content)) == 1
    store.sweep_temporaries(older_than=-60)
    assert files(store) == ["w", *(blob.key for blob in blobs)]


HALF = """
import sys, time; from pathlib import Path
from hansard.storage.folder import MARK
from hansard.storage.tree import Tree
with Tree(Path(sys.argv[1])).place(("r", "1"), MARK) as place:
    place.file.write(b"half"); place.flush()
    print("half", flush=True); time.sleep(60)
"""


def test_what_a_killed_writer_leaves_is_swept(store: FolderStore) -> None:
    """A half-written file is never seen, is spared while its writer may live, and then goes."""
    child = subprocess.Popen([sys.executable, "-c", HALF, str(store.root)], stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    child.kill()
    child.communicate()
    assert len(files(store)) == 3
    assert keys(store) == []
    assert store.delete_below("r/") == 0
    assert store.sweep_temporaries() == 0
    assert len(files(store)) == 3
    assert store.sweep_temporaries(older_than=-60) == 1
    assert files(store) == []


def test_an_interrupt_leaves_nothing(store: FolderStore) -> None:
    """A writer that is interrupted takes its hidden file and empty folders away."""
    with pytest.raises(KeyboardInterrupt), Tree(store.root).place(("r", "1"), MARK):  # noqa: PT012
        assert len(files(store)) == 3
        raise KeyboardInterrupt
    assert files(store) == []


def test_stale_uploads_are_removed(tmp_path: Path) -> None:
    """Unfinished files that nobody wrote to for an hour go; fresh, other and linked ones stay."""
    for name in ("old.part", "fresh.part", "old.wav", "inner"):
        (tmp_path / name).mkdir() if name == "inner" else (tmp_path / name).write_text("x")
    (tmp_path / "inner" / "old.part").write_text("x")
    (tmp_path / "link.part").symlink_to(tmp_path / "old.wav")
    then = time.time() - 3700
    for name in ("old.part", "old.wav", "inner/old.part"):
        os.utime(tmp_path / name, (then, then))
    os.utime(tmp_path / "link.part", (then, then), follow_symlinks=False)
    assert remove_stale(tmp_path) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "fresh.part", "inner", "link.part", "old.wav",
    ]  # fmt: skip
    assert (tmp_path / "inner" / "old.part").exists()
    assert remove_stale(tmp_path / "absent") == 0
