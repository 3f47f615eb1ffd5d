"""The bell over a real Redis, between doors and workers."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, aclosing, asynccontextmanager, closing

import pytest
from redis import Redis

from hansard.errors import SettingError
from hansard.jobs.redis_bell import RedisBell
from hansard.testing.redis_server import RedisServer, find_redis_server

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(find_redis_server() is None, reason="redis-server is not installed"),
]
Rings = asyncio.Queue[str]
Make = Callable[[str], RedisBell]


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with RedisServer() as redis:
        yield redis


@pytest.fixture
def make(server: RedisServer) -> Iterator[Make]:
    """Makes bells that are closed in the end."""
    with ExitStack() as stack:
        yield lambda side: stack.enter_context(closing(RedisBell(server.url, side)))


@asynccontextmanager
async def listening(bell: RedisBell) -> AsyncIterator[Rings]:
    """What a bell hears from now on; it is listening when this begins."""
    rings: Rings = asyncio.Queue()
    heard = asyncio.Event()

    async def listen() -> None:
        async with aclosing(bell.listen()) as jobs:
            async for job in jobs:
                heard.set()
                await rings.put(job)

    task = asyncio.create_task(listen())
    await heard.wait()
    yield rings
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def eventually(condition: Callable[[], object]) -> None:
    """Wait for something that nobody announces."""
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0.01)


async def until(rings: Rings, *wanted: str) -> None:
    """Listen until all of these have been heard."""
    missing = set(wanted)
    while missing:
        missing.discard(await rings.get())


def test_a_worker_hears_of_a_new_job(server: RedisServer, make: Make) -> None:
    """What a door rings for is heard by a worker, and leaves nothing behind in Redis."""

    async def talk() -> None:
        async with listening(worker) as rings:
            for job in ("one", "two", "three:of{3}"):
                door.ring(job)
            await until(rings, "one", "two", "three:of{3}")

    door, worker = make("door"), make("worker")
    asyncio.run(talk())
    with Redis(port=server.port) as admin:
        assert set(admin.keys()) <= {b"rq:queues"}


def test_one_worker_is_woken(make: Make) -> None:
    """A ring goes to one worker only, and each of many rings to one of them."""

    async def talk() -> None:
        async with listening(make("worker")) as one, listening(make("worker")) as other:
            jobs = {str(number) for number in range(20)}
            for job in jobs:
                door.ring(job)
            heard: list[str] = []
            while jobs - set(heard):
                await asyncio.sleep(0.01)
                for rings in (one, other):
                    while not rings.empty():
                        heard.append(rings.get_nowait())
            assert len([job for job in heard if job]) == 20

    door = make("door")
    asyncio.run(talk())


def test_a_ring_waits_for_a_worker(server: RedisServer, make: Make) -> None:
    """A ring that comes before any worker listens is heard later, once."""

    async def talk() -> None:
        for _ in range(3):
            door.ring("early")
        with Redis(port=server.port) as admin:
            await eventually(lambda: admin.llen("rq:queue:hansard-rings"))
        door.ring("early")
        door.ring("last")
        heard = []
        async with listening(worker) as rings:
            while "last" not in heard:
                heard.append(await rings.get())
        assert [job for job in heard if job] == ["early", "last"]

    door, worker = make("door"), make("worker")
    asyncio.run(talk())


def test_all_doors_hear_of_news(server: RedisServer, make: Make) -> None:
    """What a worker rings for is heard by every door."""

    async def talk() -> None:
        async with listening(make("door")) as one, listening(make("door")) as other:
            with Redis(port=server.port) as admin:
                channel = "hansard:rings:0"
                await eventually(lambda: admin.pubsub_numsub(channel) == [(channel.encode(), 2)])
            worker.ring("done")
            await until(one, "done")
            await until(other, "done")

    worker = make("worker")
    asyncio.run(talk())


@pytest.mark.parametrize("speaker", ["door", "worker"])
def test_an_outage_is_waited_out(
    server: RedisServer, make: Make, speaker: str, caplog: pytest.LogCaptureFixture
) -> None:
    """While Redis is away rings wait, one warning is logged for each side, and then all goes on."""

    async def talk() -> None:
        async with listening(listener) as rings:
            bell.ring("before")
            await until(rings, "before")
            server.kill()
            bell.ring("meanwhile")
            await eventually(lambda: len(caplog.records) == 2)
            server.start()
            await until(rings, "")
            bell.ring("after")
            await until(rings, "after")

    bell = make(speaker)
    listener = make("worker" if speaker == "door" else "door")
    with caplog.at_level(logging.INFO, logger="hansard"):
        asyncio.run(talk())
    assert len(caplog.records) == 2


def test_strange_rings_mean_look_at_all(server: RedisServer, make: Make) -> None:
    """What another program put on the queue is taken off it, and nothing of it is run."""

    async def talk() -> None:
        async with listening(worker) as rings:
            await until(rings, "")
            with Redis(port=server.port) as admin:
                admin.rpush("rq:queue:hansard-rings", "gone")
                await until(rings, "")
                admin.hset("rq:job:odd", mapping={"data": b"\x80\x04.", "created_at": ""})
                admin.rpush("rq:queue:hansard-rings", "odd")
                await until(rings, "")
            door.ring("still listening")
            await until(rings, "still listening")

    door, worker = make("door"), make("worker")
    asyncio.run(talk())


def test_too_many_rings_are_dropped(server: RedisServer, make: Make) -> None:
    """Without any worker the queue of rings stays short."""
    door = make("door")
    with Redis(port=server.port) as admin:
        admin.rpush("rq:queue:hansard-rings", *range(2000))
        door.ring("one more")
        door.close()
        assert admin.llen("rq:queue:hansard-rings") == 2000


def test_closing_sends_what_waits(server: RedisServer, make: Make) -> None:
    """A bell that is closed right after a ring has rung; a second closing does nothing."""
    door = make("door")
    door.ring("last words")
    door.close()
    door.close()
    with Redis(port=server.port) as admin:
        assert admin.llen("rq:queue:hansard-rings") == 1


def test_closing_ends_the_listening(make: Make) -> None:
    """Whoever listens to a bell that is closed comes to an end, and so do its threads."""

    async def talk() -> None:
        jobs = [job async for job in bell.listen() if closer.start() is None]
        assert set(jobs) <= {""}

    bell = make("worker")
    closer = threading.Thread(target=bell.close)
    asyncio.run(talk())
    closer.join()
    assert not [thread for thread in threading.enumerate() if thread.name == "hansard-bell"]


def test_an_address_that_is_none() -> None:
    """A bell is not made for what is no address."""
    with pytest.raises(SettingError):
        RedisBell("http://localhost", "door")


def test_a_redis_that_never_was(server: RedisServer, make: Make) -> None:
    """A bell can be made, rung and closed while there is no Redis."""
    server.stop()
    bell = make("door")
    bell.ring("unheard")
    bell.close()
