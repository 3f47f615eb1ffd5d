"""Whoever waits for a recording to be decoded: told how far it is, asked whether to go on."""

from collections.abc import Callable
from dataclasses import dataclass

from hansard.errors import Cancelled
from hansard.transcript.spans import Seconds

Progress = Callable[[Seconds, Seconds | None], None]
"""Called with how far decoding is and, if known, how far it will go, in seconds."""


@dataclass(frozen=True, slots=True)
class Listener:
    """The two callbacks of a caller; either may be missing."""

    on_progress: Progress | None = None
    cancelled: Callable[[], bool] | None = None
    total: Seconds | None = None
    """How far decoding will go, if known."""

    def poll(self) -> None:
        """Asks whether to go on.

        Raises:
            Cancelled: the caller said no.
        """
        if self.cancelled and self.cancelled():
            raise Cancelled

    def tell(self, position: Seconds) -> None:
        """Asks whether to go on, and says how far it is."""
        self.poll()
        if self.on_progress:
            self.on_progress(position, self.total)
