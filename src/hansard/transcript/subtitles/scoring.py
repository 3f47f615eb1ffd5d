"""How readable subtitles are, from 0 to 1, and what is wrong with them.

    score = 1 - sum over cues of min(1, sum of the costs of its faults) / number of cues

A fault that can be measured costs its weight times how far it goes beyond the limit: a quarter of
the weight at the limit, the whole of it at half as much again and further. The others cost their
weight. So 1 means that no cue has a fault, and 0 that every cue is as bad as can be; no cues at all
have no fault.

| fault | weight | what it means |
|---|---|---|
| `overlap` | 1.0 | it begins before the one before it ends |
| `too_fast` | 0.6 | there is more to read per second than the profile's ceiling |
| `too_long_line` | 0.5 | a line is wider than the profile allows |
| `too_many_lines` | 0.5 | |
| `too_short` | 0.4 | it stands for less than the shortest time |
| `too_long` | 0.3 | it stands for more than the longest time |
| `small_gap` | 0.15 | the next one follows closer than the gap |
| `orphan_word` | 0.1 | one word is left alone on a line, or in a cue in mid-sentence |
| `mid_sentence` | 0.1 | it breaks off where the speaker neither pauses nor ends a clause |
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from hansard.transcript.spans import Seconds
from hansard.transcript.subtitles import scripts
from hansard.transcript.subtitles.cues import Cue, cues_of
from hansard.transcript.subtitles.cutting import PAUSE
from hansard.transcript.subtitles.options import SubtitleOptions
from hansard.transcript.subtitles.profiles import Profile, profile_of
from hansard.transcript.values import Transcript

FaultName = Literal[
    "overlap",
    "too_fast",
    "too_long_line",
    "too_many_lines",
    "too_short",
    "too_long",
    "small_gap",
    "orphan_word",
    "mid_sentence",
]

WEIGHTS: Mapping[FaultName, float] = MappingProxyType(
    {
        "overlap": 1.0,
        "too_fast": 0.6,
        "too_long_line": 0.5,
        "too_many_lines": 0.5,
        "too_short": 0.4,
        "too_long": 0.3,
        "small_gap": 0.15,
        "orphan_word": 0.1,
        "mid_sentence": 0.1,
    }
)
GRADED = frozenset({"too_fast", "too_long_line", "too_many_lines", "too_short", "too_long"})
"""Faults that cost by how far they go."""

TOLERANCE: Seconds = 0.002
"""Files hold whole milliseconds, so two times may be off by one each."""
COMPANY = 4
"""A line this long has a word to spare for one that stands alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong with one cue."""

    name: FaultName
    cue: int
    """The number of the cue, from 1."""
    start: Seconds
    """When the cue appears."""
    measured: float
    limit: float

    @property
    def cost(self) -> float:
        """What it takes from the cue's score, 0 to 1."""
        weight = WEIGHTS[self.name]
        if self.name not in GRADED:
            return weight
        high, low = max(self.measured, self.limit), min(self.measured, self.limit)
        beyond = high / low - 1 if low > 0 else 1.0
        return weight * min(1.0, 0.25 + 1.5 * beyond)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubtitleScore:
    """How readable subtitles are."""

    value: float
    """0 to 1."""
    faults: tuple[Fault, ...] = ()
    """In the order of the cues."""

    def summarise(self) -> str:
        """One line for a terminal."""
        counts = Counter(fault.name for fault in self.faults)
        parts = [f"{count} {name.replace('_', ' ')}" for name, count in counts.most_common()]
        return f"{self.value:.2f} ({', '.join(parts) or 'no faults'})"


def score(cues: Sequence[Cue], profile: Profile) -> SubtitleScore:
    """How well these cues keep the profile; they may come from any file."""
    punctuated = any(scripts.ends_sentence(cue.text) for cue in cues)
    faults: list[Fault] = []
    lost = 0.0
    for index, cue in enumerate(cues):
        after = cues[index + 1] if index + 1 < len(cues) else None
        before = cues[index - 1] if index else None
        found = [
            Fault(name=name, cue=index + 1, start=cue.start, measured=measured, limit=limit)
            for name, measured, limit in (
                *faults_of_text(cue, profile),
                *faults_of_time(cue, before, after, profile),
                *faults_of_sense(cue, before, after, punctuated=punctuated),
            )
        ]
        faults += found
        lost += min(1.0, sum(fault.cost for fault in found))
    return SubtitleScore(value=1 - lost / len(cues) if cues else 1.0, faults=tuple(faults))


def score_of(transcript: Transcript, options: SubtitleOptions | None = None) -> SubtitleScore:
    """How readable the subtitles of a transcript are, with the speakers' names that srt shows."""
    options = options or SubtitleOptions()
    return score(cues_of(transcript, options, labels=True), profile_of(options))


Finding = tuple[FaultName, float, float]
"""A fault's name, the measured value and the limit."""


def faults_of_text(cue: Cue, profile: Profile) -> Iterator[Finding]:
    """Lines that are too wide or too many, and words left alone."""
    widest = max((scripts.columns(line) for line in cue.lines), default=0) / profile.cell
    if widest > profile.line_width:
        yield "too_long_line", widest, profile.line_width
    if len(cue.lines) > profile.line_count:
        yield "too_many_lines", len(cue.lines), profile.line_count
    counts = [words_in(line) for line in cue.lines]
    if len(counts) > 1 and 1 in counts and max(counts) >= COMPANY:
        yield "orphan_word", 1, 2


def words_in(line: str) -> int:
    """How many words a line has; each character counts in scripts without spaces."""
    return len(line.split()) + sum(1 for character in line if scripts.is_unspaced(character))


def faults_of_time(
    cue: Cue, before: Cue | None, after: Cue | None, profile: Profile
) -> Iterator[Finding]:
    """Cues that overlap, crowd, flash by, linger, or cannot be read in time."""
    if before is not None and before.end - cue.start > TOLERANCE:
        yield "overlap", before.end - cue.start, 0.0
    if after is not None and -TOLERANCE <= after.start - cue.end < profile.gap - TOLERANCE:
        yield "small_gap", after.start - cue.end, profile.gap
    stay = cue.end - cue.start
    if stay < profile.shortest - TOLERANCE:
        yield "too_short", stay, profile.shortest
    if stay > profile.longest + TOLERANCE:
        yield "too_long", stay, profile.longest
    speed = profile.load(" ".join(cue.lines)) / max(stay, TOLERANCE)
    if speed > profile.ceiling * (1 + TOLERANCE):
        yield "too_fast", speed, profile.ceiling


def faults_of_sense(
    cue: Cue, before: Cue | None, after: Cue | None, *, punctuated: bool
) -> Iterator[Finding]:
    """Cues that break off in mid-sentence; not judged where nothing is punctuated."""
    if not punctuated:
        return
    if after is not None and breaks_off(cue, after):
        yield "mid_sentence", after.start - cue.end, PAUSE
    if before is not None and words_in(cue.text) == 1 and breaks_off(before, cue):
        yield "orphan_word", 1, 2


def breaks_off(cue: Cue, after: Cue) -> bool:
    """Whether the same voice goes on at once although no clause ended."""
    going_on = after.start - cue.end < PAUSE and cue.speaker == after.speaker
    return going_on and not scripts.ends_clause(cue.text)
