"""What became of clips whose words were timed: judged, written down, compared: pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any, Final

from hansard.evaluation.word_times import match_words
from hansard.pipeline.misfits import Passage
from hansard.training.manifest import Entry, Stretch, TimedWord
from hansard.transcript import Seconds, Segment, Word
from hansard.transcript.placing import is_placed

POOR: Final = 0.5
"""A clip whose words are less sure than this on average is listed as poor."""
NEAR: Seconds = 0.2
"""What times may be off on average."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """A clip's text with times, on the clip's clock."""

    lines: tuple[Segment, ...]
    """Words without a time have the method `none`."""
    duration: Seconds
    unwritten: tuple[Passage, ...] = ()
    """Speech that is not in the text, as far as the method can hear it."""

    @property
    def words(self) -> tuple[Word, ...]:
        """All words of the text, in order."""
        return tuple(word for line in self.lines for word in line.words)

    @property
    def placed(self) -> tuple[Word, ...]:
        """Those that have a time."""
        return tuple(filter(is_placed, self.words))

    @property
    def share(self) -> float:
        """The share of words that have a time."""
        return len(self.placed) / max(len(self.words), 1)

    @property
    def confidence(self) -> float | None:
        """How sure the words with a time are on average; None where nothing tells."""
        return mean_confidence(self.placed)

    @property
    def methods(self) -> tuple[str, ...]:
        """How the times were found."""
        return tuple(sorted({word.method for word in self.placed}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How the alignment of one entry went."""

    id: str
    words: int = 0
    placed: int = 0
    confidence: float | None = None
    methods: tuple[str, ...] = ()
    unwritten: int = 0
    """Words that were heard and are not in the text."""
    reason: str | None = None
    """Why it failed; None where it did not."""
    offsets: tuple[Seconds, ...] = ()
    """Where times were known before: how far off each word's start is."""


def mean_confidence(words: Iterable[Word]) -> float | None:
    """How sure the times of words are on average."""
    known = [sure for word in words if (sure := confidence_of(word)) is not None]
    return fmean(known) if known else None


def confidence_of(word: Word) -> float | None:
    """How sure a word's time is: what the aligner says, else how sure it is that it was said."""
    return word.probability if word.confidence is None else word.confidence


def judge(entry: Entry, timed: Timed, least: float) -> Verdict:
    """Whether enough of a clip's words have a time."""
    few = timed.share < least or not timed.placed
    told = f"{len(timed.placed)} of {len(timed.words)} words have a time"
    return Verdict(
        id=entry.id,
        words=len(timed.words),
        placed=len(timed.placed),
        confidence=timed.confidence,
        methods=timed.methods,
        unwritten=sum(passage.words for passage in timed.unwritten),
        reason=f"{told}: text and sound do not agree" if few else None,
        offsets=() if few else compare(entry.segments, timed.placed),
    )


def compare(known: Sequence[Stretch], found: Sequence[Word]) -> tuple[Seconds, ...]:
    """How far the starts of words are from those that were known before, in seconds."""
    reference = [
        Word(text=f" {word.word.strip()}", start=word.start, end=word.end)
        for one in known
        for word in one.words
    ]
    if not reference:
        return ()
    pairs = match_words(reference, found).pairs
    return tuple(abs(before.start - after.start) for before, after in pairs)


def stretches(lines: Sequence[Segment]) -> tuple[Stretch, ...]:
    """Lines with times as a manifest has them; words and lines without a time are left out."""
    timed = ((line, tuple(filter(is_placed, line.words))) for line in lines)
    return tuple(
        Stretch(
            text=line.text.strip(),
            start=words[0].start,
            end=max(word.end for word in words),
            words=tuple(
                TimedWord(
                    word=word.text.strip(),
                    start=word.start,
                    end=word.end,
                    score=confidence_of(word),
                )
                for word in words
            ),
        )
        for line, words in timed
        if words
    )


def describe(entry: Entry, timed: Timed, offset: Seconds) -> dict[str, Any]:
    """What front ends read of a clip; see `bases`."""
    lines = [(line, [w for w in line.words if is_placed(w)]) for line in timed.lines]
    return {
        "id": entry.id,
        "text": entry.transcript,
        "language": entry.language,
        "duration": round(timed.duration, 5),
        "offset": round(offset, 7),
        "method": " + ".join(timed.methods),
        "confidence": _rounded(timed.confidence),
        "segments": [_segment(line, words) for line, words in lines if words],
        "unplaced": [w.text.strip() for w in timed.words if not is_placed(w)],
    }


def _segment(line: Segment, words: Sequence[Word]) -> dict[str, Any]:
    return {
        "text": line.text.strip(),
        "start": round(words[0].start, 5),
        "end": round(max(word.end for word in words), 5),
        "method": " + ".join(sorted({word.method for word in words})),
        "confidence": _rounded(mean_confidence(words)),
        "words": [
            {
                "word": word.text.strip(),
                "start": round(word.start, 5),
                "end": round(word.end, 5),
                "method": word.method,
                "confidence": _rounded(confidence_of(word)),
            }
            for word in words
        ],
    }


def report(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """The figures of all clips."""
    good = [one for one in verdicts if one.reason is None]
    sure = [one.confidence for one in good if one.confidence is not None]
    methods = Counter(method for one in good for method in one.methods)
    words = sum(one.words for one in verdicts)
    return {
        "clips": len(verdicts),
        "aligned": len(good),
        "failed": len(verdicts) - len(good),
        "share_aligned": round(len(good) / max(len(verdicts), 1), 4),
        "words": words,
        "words_with_a_time": sum(one.placed for one in good),
        "mean_confidence": _rounded(fmean(sure)) if sure else None,
        "median_confidence": _rounded(median(sure)) if sure else None,
        "methods": dict(methods.most_common()),
        "reference": _offsets(good),
        "poor": [_shown(one) for one in good if is_poor(one)],
        "failures": [{**_shown(one), "reason": one.reason} for one in verdicts if one.reason],
    }


def is_poor(verdict: Verdict) -> bool:
    """Whether somebody should listen to it."""
    unsure = verdict.confidence is not None and verdict.confidence < POOR
    return unsure or verdict.placed < verdict.words or verdict.unwritten > 0


def _offsets(verdicts: Sequence[Verdict]) -> Mapping[str, Any] | None:
    """How far times are from those that the manifest had already; None where it had none."""
    clips = [one.offsets for one in verdicts if one.offsets]
    every = [offset for offsets in clips for offset in offsets]
    if not every:
        return None
    near = [fmean(offsets) < NEAR for offsets in clips]
    return {
        "clips": len(clips),
        "words": len(every),
        "mean_offset": round(fmean(every), 4),
        "median_offset": round(median(every), 4),
        "share_of_words_within_200ms": round(fmean(offset < NEAR for offset in every), 4),
        "share_of_clips_within_200ms": round(fmean(near), 4),
    }


def _shown(verdict: Verdict) -> dict[str, Any]:
    return {
        "id": verdict.id,
        "confidence": _rounded(verdict.confidence),
        "words": verdict.words,
        "words_with_a_time": verdict.placed,
        "words_not_in_the_text": verdict.unwritten,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
