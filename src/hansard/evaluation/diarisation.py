"""How well speakers were told apart: the rates of NIST's md-eval and of the DIHARD challenge.

The time line is cut at every boundary, so sums are exact and no frames are needed.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hansard.transcript import Seconds, Span, Turn
from hansard.transcript.spans import intersect, merge, subtract

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class DiarisationError:
    """Speaker time that was attributed wrongly.

    A second in which two people speak is two seconds of speaker time.
    """

    missed: Seconds
    """Speech of the reference that the hypothesis gives to nobody."""
    false_alarm: Seconds
    """Speech of the hypothesis where the reference has none."""
    confusion: Seconds
    """Speech that is given to another speaker."""
    total: Seconds
    """Scored speech of the reference."""
    mapping: Mapping[str, str]
    """Which speaker of the hypothesis is which of the reference; the others are nobody."""
    reference_speakers: int
    """How many speak in the scored time."""
    hypothesis_speakers: int

    @property
    def wrong(self) -> Seconds:
        """Missed speech, false alarms and confusion together."""
        return self.missed + self.false_alarm + self.confusion

    @property
    def rate(self) -> float | None:
        """Wrong time per time of speech: the DER; None where nobody speaks."""
        return self.wrong / self.total if self.total > 0 else None


def diarisation_error_rate(
    reference: Sequence[Turn],
    hypothesis: Sequence[Turn],
    *,
    collar: Seconds = 0.0,
    skip_overlap: bool = False,
    scored: Sequence[Span] | None = None,
) -> DiarisationError:
    """The diarisation error rate (NIST Rich Transcription evaluation plans; Fiscus et al. 2006).

    `collar` seconds before and after each boundary of a reference turn are not scored: md-eval's
    `-c`, usually 0.25 (half of what `pyannote.metrics` calls by this name). With `skip_overlap`,
    time in which the reference has several speakers is not scored. `scored` is the time that
    counts, None = all. Speakers are matched one to one so that they agree for as long as possible
    within the scored time. Turns come in any order; those of one speaker may touch or overlap.
    """
    where = _narrow(reference, collar, scored)
    scenes = [
        scene
        for scene in _cut(reference, hypothesis, where)
        if not (skip_overlap and len(scene.reference) > 1)
    ]
    mapping = _match(_agreement(scenes))
    missed = false_alarm = confusion = total = 0.0
    for duration, spoke, heard in scenes:
        right = sum(mapping.get(speaker) in spoke for speaker in heard)
        missed += duration * max(0, len(spoke) - len(heard))
        false_alarm += duration * max(0, len(heard) - len(spoke))
        confusion += duration * (min(len(spoke), len(heard)) - right)
        total += duration * len(spoke)
    return DiarisationError(
        missed=missed,
        false_alarm=false_alarm,
        confusion=confusion,
        total=total,
        mapping=MappingProxyType(mapping),
        reference_speakers=len({speaker for scene in scenes for speaker in scene.reference}),
        hypothesis_speakers=len({speaker for scene in scenes for speaker in scene.hypothesis}),
    )


def jaccard_error_rate(
    reference: Sequence[Turn],
    hypothesis: Sequence[Turn],
    *,
    scored: Sequence[Span] | None = None,
) -> float | None:
    """The Jaccard error rate (Ryant et al. 2019, "The Second DIHARD Diarization Challenge").

    For each speaker of the reference: the share of the time in which that speaker or the matching
    one of the hypothesis speaks in which not both do; 1 without a match. Speakers are matched one
    to one so that the mean of these shares, which is the rate, is least: everyone counts alike, who
    talks much and who talks little. From 0 to 1; None where nobody speaks.
    """
    scenes = list(_cut(reference, hypothesis, scored))
    times: dict[tuple[str, str], Seconds] = defaultdict(float)
    for duration, spoke, heard in scenes:
        for speaker in spoke:
            times["reference", speaker] += duration
        for speaker in heard:
            times["hypothesis", speaker] += duration
    shares = {
        (spoken, heard): both / (times["reference", spoken] + times["hypothesis", heard] - both)
        for (spoken, heard), both in _agreement(scenes).items()
    }
    speakers = sum(side == "reference" for side, _ in times)
    if not speakers:
        return None
    mapping = _match(shares)
    right = sum(shares[spoken, heard] for heard, spoken in mapping.items())
    return 1 - right / speakers


class _Scene(NamedTuple):
    """A stretch of time in which nobody begins and nobody ends."""

    duration: Seconds
    reference: frozenset[str]
    hypothesis: frozenset[str]


def _narrow(
    reference: Iterable[Turn], collar: Seconds, scored: Sequence[Span] | None
) -> Sequence[Span] | None:
    """What is scored, without the collars."""
    if collar <= 0:
        return scored
    edges = [edge for turn in reference for edge in (turn.start, turn.end)]
    collars = merge(Span(edge - collar, edge + collar) for edge in edges)
    everything = (Span(-np.inf, np.inf),) if scored is None else merge(scored)
    return subtract(everything, collars)


def _cut(
    reference: Sequence[Turn], hypothesis: Sequence[Turn], scored: Sequence[Span] | None
) -> Iterator[_Scene]:
    """The scored time in which anybody speaks, cut wherever somebody begins or ends."""
    events = sorted(_events(reference, 0, scored) + _events(hypothesis, 1, scored))
    speaking: tuple[set[str], set[str]] = (set(), set())
    place = 0.0
    for time, begins, side, speaker in events:
        if time > place and any(speaking):
            yield _Scene(time - place, frozenset(speaking[0]), frozenset(speaking[1]))
        place = time
        if begins:
            speaking[side].add(speaker)
        else:
            speaking[side].discard(speaker)


def _events(
    turns: Iterable[Turn], side: int, scored: Sequence[Span] | None
) -> list[tuple[Seconds, bool, int, str]]:
    """Where each speaker begins (True) and ends within the scored time."""
    spans: dict[str, list[Span]] = defaultdict(list)
    for turn in turns:
        spans[turn.speaker].append(Span(turn.start, turn.end))
    events: list[tuple[Seconds, bool, int, str]] = []
    where = None if scored is None else merge(scored)
    for speaker, found in spans.items():
        joined = merge(found)
        for span in joined if where is None else intersect(joined, where):
            events += [(span.start, True, side, speaker), (span.end, False, side, speaker)]
    return events


def _agreement(scenes: Iterable[_Scene]) -> dict[tuple[str, str], Seconds]:
    """For how long a speaker of the reference and one of the hypothesis speak at once."""
    together: dict[tuple[str, str], Seconds] = defaultdict(float)
    for duration, spoke, heard in scenes:
        for pair in ((one, other) for one in spoke for other in heard):
            together[pair] += duration
    return together


def _match(gains: Mapping[tuple[str, str], float]) -> dict[str, str]:
    """The one-to-one mapping, hypothesis to reference, of the largest summed gain."""
    from scipy.optimize import linear_sum_assignment

    rows = sorted({spoken for spoken, _ in gains})
    columns = sorted({heard for _, heard in gains})
    table: NDArray[np.float64] = np.array(
        [[gains.get((spoken, heard), 0.0) for heard in columns] for spoken in rows]
    ).reshape(len(rows), len(columns))
    chosen = zip(*linear_sum_assignment(table, maximize=True), strict=True)
    return {columns[j]: rows[i] for i, j in chosen if table[i, j] > 0}
