"""Clips decoded once."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from shape_entries import make_wav

from hansard.audio import SAMPLE_RATE
from hansard.errors import Cancelled, OutputError
from hansard.training.clips import reading_clips
from hansard.training.fitting.shards import Shard, open_shard
from hansard.training.manifest import Entry
from hansard.training.watching import Watch

FULL_DISK = """
import sys
from pathlib import Path
from hansard.errors import DiskFullError
from hansard.training.fitting.shards import open_shard
from hansard.training.manifest import Entry
from hansard.training.watching import Watch

entries = [Entry(id="a", audio=Path(sys.argv[1]), transcript="da")]
try:
    open_shard(entries, Path(sys.argv[2]) / "shards", Watch())
except DiskFullError as error:
    print(error, error.hint, sep="; ")
print([str(path) for path in (Path(sys.argv[2]) / "shards").rglob("*")])
"""


@pytest.fixture
def entries(tmp_path: Path) -> list[Entry]:
    """Whole recordings of three rates, and parts of one of them, shuffled."""
    plain = make_wav(tmp_path / "plain.wav")
    slow = make_wav(tmp_path / "with space čž.wav", rate=8_000)
    stereo = make_wav(tmp_path / "stereo.wav", rate=44_100, channels=2)
    return [
        Entry(id="part 2", audio=plain, transcript="da", start=1.25, end=1.5),
        Entry(id="slow", audio=slow, transcript="da"),
        Entry(id="part 1", audio=plain, transcript="da", start=0.1, end=0.7),
        Entry(id="stereo", audio=stereo, transcript="da"),
        Entry(id="rest", audio=plain, transcript="da", start=1.9),
    ]


def open_(entries: list[Entry], folder: Path) -> Shard:
    return open_shard(entries, folder / "shards", Watch())


def files(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "shards").rglob("*") if path.is_file())


def test_samples_are_those_that_decoding_gives(entries: list[Entry], tmp_path: Path) -> None:
    """Bit for bit, by id, and the same as a Sound for an engine."""
    shard = open_(entries, tmp_path)
    with reading_clips() as clips:
        for entry in sorted(entries, key=lambda one: str(one.audio)):
            expected = clips.read(entry)
            np.testing.assert_array_equal(shard.read(entry.id), expected)
            assert shard.read(entry.id).dtype == np.float32
            sound = shard.sound(entry.id)
            np.testing.assert_array_equal(sound.read(0.0, sound.duration), expected)
            assert shard.durations[entry.id] == len(expected) / SAMPLE_RATE == sound.duration


def test_a_shard_is_made_once(entries: list[Entry], tmp_path: Path) -> None:
    """Opened again it is not written again, nor is any clip decoded."""
    first = open_(entries, tmp_path)
    times = [path.stat().st_mtime_ns for path in files(tmp_path)]
    told: list[str] = []
    again = open_shard(entries, tmp_path / "shards", Watch(lambda _d, _t, name: told.append(name)))
    assert again == first
    assert told == []
    assert [path.stat().st_mtime_ns for path in files(tmp_path)] == times


def test_a_changed_file_or_time_makes_another_shard(entries: list[Entry], tmp_path: Path) -> None:
    """Nothing stale is learnt from."""
    before = open_(entries, tmp_path)
    make_wav(entries[1].audio, seconds=1.0, rate=8_000)
    after = open_(entries, tmp_path)
    assert after.path != before.path
    assert after.durations["slow"] == 1.0
    entries[0] = replace(entries[0], end=1.75)
    assert open_(entries, tmp_path).durations["part 2"] == 0.5
    assert open_([replace(e, transcript="ne") for e in entries], tmp_path).path.exists()
    assert len(files(tmp_path)) == 2 * 3


def test_what_cannot_be_decoded_is_left_out(
    entries: list[Entry], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The others are there, whole; each that is not is logged."""
    (tmp_path / "rubbish.wav").write_bytes(b"RIFF nothing of the kind" * 50)
    (tmp_path / "empty.wav").touch()
    good = list(entries)
    bad = [
        Entry(id="rubbish", audio=tmp_path / "rubbish.wav", transcript="da"),
        Entry(id="empty", audio=tmp_path / "empty.wav", transcript="da"),
        Entry(id="gone", audio=tmp_path / "gone.wav", transcript="da"),
        Entry(id="beyond", audio=good[0].audio, transcript="da", start=5.0, end=6.0),
    ]
    shard = open_([*bad[:2], *good, *bad[2:]], tmp_path)
    assert set(shard.durations) == set(shard.places) == {entry.id for entry in good}
    for entry in bad:
        assert repr(entry.id) in caplog.text
    with reading_clips() as clips:
        np.testing.assert_array_equal(shard.read("slow"), clips.read(good[1]))


def test_of_a_long_clip_only_the_length_is_kept(entries: list[Entry], tmp_path: Path) -> None:
    """It cannot be learnt from, and its samples would only fill the disk."""
    long = make_wav(tmp_path / "long.wav", seconds=40.0)
    told = [*entries, Entry(id="long", audio=long, transcript="da")]
    told.append(Entry(id="its part", audio=long, transcript="da", start=38.0))
    shard = open_(told, tmp_path)
    assert shard.durations["long"] == 40.0
    assert "long" not in shard.places
    assert shard.durations["its part"] == 2.0
    assert shard.path.stat().st_size < 2 * SAMPLE_RATE * 10


def test_a_stop_half_way_leaves_nothing_half(entries: list[Entry], tmp_path: Path) -> None:
    """The next start makes the shard as if nothing had been."""
    seen: list[str] = []

    def advance(_done: int, _total: int, name: str) -> None:
        seen.append(name)

    with pytest.raises(Cancelled):
        open_shard(entries, tmp_path / "shards", Watch(advance, lambda: len(seen) == 3))
    assert len(seen) == 3
    assert files(tmp_path) == []
    assert len(open_(entries, tmp_path).durations) == 5


def test_half_a_shard_of_a_killed_process_is_not_taken(
    entries: list[Entry], tmp_path: Path
) -> None:
    """Samples without their index, or of another process's making, are made anew."""
    whole = open_(entries, tmp_path)
    expected = whole.read("stereo")
    index = whole.path.with_name("clips.json")
    index.unlink()
    whole.path.write_bytes(b"half")
    (whole.path.with_name("clips.pcm.1.part")).write_bytes(b"of another's making")
    np.testing.assert_array_equal(open_(entries, tmp_path).read("stereo"), expected)
    assert json.loads(index.read_bytes())["durations"].keys() == whole.durations.keys()


def test_a_folder_that_refuses_is_one_clear_error(entries: list[Entry], tmp_path: Path) -> None:
    """Where a file stands in the way, it is named."""
    (tmp_path / "shards").write_text("in the way")
    with pytest.raises(OutputError, match="cannot be kept in"):
        open_(entries, tmp_path)


@pytest.mark.system
def test_a_full_disk_is_one_clear_error_and_leaves_nothing(tmp_path: Path) -> None:
    """On a disk of 64 kB for two seconds of sound that are as large."""
    recording = make_wav(tmp_path / "a.wav", seconds=4.0)
    small = tmp_path / "small"
    small.mkdir()
    mount = f"mount -t tmpfs -o size=64k none '{small}' && exec \"$@\""
    inside = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh"]
    try:
        subprocess.run([*inside, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this machine lets nobody mount a small disk")
    done = subprocess.run(
        [*inside, sys.executable, "-c", FULL_DISK, str(recording), str(small)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "decoded clips cannot be kept" in done.stdout
    assert "disk is full" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"
