"""Small blocking calls share the turns of a thread."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from structlog.contextvars import bind_contextvars, get_contextvars

from hansard.errors import JobNotFoundError, LedgerUnavailableError
from hansard.jobs.threads import Threads
from hansard.server.together import Together


@pytest.fixture
def threads() -> Iterator[Threads]:
    pool = Threads("test", 2)
    yield pool
    pool.close()


async def both_busy(together: Together) -> None:
    """Until both lanes have begun, and nothing waits."""
    while len(together._lanes) < 2 or together._waiting:  # noqa: ASYNC110 - it tells no event
        await asyncio.sleep(0)


def test_each_caller_gets_its_own_answer(threads: Threads) -> None:
    """Whatever becomes of the others."""

    def work(number: int) -> int:
        if number % 3 == 0:
            raise JobNotFoundError(str(number))
        return number * 2

    async def ask() -> list[object]:
        together = Together(threads)
        return await asyncio.gather(
            *(together.run(work, n) for n in range(100)), return_exceptions=True
        )

    for number, answer in enumerate(asyncio.run(ask())):
        if number % 3 == 0:
            assert isinstance(answer, JobNotFoundError)
            assert str(answer) == str(number)
        else:
            assert answer == number * 2


def test_calls_that_wait_share_a_turn(threads: Threads) -> None:
    """While two turns are under way, all that come go into the next ones."""
    turns: set[str] = set()
    gate = threading.Event()

    def block() -> None:
        gate.wait(30)

    def note(number: int) -> int:
        turns.add(f"{threading.current_thread().name}")
        return number

    async def ask() -> None:
        together = Together(threads)
        held = [asyncio.create_task(together.run(block)) for _ in range(2)]
        await both_busy(together)
        many = [asyncio.create_task(together.run(note, n)) for n in range(40)]
        await asyncio.sleep(0)
        assert len(together._waiting) == 40
        gate.set()
        assert await asyncio.gather(*many) == list(range(40))
        await asyncio.gather(*held)

    asyncio.run(ask())
    assert 1 <= len(turns) <= 2


def test_an_absent_ledger_is_asked_once_a_turn(threads: Threads) -> None:
    """The others of the turn are told the same, instead of waiting for it one by one."""
    asked: list[int] = []
    gate = threading.Event()

    def block() -> None:
        gate.wait(30)

    def away(number: int) -> None:
        asked.append(number)
        raise LedgerUnavailableError("away")

    async def ask() -> None:
        together = Together(threads)
        held = [asyncio.create_task(together.run(block)) for _ in range(2)]
        await both_busy(together)
        many = [asyncio.create_task(together.run(away, n)) for n in range(30)]
        await asyncio.sleep(0)
        gate.set()
        told = await asyncio.gather(*many, return_exceptions=True)
        assert all(isinstance(one, LedgerUnavailableError) for one in told)
        await asyncio.gather(*held)

    asyncio.run(ask())
    assert len(asked) == 1


def test_a_cancelled_caller_harms_nobody(threads: Threads) -> None:
    """Its answer is dropped; the others get theirs."""

    async def ask() -> int:
        together = Together(threads)
        gone = asyncio.create_task(together.run(lambda: 1))
        await asyncio.sleep(0)
        gone.cancel()
        return await together.run(lambda: 2)

    assert asyncio.run(ask()) == 2


def test_each_call_sees_its_callers_context(threads: Threads) -> None:
    """So that its log lines carry the right request."""

    async def one(together: Together, number: int) -> dict[str, object]:
        bind_contextvars(request_id=str(number))
        return await together.run(get_contextvars)

    async def ask() -> list[dict[str, object]]:
        together = Together(threads)
        return await asyncio.gather(*(asyncio.create_task(one(together, n)) for n in range(5)))

    assert [found["request_id"] for found in asyncio.run(ask())] == list("01234")
