"""Every error has its status and its body."""

import inspect

import pytest
from litestar.exceptions import HTTPException

from hansard import errors
from hansard.server import failures
from hansard.server.access import KeyNeededError
from hansard.server.failures import (
    STATUS,
    describe,
    describe_as_openai,
    retry_after,
    status_of,
    status_of_code,
)

CLASSES = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, errors.HansardError)
]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_is_in_the_table(kind: type[errors.HansardError]) -> None:
    """Nobody adds an error without saying what it means to a client."""
    assert kind in STATUS
    assert 400 <= STATUS[kind] <= 599
    assert status_of(kind("what failed")) == STATUS[kind]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_both_bodies_say_what_a_program_needs(kind: type[errors.HansardError]) -> None:
    """The code is the class's own, the message is there, and nothing is null but what may be."""
    body = describe(kind("what failed", hint="do this"), "r1")
    assert body["error_code"] == kind.code
    assert body["request_id"] == "r1"
    assert body["retry"] in {"permanent", "transient", "resource"}
    inner = describe_as_openai(kind("what failed"), "r1")["error"]
    assert set(inner) == {"message", "type", "param", "code"}
    assert inner["message"]


def test_who_must_wait_is_told_how_long() -> None:
    """429 and 503 carry Retry-After."""
    for kind in CLASSES:
        if STATUS[kind] in {429, 503}:
            assert (retry_after(kind("x")) or 0) >= 1, kind
    assert retry_after(errors.RateLimitedError("x", after=2.2)) == 3
    assert retry_after(errors.UsageError("x")) is None


def test_what_the_service_did_wrong_is_not_told() -> None:
    """An unforeseen error, and one that speaks of paths, shows nothing but its request id."""
    for error in (ValueError("/etc/secret"), errors.OutputError("cannot write '/srv/x'")):
        body = describe(error, "r2")
        assert "/" not in body["error"]
        assert body["request_id"] == "r2"
        assert status_of(error) == 500


def test_a_web_frameworks_error_keeps_its_status() -> None:
    """404, 405 and their like stay what they are."""
    error = HTTPException(status_code=405)
    assert status_of(error) == 405
    assert describe(error, "")["error_code"] == "method_not_allowed"


def test_no_key_and_the_wrong_key_differ() -> None:
    """401 asks for a key, 403 says that this one will not do."""
    assert status_of(KeyNeededError("x")) == 401
    assert status_of(errors.AccessError("x")) == 403


def test_the_attempts_of_an_exhausted_memory_are_told() -> None:
    """507 lists what was tried."""
    error = errors.MemoryExhaustedError("no memory", attempts=("cuda, batch 8", "cpu"))
    assert status_of(error) == 507
    assert describe(error, "")["attempts"] == ["cuda, batch 8", "cpu"]
    assert describe_as_openai(error, "")["error"]["attempts"] == ["cuda, batch 8", "cpu"]


def test_a_code_alone_has_its_status_too() -> None:
    """A failed job is known by its `error_code`."""
    assert status_of_code("queue_full") == 429
    assert status_of_code("model_not_here") == 404
    assert status_of_code("unheard of") == 500


def test_the_handlers_cover_everything() -> None:
    """Nothing that is raised escapes the table."""
    assert Exception in failures.HANDLERS
