"""Speech into windows: cut at silence, no longer than the engine takes, nothing dropped.

Pure: what was heard goes in, windows come out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hansard.models.engines import Window
from hansard.models.vad import FRAME, Heard, VadOptions
from hansard.transcript import Finding, Seconds, Span
from hansard.transcript.spans import intersect, subtract

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hansard.audio import Sound

PACKING_GAP: Seconds = 4.0
"""Stretches of speech further apart than this do not share a window: silence invites inventions."""
QUIET = 0.35
"""A cut at a speech probability above this goes through speech."""
SMOOTHING = 5
"""Frames over which a cut's quietness is averaged (0.16 s, about a short pause)."""
LOUDNESS_RANGE = 40.0
"""Decibels below the loudest frame at which a frame counts as silent."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be decoded, and what the reader should know about the cuts."""

    windows: tuple[Window, ...]
    seams: tuple[Finding, ...]
    """Cuts that go through speech."""
    doubtful: tuple[Finding, ...]
    """What may be speech and lies in no window."""


@dataclass(frozen=True, slots=True)
class Quietness:
    """How bad a place each frame is for a cut: 0 = silence, above 1 = loud speech."""

    cost: "NDArray[np.float32]"
    speech: "NDArray[np.float32]"
    start: Seconds

    def quietest(self, between: Span, *, prefer: Seconds) -> tuple[Seconds, bool]:
        """The best cut between two times, and whether it is clean; near `prefer` where equal."""
        first = max(0, int((between.start - self.start) / FRAME))
        last = min(len(self.cost), int((between.end - self.start) / FRAME) + 1)
        if last - first < 1:
            return prefer, False
        frames = np.arange(first, last)
        times = self.start + (frames + 0.5) * FRAME
        reach = max(between.duration, FRAME)
        cost = self.cost[first:last] + 0.1 * np.abs(times - prefer) / reach
        best = int(np.argmin(cost))
        return float(times[best]), bool(self.speech[first + best] < QUIET)


def measure_quietness(heard: Heard, levels: "NDArray[np.float32]") -> Quietness:
    """Combine speech probability and loudness; `levels` are decibels, one a frame."""
    frames = min(len(heard.probabilities), len(levels))
    kernel = np.ones(SMOOTHING, dtype=np.float32) / SMOOTHING
    if frames < SMOOTHING:
        kernel = np.ones(1, dtype=np.float32)
    speech = np.convolve(heard.probabilities[:frames], kernel, mode="same")
    loudest = float(levels[:frames].max()) if frames else 0.0
    loud = np.clip((levels[:frames] - loudest) / LOUDNESS_RANGE + 1, 0, 1)
    loud = np.convolve(loud, kernel, mode="same")
    cost = (speech + 0.5 * loud).astype(np.float32)
    return Quietness(cost, speech.astype(np.float32), heard.start)


def plan(
    sound: "Sound", heard: Heard, quiet: Quietness, longest: Seconds, options: VadOptions
) -> Plan:
    """Cut what was heard into windows of at most `longest` seconds.

    Speech is padded with sound; neighbours meet in the middle of the pause between them. Stretches
    too long are cut where it is quietest; short neighbours share a window. With `vad` off,
    everything is decoded.
    """
    whole = Span(sound.start, sound.end)
    if options.vad:
        regions = _pad(heard.speech, whole, options.vad_padding_ms / 1000)
    else:
        regions = [whole] if sound.samples else []
    cut: list[Span] = []
    seams: list[Finding] = []
    for region in regions:
        for span, clean in _split(region, quiet, longest):
            cut.append(span)
            if not clean:
                seams.append(Finding(start=span.end, end=span.end, reason="cut inside speech"))
    windows = tuple(
        Window(sound, span.start, span.end, intersect(heard.speech, (span,)))
        for span in _pack(cut, longest)
    )
    missed = subtract(heard.doubtful, tuple(Span(w.start, w.end) for w in windows))
    doubtful = tuple(
        Finding(start=span.start, end=span.end, reason="perhaps speech; not decoded")
        for span in missed
        if span.duration >= 5 * FRAME
    )
    return Plan(windows, tuple(seams), doubtful)


def _pad(speech: Sequence[Span], bounds: Span, pad: Seconds) -> list[Span]:
    regions: list[Span] = []
    for index, span in enumerate(speech):
        start = max(bounds.start, span.start - pad)
        end = min(bounds.end, span.end + pad)
        if index:
            start = max(start, (speech[index - 1].end + span.start) / 2)
        if index + 1 < len(speech):
            end = min(end, (span.end + speech[index + 1].start) / 2)
        regions.append(Span(start, end))
    return regions


def _split(region: Span, quiet: Quietness, longest: Seconds) -> Iterator[tuple[Span, bool]]:
    """The region in pieces, each with whether the cut after it is clean."""
    start = region.start
    while region.end - start > longest:
        left = region.end - start
        if left < 1.6 * longest:  # what is left becomes two halves, not a whole and a scrap
            prefer = start + left / 2
            near = Span(start + 0.3 * left, min(start + longest, start + 0.7 * left))
        else:
            prefer = start + longest
            near = Span(start + 0.5 * longest, start + longest)
        at, clean = quiet.quietest(near, prefer=prefer)
        at = min(max(at, start + FRAME), start + longest)
        yield Span(start, at), clean
        start = at
    yield Span(start, region.end), True


def _pack(spans: Sequence[Span], longest: Seconds) -> Iterator[Span]:
    held: Span | None = None
    for span in spans:
        if held is None:
            held = span
        elif span.end - held.start <= longest and span.start - held.end <= PACKING_GAP:
            held = Span(held.start, span.end)
        else:
            yield held
            held = span
    if held is not None:
        yield held


def halve(window: Window, quiet: Quietness) -> tuple[Window, Window]:
    """Two windows in place of one, cut where it is quietest in its middle part."""
    length = window.end - window.start
    middle = Span(window.start + 0.25 * length, window.end - 0.25 * length)
    at, _ = quiet.quietest(middle, prefer=(window.start + window.end) / 2)
    return narrow(window, window.start, at), narrow(window, at, window.end)


def narrow(window: Window, start: Seconds, end: Seconds) -> Window:
    """The part of a window from `start` to `end`."""
    return Window(window.sound, start, end, intersect(window.speech, (Span(start, end),)))
