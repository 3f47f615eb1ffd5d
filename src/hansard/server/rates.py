"""How many requests a minute each key may make: a token bucket for each."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from hansard.errors import RateLimitedError

MOST = 10_000
"""Buckets kept; when there are more, full ones are forgotten, which changes nothing."""


@dataclass(slots=True)
class Bucket:
    """Requests that may still be made, as of a moment."""

    left: float
    at: float


class Rates:
    """Counts requests by key. Only for the event loop's thread."""

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        """`limit` is for keys that have none of their own; 0 = any number."""
        self._limit = limit
        self._clock = clock
        self._buckets: dict[str, Bucket] = {}

    def take(self, key: str, own: int | None = None) -> None:
        """Count one request of a key, which may have a limit of its own.

        Raises:
            RateLimitedError: it has none left; `after` says when it has.
        """
        limit = self._limit if own is None else own
        if limit <= 0:
            return
        now = self._clock()
        bucket = self._buckets.get(key)
        if bucket is None:
            self._tidy(now, limit)
            bucket = self._buckets[key] = Bucket(limit, now)
        bucket.left = min(limit, bucket.left + (now - bucket.at) * limit / 60)
        bucket.at = now
        if bucket.left < 1:
            raise RateLimitedError(
                f"this key may make {limit} requests a minute",
                hint="wait as long as Retry-After says; asking for the status is not counted",
                after=(1 - bucket.left) * 60 / limit,
            )
        bucket.left -= 1

    def _tidy(self, now: float, limit: int) -> None:
        if len(self._buckets) >= MOST:
            whole = [k for k, b in self._buckets.items() if now - b.at >= 60 or b.left >= limit]
            for key in whole:
                del self._buckets[key]
