"""The books of `Residents`: what is in memory, who borrows it, who waits.

One condition guards them. Nothing is loaded or closed here: the answers say what is to be done.
"""

import threading
import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Final, Generic, Literal, TypeVar, cast

from hansard.errors import Cancelled, DoesNotFitError, EngineError
from hansard.models.residency.options import ResidencyOptions
from hansard.models.residency.room import MB, Limits, Resident, State, make_room, refusal

T = TypeVar("T")

# A wait is cut into pieces of so many seconds: the machine's budget grows without telling us, and
# on Windows a wait without end hears no Ctrl-C.
_LOOK_AGAIN: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Wanted(Generic[T]):
    """What one caller asks for; it stands in the line itself."""

    key: Hashable
    needed: int
    load: Callable[[], T]
    close: Callable[[T], None]
    timeout: float | None
    thread: int = field(default_factory=threading.get_ident)
    since: float = field(default_factory=time.monotonic)

    def patience(self) -> float:
        """For how many seconds it may wait before it looks again."""
        if self.timeout is None:
            return _LOOK_AGAIN
        return min(_LOOK_AGAIN, self.since + self.timeout - time.monotonic())


@dataclass(slots=True, kw_only=True, eq=False)
class Place(Generic[T]):
    """A place in memory, from the decision to load until the model is closed."""

    key: Hashable
    bytes: int
    close: Callable[[T], None]
    used: float
    state: State | Literal["failed"] = "loading"
    value: T | None = None
    error: Exception | None = None
    threads: list[int] = field(default_factory=list)
    """Those that borrow it or wait for its load; one that borrows twice stands here twice."""

    @property
    def idle(self) -> bool:
        """Whether it may be unloaded."""
        return self.state == "ready" and not self.threads


class Books(Generic[T]):
    """Who holds what. Public methods take the lock, the others expect it to be held."""

    def __init__(
        self,
        options: ResidencyOptions,
        budget: Callable[[], int | None],
        clock: Callable[[], float],
    ) -> None:
        self._options = options
        self._sequential = options.residency == "sequential"
        self._budget = budget
        self._clock = clock
        self._changed = threading.Condition()
        self._places: dict[Hashable, Place[T]] = {}  # the least recently used first
        self._line: dict[Wanted[T], None] = {}  # in the order of asking
        self._loads: dict[Hashable, int] = {}
        self._shut = False

    def admit(self, wanted: Wanted[T]) -> tuple[Place[T], list[Place[T]] | None]:
        """A place to share and None, or a new place to fill once those listed are unloaded."""
        with self._changed:
            self._line[wanted] = None
            try:
                while True:
                    self._check(wanted)
                    leaving = self._chance(wanted)
                    if leaving is not None:
                        return self._grant(wanted, leaving)
                    self._wait(wanted)
            finally:
                del self._line[wanted]
                if self._line:
                    self._changed.notify_all()

    def return_loan(self, place: Place[T], thread: int) -> bool:
        """Take a loan back; True = its model must now be unloaded."""
        with self._changed:
            place.threads.remove(thread)
            place.used = self._clock()
            if not place.threads:
                place.error = None  # its traceback holds this place: a circle
            if place.state == "ready":
                self._places[place.key] = self._places.pop(place.key)
            unload = place.idle and (self._shut or self._sequential)
            self._mark([place] if unload else [])
            self._changed.notify_all()
            return unload

    def loaded(self, place: Place[T], value: T) -> None:
        """Hand the model to all who wait for this load."""
        with self._changed:
            place.value, place.state = value, "ready"
            self._loads[place.key] = self._loads.get(place.key, 0) + 1
            self._changed.notify_all()

    def failed(self, place: Place[T], error: BaseException) -> None:
        """Hand the error to all who wait for this load, and forget the place.

        Whoever cancels or interrupts a load speaks for nobody else: the others try it themselves.
        """
        with self._changed:
            if isinstance(error, Exception) and not isinstance(error, Cancelled):
                place.error = error
            place.state = "failed"
            del self._places[place.key]
            self._changed.notify_all()

    def await_load(self, place: Place[T]) -> bool:
        """Whether the model is there once another thread's load is over.

        Raises:
            Exception: whatever that load raised.
        """
        with self._changed:
            while place.state == "loading":
                self._changed.wait(_LOOK_AGAIN)
            if place.error is not None:
                raise place.error
            return place.state == "ready"

    def unloaded(self, place: Place[T]) -> None:
        """Forget a place whose model is closed."""
        with self._changed:
            del self._places[place.key]
            self._changed.notify_all()

    def expired(self, *, but: tuple[Hashable, ...] = ()) -> list[Place[T]]:
        """Those that have been idle too long; they must now be unloaded."""
        longest = self._options.model_idle_seconds
        with self._changed:
            now = self._clock()
            return self._mark(
                place
                for place in self._places.values()
                if longest and place.idle and place.key not in but and now - place.used >= longest
            )

    def pick(self, wanted: Callable[[Hashable], bool]) -> list[Place[T]]:
        """The idle ones that `wanted` picks by key; they must now be unloaded."""
        with self._changed:
            return self._mark(p for p in self._places.values() if p.idle and wanted(p.key))

    def shut(self) -> list[Place[T]]:
        """Admit nobody any more; returns the idle ones, which must now be unloaded."""
        with self._changed:
            self._shut = True
            self._changed.notify_all()
            return self._mark(place for place in self._places.values() if place.idle)

    def residents(self) -> tuple[Resident, ...]:
        """What is in memory, the least recently used first."""
        with self._changed:
            return self._list()

    def waiting(self) -> int:
        """How many wait for room."""
        with self._changed:
            return len(self._line)

    def _check(self, wanted: Wanted[T]) -> None:
        """Raise where waiting is no use."""
        if self._shut:
            raise EngineError(f"model {str(wanted.key)!r} was asked for after all were closed")
        if wanted.key not in self._places and not self._limits().hold(1, wanted.needed):
            hint = "choose a smaller model or compute_type, or raise memory_budget_mb"
            raise self._refusal(wanted, "does not fit into the memory budget", hint)

    def _chance(self, wanted: Wanted[T]) -> tuple[Hashable, ...] | None:
        """Which models must go so that it may have its own, or None where it has to wait.

        Who holds a loan need not wait its turn.
        """
        if wanted is not next(iter(self._line)) and wanted.thread not in self._borrowers():
            return None
        place = self._places.get(wanted.key)
        if place is not None:
            return None if place.state == "closing" else ()
        return make_room(self._list(), wanted.needed, self._limits())

    def _grant(
        self, wanted: Wanted[T], keys: tuple[Hashable, ...]
    ) -> tuple[Place[T], list[Place[T]] | None]:
        place = self._places.get(wanted.key)
        if place is not None:
            place.threads.append(wanted.thread)
            place.used = self._clock()
            return place, None
        leaving = self._mark(self._places[key] for key in keys)
        place = Place(
            key=wanted.key,
            bytes=wanted.needed,
            close=wanted.close,
            used=self._clock(),
            threads=[wanted.thread],
        )
        self._places[wanted.key] = place
        return place, leaving

    def _wait(self, wanted: Wanted[T]) -> None:
        hint = "return the other models first, or raise memory_budget_mb or max_cached_models"
        if self._sequential:
            hint = "return the other model first, or choose residency=resident"
        if wanted.thread in self._borrowers() and self._deadlocked():
            raise self._refusal(wanted, "would wait for room for ever", hint)
        patience = wanted.patience()
        if patience <= 0:
            raise self._refusal(wanted, f"found no room within {wanted.timeout:g} s", hint)
        self._changed.wait(patience)

    def _deadlocked(self) -> bool:
        """Whether all who could make room stand in the line, and none of them can go on."""
        if any(place.state != "ready" for place in self._places.values()):
            return False
        if not self._borrowers() <= {wanted.thread for wanted in self._line}:
            return False
        return all(self._chance(wanted) is None for wanted in self._line)

    def _borrowers(self) -> set[int]:
        return {thread for place in self._places.values() for thread in place.threads}

    def _mark(self, leaving: Iterable[Place[T]]) -> list[Place[T]]:
        places = list(leaving)
        for place in places:
            place.state = "closing"
        return places

    def _limits(self) -> Limits:
        return Limits(
            models=1 if self._sequential else self._options.max_cached_models,
            bytes=self._options.memory_budget_mb * MB or self._budget(),
        )

    def _list(self) -> tuple[Resident, ...]:
        return tuple(
            Resident(
                key=place.key,
                state=cast("State", place.state),
                bytes=place.bytes,
                borrowers=len(place.threads),
                used=place.used,
                loads=self._loads.get(place.key, 0),
            )
            for place in self._places.values()
        )

    def _refusal(self, wanted: Wanted[T], reason: str, hint: str) -> DoesNotFitError:
        return refusal(wanted.key, wanted.needed, self._list(), self._limits(), reason, hint)
