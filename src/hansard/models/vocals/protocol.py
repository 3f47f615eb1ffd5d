"""The protocol of vocal isolation: a stretch of sound in, its voices out."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class VocalIsolator(Protocol):
    """Takes voices out of music; safe to use from one thread at a time."""

    def isolate(self, samples: "NDArray[np.float32]") -> "NDArray[np.float32]":
        """The voices in samples of 16 kHz, one channel, -1 to 1; shape (n,), as long as given.

        Raises:
            EngineError: it failed.
        """
        ...

    def close(self) -> None:
        """Free the model."""
        ...
