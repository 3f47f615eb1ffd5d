"""Models in memory, lent to the threads of one process.

    lend ─ admit ─┬─ held already ────────────────── share it (wait while another thread loads it)
                  ├─ room, once idle ones are gone ─ unload those, load
                  ├─ only lent ones in the way ───── wait in line, look again
                  └─ can never fit ───────────────── DoesNotFitError, nothing loaded

Loading and unloading happen outside the lock: they hold up nobody who wants another model.
"""

import logging
import time
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Generic, TypeVar, cast

from hansard.models.residency.books import Books, Place, Wanted
from hansard.models.residency.options import ResidencyOptions
from hansard.models.residency.room import MB, Resident

logger = logging.getLogger(__name__)

T = TypeVar("T")


class Residents(Generic[T]):
    """Loads models when they are asked for, shares them, and evicts the least recently used.

    It is built with `budget`, which returns the bytes that all models together may take (those
    already loaded included; None = unknown) and is asked under the lock, so it must be quick;
    `measure`, which returns the memory in use, in bytes, for the log; and `clock`, whose seconds
    tell how long a model has been idle.
    """

    def __init__(
        self,
        options: ResidencyOptions,
        *,
        budget: Callable[[], int | None],
        measure: Callable[[], int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._books: Books[T] = Books(options, budget, clock)
        self._measure = measure

    @contextmanager
    def lend(
        self,
        key: Hashable,
        needed: int,
        load: Callable[[], T],
        close: Callable[[T], None],
        *,
        timeout: float | None = None,
    ) -> Iterator[T]:
        """The model of this key for the length of a `with`, loaded if it is not in memory.

        `needed` is about how many bytes it takes. Threads that ask for one key at once share one
        load; where it fails it raises in all of them, and the next to ask tries anew.

        Where only models that are lent stand in the way it waits for them, at most `timeout`
        seconds (None = as long as it takes). Those who wait are served in the order of asking; a
        thread that holds a loan may pass them, because they may be waiting for that very loan.
        So a loan is taken and returned by one thread.

        Raises:
            DoesNotFitError: it can never fit; no room was returned in time; or all who could make
                room are waiting for room themselves, this thread among them.
            EngineError: `close` was called.
        """
        self._unload_all(self._books.expired(but=(key,)))
        wanted = Wanted(key=key, needed=needed, load=load, close=close, timeout=timeout)
        place = self._borrow(wanted)
        try:
            yield cast("T", place.value)
        finally:
            self._take_back(place, wanted)

    def sweep(self) -> tuple[Hashable, ...]:
        """Unload the models that have been idle too long; returns their keys."""
        return self._unload_all(self._books.expired())

    def unload(self, wanted: Callable[[Hashable], bool]) -> tuple[Hashable, ...]:
        """Unload the idle models that `wanted` picks by key; returns their keys."""
        return self._unload_all(self._books.pick(wanted))

    def close(self) -> None:
        """Unload everything and lend no more; what is still lent is unloaded when it comes back."""
        self._unload_all(self._books.shut())

    def residents(self) -> tuple[Resident, ...]:
        """What is in memory, the least recently used first."""
        return self._books.residents()

    @property
    def waiting(self) -> int:
        """How many threads wait for room."""
        return self._books.waiting()

    def _borrow(self, wanted: Wanted[T]) -> Place[T]:
        while True:
            place, leaving = self._books.admit(wanted)
            there = False
            try:
                if leaving is None:
                    there = self._books.await_load(place)
                else:
                    self._fill(place, leaving, wanted.load)
                    there = True
            finally:
                if not there:
                    self._take_back(place, wanted)
            if there:
                return place

    def _take_back(self, place: Place[T], wanted: Wanted[T]) -> None:
        if self._books.return_loan(place, wanted.thread):
            self._unload(place)

    def _fill(self, place: Place[T], leaving: list[Place[T]], load: Callable[[], T]) -> None:
        try:
            self._unload_all(leaving)
            before, began = self._measure(), time.perf_counter()
            value = load()
        except BaseException as error:
            self._books.failed(place, error)
            raise
        took = time.perf_counter() - began
        self._books.loaded(place, value)
        logger.info(
            "loaded model %s in %.2f s: %d MB expected, memory in use %d MB before, %d MB after",
            *(place.key, took, place.bytes // MB, before // MB, self._measure() // MB),
        )

    def _unload_all(self, leaving: Iterable[Place[T]]) -> tuple[Hashable, ...]:
        places = tuple(leaving)
        with ExitStack() as stack:  # an interrupt at one must not keep the others in memory
            for place in reversed(places):
                stack.callback(self._unload, place)
        return tuple(place.key for place in places)

    def _unload(self, place: Place[T]) -> None:
        before = 0
        try:
            before = self._measure()
            place.close(cast("T", place.value))
        except Exception:
            # Its place is free all the same, and whoever returned or wants a model is not to blame.
            logger.exception("model %s failed to close", place.key)
        finally:
            place.value = None
            self._books.unloaded(place)
        logger.info(
            "unloaded model %s: memory in use %d MB before, %d MB after",
            *(place.key, before // MB, self._measure() // MB),
        )
