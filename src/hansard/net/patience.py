"""How long something may take, and whether it is still wanted."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from hansard.errors import Cancelled, FetchError

SLICE = 0.25
"""Seconds after which a wait looks whether it was cancelled."""


def never() -> bool:
    """Nobody cancels."""
    return False


@dataclass(frozen=True, slots=True)
class Patience:
    """Until when all that a client does must be done, and whether it is still wanted."""

    until: float = math.inf
    """By `time.monotonic()`."""
    cancelled: Callable[[], bool] = never

    @classmethod
    def lasting(cls, seconds: float, cancelled: Callable[[], bool] = never) -> "Patience":
        """Patience for so many seconds from now."""
        return cls(time.monotonic() + seconds, cancelled)

    def left(self, most: float | None = None) -> float:
        """Seconds to wait now: what is left, and at most `most`.

        Raises:
            Cancelled: nobody wants it any more.
            FetchError: nothing is left.
        """
        if self.cancelled():
            raise Cancelled("fetching was cancelled")
        left = self.until - time.monotonic()
        if left <= 0:
            raise FetchError("the server took longer than it may", transient=True)
        return left if most is None else min(left, most)
