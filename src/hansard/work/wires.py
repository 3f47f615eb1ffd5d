"""How a caller follows a deed and stops it."""

from collections.abc import Callable
from dataclasses import dataclass

from hansard.models.speakers import Watch
from hansard.pipeline import Advanced, Event


@dataclass(frozen=True, slots=True)
class Wires:
    """Callbacks of one deed."""

    on_event: Callable[[Event], None] = lambda _: None
    cancelled: Callable[[], bool] = lambda: False

    @property
    def watch(self) -> Watch:
        """The same, as speaker engines want it."""
        return Watch(lambda share: self.on_event(Advanced(share)), self.cancelled)
