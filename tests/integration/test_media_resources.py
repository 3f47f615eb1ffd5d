"""Memory, disk space, time and interruption while a recording is decoded."""

import io
import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hansard.audio.media import open_sound
from hansard.audio.options import AudioOptions
from hansard.errors import Cancelled, MediaLimitError, OutputError
from hansard.testing.media import RECIPES, flac_of_silence, make, tone, wav

DECODE = """
import logging, resource, sys
from pathlib import Path
from hansard.audio.media import open_sound
from hansard.audio.options import AudioOptions
logging.disable()
source, folder, longest = sys.argv[1:]
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    opened = open_sound(source, Path(folder), AudioOptions(max_duration=float(longest)))
    print(opened.sound.duration)
except Exception as error:
    print(type(error).__name__, error)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
"""A program that decodes, and prints what came of it and how many MiB of memory it grew by."""


def _decode(source: Path | str, folder: Path, longest: float = 90_000) -> tuple[str, int]:
    done = subprocess.run(
        [sys.executable, "-c", DECODE, source, folder, str(longest)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    outcome, growth = done.stdout.splitlines()
    return outcome, int(growth)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where spool files are made."""
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def ten_hours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A FLAC of 31 KB that holds ten hours of silence at 4 kHz."""
    path = tmp_path_factory.mktemp("bomb") / "bomb.flac"
    path.write_bytes(flac_of_silence(10, 4_000))
    assert path.stat().st_size < 32_000
    return path


def test_ten_hours_in_a_tiny_file_are_refused_unseen(ten_hours: Path, folder: Path) -> None:
    """A credible header is enough to refuse, before a sample is decoded or a byte written."""
    with pytest.raises(MediaLimitError, match=r"max_duration is 1:00\.0 .* is 9:59:5\d\.\d long"):
        open_sound(ten_hours, folder, AudioOptions(max_duration=60))
    assert not list(folder.iterdir())


def test_a_lying_length_does_not_get_past_the_limit(ten_hours: Path, folder: Path) -> None:
    """A bomb that declares no length is stopped when it has decoded to the limit."""
    content = bytearray(ten_hours.read_bytes())
    content[21:26] = bytes([content[21] & 0xF0, 0, 0, 0, 0])  # STREAMINFO: total samples unknown
    silent = folder.parent / "silent.flac"
    silent.write_bytes(content)
    outcome, growth = _decode(silent, folder, 60)
    assert outcome.startswith("MediaLimitError max_duration is 1:00.0")
    assert growth < 64
    assert not list(folder.iterdir())


def test_ten_hours_that_are_allowed_take_no_more_memory_than_ten_minutes(
    ten_hours: Path, folder: Path
) -> None:
    """Memory does not grow with the length."""
    short = folder.parent / "short.flac"
    short.write_bytes(flac_of_silence(1 / 6, 4_000))
    outcome, short_growth = _decode(short, folder)
    assert float(outcome) == pytest.approx(600, abs=20)
    outcome, long_growth = _decode(ten_hours, folder)
    assert float(outcome) == pytest.approx(36_000, abs=20)
    assert long_growth < short_growth + 16
    for spool in folder.iterdir():
        spool.unlink()


def test_a_full_disk_is_told_and_leaves_nothing(ten_hours: Path, folder: Path) -> None:
    """When a file may not grow further the error says so, and the part is removed."""
    script = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))\n" + DECODE
    )
    done = subprocess.run(
        [sys.executable, "-c", script, ten_hours, folder, "90000"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.startswith("OutputError cannot write decoded audio in ")
    assert not list(folder.iterdir())


@pytest.fixture
def tiny_disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A file system of a few megabytes."""
    place = tmp_path / "tiny"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={request.param}m", "none", str(place)]
    if (
        sys.platform != "linux"
        or subprocess.run(mount, capture_output=True, check=False).returncode
    ):
        pytest.skip("no small file system can be made here without being root")
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.mark.parametrize("tiny_disk", [40], indirect=True)
def test_some_space_is_left_to_others(ten_hours: Path, tiny_disk: Path) -> None:
    """Decoding stops before the disk is quite full."""
    with pytest.raises(OutputError, match=r"only 2[34] MiB are free") as caught:
        open_sound(ten_hours, tiny_disk)
    assert "free some space" in caught.value.hint
    assert not list(tiny_disk.iterdir())


@pytest.mark.parametrize("tiny_disk", [1], indirect=True)
def test_no_space_left_is_told_with_what_to_do(ten_hours: Path, tiny_disk: Path) -> None:
    """On a disk that fills up the error hints at space, whether decoding or copying a pipe."""
    with pytest.raises(OutputError, match="No space left") as caught:
        open_sound(ten_hours, tiny_disk)
    assert "free some space" in caught.value.hint
    reading, writing = os.pipe()
    with open(reading, "rb") as reader:  # noqa: PTH123 - a descriptor
        feeder = subprocess.Popen(["head", "-c", "3000000", "/dev/zero"], stdout=writing)
        os.close(writing)
        with pytest.raises(OutputError, match="No space left"):
            open_sound(reader, tiny_disk)
    feeder.wait()
    assert not list(tiny_disk.iterdir())


def test_cancelling_stops_soon_and_leaves_nothing(ten_hours: Path, folder: Path) -> None:
    """The caller is asked about every second of audio, and a yes ends it there."""
    heard: list[float] = []
    with pytest.raises(Cancelled):
        open_sound(
            ten_hours, folder, cancelled=lambda: len(heard) >= 3,
            on_progress=lambda position, _: heard.append(position),
        )  # fmt: skip
    assert len(heard) == 3
    assert not list(folder.iterdir())


def test_cancelling_works_before_a_far_clip_is_reached(tmp_path: Path, folder: Path) -> None:
    """While packets are only passed over, the caller is asked as well."""
    recipe = RECIPES["s16.wav"]
    path = make(tmp_path / "a.wav", recipe, tone(120.0, recipe.rate))
    asked = itertools.count()
    with pytest.raises(Cancelled):
        open_sound(path, folder, AudioOptions(clip="110-"), cancelled=lambda: next(asked) >= 4)
    assert not list(folder.iterdir())


def test_progress_runs_to_the_end(tmp_path: Path, folder: Path) -> None:
    """Progress is told in rising seconds with the length to come, up to the end."""
    recipe = RECIPES["aac.m4a"]
    path = make(tmp_path / "a.m4a", recipe, tone(10.0, recipe.rate, 2))
    told: list[tuple[float, float | None]] = []
    open_sound(path, folder, on_progress=lambda position, total: told.append((position, total)))
    positions = [position for position, _ in told]
    assert positions == sorted(positions)
    assert max(b - a for a, b in itertools.pairwise(positions)) < 1.1
    assert positions[-1] == pytest.approx(10.0, abs=0.05)
    assert {total for _, total in told} == {10.0}


@pytest.mark.skipif(os.name != "posix", reason="sends a POSIX signal")
@pytest.mark.parametrize("piped", [False, True])
def test_ctrl_c_leaves_nothing(ten_hours: Path, folder: Path, piped: bool) -> None:
    """An interrupt in the middle of decoding, or of reading a pipe, removes what was written."""
    script = (
        "import signal, sys; from pathlib import Path; from hansard.audio.media import open_sound\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # whatever was inherited
        "open_sound(sys.argv[1], Path(sys.argv[2]),\n"
        "    on_progress=lambda *_: print('going', flush=True))"
    )
    source = "-" if piped else str(ten_hours)
    with subprocess.Popen(
        [sys.executable, "-c", script, source, str(folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin
        assert process.stdout
        if piped:
            process.stdin.write(bytes(1 << 20))  # more than a pipe holds: it is being read
            process.stdin.flush()
        else:
            assert process.stdout.readline() == b"going\n"
            assert list(folder.iterdir())
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate()
    assert complaint.rstrip().endswith(b"KeyboardInterrupt")
    assert not list(folder.iterdir())


@pytest.mark.parametrize("name", ["film.mp4", "aac.m4a", "s16.wav", "opus.ogg"])
@pytest.mark.parametrize("how", ["pipe", "file"])
def test_standard_input_is_read_whatever_it_is(
    tmp_path: Path, folder: Path, name: str, how: str
) -> None:
    """`-` reads a pipe, even of an MP4 whose index comes last, and a redirected file."""
    recipe = RECIPES[name]
    path = make(tmp_path / name, recipe, tone(2.0, recipe.rate, recipe.channels))
    with path.open("rb") as file:
        done = subprocess.run(
            [sys.executable, "-c", DECODE, "-", folder, "100"],
            capture_output=True, check=True,
            **({"stdin": file} if how == "file" else {"input": file.read()}),
        )  # fmt: skip
    assert float(done.stdout.splitlines()[0]) == pytest.approx(2.0, abs=0.05)
    assert len(list(folder.iterdir())) == 1


def test_an_endless_header_is_not_waited_for(folder: Path) -> None:
    """A WAV of a gigabyte of nothing, by its header, is over when its bytes are."""
    media = io.BytesIO(wav(bytes(64_000))[:40] + (1 << 30).to_bytes(4, "little") + bytes(64_000))
    assert open_sound(media, folder).sound.duration == 2.0


def test_many_recordings_in_one_process_do_not_pile_up(tmp_path: Path, folder: Path) -> None:
    """Decoding a hundred files leaves no open file and little memory behind."""
    recipe = RECIPES["layer3.mp3"]
    path = make(tmp_path / "a.mp3", recipe, tone(2.0, recipe.rate, 2))
    script = (
        "import os, resource, sys; from pathlib import Path\n"
        "from hansard.audio.media import open_sound\n"
        "def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024\n"
        "def run(n):\n"
        "    for _ in range(n): open_sound(sys.argv[1], Path(sys.argv[2])).sound.path.unlink()\n"
        "run(10); early, files = peak(), len(os.listdir('/proc/self/fd'))\n"
        "run(100); print(peak() - early, len(os.listdir('/proc/self/fd')) - files)"
    )
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("counts open files through /proc")
    done = subprocess.run(
        [sys.executable, "-c", script, path, folder], capture_output=True, text=True, check=True
    )
    growth, files = map(int, done.stdout.split())
    assert files == 0
    assert growth < 20
