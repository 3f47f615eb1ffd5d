"""The bell on a pair of pipes."""

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import aclosing

import pytest

from hansard.jobs.bells import PipeBell

Pair = tuple[PipeBell, PipeBell]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """A service's bell and its worker's."""
    to_worker, to_door = os.pipe(), os.pipe()
    door = PipeBell(to_door[0], to_worker[1])
    worker = PipeBell(to_worker[0], to_door[1])
    yield door, worker
    door.close()
    worker.close()


async def hear(bell: PipeBell, last: str) -> list[str]:
    """What the bell says, up to an id."""
    heard = []
    async with aclosing(bell.listen()) as rings:
        async for job in rings:
            heard.append(job)
            if job == last:
                break
    return heard


async def hear_all(bell: PipeBell) -> list[str]:
    return [job async for job in bell.listen()]


def test_both_sides_hear_each_other(pair: Pair) -> None:
    """What one side rings for, the other one hears, in order."""
    for speaker, listener in (pair, pair[::-1]):
        speaker.ring("one")
        speaker.ring("two")
        assert asyncio.run(hear(listener, "two")) == ["one", "two"]


def test_a_listener_is_woken(pair: Pair) -> None:
    """A ring that comes while the other side waits is heard at once."""

    async def later() -> list[str]:
        asyncio.get_running_loop().call_soon(door.ring, "later")
        return await hear(worker, "later")

    door, worker = pair
    assert asyncio.run(later()) == ["later"]


def test_repeated_rings_are_one(pair: Pair) -> None:
    """Many rings for one job that wait together are heard once."""
    door, worker = pair
    for job in ("one", "two", "one", "one", "end"):
        door.ring(job)
    assert asyncio.run(hear(worker, "end")) == ["one", "two", "end"]


def test_a_line_may_come_in_pieces(pair: Pair) -> None:
    """An id is heard only when all of it is there."""
    read, write = os.pipe()
    bell = PipeBell(read, os.dup(write))

    async def pieces() -> list[str]:
        os.write(write, b"abc")
        asyncio.get_running_loop().call_later(0.01, os.write, write, b"def\n")
        return await hear(bell, "abcdef")

    assert asyncio.run(pieces()) == ["abcdef"]
    os.close(write)
    bell.close()


def test_a_full_pipe_means_look_at_all(pair: Pair) -> None:
    """Nobody waits for a slow listener, who is told to look at all jobs instead."""
    door, worker = pair
    for number in range(20_000):
        door.ring(f"job-{number}")
    assert asyncio.run(hear(worker, "")) == [""]
    door.ring("after")
    assert asyncio.run(hear(worker, "after"))[-2:] == ["", "after"]


def test_the_end_of_the_other_side_is_heard(pair: Pair) -> None:
    """When one side is gone, the other one hears what it said last, and then the end."""
    door, worker = pair
    door.ring("last")
    door.close()
    assert asyncio.run(hear_all(worker)) == ["last"]


def test_nobody_there_is_no_error(pair: Pair) -> None:
    """A ring that nobody can hear, or from a closed bell, does nothing."""
    door, worker = pair
    worker.close()
    door.ring("unheard")
    door.close()
    door.ring("closed")
    door.close()
    assert asyncio.run(hear_all(door)) == []


def test_closing_ends_the_listening(pair: Pair) -> None:
    """A bell that is closed while somebody listens to it ends that."""
    door, _ = pair

    async def close_soon() -> list[str]:
        asyncio.get_running_loop().call_soon(door.close)
        return await hear_all(door)

    assert asyncio.run(close_soon()) == []


def test_threads_may_ring_at_once(pair: Pair) -> None:
    """Rings of many threads do not tear each other apart."""
    door, worker = pair
    names = {f"{thread}-{'x' * 20}-{number}" for thread in range(4) for number in range(20)}
    threads = [
        threading.Thread(target=lambda part=part: [door.ring(name) for name in part])
        for part in ([n for n in names if n.startswith(f"{i}-")] for i in range(4))
    ]

    async def collect() -> set[str]:
        heard: set[str] = set()
        async for job in worker.listen():
            heard.add(job)
            if heard >= names:
                break
        return heard

    async def ring_and_hear() -> set[str]:
        for thread in threads:
            thread.start()
        return await collect()

    assert asyncio.run(ring_and_hear()) == names
    for thread in threads:
        thread.join()
