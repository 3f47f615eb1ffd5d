"""One recording from end to end.

    Sound ─ hear ─ plan ─ language ─ groups of windows ─ read ─ stitch ─ trust ─ Transcript

Engine and detector are given; progress and cancellation are callbacks. Groups are handed to the
listener as they finish; given back as `before`, they are not decoded again, and the text is the
same.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from time import perf_counter
from typing import Any

import numpy as np

from hansard.audio import Sound
from hansard.audio.levels import measure_levels
from hansard.errors import UnsupportedOptionError
from hansard.models.engines import DecodeOptions, Engine, Window, check_honoured
from hansard.models.vad import Heard, VoiceDetector, hear
from hansard.pipeline.events import Listener, Planned, Progressed, Staged
from hansard.pipeline.language import Spoken, settle_language
from hansard.pipeline.options import PipelineOptions
from hansard.pipeline.plan import Plan, Quietness, measure_quietness, plan
from hansard.pipeline.reader import Clock, Reader, decode_options
from hansard.pipeline.reading import Before, Group, Reading
from hansard.pipeline.stitch import stitch
from hansard.pipeline.trust import Evidence, report
from hansard.transcript import Seconds, Segment, Span, Transcript, TrustReport
from hansard.transcript.spans import total

PREVIOUS_TEXT = 800
"""Letters of the text before that a window is told; engines keep the tail that fits."""

NOTHING = Before()


@dataclass(frozen=True, slots=True)
class Tools:
    """What a run works with."""

    engine: Engine
    detector: VoiceDetector


@dataclass(frozen=True, slots=True)
class Recognised:
    """What came of a run, and what later stages need of it."""

    transcript: Transcript
    speech: tuple[Span, ...]
    """Where speech was heard."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A recording that has been heard and cut."""

    heard: Heard
    quiet: Quietness
    plan: Plan
    spoken: Spoken


def run(
    sound: Sound,
    tools: Tools,
    options: PipelineOptions,
    *,
    before: Before = NOTHING,
    on_event: Listener = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Recognised:
    """Recognise what is said in a Sound.

    Groups that are given as finished `before` are not decoded again.

    Raises:
        UnsupportedOptionError: an option was set that this engine or model cannot honour.
        Cancelled: `cancelled` said so.
        EngineError: the engine failed.
    """
    begin = perf_counter()
    check(tools.engine, options)
    clock = Clock()
    scene = _survey(sound, tools, options, _Wires(clock, on_event, cancelled))
    reader = Reader(tools.engine, options, scene.quiet, scene.spoken.code, cancelled, clock)
    done = _Done(before.groups, before.longest_group)
    readings = tuple(_read_groups(reader, scene.plan, done, on_event))
    segments = stitch(readings)
    evidence = Evidence(
        heard=scene.heard,
        plan=scene.plan,
        readings=readings,
        segments=segments,
        notes=_notes(scene.spoken, options),
    )
    trust = report(evidence)
    transcript = Transcript(
        segments=segments,
        language="en" if options.task == "translate" else scene.spoken.code,
        language_probability=scene.spoken.probability,
        duration=sound.duration,
        trust=trust,
        versions=_versions(tools.engine, options, scene.spoken),
        metrics=_metrics(segments, trust, clock, (sound.duration, perf_counter() - begin)),
    )
    return Recognised(transcript, scene.heard.speech)


@dataclass(frozen=True, slots=True)
class _Wires:
    clock: Clock
    on_event: Listener
    cancelled: Callable[[], bool]


def check(engine: Engine, options: PipelineOptions) -> None:
    """Refuse what this engine with this model cannot do.

    Raises:
        UnsupportedOptionError: names the option and why.
    """
    info = engine.info
    asked = DecodeOptions(**{n: getattr(options, n) for n in DecodeOptions.__dataclass_fields__})
    check_honoured(info, asked)
    if options.task not in info.tasks:
        raise UnsupportedOptionError(
            f"model {info.model!r} cannot {options.task}",
            hint="choose a multilingual model that was trained to translate, such as small, "
            "medium or large-v3 (turbo and distilled models were not)",
        )
    for name in ("initial_prompt", "hotwords", "condition_on_previous_text"):
        if getattr(options, name) and "prompt" not in info.honours:
            raise UnsupportedOptionError(f"engine {info.name!r} cannot honour {name}")
    if options.condition_on_previous_text and not info.conditions:
        raise UnsupportedOptionError(
            f"model {info.model!r} cannot honour condition_on_previous_text: "
            "text from before leads it astray",
            hint="leave the option out",
        )


def _survey(sound: Sound, tools: Tools, options: PipelineOptions, wires: _Wires) -> Scene:
    wires.on_event(Staged("listening for speech"))
    with wires.clock.time("vad"):
        probabilities = tools.detector.probabilities(sound, wires.cancelled)
    with wires.clock.time("plan"):
        heard = hear(probabilities, Span(sound.start, sound.end), options)
        quiet = measure_quietness(heard, measure_levels(sound))
        longest = choose_window(tools.engine, options, sound.duration)
        cut = plan(sound, heard, quiet, longest, options)
    with wires.clock.time("language"):
        spoken = settle_language(tools.engine, cut.windows, options)
    wires.on_event(Planned(sound.duration, total(heard.speech), len(cut.windows), spoken.code))
    return Scene(heard, quiet, cut, spoken)


def choose_window(engine: Engine, options: PipelineOptions, duration: Seconds) -> Seconds:
    """The longest window: what was asked, what suits the model, what the engine takes."""
    longest = engine.info.longest or max(duration, 1.0)
    wanted = options.window or engine.info.suits or longest
    return min(wanted, longest)


class _Done:
    """Groups of an earlier run; one counts only where this run would read the same windows."""

    def __init__(self, groups: Sequence[Group], longest: Seconds | None) -> None:
        self._groups = {(group.first, group.windows): group for group in groups}
        self.longest = longest

    def find(self, first: int, windows: Sequence[Window]) -> Group | None:
        group = self._groups.get((first, len(windows)))
        return group if group is not None and _spans(group, windows) else None


def _read_groups(reader: Reader, cut: Plan, done: _Done, on_event: Listener) -> Iterator[Reading]:
    on_event(Staged("transcribing"))
    told = " ".join(t for t in (reader.options.hotwords, reader.options.initial_prompt) if t)
    if reader.options.condition_on_previous_text:
        groups = _read_in_turn(reader, cut.windows, done, told)
    else:
        groups = _read_side_by_side(reader, cut.windows, done, told)
    finished = 0
    with closing(groups):
        for group in groups:
            finished += group.windows
            on_event(Progressed(group, finished, len(cut.windows)))
            yield from group.readings


def _read_in_turn(
    reader: Reader, windows: Sequence[Window], done: _Done, told: str
) -> Generator[Group]:
    """One window after the other, each told what was said before it."""
    before = ""
    for index, window in enumerate(windows):
        prompt = f"{told} {before}".strip()
        group = done.find(index, [window]) or Group(index, 1, reader.read([window], prompt))
        before = _remember(before, group)
        yield group


def _read_side_by_side(
    reader: Reader, windows: Sequence[Window], done: _Done, told: str
) -> Generator[Group]:
    """Groups of windows, as many at once as the engine works on; they come in order."""
    parallel = max(1, reader.engine.info.parallel)
    share = -(-len(windows) // parallel)
    size = max(1, min(reader.engine.info.batch, share, _fitting(windows, done.longest)))
    coming = iter(range(0, len(windows), size))

    def read(first: int) -> Group:
        chunk = windows[first : first + size]
        return done.find(first, chunk) or Group(first, len(chunk), reader.read(chunk, told))

    if parallel == 1 or len(windows) <= size:
        yield from map(read, coming)
        return
    with ThreadPoolExecutor(parallel, thread_name_prefix="reader") as pool:
        waiting = deque(pool.submit(read, first) for first in islice(coming, 2 * parallel))
        try:
            while waiting:
                group = waiting.popleft().result()
                waiting.extend(pool.submit(read, first) for first in islice(coming, 1))
                yield group
        finally:
            for future in waiting:
                future.cancel()


def _spans(group: Group, windows: Sequence[Window]) -> bool:
    """Whether a stored group covers what these windows cover; with another VAD it would not."""
    read = [reading.window for reading in group.readings]
    return bool(read) and (
        min(window.start for window in read) == windows[0].start
        and max(window.end for window in read) == windows[-1].end
    )


def _fitting(windows: Sequence[Window], longest: Seconds | None) -> int:
    """How many of the longest windows last no longer than that."""
    widest = max((window.end - window.start for window in windows), default=0.0)
    return len(windows) if longest is None or not widest else int(longest / widest)


def _remember(before: str, group: Group) -> str:
    """The text that the next window is told; forgotten after a reading that failed its guards."""
    if not all(reading.verdict.passed for reading in group.readings):
        return ""
    said = " ".join(reading.hypothesis.text.strip() for reading in group.readings)
    return f"{before} {said}"[-PREVIOUS_TEXT:].strip()


def _notes(spoken: Spoken, options: PipelineOptions) -> tuple[str, ...]:
    notes: list[str] = []
    if spoken.unsure and spoken.probability is not None:
        notes.append(f"unsure of the language: {spoken.code} at {spoken.probability:.2f}")
    if not options.guards:
        notes.append("guards are off")
    return tuple(notes)


def _versions(engine: Engine, options: PipelineOptions, spoken: Spoken) -> dict[str, Any]:
    info = engine.info
    names = PipelineOptions.__dataclass_fields__
    asked = {name: getattr(options, name) for name in names}
    used = decode_options(Reader(engine, options, _NOWHERE, spoken.code))
    return {
        "asr_backend": {
            "name": info.name,
            "version": info.version,
            "model_variant": info.model,
            "checkpoint_hash": info.digest,
            "device": info.device,
            "compute_type": info.compute_type,
            "punctuates": info.punctuates,
            "decoding_params": {**asked, "timestamps": used.timestamps},
        },
    }


_NOWHERE = Quietness(np.zeros(0, np.float32), np.zeros(0, np.float32), 0.0)


def _metrics(
    segments: Sequence[Segment], trust: TrustReport, clock: Clock, times: tuple[float, float]
) -> dict[str, Any]:
    duration, elapsed = times
    known = [w.probability for s in segments for w in s.words if w.probability is not None]
    return {
        "input_duration_seconds": round(duration, 3),
        "processing_time_seconds": round(elapsed, 3),
        "rtf": round(elapsed / duration, 5) if duration else None,
        "vad_coverage": round(trust.speech / duration, 4) if duration else None,
        "asr_confidence_avg": round(sum(known) / len(known), 4) if known else None,
        "stage_seconds": {name: round(spent, 3) for name, spent in clock.seconds.items()},
    }
