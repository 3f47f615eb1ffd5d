"""Media of strangers through a process of its own: the same answers as without one."""

import asyncio
import io
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from hansard.audio.foreign import Nursery
from hansard.audio.media import open_sound, probe
from hansard.audio.options import AudioOptions
from hansard.errors import (
    HansardError,
    MediaLimitError,
    NoAudioError,
    OutputError,
    SettingError,
    UnreadableMediaError,
    UsageError,
)
from hansard.testing.media import RECIPES, flac_of_silence, make, make_film, tone, wav

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork and passed files")

DAYS = AudioOptions(max_duration=604_800)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where Sounds are made."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording that takes its time: a hundred hours."""
    path = tmp_path_factory.mktemp("days") / "days.flac"
    path.write_bytes(flac_of_silence(100, 8_000))
    return path


@pytest.fixture
def second(tmp_path: Path) -> Path:
    """One second."""
    path = tmp_path / "second.wav"
    path.write_bytes(wav(bytes(32_000)))
    return path


def _run(work: Callable[[Nursery], Awaitable[Any]]) -> Any:
    """What `work` gives with a nursery that runs."""

    async def main() -> Any:
        async with Nursery() as nursery:
            return await work(nursery)

    return asyncio.run(main())


async def _decode(nursery: Nursery, path: Path, folder: Path, options: AudioOptions = DAYS) -> Any:
    with path.open("rb") as file:
        return await nursery.decode(file, folder, options, name=path.name)


def _children(nursery: Nursery) -> list[psutil.Process]:
    return psutil.Process(nursery.pid).children()


def test_it_decodes_what_the_process_itself_would(tmp_path: Path, folder: Path) -> None:
    """Every kind of media gives the same sound, facts and notes through a child."""
    paths = [
        make(tmp_path / name, recipe, tone(1.5, recipe.rate, recipe.channels))
        for name, recipe in RECIPES.items()
    ]

    async def work(nursery: Nursery) -> list[Any]:
        return await asyncio.gather(*(_decode(nursery, path, folder) for path in paths))

    for path, foreign in zip(paths, _run(work), strict=True):
        own = open_sound(path, folder, DAYS)
        assert foreign.info == replace(own.info, name=path.name, path=None)
        assert foreign.notes == own.notes
        assert foreign.sound.start == own.sound.start
        assert np.array_equal(foreign.sound.read(0, 9), own.sound.read(0, 9))
        assert foreign.sound.path.read_bytes() == own.sound.path.read_bytes()


def test_probing_tells_what_the_process_itself_would(tmp_path: Path) -> None:
    """The facts of a header are the same, under the name that was given."""
    recipe = RECIPES["film.mp4"]
    path = make(tmp_path / "a", recipe, tone(1.0, recipe.rate, 2), tags={"title": "Ω\u202e"})

    async def work(nursery: Nursery) -> Any:
        with path.open("rb") as file:
            return await nursery.probe(file, name="their\nname.mp4")

    assert _run(work) == replace(probe(path), name="their\nname.mp4", path=None)


def test_options_are_kept(tmp_path: Path, folder: Path) -> None:
    """A clip and a channel are taken as in the process itself."""
    path = tmp_path / "a.wav"
    sound = np.stack([tone(4.0, 16_000)[0], np.zeros(64_000)], axis=1) * 32767
    path.write_bytes(wav(sound.astype("<i2").tobytes()).replace(
        b"\x01\x00\x01\x00\x80\x3e\x00\x00\x00\x7d\x00\x00\x02\x00",
        b"\x01\x00\x02\x00\x80\x3e\x00\x00\x00\xfa\x00\x00\x04\x00",
    ))  # fmt: skip
    options = AudioOptions(clip="1-3", channel="right")
    opened = _run(lambda nursery: _decode(nursery, path, folder, options))
    assert (opened.sound.start, opened.sound.duration) == (1.0, 2.0)
    assert not opened.sound.read(1, 3).any()


@pytest.mark.parametrize(
    ("content", "options", "kind"),
    [
        (b"", AudioOptions(), UnreadableMediaError),
        (b"Dear all, please find attached", AudioOptions(), UnreadableMediaError),
        (wav(bytes(100)), AudioOptions(), MediaLimitError),
        (wav(bytes(64_000)), AudioOptions(max_duration=1), MediaLimitError),
        (wav(bytes(64_000)), AudioOptions(clip="5-4"), SettingError),
        (wav(bytes(64_000)), AudioOptions(channel="7"), MediaLimitError),
    ],
)
def test_errors_are_those_of_the_process_itself(
    tmp_path: Path, folder: Path, content: bytes, options: AudioOptions, kind: type[HansardError]
) -> None:
    """What fails in the child fails here with the same class, message and hint."""
    path = tmp_path / "line\nbreak.mp3"
    path.write_bytes(content)
    with pytest.raises(kind) as own:
        open_sound(path, folder, options)
    with pytest.raises(kind) as caught:
        _run(lambda nursery: _decode(nursery, path, folder, options))
    assert type(caught.value) is type(own.value) is kind
    assert str(caught.value) == str(own.value).replace(f"{tmp_path}/", "")
    assert caught.value.hint == own.value.hint
    assert not list(folder.iterdir())


def test_a_film_without_sound_is_told_apart(tmp_path: Path, folder: Path) -> None:
    """A picture alone is a NoAudioError, probed or decoded."""
    path = make_film(tmp_path / "film", "mp4", "mpeg4", 1.0)

    async def work(nursery: Nursery) -> None:
        with path.open("rb") as file, pytest.raises(NoAudioError):
            await nursery.probe(file, name="film")
        with pytest.raises(NoAudioError):
            await _decode(nursery, path, folder)

    _run(work)


def test_a_folder_that_refuses_is_named(tmp_path: Path, second: Path) -> None:
    """When the Sound cannot be written the error says where."""
    nowhere = tmp_path / "nowhere"
    with pytest.raises(OutputError, match="nowhere"):
        _run(lambda nursery: _decode(nursery, second, nowhere))


def test_only_open_files_are_taken(folder: Path) -> None:
    """Bytes in memory, closed files and pipes are refused, each for what it is."""

    async def work(nursery: Nursery) -> None:
        with pytest.raises(UsageError, match="not an open file"):
            await nursery.probe(io.BytesIO(b"RIFF"), name="memory")
        with (folder / "closed").open("w+b") as file:
            pass
        with pytest.raises(UsageError, match="not an open file"):
            await nursery.probe(file, name="closed")
        reading, writing = os.pipe()
        with os.fdopen(reading, "rb") as pipe, pytest.raises(UnreadableMediaError, match="a pipe"):
            await nursery.decode(pipe, folder, DAYS, name="pipe")
        os.close(writing)

    _run(work)


def test_the_caller_keeps_its_place_in_the_file(second: Path, folder: Path) -> None:
    """The child reads the file without moving the caller's position in it."""

    async def work(nursery: Nursery) -> int:
        with second.open("rb") as file:
            file.seek(7)
            await asyncio.gather(
                *(nursery.decode(file, folder, DAYS, name="a") for _ in range(5)),
                *(nursery.probe(file, name="a") for _ in range(5)),
            )
            return file.tell()

    position = _run(work)
    assert position == (7 if Path("/proc/self/fd").is_dir() else position)


def test_progress_runs_to_the_end(days: Path, folder: Path) -> None:
    """Progress rises, knows the end, and is told a few times a second at most."""
    told: list[tuple[float, float | None]] = []

    async def work(nursery: Nursery) -> Any:
        with days.open("rb") as file:
            return await nursery.decode(
                file, folder, AudioOptions(clip="0-5000"), name="a",
                on_progress=lambda *each: told.append(each),
            )  # fmt: skip

    opened = _run(work)
    assert opened.sound.duration == 5_000
    positions = [position for position, _ in told]
    assert positions == sorted(positions)
    assert positions[-1] == pytest.approx(5_000, abs=20)
    assert {total for _, total in told} == {5_000.0}
    assert len(told) < 500


def test_what_a_listener_raises_comes_out(days: Path, folder: Path) -> None:
    """An exception of the caller's own ends the child and leaves nothing."""

    async def work(nursery: Nursery) -> list[psutil.Process]:
        with days.open("rb") as file, pytest.raises(ZeroDivisionError):
            await nursery.decode(file, folder, DAYS, name="a", on_progress=lambda *_: 1 // 0)
        return _children(nursery)

    assert _run(work) == []
    assert not list(folder.iterdir())


def test_a_caller_needs_no_media_library_and_hands_on_no_secret(second: Path, folder: Path) -> None:
    """The caller loads no PyAV; the nursery sees nothing of the caller's environment."""
    program = (
        "import asyncio, sys; from pathlib import Path\n"
        "from hansard.audio.foreign import Nursery\n"
        "from hansard.audio.options import AudioOptions\n"
        "async def main():\n"
        "    async with Nursery() as nursery:\n"
        "        with open(sys.argv[1], 'rb') as file:\n"
        "            await nursery.probe(file, name='a')\n"
        "            await nursery.decode(file, Path(sys.argv[2]), AudioOptions(), name='a')\n"
        "        environment = Path(f'/proc/{nursery.pid}/environ')\n"
        "        print('secret' in environment.read_text() if environment.exists() else False)\n"
        "asyncio.run(main()); print('av' in sys.modules)"
    )
    secrets = {"HANSARD_HF_TOKEN": "secret", "AWS_SECRET_ACCESS_KEY": "secret"}
    done = subprocess.run(
        [sys.executable, "-c", program, second, folder],
        capture_output=True, text=True, check=True, env=os.environ | secrets,
    )  # fmt: skip
    assert done.stdout.split() == ["False", "False"]
    assert done.stderr == ""


def test_a_program_in_the_current_folder_is_not_run(tmp_path: Path, second: Path) -> None:
    """A file beside the caller that is called like a module of the nursery's is not loaded."""
    for name in ("json.py", "selectors.py", "msgspec.py"):
        (tmp_path / name).write_text("raise SystemExit('hijacked')")
    program = (
        "import sys; sys.path.remove('')\n"
        "import asyncio; from hansard.audio.foreign import Nursery\n"
        "async def main():\n"
        "    async with Nursery() as nursery: print(bool(nursery.facts) or sys.platform)\n"
        "asyncio.run(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout


BROKEN = {
    "sys.executable = '/nonexistent/python'": (
        "DecoderEndedError transient no decoder can be started"
    ),
    "sys.path.insert(0, sys.argv[1])": (
        "DecoderEndedError transient the decoder ended while it started"
    ),
    "import os; del os.fork": "MissingExtraError permanent this system cannot decode",
}


@pytest.mark.parametrize("damage", BROKEN)
def test_a_nursery_that_cannot_start_is_an_error(tmp_path: Path, damage: str) -> None:
    """Whatever keeps it from starting, the caller is told, and no process or warning is left."""
    (tmp_path / "selectors.py").write_text("raise SystemExit('broken')")
    program = (
        "import asyncio, selectors, sys\n"
        f"{damage}\n"
        "from hansard.audio.foreign import Nursery\n"
        "from hansard.errors import HansardError\n"
        "async def main():\n"
        "    try: await Nursery().start()\n"
        "    except HansardError as error: print(type(error).__name__, error.retry, error)\n"
        "asyncio.run(main())"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, tmp_path],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.startswith(BROKEN[damage])
    assert done.stderr.strip() in {"", "broken"}
