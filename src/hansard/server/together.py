"""Many small looks at the ledger, several to one turn of a thread.

To wake a thread costs more than to read a row. While one turn is under way, the calls that come
wait for the next one, so the more there are, the cheaper each becomes.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextvars import Context, copy_context
from functools import partial
from typing import Any, ParamSpec, TypeVar

from hansard.errors import LedgerUnavailableError
from hansard.jobs.threads import Threads

P = ParamSpec("P")
T = TypeVar("T")

LANES = 2
"""Turns at once."""
MOST = 32
"""Calls of one turn."""

Call = tuple[Context, Callable[[], Any]]
Outcome = tuple[Any, BaseException | None]


class Together:
    """Runs calls of a millisecond at most; for the callers of one event loop."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        self._waiting: deque[tuple[Call, asyncio.Future[Any]]] = deque()
        self._lanes: set[asyncio.Task[None]] = set()

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `work` returns or raises."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(((copy_context(), partial(work, *args, **kwargs)), future))
        if len(self._lanes) < LANES:
            lane = asyncio.create_task(self._serve())
            self._lanes.add(lane)
            lane.add_done_callback(self._lanes.discard)
        return await future

    async def _serve(self) -> None:
        while self._waiting:
            taken = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
            calls = [call for call, _ in taken]
            try:
                outcomes = await self._threads.run(do_all, calls)
            except BaseException as error:
                outcomes = [(None, error)] * len(calls)
                if isinstance(error, asyncio.CancelledError):
                    self._settle(taken, [(None, RuntimeError("the service ends"))] * len(calls))
                    raise
            self._settle(taken, outcomes)

    @staticmethod
    def _settle(
        taken: Sequence[tuple[Call, asyncio.Future[Any]]], outcomes: Sequence[Outcome]
    ) -> None:
        for (_, future), (value, error) in zip(taken, outcomes, strict=True):
            if future.done():  # its caller was cancelled
                continue
            if error is None:
                future.set_result(value)
            else:
                future.set_exception(error)


def do_all(calls: Sequence[Call]) -> list[Outcome]:
    """The outcomes of calls, one after the other; blocks.

    Where the ledger is away, that may have taken seconds to find out, so the rest is not tried.
    """
    outcomes: list[Outcome] = []
    for context, call in calls:
        try:
            outcomes.append((context.run(call), None))
        except LedgerUnavailableError as error:
            away = (None, error)
            return [*outcomes, *[away] * (len(calls) - len(outcomes))]
        except Exception as error:  # noqa: BLE001 - it is raised where it belongs, in the caller
            outcomes.append((None, error))
    return outcomes
