"""Turns at a model: whoever has waited longest among the most urgent goes next."""

import heapq
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count


class Turns:
    """So many turns at once, given by priority, then in the order of asking."""

    def __init__(self, turns: int) -> None:
        self._free = turns
        self._changed = threading.Condition()
        self._line: list[tuple[int, int]] = []
        self._tickets = count()

    @contextmanager
    def take(self, priority: int) -> Iterator[None]:
        """A turn for the length of the block; lower numbers go first."""
        ticket = (priority, next(self._tickets))
        with self._changed:
            heapq.heappush(self._line, ticket)
            try:
                self._changed.wait_for(lambda: self._free > 0 and self._line[0] == ticket)
            finally:
                self._line.remove(ticket)
                heapq.heapify(self._line)
                self._changed.notify_all()
            self._free -= 1
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._changed.notify_all()
