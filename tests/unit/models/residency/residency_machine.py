"""A machine for the tests of residency: models that take room in it, and a clock set by hand."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from hansard.models.residency import ResidencyOptions, Residents

MB = 1 << 20

R = TypeVar("R")


class Model:
    """A loaded model."""

    def __init__(self, key: str, size: int) -> None:
        self.key = key
        self.size = size
        self.closed = False


class Machine:
    """Counts what is in memory and complains when it is too much, or closed twice."""

    def __init__(self, room: int | None = None, models: int = 64) -> None:
        self.room = room
        self.models = models
        self.now = 1000.0
        self.history: list[str] = []
        self.held: dict[str, int] = {}
        self._lock = threading.Lock()

    def load(self, key: str, size: int) -> Model:
        """Take room for a model."""
        with self._lock:
            assert key not in self.held, f"{key} is loaded twice"
            self.held[key] = size
            self.history.append(f"+{key}")
            assert len(self.held) <= self.models, f"too many models: {self.held}"
            assert self.room is None or self.used() <= self.room, f"out of memory: {self.held}"
        return Model(key, size)

    def close(self, model: Model) -> None:
        """Give its room back."""
        with self._lock:
            assert not model.closed, f"{model.key} is closed twice"
            model.closed = True
            del self.held[model.key]
            self.history.append(f"-{model.key}")

    def used(self) -> int:
        """Bytes in use."""
        return sum(self.held.values())

    def residents(self, **options: Any) -> Residents[Model]:
        """Residents of this machine."""
        return Residents(
            ResidencyOptions(**options),
            budget=lambda: self.room,
            measure=self.used,
            clock=lambda: self.now,
        )

    def lend(
        self, residents: Residents[Model], key: str, size: int = MB, timeout: float | None = None
    ) -> AbstractContextManager[Model]:
        """A loan of a model that takes `size` bytes."""
        return residents.lend(key, size, lambda: self.load(key, size), self.close, timeout=timeout)


class Crew:
    """Starts a thread for each piece of work; one that hangs does not keep the tests alive."""

    def submit(self, work: Callable[..., R], *arguments: Any) -> "Future[R]":
        """Begin work; its result or error comes by the future."""
        future: Future[R] = Future()

        def run() -> None:
            try:
                future.set_result(work(*arguments))
            except BaseException as error:  # noqa: BLE001 - it is raised again where it is asked for
                future.set_exception(error)

        threading.Thread(target=run, daemon=True).start()
        return future


class Borrower:
    """A thread that keeps a loan until it is told to return it."""

    def __init__(self, crew: Crew, machine: Machine, residents: Residents[Model]) -> None:
        self.has = threading.Event()
        self.may_return = threading.Event()
        self.machine = machine
        self.residents = residents
        self.crew = crew

    def borrow(self, key: str, size: int = MB, then: str = "") -> "Future[Model]":
        """Borrow a model, wait for the word, perhaps borrow another inside, and return them."""

        def work() -> Model:
            with self.machine.lend(self.residents, key, size) as model:
                self.has.set()
                self.may_return.wait()
                for inner in then:
                    with self.machine.lend(self.residents, inner, size):
                        pass
                return model

        return self.crew.submit(work)


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that is sure to happen; the runner's own limit ends a wait in vain."""
    while not condition():
        time.sleep(0.001)
