"""Reading windows with an engine: decode, judge, decode doubtful ones again, align.

windows ─ encode ─ decode ─ judge ┬ passed ───────────────────────────┬ align ─ gaps? ─ readings
                                  └ failed ─ ask again ─ halve ─ sample ┘
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Lock
from time import perf_counter

from hansard.errors import Cancelled
from hansard.models.engines import Ask, DecodeOptions, Encoded, Engine, Window
from hansard.pipeline.guard import EDGE, Reason, find_gaps, judge
from hansard.pipeline.options import PipelineOptions
from hansard.pipeline.plan import Quietness, halve, narrow
from hansard.pipeline.reading import Reading, Remedy, choose, remedies, samplings
from hansard.pipeline.timing import fit
from hansard.transcript import Seconds, Span, Word

HALVABLE: Seconds = 2.0
"""Windows shorter than this are not cut in two."""
TOKENS_A_SECOND = 30
"""More than any language needs: a row that wants more is looping, and holds up its batch."""


class Clock:
    """Adds up the seconds that each stage takes, over all threads."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._lock = Lock()

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        """Count the time inside the block towards `stage`."""
        begin = perf_counter()
        try:
            yield
        finally:
            spent = perf_counter() - begin
            with self._lock:
                self.seconds[stage] = self.seconds.get(stage, 0.0) + spent


@dataclass(frozen=True)
class Reader:
    """Reads windows; holds what is the same for all windows of a recording."""

    engine: Engine
    options: PipelineOptions
    quiet: Quietness
    language: str | None
    cancelled: Callable[[], bool] = lambda: False
    clock: Clock = field(default_factory=Clock)

    def read(self, windows: Sequence[Window], prompt: str = "") -> tuple[Reading, ...]:
        """The readings of some windows, in order; more readings than windows where some were cut.

        Raises:
            Cancelled: `cancelled` said so.
            MemoryExhaustedError: the engine has no room.
        """
        readings = self._read(windows, prompt, again=False)
        if self.options.guards:
            readings = self._halve_failed(readings, prompt)
            readings = self._sample_failed(readings, prompt)
            readings = self._fill_gaps(readings, prompt)
        return tuple(sorted(readings, key=lambda reading: reading.window.start))

    def _read(self, windows: Sequence[Window], prompt: str, *, again: bool) -> list[Reading]:
        batch = max(1, self.engine.info.batch)
        found: list[Reading] = []
        for first in range(0, len(windows), batch):
            if self.cancelled():
                raise Cancelled
            found += self._read_batch(windows[first : first + batch], prompt, again=again)
        return found

    def _read_batch(self, windows: Sequence[Window], prompt: str, *, again: bool) -> list[Reading]:
        with self._batch(windows, prompt) as asker:
            with self.clock.time("second look" if again else "decode"):
                attempts = {row: [found] for row, found in asker.first(range(len(windows)))}
            if self.options.guards:
                asker.again(attempts, remedies(decode_options(self)))
            return self._conclude(asker, attempts)

    @contextmanager
    def _batch(self, windows: Sequence[Window], prompt: str) -> Iterator["Asker"]:
        with self.clock.time("encode"):
            encoded = self.engine.encode(windows)
        try:
            yield Asker(self, encoded, windows, prompt)
        finally:
            encoded.close()

    def _conclude(self, asker: "Asker", attempts: Mapping[int, Sequence[Reading]]) -> list[Reading]:
        """The best attempt of each row, aligned."""
        chosen = {row: _settle_history(tried) for row, tried in sorted(attempts.items())}
        with self.clock.time("align"):
            timed = self._align(asker.encoded, chosen)
        return [replace(chosen[row], words=timed.get(row, ())) for row in chosen]

    def _align(
        self, encoded: Encoded, chosen: Mapping[int, Reading]
    ) -> Mapping[int, tuple[Word, ...]]:
        said = {
            row: reading.hypothesis
            for row, reading in chosen.items()
            if reading.hypothesis.text.strip() and not reading.invented
        }
        if not self.options.word_timestamps or not said:
            return {}
        ready = {row: said[row].words for row in said}
        if self.engine.info.words == "align":
            ready = dict(encoded.align(said))
        return {row: fit(words, chosen[row].window) for row, words in ready.items() if words}

    def _halve_failed(self, readings: Sequence[Reading], prompt: str) -> list[Reading]:
        """Cut each window that still fails in two; keep the halves where both pass."""
        failed = [reading for reading in readings if _halvable(reading)]
        kept = [reading for reading in readings if not _halvable(reading)]
        halves = [half for reading in failed for half in halve(reading.window, self.quiet)]
        found = iter(self._read(halves, prompt, again=True))
        for reading in failed:
            pair = (next(found), next(found))
            tried = (*reading.tried, "cut in two")
            if all(half.verdict.passed for half in pair):
                kept += [
                    replace(half, remedy="cut in two", doubts=reading.doubts, tried=tried)
                    for half in pair
                ]
            else:
                kept.append(replace(reading, tried=tried))
        return kept

    def _sample_failed(self, readings: Sequence[Reading], prompt: str) -> list[Reading]:
        """The last resort, where it was asked for: sample windows that nothing else helped."""
        ladder = samplings(decode_options(self), self.options)
        failed = [reading for reading in readings if ladder and not reading.verdict.passed]
        kept = [reading for reading in readings if reading not in failed]
        for reading in failed:
            with self._batch([reading.window], prompt) as asker:
                attempts = {0: [reading]}
                asker.again(attempts, ladder)
                kept += self._conclude(asker, attempts)
        return kept

    def _fill_gaps(self, readings: Sequence[Reading], prompt: str) -> list[Reading]:
        """Decode speech again that got no words; keep what passes its guards."""
        if not self.options.word_timestamps or self.engine.info.words == "never":
            return list(readings)
        gaps: list[tuple[Reading, Span]] = [
            (reading, gap)
            for reading in readings
            if reading.words and not reading.invented
            for gap in find_gaps(reading.window, reading.words, self.options.longest_gap)
        ]
        windows = [
            narrow(
                reading.window,
                max(reading.window.start, gap.start - EDGE),
                min(reading.window.end, gap.end + EDGE),
            )
            for reading, gap in gaps
        ]
        found = self._read(windows, prompt, again=True) if windows else []
        filled = [_within(reading, gap) for (_, gap), reading in zip(gaps, found, strict=True)]
        return [*readings, *(reading for reading in filled if reading is not None)]


@dataclass(frozen=True)
class Asker:
    """Asks one encoded batch, first and again."""

    reader: Reader
    encoded: Encoded
    windows: Sequence[Window]
    prompt: str

    def first(self, rows: Sequence[int]) -> Iterator[tuple[int, Reading]]:
        """The first decoding."""
        yield from self._decode(rows, decode_options(self.reader), None)

    def again(self, attempts: dict[int, list[Reading]], ladder: Sequence[Remedy]) -> None:
        """Ask failing rows again, remedy by remedy, until they pass; grows `attempts`."""
        for remedy in ladder:
            rows = [row for row, tried in attempts.items() if _needs(tried, remedy)]
            if not rows:
                continue
            if self.reader.cancelled():
                raise Cancelled
            with self.reader.clock.time("second look"):
                for row, reading in self._decode(rows, remedy.options, remedy.name):
                    attempts[row].append(reading)

    def _decode(
        self, rows: Sequence[int], options: DecodeOptions, remedy: str | None
    ) -> Iterator[tuple[int, Reading]]:
        asks = [Ask(row, self.reader.language, self.prompt) for row in rows]
        longest = max(self.windows[row].end - self.windows[row].start for row in rows)
        allowed = int(20 + TOKENS_A_SECOND * longest)
        limit = min(options.max_new_tokens or allowed, allowed)
        honoured = "max_new_tokens" in self.reader.engine.info.honours
        if honoured:
            options = replace(options, max_new_tokens=limit)
        for row, hypothesis in self.encoded.decode(asks, options):
            verdict = judge(self.windows[row], hypothesis, self.reader.options)
            yield (
                row,
                Reading(
                    window=self.windows[row],
                    hypothesis=hypothesis,
                    verdict=verdict,
                    temperature=options.temperature or 0.0,
                    remedy=remedy,
                ),
            )


def decode_options(reader: Reader) -> DecodeOptions:
    """What the engine is asked: the caller's options, and timestamps where words are not timed."""
    asked = reader.options
    aligned = asked.word_timestamps and reader.engine.info.words != "never"
    shared = {name: getattr(asked, name) for name in DecodeOptions.__dataclass_fields__}
    if asked.timestamps is None and "timestamps" in reader.engine.info.honours:
        shared["timestamps"] = not aligned
    return DecodeOptions(**shared)


def _needs(tried: Sequence[Reading], remedy: Remedy) -> bool:
    best = choose(tried)
    return not best.invented and bool(remedy.reasons & set(best.verdict.reasons))


def _settle_history(tried: Sequence[Reading]) -> Reading:
    """The best attempt, with the story of how it was found."""
    first = tried[0]
    names = (*first.tried, *(attempt.remedy for attempt in tried[1:] if attempt.remedy))
    return replace(choose(tried), doubts=first.doubts or first.verdict.reasons, tried=names)


def _halvable(reading: Reading) -> bool:
    long_enough = reading.window.end - reading.window.start >= HALVABLE
    return long_enough and not reading.verdict.passed and not reading.invented


def _within(reading: Reading, gap: Span) -> Reading | None:
    """A gap's reading with the words that lie in the gap; None where it proves nothing."""
    middle = [
        word
        for word in reading.words
        if gap.start - EDGE / 2 <= (word.start + word.end) / 2 <= gap.end + EDGE / 2
    ]
    if not middle or not reading.verdict.passed:
        return None
    return replace(
        reading,
        words=tuple(middle),
        remedy="gap decoded again",
        doubts=(Reason.GAP,),
        tried=(*reading.tried, "gap decoded again"),
    )
