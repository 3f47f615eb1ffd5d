"""Asking again a server that is down or busy."""

import logging
import time
from collections.abc import Callable
from typing import Final, TypeVar

from hansard.errors import Cancelled, LlmUnreachableError
from hansard.models.llm.served.failures import Failure, TooSlowError, pause_after

logger = logging.getLogger(__name__)

T = TypeVar("T")
Cancelling = Callable[[], bool]

_GLANCE: Final = 0.25  # seconds between looks at `cancelled`


def persist(
    once: Callable[[], T | Failure],
    attempts: int,
    cancelled: Cancelling,
    is_refusal: Callable[[Failure], bool] = lambda _failure: False,
) -> tuple[T | Failure, int]:
    """Ask until there is an answer or something that another try does not change; and how often.

    `is_refusal` says whether a fault of the server (500) is really about what it was asked.

    Raises:
        LlmUnreachableError: as the last of `once`.
        Cancelled: `cancelled` said so.
    """
    attempt = 0
    while True:
        attempt += 1
        check(cancelled)
        wait: float | None = None
        try:
            outcome = once()
        except LlmUnreachableError as error:
            if attempt >= attempts or isinstance(error, TooSlowError):
                raise
            why = str(error)
        else:
            if not isinstance(outcome, Failure) or attempt >= attempts:
                return outcome, attempt
            if not outcome.passes or is_refusal(outcome):
                return outcome, attempt
            why, wait = f"it answered {outcome.status}", outcome.retry_after
        logger.warning("the server of the language model is asked again: %s", why)
        rest(pause_after(attempt, wait), cancelled)


def rest(seconds: float, cancelled: Cancelling) -> None:
    """Wait, unless it is cancelled."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        check(cancelled)
        time.sleep(min(left, _GLANCE))


def check(cancelled: Cancelling) -> None:
    """Stop where nobody wants it any more."""
    if cancelled():
        raise Cancelled("asking the language model was cancelled")
