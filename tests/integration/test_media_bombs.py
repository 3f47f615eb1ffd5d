"""Hostile files, decoded as the service would: each ends in a sound or in an error of ours."""

import asyncio
import ctypes
import os
import random
import resource
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from hansard.audio.foreign import ChildLimits, Nursery
from hansard.audio.info import Opened
from hansard.audio.options import AudioOptions
from hansard.errors import HansardError, MediaError
from hansard.testing.bombs import BOMBS, LONGEST, Trap
from hansard.testing.media import RECIPES, make, tone

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits and walls of Linux")

LIMITS = ChildLimits(memory_mb=512, seconds=60)
OPTIONS = AudioOptions(max_duration=LONGEST)


@dataclass(frozen=True)
class Aftermath:
    """What was left when all bombs had gone off."""

    fates: Mapping[str, Opened | HansardError]
    touched: bool
    """A file or an address that a bomb names was opened."""
    left: list[str]
    open_files: int
    """More than before."""
    growth: int
    """Of this process, in bytes."""
    zombies: int
    nurseries: set[int]


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory: pytest.TempPathFactory) -> Aftermath:
    """All bombs, one after the other, through one nursery."""
    folder = tmp_path_factory.mktemp("bombs")
    (folder / "out").mkdir()
    recipe = RECIPES["layer3.mp3"]
    secret = make(folder / "secret.mp3", recipe, tone(2.0, recipe.rate, recipe.channels))
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        trap = Trap(secret, f"http://127.0.0.1:{server.getsockname()[1]}")
        for name, bomb in BOMBS.items():
            (folder / name).write_bytes(bomb.build(trap))
        return asyncio.run(_set_off(folder, secret, server))


async def _set_off(folder: Path, secret: Path, server: socket.socket) -> Aftermath:
    me = psutil.Process()
    async with Nursery(LIMITS) as nursery:
        nurseries = {nursery.pid or 0}
        watch = _watch(secret)
        before = me.num_fds()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        fates: dict[str, Opened | HansardError] = {}
        for name in BOMBS:
            fates[name] = await _decode(nursery, folder / name, folder / "out")
            nurseries.add(nursery.pid or 0)
        after = me.num_fds()
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
        children = psutil.Process(nursery.pid).children()
    left = [each.name for each in (folder / "out").iterdir()]
    touched = _happened(watch) or _was_called(server)
    return Aftermath(fates, touched, left, after - before, grown << 10, len(children), nurseries)


async def _decode(nursery: Nursery, path: Path, out: Path) -> Opened | HansardError:
    with path.open("rb") as file:
        try:
            opened = await nursery.decode(file, out, OPTIONS, name=path.name)
        except HansardError as error:
            return error
    opened.sound.path.unlink()
    return opened


def _watch(path: Path) -> int:
    """Watches whether a file is opened by anyone (inotify(7))."""
    libc = ctypes.CDLL(None)
    handle = libc.inotify_init1(os.O_NONBLOCK)
    in_open = 0x20
    assert libc.inotify_add_watch(handle, os.fsencode(path), in_open) >= 0
    return int(handle)


def _happened(watch: int) -> bool:
    try:
        return bool(os.read(watch, 4096))
    except BlockingIOError:
        return False
    finally:
        os.close(watch)


def _was_called(server: socket.socket) -> bool:
    try:
        server.accept()[0].close()
    except BlockingIOError:
        return False
    return True


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_does_no_harm(aftermath: Aftermath, name: str) -> None:
    """Each hostile file is refused as what it is, or gives the sound that is in it."""
    fate, expected = aftermath.fates[name], BOMBS[name].outcome
    if expected is None:
        assert isinstance(fate, Opened)
        assert 0.9 < fate.sound.duration <= LONGEST
    else:
        assert isinstance(fate, expected)
        assert name in str(fate)


def test_bombs_reach_nothing_and_leave_nothing(aftermath: Aftermath) -> None:
    """No file or address that they name was opened; no file, descriptor or process is left."""
    assert not aftermath.touched
    assert aftermath.left == []
    assert aftermath.open_files == 0
    assert aftermath.zombies == 0
    assert len(aftermath.nurseries) == 1


def test_bombs_cost_the_caller_no_memory(aftermath: Aftermath) -> None:
    """The process that gives the files away does not grow."""
    assert aftermath.growth < 16 << 20


def test_damaged_recordings_end_in_a_sound_or_an_error_of_ours(tmp_path: Path) -> None:
    """Recordings with bytes changed and ends cut off, many at once, end their own child at most."""
    chance = random.Random(11)
    seeds = [_made(tmp_path, name) for name in RECIPES]
    (tmp_path / "out").mkdir()
    paths = []
    for number in range(120):
        content = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 40)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        paths.append(tmp_path / f"{number}.media")
        paths[-1].write_bytes(content[: chance.randint(1, len(content))])

    async def run() -> list[Opened | HansardError]:
        async with Nursery(LIMITS) as nursery:
            fates = [_decode(nursery, path, tmp_path / "out") for path in paths]
            return await asyncio.gather(*fates)

    fates = asyncio.run(run())
    assert all(isinstance(fate, Opened | MediaError) for fate in fates)
    assert {type(fate) for fate in fates} > {Opened}
    assert not list((tmp_path / "out").iterdir())


def _made(folder: Path, name: str) -> bytes:
    recipe = RECIPES[name]
    return make(folder / name, recipe, tone(0.5, recipe.rate, recipe.channels)).read_bytes()
