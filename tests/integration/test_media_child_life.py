"""The life and death of the processes that decode media of strangers."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from hansard.audio.child_limits import ChildLimits
from hansard.audio.foreign import Nursery
from hansard.audio.options import AudioOptions
from hansard.errors import DecoderEndedError, MediaError, MediaLimitError
from hansard.testing.media import flac_of_silence, wav

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


def _run(work: Callable[[Nursery], Awaitable[Any]], limits: ChildLimits | None = None) -> Any:
    """What `work` gives with a nursery that runs."""

    async def main() -> Any:
        async with Nursery(limits) as nursery:
            return await work(nursery)

    return asyncio.run(main())


async def _decode(nursery: Nursery, path: Path, folder: Path) -> float:
    """How many seconds were decoded; the Sound is removed."""
    with path.open("rb") as file:
        opened = await nursery.decode(file, folder, DAYS, name=path.name)
    opened.sound.path.unlink()
    return opened.sound.duration


@asynccontextmanager
async def _decoding(nursery: Nursery, path: Path, folder: Path) -> AsyncIterator[asyncio.Task[Any]]:
    """A decoding in the midst of its work."""
    begun = asyncio.Event()

    async def work() -> Any:
        with path.open("rb") as file:
            return await nursery.decode(
                file, folder, DAYS, name=path.name, on_progress=lambda *_: begun.set()
            )

    task = asyncio.create_task(work())
    waiting = asyncio.create_task(begun.wait())
    await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
    assert not task.done()
    try:
        yield task
    finally:
        for each in (task, waiting):
            each.cancel()
        await asyncio.gather(task, waiting, return_exceptions=True)


def _children(nursery: Nursery) -> list[psutil.Process]:
    return psutil.Process(nursery.pid).children()


def _names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def _gone(pids: list[int]) -> bool:
    """Whether these processes end, which is waited for."""
    processes = []
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            processes.append(psutil.Process(pid))
    _, alive = psutil.wait_procs(processes, timeout=60)
    return not alive


@pytest.mark.parametrize("how", ["cancel", "timeout"])
def test_cancelling_ends_the_child_and_leaves_nothing(
    days: Path, second: Path, folder: Path, how: str
) -> None:
    """When the caller gives up, the child is dead before the caller goes on."""

    async def work(nursery: Nursery) -> None:
        async with _decoding(nursery, days, folder) as task:
            assert len(_children(nursery)) == 1
            assert _names(folder)
            if how == "cancel":
                task.cancel()
            with pytest.raises((asyncio.CancelledError, TimeoutError)):
                async with asyncio.timeout(0.01):
                    await task
            assert _children(nursery) == []
            assert _names(folder) == []
        assert await _decode(nursery, second, folder) == 1.0

    _run(work)


def test_cancelling_at_any_moment_leaves_nothing(second: Path, folder: Path) -> None:
    """Calls that are cancelled early, in the middle or late leave neither file nor process."""

    async def work(nursery: Nursery) -> None:
        tasks = []
        for number in range(40):
            tasks.append(asyncio.create_task(_decode(nursery, second, folder)))
            await asyncio.sleep(0.0007 * number)
            tasks[-1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert _children(nursery) == []

    _run(work, ChildLimits(at_once=4))
    assert _names(folder) == []


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS])
def test_a_child_that_dies_is_an_error_and_no_more(
    days: Path, second: Path, folder: Path, blow: signal.Signals
) -> None:
    """Whatever kills a child, its caller gets an error, and the next request is served."""

    async def work(nursery: Nursery) -> None:
        nest = nursery.pid
        async with _decoding(nursery, days, folder) as task:
            _children(nursery)[0].send_signal(blow)
            with pytest.raises(MediaError, match=rf"ended .*\({blow.name}\)") as caught:
                await task
        assert (caught.value.retry == "transient") == (blow is signal.SIGKILL)
        assert _names(folder) == []
        assert await _decode(nursery, second, folder) == 1.0
        assert nursery.pid == nest

    _run(work)


def test_a_child_that_takes_too_long_is_ended(days: Path, folder: Path) -> None:
    """The clock runs in the child itself, and what it stops is outside the limits."""
    limits = ChildLimits(seconds=3, seconds_per_second=0)

    async def work(nursery: Nursery) -> None:
        with pytest.raises(MediaLimitError, match=r"'days\.flac' takes too long to decode"):
            await _decode(nursery, days, folder)

    _run(work, limits)
    assert _names(folder) == []


def test_a_nursery_that_dies_is_started_again(days: Path, second: Path, folder: Path) -> None:
    """Killed while idle or at work, it is replaced, and the request is made once more."""

    async def work(nursery: Nursery) -> None:
        os.kill(nursery.pid or 0, signal.SIGKILL)
        assert await _decode(nursery, second, folder) == 1.0
        async with _decoding(nursery, days, folder) as task:
            first, child = nursery.pid or 0, _children(nursery)[0].pid
            os.kill(first, signal.SIGKILL)
            while nursery.pid in {first, None} or not _children(nursery):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            assert _gone([child])
            os.kill(nursery.pid or 0, signal.SIGKILL)
            with pytest.raises(DecoderEndedError, match="ended twice"):
                await task
        assert _names(folder) == []
        assert await _decode(nursery, second, folder) == 1.0

    _run(work)


def test_closing_ends_all(days: Path, second: Path, folder: Path) -> None:
    """Closing kills what runs; who waits is told, and who comes later too."""

    async def work(nursery: Nursery) -> list[int]:
        async with _decoding(nursery, days, folder) as task:
            pids = [nursery.pid or 0, _children(nursery)[0].pid]
            await nursery.close()
            with pytest.raises(DecoderEndedError, match="shut down"):
                await task
        with pytest.raises(DecoderEndedError, match="shut down"):
            await _decode(nursery, second, folder)
        assert nursery.pid is None
        return pids

    assert _gone(_run(work))
    assert _names(folder) == []


PARENT = """
import asyncio, os, signal, sys
from pathlib import Path
from hansard.audio.foreign import Nursery
from hansard.audio.options import AudioOptions
signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever was inherited

def show(nursery):
    children = Path(f"/proc/{nursery.pid}/task/{nursery.pid}/children")
    print(nursery.pid, *(children.read_text().split() if children.exists() else []), flush=True)

async def main():
    async with Nursery() as nursery:
        with open(sys.argv[1], "rb") as file:
            await nursery.decode(file, Path(sys.argv[2]), AudioOptions(max_duration=604_800),
                                 name="a", on_progress=lambda *_: show(nursery))

asyncio.run(main())
"""


@pytest.mark.parametrize("blow", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_the_caller(days: Path, folder: Path, blow: signal.Signals) -> None:
    """After a Ctrl-C, a SIGTERM or a SIGKILL of the caller, nursery and child vanish."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, days, folder], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as parent:
        assert parent.stdout
        pids = [int(each) for each in parent.stdout.readline().split()]
        assert len(pids) == 2 or sys.platform != "linux"
        parent.send_signal(blow)
        _, complaint = parent.communicate()
    assert _gone(pids)
    if blow == signal.SIGINT:
        assert complaint.rstrip().endswith(b"KeyboardInterrupt")
        assert _names(folder) == []


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root may look into a child on Linux"
)
def test_a_child_holds_its_own_descriptors_only(days: Path, folder: Path) -> None:
    """A child has the media, for reading, its answers' socket, its own Sound, and the limits."""

    def look(place: Path, facts: Sequence[str]) -> None:
        held = {each.name: str(each.readlink()) for each in (place / "fd").iterdir()}
        names = list(held.values())
        assert names.count("/dev/null") == 3
        assert sum(each.startswith("socket:") for each in names) == 1
        assert sum("hansard-media-" in each or each.startswith("/hansard-") for each in names) == 1
        assert len(names) == 6
        [media] = [number for number, name in held.items() if name == str(days)]
        flags = (place / "fdinfo" / media).read_text().split()[3]
        assert int(flags, 8) & os.O_ACCMODE == os.O_RDONLY
        limits = (place / "limits").read_text()
        assert f"Max address space         {1536 << 20}" in limits
        assert "Max open files            64 " in limits
        assert "Max core file size        0 " in limits
        ours, its = Path("/proc/self/ns/net").readlink(), (place / "ns" / "net").readlink()
        assert "no-network" not in facts or ours != its

    async def work(nursery: Nursery) -> None:
        async with _decoding(nursery, days, folder), _decoding(nursery, days, folder):
            for child in _children(nursery):
                look(Path(f"/proc/{child.pid}"), nursery.facts)

    _run(work)


def test_requests_leave_nothing_behind(second: Path, folder: Path) -> None:
    """After a hundred requests nobody holds more descriptors, memory or processes than before."""

    async def some(nursery: Nursery, count: int) -> None:
        with second.open("rb") as file:
            await asyncio.gather(
                *(nursery.probe(file, name="a") for _ in range(count)),
                *(_decode(nursery, second, folder) for _ in range(count)),
            )

    async def work(nursery: Nursery) -> None:
        me, nest = psutil.Process(), psutil.Process(nursery.pid)
        await some(nursery, 10)
        before = (
            [each.num_fds() for each in (me, nest)],
            [each.memory_info().rss for each in (me, nest)],
        )
        await some(nursery, 50)
        assert [each.num_fds() for each in (me, nest)] == before[0]
        for then, now in zip(before[1], (me, nest), strict=True):
            assert now.memory_info().rss < then + (8 << 20)
        assert nest.children() == []
        assert nest.num_threads() == 1

    _run(work)
    assert _names(folder) == []


def test_only_so_many_children_run_at_once(days: Path, folder: Path) -> None:
    """Callers beyond the bound wait for their turn; one that gives up makes room."""

    async def work(nursery: Nursery) -> None:
        async with _decoding(nursery, days, folder), _decoding(nursery, days, folder) as second:
            waiting = asyncio.create_task(_decode(nursery, days, folder))
            await asyncio.sleep(0.2)
            assert len(_children(nursery)) == 2
            second.cancel()
            await asyncio.gather(second, return_exceptions=True)
            while len(_children(nursery)) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)

    _run(work, ChildLimits(at_once=2))


def test_it_works_in_a_loop_of_another_kind(second: Path, folder: Path) -> None:
    """The event loop that the service uses serves as well as Python's own."""
    uvloop = pytest.importorskip("uvloop")

    async def main() -> float:
        async with Nursery() as nursery:
            return await _decode(nursery, second, folder)

    assert uvloop.run(main()) == 1.0
