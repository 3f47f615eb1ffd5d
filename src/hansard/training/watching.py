"""How a caller follows a deed on many clips, and stops it."""

from collections.abc import Callable, Iterable, Iterator, Sized
from dataclasses import dataclass
from typing import Protocol, TypeVar

from hansard.errors import Cancelled

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Counted(Iterable[T_co], Sized, Protocol[T_co]):
    """What can be counted and gone through."""


def _quiet(_done: int, _total: int, _name: str) -> None:
    """Tell nobody."""


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Watch:
    """Callbacks of a deed."""

    advance: Callable[[int, int, str], None] = _quiet
    """Told of progress: how many are done, how many there are, what is next."""
    cancelled: Callable[[], bool] = _never

    def through(self, items: Counted[T], name: Callable[[T], str] = str) -> Iterator[T]:
        """`items` one by one, each told before it comes.

        Raises:
            Cancelled: the caller asked to stop.
        """
        total = len(items)
        for done, item in enumerate(items):
            if self.cancelled():
                raise Cancelled("stopped; what was done is kept, and the same command goes on")
            self.advance(done, total, name(item))
            yield item
        self.advance(total, total, "")
