"""An engine that several jobs use at once, a call at a time."""

from collections.abc import Iterator, Mapping, Sequence

from hansard.models.engines.options import DecodeOptions
from hansard.models.engines.protocol import Ask, Encoded, Engine, EngineInfo, Hypothesis, Window
from hansard.models.residency.turns import Turns
from hansard.transcript import Word


class Shared:
    """Wraps an engine for one job: each call waits for its turn, by the job's priority."""

    def __init__(self, engine: Engine, turns: Turns, priority: int) -> None:
        self._engine = engine
        self.turns = turns
        self.priority = priority

    @property
    def info(self) -> EngineInfo:
        """What the engine can do."""
        return self._engine.info

    def encode(self, windows: Sequence[Window]) -> "SharedBatch":
        """Take windows in, when it is this job's turn."""
        with self.turns.take(self.priority):
            return SharedBatch(self, self._engine.encode(windows))

    def close(self) -> None:
        """The engine belongs to whoever lent it."""


class SharedBatch:
    """A batch of a shared engine."""

    def __init__(self, owner: Shared, encoded: Encoded) -> None:
        self._owner = owner
        self._encoded = encoded

    def detect(self) -> Sequence[Mapping[str, float]]:
        """For each row, how probable each language is."""
        with self._owner.turns.take(self._owner.priority):
            return self._encoded.detect()

    def decode(
        self, asks: Sequence[Ask], options: DecodeOptions
    ) -> Iterator[tuple[int, Hypothesis]]:
        """Rows with their hypotheses, all in one turn."""
        with self._owner.turns.take(self._owner.priority):
            found = list(self._encoded.decode(asks, options))
        yield from found

    def align(self, said: Mapping[int, Hypothesis]) -> Mapping[int, tuple[Word, ...]]:
        """For each row, its words and when they were said."""
        with self._owner.turns.take(self._owner.priority):
            return self._encoded.align(said)

    def close(self) -> None:
        """Free what the batch holds."""
        self._encoded.close()
