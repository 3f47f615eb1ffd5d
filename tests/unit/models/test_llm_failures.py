"""Refusals of servers are understood, whoever wrote them, and asked again where that can help."""

import json
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, formatdate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.errors import (
    Cancelled,
    LanguageModelError,
    LlmAccessError,
    LlmUnreachableError,
)
from hansard.models.llm.served.attempts import persist, rest
from hansard.models.llm.served.failures import (
    MOST_WAIT,
    Failure,
    TooSlowError,
    error_of,
    pause_after,
    printable,
    read_failure,
    read_retry_after,
)

KEY = "sk-secret-0123"


def failed(body: Any, status: int = 400, **headers: str) -> Failure:
    """What is understood of a body."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_failure(status, headers, raw, KEY)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": {"message": "No.", "param": "stream", "code": "x"}}, "No."),
        ({"error": "No."}, "No."),
        ({"object": "error", "message": "No.", "code": 400}, "No."),
        ({"detail": "No."}, "No."),
        (
            {"detail": [{"loc": ["body", "stream"], "msg": "No.", "input": {"top_k": "said"}}]},
            "body.stream: No.",
        ),
        ([{"error": {"message": "No.", "code": 400}}], "No."),
        ("No.", "No."),
        (b"<html><script>x</script><h1>502</h1>\nBad <b>Gateway</b></html>", "502 Bad Gateway"),
        (b"", ""),
        (b"\xff\x00 no", "� no"),
        (f"wrong key {KEY}\x1b[31m".encode(), "wrong key [key] [31m"),
        ({"error": {"error": {"error": {"error": {"error": "too deep"}}}}}, ""),
        (b"[" * 100_000, "[" * 3999 + "…"),
    ],
)
def test_the_server_s_own_words_are_found(body: Any, words: str) -> None:
    """OpenAI, vLLM, FastAPI, Google, Ollama and proxies each put them elsewhere."""
    assert failed(body).words == words


def test_what_was_sent_is_not_taken_for_the_reason() -> None:
    """A server that repeats the request does not make every field of it suspicious."""
    failure = failed({"detail": [{"loc": ["body", "x"], "msg": "No.", "input": {"top_k": 1}}]})
    assert not failure.names("top_k")
    assert failed({"error": {"message": "unknown field `top_k`"}}).names("top_k")
    assert failed({"error": {"message": "x", "param": "top_k"}}).names("top_k")
    assert not failed({"error": {"message": "no stream_options"}}).names("stream")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, LlmAccessError), (403, LlmAccessError), (408, LlmUnreachableError),
        (409, LlmUnreachableError), (429, LlmUnreachableError), (500, LlmUnreachableError),
        (503, LlmUnreachableError), (529, LlmUnreachableError), (400, LanguageModelError),
        (404, LanguageModelError), (413, LanguageModelError), (302, LanguageModelError),
    ],
)  # fmt: skip
def test_each_status_has_its_error(status: int, kind: type[LanguageModelError]) -> None:
    """Errors say whether another try can help."""
    failure = failed({"error": {"message": "No."}}, status)
    error = error_of(failure, "http://here/v1")
    assert type(error) is kind
    assert str(status) in str(error)
    assert failure.passes == (kind is LlmUnreachableError)


def test_an_empty_purse_does_not_fill_by_waiting() -> None:
    """OpenAI says 429 where the account has no money left."""
    failure = failed({"error": {"message": "You exceeded it", "code": "insufficient_quota"}}, 429)
    assert not failure.passes
    assert type(error_of(failure, "u")) is LanguageModelError


def test_a_prompt_that_is_too_long_is_known() -> None:
    """The hint names the setting that cuts prompts."""
    said = "This model's maximum context length is 4096 tokens. 'max_tokens' is too large"
    failure = failed({"error": {"message": said}})
    assert failure.too_long
    assert "llm_context" in error_of(failure, "u").hint


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("0", 0.0), ("1.5", 1.5), ("-3", 0.0), ("86400", MOST_WAIT), ("inf", MOST_WAIT),
     ("nan", None), ("", None), ("soon", None), (formatdate(0, usegmt=True), 0.0),
     ("Fri, 99 Nov 2026 10:00:00 GMT", None)],
)  # fmt: skip
def test_retry_after_is_read(said: str, seconds: float | None) -> None:
    """Seconds and dates count, up to a limit; nonsense does not."""
    assert read_retry_after({"retry-after": said}) == seconds


def test_retry_after_may_be_a_date() -> None:
    """A date is as many seconds away as it is."""
    soon = datetime.now(UTC) + timedelta(seconds=30)
    seconds = read_retry_after({"retry-after": format_datetime(soon, usegmt=True)})
    assert seconds is not None
    assert 0 < seconds <= 30


@given(st.integers(1, 10_000), st.none() | st.floats(0, MOST_WAIT))
def test_pauses_grow_up_to_a_limit(attempt: int, said: float | None) -> None:
    """What the server says is kept to; else each pause is longer than the one before."""
    pause = pause_after(attempt, said)
    assert 0 <= pause <= MOST_WAIT
    assert pause == said if said is not None else pause >= 0.25


@given(st.text(max_size=300), st.integers(2, 50))
def test_shown_words_are_short_printable_and_without_the_key(text: str, most: int) -> None:
    """Whatever a server says can be shown."""
    shown = printable(f"{text}{KEY}{text}", KEY, most)
    assert len(shown) <= most
    assert shown.isprintable()
    assert KEY not in shown


class Script:
    """Outcomes, one after the other."""

    def __init__(self, *outcomes: object) -> None:
        self.outcomes = list(outcomes)

    def __call__(self) -> str | Failure:
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        assert isinstance(outcome, str | Failure)
        return outcome


BUSY = Failure(status=503, words="", retry_after=0.0)
WRONG = Failure(status=400, words="")


def test_what_passes_is_asked_again() -> None:
    """Busy servers and broken connections are asked again, and the tries are counted."""
    assert persist(Script(BUSY, BUSY, "yes"), 3, lambda: False) == ("yes", 3)
    assert persist(Script(BUSY, WRONG), 3, lambda: False) == (WRONG, 2)
    assert persist(Script(BUSY, BUSY), 2, lambda: False) == (BUSY, 2)
    assert persist(Script(BUSY, "no"), 2, lambda: False, lambda _f: True) == (BUSY, 1)


@pytest.mark.parametrize("error", [TooSlowError("x"), LlmAccessError("x"), LanguageModelError("x")])
def test_what_stays_is_not_asked_again(error: Exception) -> None:
    """A server that is too slow would be as slow again."""
    with pytest.raises(type(error)):
        persist(Script(error, "never"), 3, lambda: False)


def test_the_last_failure_is_the_one_that_is_told() -> None:
    """When every attempt is used up, the error of the last comes through."""
    with pytest.raises(LlmUnreachableError, match="second"):
        persist(Script(BUSY, LlmUnreachableError("second")), 2, lambda: False)


def test_a_pause_ends_when_it_is_cancelled() -> None:
    """A server's wish to wait does not hold up a cancellation."""
    looks = iter([False, False, True])
    with pytest.raises(Cancelled):
        persist(Script(Failure(status=429, words="", retry_after=60.0)), 2, lambda: next(looks))
    with pytest.raises(Cancelled):
        rest(60.0, lambda: True)
    begin = time.monotonic()
    rest(0.0, lambda: True)
    assert time.monotonic() >= begin
