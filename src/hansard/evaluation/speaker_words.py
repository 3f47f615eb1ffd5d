"""How many words were given, rightly written, to the right speaker."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType
from typing import Final

import numpy as np

from hansard.evaluation.rates import ErrorRate, pool, word_error_rate
from hansard.transcript import Seconds, Segment

NOBODY: Final = "(nobody)"
"""The speaker of what no speaker said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerWordErrors:
    """Word errors where each speaker is compared with one other."""

    counts: ErrorRate
    """Of all speakers together; words of a speaker without a match are deletions or insertions."""
    mapping: Mapping[str, str]
    """Which speaker of the hypothesis is which of the reference."""

    @property
    def rate(self) -> float | None:
        """Errors per word of the reference: the cpWER; None where it has no words."""
        return self.counts.rate


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnWordErrors:
    """Word errors where each turn is compared with the one that was made of it."""

    errors: int
    words: int
    """Of the turns of the reference that count."""
    turns: int
    unmatched: int
    """Turns during which the hypothesis has nothing."""

    @property
    def rate(self) -> float | None:
        """Errors per word, 0 to 1: the DE-WER; None where no turn counts."""
        return self.errors / self.words if self.words else None


def speaker_texts(segments: Iterable[Segment]) -> dict[str, str]:
    """All that each speaker says, in order; what nobody says is the text of `NOBODY`."""
    texts: dict[str, list[str]] = {}
    for segment in segments:
        texts.setdefault(segment.speaker or NOBODY, []).append(segment.text.strip())
    return {speaker: " ".join(said) for speaker, said in texts.items()}


def speaker_word_error_rate(
    reference: Mapping[str, str], hypothesis: Mapping[str, str], *, normaliser: str = "basic"
) -> SpeakerWordErrors:
    """The concatenated minimum-permutation word error rate, cpWER, of speaker to text.

    All that a speaker says is one text; of all ways to match speakers one to one, the one with the
    fewest errors counts (Watanabe et al. 2020, "CHiME-6 Challenge"). `speaker_texts` makes such
    texts of segments.

    Raises:
        UnknownNameError: no normaliser has this name.
    """
    from scipy.optimize import linear_sum_assignment

    spoken: list[str | None] = [*reference]
    heard: list[str | None] = [*hypothesis]
    # nobody, whose text is empty, makes both sides as long; it is never worse to match than not to
    spoken += [None] * (len(heard) - len(spoken))
    heard += [None] * (len(spoken) - len(heard))
    table = [
        [
            word_error_rate(_text(reference, one), _text(hypothesis, other), normaliser=normaliser)
            for other in heard
        ]
        for one in spoken
    ]
    costs = np.array([[rate.errors for rate in row] for row in table], np.int64)
    costs = costs.reshape(len(spoken), len(heard))
    chosen = list(zip(*linear_sum_assignment(costs), strict=True))
    pairs = [(spoken[i], heard[j]) for i, j in chosen]
    return SpeakerWordErrors(
        counts=pool(table[i][j] for i, j in chosen),
        mapping=MappingProxyType(
            {other: one for one, other in pairs if one is not None and other is not None}
        ),
    )


def turn_word_error_rate(
    reference: Sequence[Segment],
    hypothesis: Sequence[Segment],
    *,
    normaliser: str = "basic",
    shortest: int = 3,
) -> TurnWordErrors:
    """The diarisation-enhanced word error rate, DE-WER, as podcast tools use it.

    Segments that follow each other and have one speaker are one turn. Each turn of the reference of
    at least `shortest` words is compared with the turn of the hypothesis that shares the most time
    with it; where there is none, all its words are errors, and there are never more errors than
    words.

    Raises:
        UnknownNameError: no normaliser has this name.
    """
    said, heard = _join(reference), _join(hypothesis)
    errors = words = turns = unmatched = 0
    for turn in said:
        found = max(heard, key=lambda other: _shared(turn, other), default=None)
        if found is not None and _shared(turn, found) <= 0:
            found = None
        text = found.text if found else ""
        counts = word_error_rate(turn.text, text, normaliser=normaliser)
        if counts.reference_length < shortest:
            continue
        turns += 1
        unmatched += found is None
        words += counts.reference_length
        errors += min(counts.errors, counts.reference_length)
    return TurnWordErrors(errors=errors, words=words, turns=turns, unmatched=unmatched)


def _text(texts: Mapping[str, str], speaker: str | None) -> str:
    return "" if speaker is None else texts[speaker]


def _join(segments: Sequence[Segment]) -> list[Segment]:
    """Segments in order of their start, those of one speaker made one."""
    ordered = sorted(segments, key=lambda segment: segment.start)
    turns: list[Segment] = []
    for _, group in groupby(ordered, key=lambda segment: segment.speaker):
        parts = list(group)
        turns.append(
            Segment(
                id=len(turns),
                text=" ".join(part.text.strip() for part in parts),
                start=parts[0].start,
                end=max(part.end for part in parts),
                speaker=parts[0].speaker,
            )
        )
    return turns


def _shared(turn: Segment, other: Segment) -> Seconds:
    return min(turn.end, other.end) - max(turn.start, other.start)
