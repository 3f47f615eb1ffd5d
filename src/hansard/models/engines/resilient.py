"""An engine that survives a full memory: half the batch, then the CPU, within one attempt."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock

from hansard.errors import MemoryExhaustedError
from hansard.models.engines.options import DecodeOptions
from hansard.models.engines.protocol import Ask, Encoded, Engine, EngineInfo, Hypothesis, Window
from hansard.transcript import Word

logger = logging.getLogger(__name__)


class Resilient:
    """Wraps an engine for one run; halves batches that do not fit, then borrows the CPU's engine.

    What was tried is listed in `attempts`, in order.
    """

    def __init__(self, engine: Engine, fallback: Callable[[], Engine] | None = None) -> None:
        self._engine = engine
        self._fallback = fallback
        self.info: EngineInfo = engine.info
        self.attempts: list[str] = []
        self._lock = Lock()

    def encode(self, windows: Sequence[Window]) -> "ResilientBatch":
        """Take windows in; the encoder runs when the batch is first asked."""
        return ResilientBatch(self, tuple(windows))

    def close(self) -> None:
        """The engine belongs to whoever lent it."""

    def smaller(self, engine: Engine, windows: int, error: MemoryExhaustedError) -> int:
        """How many windows to try next, after so many did not fit into `engine`.

        Raises:
            MemoryExhaustedError: nothing smaller is left; it lists the attempts.
        """
        with self._lock:
            return self._smaller(engine, windows, error)

    def _smaller(self, engine: Engine, windows: int, error: MemoryExhaustedError) -> int:
        if engine is not self._engine:  # another thread has gone on to the CPU meanwhile
            return windows
        self.attempts.append(f"{self._engine.info.device}, {windows} windows: {error}")
        logger.warning("out of memory with %d windows on %s", windows, self._engine.info.device)
        if windows > 1:
            self.info = replace(self.info, batch=max(1, min(self.info.batch, windows // 2)))
            return max(1, windows // 2)
        if self._fallback is None:
            raise MemoryExhaustedError(
                f"out of memory with one window on {self._engine.info.device}",
                hint="choose a smaller model with --model, or a smaller --compute-type",
                attempts=tuple(self.attempts),
            ) from error
        self._engine = self._fallback()
        self._fallback = None
        self.info = self._engine.info
        logger.warning("going on with %s", self.info.device)
        return 1

    @property
    def engine(self) -> Engine:
        """The engine in use: the one lent, or the CPU's after it failed."""
        return self._engine


@dataclass
class _Part:
    rows: tuple[int, ...]
    encoded: Encoded | None = None
    engine: Engine | None = None


class ResilientBatch:
    """A batch in as many parts as memory asks for."""

    def __init__(self, owner: Resilient, windows: tuple[Window, ...]) -> None:
        self._owner = owner
        self._windows = windows
        self._parts = [_Part(tuple(range(len(windows))))] if windows else []

    def detect(self) -> Sequence[Mapping[str, float]]:
        """For each row, how probable each language is."""
        found: dict[int, Mapping[str, float]] = {}

        def ask(part: _Part, encoded: Encoded) -> None:
            found.update(zip(part.rows, encoded.detect(), strict=True))

        self._each(ask)
        return [found[row] for row in range(len(self._windows))]

    def decode(
        self, asks: Sequence[Ask], options: DecodeOptions
    ) -> Iterator[tuple[int, Hypothesis]]:
        """Rows with their hypotheses.

        Raises:
            MemoryExhaustedError: every smaller way failed too.
        """
        found: dict[int, Hypothesis] = {}

        def ask(part: _Part, encoded: Encoded) -> None:
            here = [
                replace(asked, row=part.rows.index(asked.row))
                for asked in asks
                if asked.row in part.rows and asked.row not in found
            ]
            for row, hypothesis in encoded.decode(here, options) if here else ():
                found[part.rows[row]] = hypothesis

        self._each(ask)
        yield from found.items()

    def align(self, said: Mapping[int, Hypothesis]) -> Mapping[int, tuple[Word, ...]]:
        """For each row, its words and when they were said."""
        found: dict[int, tuple[Word, ...]] = {}

        def ask(part: _Part, encoded: Encoded) -> None:
            here = {part.rows.index(row): said[row] for row in part.rows if row in said}
            for row, words in encoded.align(here).items() if here else ():
                found[part.rows[row]] = words

        self._each(ask)
        return found

    def close(self) -> None:
        """Free what the parts hold."""
        for part in self._parts:
            if part.encoded is not None:
                part.encoded.close()
        self._parts.clear()

    def _each(self, ask: Callable[[_Part, Encoded], None]) -> None:
        """Ask every part; a part that does not fit is replaced by smaller ones and asked again."""
        done = 0
        while done < len(self._parts):
            part = self._parts[done]
            engine = part.engine or self._owner.engine
            try:
                if part.encoded is None:
                    part.engine = engine
                    part.encoded = engine.encode([self._windows[row] for row in part.rows])
                ask(part, part.encoded)
            except MemoryExhaustedError as error:
                if part.encoded is not None:
                    part.encoded.close()
                size = self._owner.smaller(engine, len(part.rows), error)
                self._parts[done : done + 1] = [
                    _Part(part.rows[first : first + size])
                    for first in range(0, len(part.rows), size)
                ]
                continue
            done += 1
