"""Errors as values, so that they cross from process to process and into the ledger."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from hansard import errors
from hansard.errors import FetchError, HansardError, MemoryExhaustedError
from hansard.jobs.values import Failure

INTERNAL = "internal"
"""The code of what nobody foresaw."""


def describe(error: BaseException) -> Failure:
    """An error as a value; what is not one of ours is told by its class only."""
    if is_memory(error) and not isinstance(error, HansardError):
        error = MemoryExhaustedError("out of memory", hint="free some, or choose a smaller model")
    if not isinstance(error, HansardError):
        return Failure(
            message=f"something unforeseen went wrong ({type(error).__name__})",
            code=INTERNAL,
            retry="permanent",
            hint="the log of the worker says more",
        )
    attempts = error.attempts if isinstance(error, MemoryExhaustedError) else ()
    return Failure(
        message=str(error),
        code=error.code,
        retry=error.retry,
        hint=error.hint,
        attempts=attempts,
    )


def is_memory(error: BaseException) -> bool:
    """Whether memory is what was missing; Python tells of a thread that got none in its own way."""
    return isinstance(error, MemoryError) or "can't start new thread" in str(error)


def plain(error: BaseException) -> dict[str, Any]:
    """An error as JSON can hold it."""
    return asdict(describe(error))


def revive(said: Mapping[str, Any]) -> HansardError:
    """The error that `plain` described, of the class that has its code."""
    kind = next((each for each in _classes(HansardError) if each.code == said["code"]), None)
    if kind is None:
        error = HansardError(said["message"], hint=said.get("hint", ""))
        error.code = said["code"]
    elif issubclass(kind, MemoryExhaustedError):
        attempts = tuple(said.get("attempts", ()))
        error = kind(said["message"], hint=said.get("hint", ""), attempts=attempts)
    elif issubclass(kind, FetchError):
        again = said.get("retry") == "transient"
        error = kind(said["message"], hint=said.get("hint", ""), transient=again)
    else:
        error = kind(said["message"], hint=said.get("hint", ""))
    return error


def error_of(failure: Failure) -> HansardError:
    """The error that a job's failure tells of."""
    return revive(asdict(failure))


def _classes(root: type[HansardError]) -> Iterator[type[HansardError]]:
    yield root
    for kind in root.__subclasses__():
        if kind.__module__ == errors.__name__:
            yield from _classes(kind)
