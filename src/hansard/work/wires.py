"""How a caller follows a deed and stops it."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from hansard.models.speakers import Watch
from hansard.pipeline import Advanced, Event

PULSE = 15.0
"""Seconds of waiting for another program after which a deed says that it is alive."""


@dataclass(frozen=True, slots=True)
class Wires:
    """Callbacks of one deed."""

    on_event: Callable[[Event], None] = lambda _: None
    cancelled: Callable[[], bool] = lambda: False

    @property
    def watch(self) -> Watch:
        """The same, as speaker engines want it."""
        return Watch(lambda share: self.on_event(Advanced(share)), self.cancelled)


class Pulse:
    """Follows work that waits for another program: silence there must not look like death here."""

    def __init__(self, wires: Wires) -> None:
        self._wires = wires
        self._share = 0.0
        self._told = monotonic()

    def advance(self, share: float) -> None:
        """So much is done, 0 to 1."""
        self._share, self._told = share, monotonic()
        self._wires.on_event(Advanced(share))

    def cancelled(self) -> bool:
        """Whether to stop; asked often, so the signs of life hang on it."""
        if monotonic() - self._told > PULSE:
            self.advance(self._share)
        return self._wires.cancelled()
