"""Asking about several things at once, and what it cost."""

from collections.abc import Callable
from threading import Barrier, Event

import pytest

from hansard.errors import Cancelled, LlmAnswerError
from hansard.models.llm import Ask, Generation, LanguageModelInfo, Reply, Usage
from hansard.models.llm.metering import Metered, ask_together

NEVER: Callable[[], bool] = lambda: False  # noqa: E731 - a value among others


class Model:
    """A model whose every answer costs five tokens."""

    info = LanguageModelInfo(name="scripted", version="1", model="m")

    def complete(
        self, ask: Ask, generation: Generation, cancelled: Callable[[], bool] = NEVER
    ) -> Reply:
        del ask, generation, cancelled
        return Reply(text="", usage=Usage(requests=1, completion_tokens=5))

    def count_tokens(self, text: str) -> int:
        return len(text)

    def close(self) -> None:
        """There is nothing to free."""


def test_things_are_done_at_once_and_come_with_their_places() -> None:
    """Three deeds that wait for each other all end, and each result is known by its place."""
    together = Barrier(3)

    def deed(thing: str, cancelled: Callable[[], bool]) -> str:
        del cancelled
        together.wait(timeout=30)
        return thing.upper()

    found = dict(ask_together("abc", deed, at_once=3, cancelled=NEVER))
    assert found == {0: "A", 1: "B", 2: "C"}


def test_one_after_the_other_is_in_order() -> None:
    """With one at a time nothing is begun before the one before has ended."""
    begun: list[int] = []

    def deed(thing: int, cancelled: Callable[[], bool]) -> int:
        del cancelled
        begun.append(thing)
        return thing

    for place, _ in ask_together(range(3), deed, at_once=1, cancelled=NEVER):
        assert begun == list(range(place + 1))


def test_a_failure_stops_the_others() -> None:
    """The error comes out, those at work are told to stop, and those that wait never begin."""
    ready, begun = Event(), []

    def deed(thing: int, cancelled: Callable[[], bool]) -> int:
        begun.append(thing)
        if thing == 0:
            ready.wait(timeout=30)
            raise LlmAnswerError("no")
        ready.set()
        while not cancelled():
            pass
        raise Cancelled

    with pytest.raises(LlmAnswerError):
        list(ask_together(range(9), deed, at_once=2, cancelled=NEVER))
    assert sorted(begun) == [0, 1]


def test_a_cancel_reaches_every_deed() -> None:
    """All stop, and the caller is told."""

    def deed(thing: int, cancelled: Callable[[], bool]) -> int:
        if cancelled():
            raise Cancelled
        return thing

    with pytest.raises(Cancelled):
        list(ask_together(range(4), deed, at_once=2, cancelled=lambda: True))


def test_what_threads_ask_is_counted_together() -> None:
    """No request is lost between threads."""
    model = Metered(Model())

    def deed(thing: int, cancelled: Callable[[], bool]) -> Reply:
        del thing
        return model.complete(Ask(messages=()), Generation(), cancelled)

    list(ask_together(range(200), deed, at_once=8, cancelled=NEVER))
    assert model.usage == Usage(requests=200, completion_tokens=1000)
