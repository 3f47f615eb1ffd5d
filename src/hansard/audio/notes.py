"""What was noticed while a recording was decoded, and how it is told."""

import math
from dataclasses import dataclass

from hansard.audio.limits import hms
from hansard.audio.timeline import Timeline
from hansard.transcript.spans import Seconds, Span

MOST_DAMAGED_IN_A_ROW = 1000
"""After so many packets without a sound the rest is given up."""


@dataclass(slots=True)
class Findings:
    """Counts of what went wrong; filled while decoding."""

    expected: Seconds | None = None
    """How long the stream is, by its header."""
    unread: Seconds = 0.0
    """How much more than it announces the file may hold."""
    packets: int = 0
    """All packets that hold something, good or bad."""
    damaged: int = 0
    """Packets that could not be read or decoded."""
    in_a_row: int = 0
    """How many of them since the last good one."""
    frames: int = 0
    """Good ones."""
    non_finite: int = 0
    """Samples that were NaN or infinite."""
    stopped: bool = False
    """The clip's end was reached, so nothing is known about the rest."""

    @property
    def hopeless(self) -> bool:
        """Whether so much in a row was damaged that the rest is not tried."""
        return self.in_a_row > MOST_DAMAGED_IN_A_ROW

    def fail(self, *, matters: bool = True) -> None:
        """Counts a damaged packet; one that does not matter only towards giving up."""
        self.damaged += matters
        self.in_a_row += 1

    def succeed(self) -> None:
        """Counts a good frame."""
        self.frames += 1
        self.in_a_row = 0


def tell(findings: Findings, timeline: Timeline, clip: Span) -> tuple[str, ...]:
    """The notes about one decoding, one clause each, the weightiest first."""
    notes = []
    if findings.hopeless:
        notes.append(
            f"given up at {hms(timeline.position)}: nothing readable in "
            f"{MOST_DAMAGED_IN_A_ROW} packets in a row"
        )
    if findings.damaged:
        notes.append(f"{_count(findings.damaged, 'damaged packet')} left out")
    if not findings.stopped:
        notes += _length_notes(findings.expected, timeline, clip)
        if findings.unread:
            notes.append(
                f"the file may hold {findings.unread:.1f} s more than its header announces"
            )
    if timeline.gaps:
        filled = f"filled with {timeline.missing:.1f} s of silence"
        notes.append(f"{_count(timeline.gaps, 'gap')} in the recording {filled}")
    if timeline.jumps:
        notes.append(f"{_count(timeline.jumps, 'jump')} of the recording's clock ignored")
    if findings.non_finite:
        notes.append(f"{_count(findings.non_finite, 'sample')} without a finite value made silent")
    return tuple(notes)


def _length_notes(expected: Seconds | None, timeline: Timeline, clip: Span) -> list[str]:
    notes = []
    found = timeline.position
    if expected is not None:
        slack = max(1.0, 0.02 * expected)
        # Some count the length from zero, others from the first time stamp or the first sound.
        if found < expected - max(0.0, timeline.origin) - slack:
            notes.append(f"ends early: {hms(expected)} expected, {hms(found)} found")
        elif found - timeline.begun > expected + slack:
            notes.append(f"longer than announced: {hms(expected)} expected, {hms(found)} found")
    if not math.isinf(clip.end) and clip.end > found + 0.05:
        notes.append(f"the clip ends at {hms(clip.end)}, the recording at {hms(found)}")
    return notes


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
