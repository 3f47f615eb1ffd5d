"""What a model has cost so far, and asking it about several things at once."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from threading import Event, Lock
from typing import TypeVar

from hansard.errors import Cancelled
from hansard.models.llm.options import Generation
from hansard.models.llm.protocol import Ask, LanguageModel, LanguageModelInfo, Reply, Usage

Thing = TypeVar("Thing")
Told = TypeVar("Told")


class Metered:
    """A model, and what it has cost so far; safe to share between threads."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self._lock = Lock()
        self.usage = Usage()

    @property
    def info(self) -> LanguageModelInfo:
        """What is known of the model."""
        return self._model.info

    def complete(
        self, ask: Ask, generation: Generation, cancelled: Callable[[], bool] = lambda: False
    ) -> Reply:
        """Answer, and count."""
        reply = self._model.complete(ask, generation, cancelled)
        with self._lock:
            self.usage += reply.usage
        return reply

    def count_tokens(self, text: str) -> int:
        """How many tokens a text takes."""
        return self._model.count_tokens(text)

    def close(self) -> None:
        """Nothing: the model is its owner's."""


def ask_together(
    things: Sequence[Thing],
    deed: Callable[[Thing, Callable[[], bool]], Told],
    *,
    at_once: int,
    cancelled: Callable[[], bool],
) -> Iterator[tuple[int, Told]]:
    """Do a deed to each thing, so many at once; yields places and results as they come.

    The deed is given what tells it to stop. When one fails, or the caller stops listening, the
    others are told to stop and are waited for.

    Raises:
        Exception: whatever the first deed that fails raises.
        Cancelled: `cancelled` said so.
    """
    if at_once <= 1 or len(things) <= 1:
        yield from ((place, deed(thing, cancelled)) for place, thing in enumerate(things))
        return
    stopping = _Stopping(cancelled)
    with ThreadPoolExecutor(min(at_once, len(things)), thread_name_prefix="ask") as pool:
        waiting: dict[Future[Told], int] = {
            pool.submit(stopping.do, deed, thing): place for place, thing in enumerate(things)
        }
        try:
            while waiting:
                done, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for future in sorted(done, key=waiting.__getitem__):
                    if stopping.first is not None:
                        raise stopping.first
                    yield waiting.pop(future), future.result()
        finally:
            stopping.stop.set()
            for future in waiting:
                future.cancel()


class _Stopping:
    """Deeds of which none begins, and all are told to stop, once one has failed."""

    def __init__(self, cancelled: Callable[[], bool]) -> None:
        self.stop = Event()
        self.first: BaseException | None = None
        """What the first to fail raised; what the others raise follows from it."""
        self._cancelled = cancelled

    def do(self, deed: Callable[[Thing, Callable[[], bool]], Told], thing: Thing) -> Told:
        try:
            return deed(self._begin(thing), self._stopped)
        except BaseException as error:
            if self.first is None:
                self.first = error
            self.stop.set()
            raise

    def _begin(self, thing: Thing) -> Thing:
        if self._stopped():
            raise Cancelled
        return thing

    def _stopped(self) -> bool:
        return self.stop.is_set() or self._cancelled()
