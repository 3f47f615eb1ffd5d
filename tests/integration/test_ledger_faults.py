"""What the SQLite ledger does when the file or the disk below it fails."""

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from hansard.errors import JobError, LedgerUnavailableError
from hansard.jobs.sqlite import SqliteLedger
from hansard.jobs.values import Job, State


def job(name: str, **fields: object) -> Job:
    return Job(id=name, kind="transcribe", owner="anna", **fields)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "jobs.db"


def test_a_newer_file_is_left_alone(path: Path) -> None:
    """A file that a newer version wrote is refused, and says so."""
    SqliteLedger(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(LedgerUnavailableError, match="newer") as caught:
        SqliteLedger(path)
    assert "upgrade" in caught.value.hint


def test_what_is_no_ledger_is_left_alone(path: Path) -> None:
    """A file of another kind is refused and stays as it is."""
    path.parent.mkdir()
    path.write_bytes(b"somebody's letter" * 100)
    with pytest.raises(LedgerUnavailableError) as caught:
        SqliteLedger(path)
    assert "move it away" in caught.value.hint
    assert path.read_bytes() == b"somebody's letter" * 100


@pytest.mark.parametrize("inside", [False, True])
def test_a_place_that_cannot_be_used(tmp_path: Path, inside: bool) -> None:
    """A folder in the file's place, or a file in its folder's, is an error that names it."""
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "jobs.db" if inside else tmp_path
    with pytest.raises(LedgerUnavailableError, match=str(path)):
        SqliteLedger(path)


def test_only_the_user_may_read_the_file(path: Path) -> None:
    """The file holds secrets of webhooks, so others may not read it."""
    SqliteLedger(path).close()
    assert path.stat().st_mode & 0o077 == 0


def test_many_may_begin_at_once(path: Path) -> None:
    """Of several that open a new file at once, all succeed."""
    made: list[SqliteLedger] = []
    threads = [
        threading.Thread(target=lambda: made.append(SqliteLedger(path, patience=60)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, ledger in enumerate(made):
        ledger.submit(job(str(number)), most_queued=99)
    assert [ledger.count().queued for ledger in made] == [8] * 8
    for ledger in made:
        ledger.close()


def test_somebody_who_writes_for_long(path: Path) -> None:
    """While another process keeps the file, changes are refused and looking goes on."""
    ledger = SqliteLedger(path, patience=0.05)
    ledger.submit(job("1"), most_queued=9)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerUnavailableError, match="locked") as caught:
            ledger.submit(job("2"), most_queued=9)
        assert "another process" in caught.value.hint
        assert ledger.find("1").state is State.QUEUED
        other.execute("ROLLBACK")
    ledger.submit(job("2"), most_queued=9)
    ledger.close()


def test_one_change_does_not_spoil_its_neighbours(path: Path) -> None:
    """Of changes that go to the disk together, those that fail leave the others in peace."""
    ledger = SqliteLedger(path, patience=60)
    outcomes: dict[int, object] = {}

    def submit(number: int) -> None:
        try:
            ledger.submit(job(f"same-{number % 5}", fingerprint=str(number)), most_queued=99)
        except JobError as error:
            outcomes[number] = error
        else:
            outcomes[number] = number

    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")  # all of them wait, and are written together
        threads = [threading.Thread(target=submit, args=(number,)) for number in range(20)]
        for thread in threads:
            thread.start()
        other.execute("ROLLBACK")
        for thread in threads:
            thread.join()
    assert sum(isinstance(outcome, int) for outcome in outcomes.values()) == 5
    assert ledger.count().queued == 5
    ledger.close()


NO_ROOM = """
import resource, sqlite3, sys
from pathlib import Path
from hansard.errors import DiskFullError, LedgerUnavailableError
from hansard.jobs.sqlite import SqliteLedger
from hansard.jobs.values import Job

folder, kind = Path(sys.argv[1]), sys.argv[2]
ledger = SqliteLedger(folder / "jobs.db")
ballast = folder / "ballast"
if kind == "disk":
    ballast.write_bytes(bytes(500_000))
else:
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))

def submit(name):
    job = Job(id=name, kind="k", owner="o", request={"text": "x" * 5000})
    ledger.submit(job, most_queued=10**6)

acknowledged, refused = [], []
while len(refused) < 5:
    name = str(len(acknowledged) + len(refused))
    try:
        submit(name)
    except (DiskFullError, LedgerUnavailableError) as error:
        refused.append(type(error).__name__)
        ledger.find("0")
    else:
        acknowledged.append(name)
ballast.unlink(missing_ok=True)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
submit("after")
for name in acknowledged:
    ledger.find(name)
ledger.close()
connection = sqlite3.connect(folder / "jobs.db")
assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
connection.close()
print(*sorted(set(refused)))
"""


def run(*words: str | Path) -> str:
    done = subprocess.run([*words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def own_disks() -> bool:
    """Whether a small disk can be mounted for a process of ours."""
    probe = ["unshare", "--user", "--map-root-user", "--mount", "true"]
    return sys.platform == "linux" and subprocess.run(probe, check=False).returncode == 0


def test_a_full_disk_is_said_and_healed(tmp_path: Path) -> None:
    """A full disk refuses changes and loses nothing; with room again all goes on."""
    if not own_disks():
        pytest.skip("a process cannot have a disk of its own here")
    mount = f'mount -t tmpfs -o size=1500k none {tmp_path} && exec "$@"'
    inside = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh"]
    assert run(*inside, sys.executable, "-c", NO_ROOM, tmp_path, "disk") == "DiskFullError"


def test_a_failing_disk_is_said_and_healed(tmp_path: Path) -> None:
    """A disk that fails to write refuses changes and loses nothing."""
    assert run(sys.executable, "-c", NO_ROOM, tmp_path, "limit") == "LedgerUnavailableError"
