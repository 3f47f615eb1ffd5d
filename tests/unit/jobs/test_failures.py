"""Errors that cross from process to process."""

from collections.abc import Iterator

import pytest

from hansard import errors
from hansard.errors import HansardError, MemoryExhaustedError
from hansard.jobs.failures import describe, error_of, plain, revive


def _classes(root: type[HansardError]) -> Iterator[type[HansardError]]:
    yield root
    for kind in root.__subclasses__():
        if kind.__module__ == errors.__name__:
            yield from _classes(kind)


@pytest.mark.parametrize("kind", list(_classes(HansardError)))
def test_every_error_comes_back_as_itself(kind: type[HansardError]) -> None:
    """An error that crossed has its class, message, hint and advice on another try."""
    error = kind("it broke", hint="mend it")
    back = revive(plain(error))
    assert type(back) is kind
    assert (str(back), back.hint, back.code, back.retry) == (
        "it broke", "mend it", kind.code, error.retry,
    )  # fmt: skip


def test_codes_are_unique() -> None:
    """No two classes share a code, or one would come back as the other."""
    codes = [kind.code for kind in _classes(HansardError)]
    assert len(codes) == len(set(codes))


def test_attempts_of_the_memory_ladder_cross_too() -> None:
    """What the memory ladder tried is told to whoever asked for the work."""
    failure = describe(MemoryExhaustedError("full", attempts=("cpu, 8 windows", "cpu, 4 windows")))
    back = error_of(failure)
    assert isinstance(back, MemoryExhaustedError)
    assert back.attempts == ("cpu, 8 windows", "cpu, 4 windows")
    assert back.retry == "resource"


def test_what_nobody_foresaw_tells_only_its_class() -> None:
    """The text of a foreign exception may hold paths and secrets, so it does not cross."""
    failure = describe(RuntimeError("/home/ann/secret"))
    assert "secret" not in failure.message
    assert failure.code == "internal"
    assert "RuntimeError" in failure.message


def test_a_code_of_another_version_is_still_an_error() -> None:
    """A code that this version does not know comes back as the general error."""
    back = revive({"message": "odd", "code": "from_the_future"})
    assert type(back) is HansardError
    assert (str(back), back.code) == ("odd", "from_the_future")


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("can't start new thread")])
def test_a_want_of_memory_is_told_as_one(error: Exception) -> None:
    """However Python says that memory ran out, it is the same failure for whoever asked."""
    failure = describe(error)
    assert (failure.code, failure.retry) == ("memory_exhausted", "resource")
