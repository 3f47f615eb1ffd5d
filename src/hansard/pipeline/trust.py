"""The trust report: where each second of speech went, and what looks doubtful. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hansard.models.vad import FRAME, Heard
from hansard.pipeline.guard import Reason, cover, find_loops
from hansard.pipeline.phrases import is_known_invention
from hansard.pipeline.plan import Plan
from hansard.pipeline.reading import Reading
from hansard.transcript import Finding, SecondLook, Seconds, Segment, Span, TrustReport, Word
from hansard.transcript.spans import intersect, subtract, total

NOTABLE_GAP: Seconds = 0.5
"""Shorter stretches without words count as unexplained, and are not worth a look each."""
LOW = 0.5
"""A word below this probability is doubtful ..."""
VERY_LOW = 0.2
"""... and a single one is worth a look below this."""
OUTSIDE = 0.7
"""A segment with more than this share of its time outside speech is suspected."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a report is made from."""

    heard: Heard
    plan: Plan
    readings: Sequence[Reading]
    segments: Sequence[Segment]
    notes: tuple[str, ...] = ()


def report(evidence: Evidence) -> TrustReport:
    """Account for every second of speech, and list what deserves a look."""
    speech = evidence.heard.speech
    first = intersect(speech, _covered(evidence.readings, again=False))
    again = subtract(intersect(speech, _covered(evidence.readings, again=True)), first)
    rest = subtract(subtract(speech, first), again)
    gaps = tuple(
        Finding(start=span.start, end=span.end, reason="speech without words")
        for span in rest
        if span.duration >= NOTABLE_GAP
    )
    return TrustReport(
        speech=total(speech),
        in_words=total(first),
        decoded_again=total(again),
        unexplained=total(rest),
        gaps=tuple(sorted((*gaps, *evidence.plan.doubtful), key=lambda gap: gap.start)),
        inventions=tuple(_inventions(evidence)),
        loops=tuple(_loops(evidence.segments)),
        seams=evidence.plan.seams,
        doubts=tuple(_doubts(evidence.segments)),
        second_looks=tuple(_second_looks(evidence.readings)),
        notes=evidence.notes,
    )


def _covered(readings: Sequence[Reading], *, again: bool) -> tuple[Span, ...]:
    words = tuple(
        word
        for reading in readings
        if not reading.invented and (reading.remedy is not None) == again
        for word in _timed(reading)
    )
    return cover(tuple(sorted(words, key=lambda word: word.start)))


def _timed(reading: Reading) -> tuple[Word, ...]:
    if reading.words:
        return reading.words
    return tuple(Word(text=p.text, start=p.start, end=p.end) for p in reading.hypothesis.pieces)


def _inventions(evidence: Evidence) -> Iterator[Finding]:
    for reading in evidence.readings:
        text = reading.hypothesis.text.strip()
        if reading.invented and text:
            window = reading.window
            yield Finding(
                start=window.start,
                end=window.end,
                reason="the model hears no speech and is unsure of the text",
                text=text,
                removed=True,
            )
    speech = evidence.heard.speech
    for segment in evidence.segments:
        span = Span(segment.start, segment.end)
        outside = total(subtract((span,), speech)) / max(span.duration, FRAME)
        reasons = []
        if outside > OUTSIDE:
            reasons.append("no speech was heard here")
        if is_known_invention(segment.text, segment.language):
            reasons.append("a phrase that Whisper is known to invent")
        if reasons:
            yield Finding(
                start=segment.start,
                end=segment.end,
                reason="; ".join(reasons),
                text=segment.text,
            )


def _loops(segments: Sequence[Segment]) -> Iterator[Finding]:
    """Phrases said over and over, also from one sentence to the next."""
    said = [(word, segment) for segment in segments for word in segment.text.split()]
    for first, end, size in find_loops([word for word, _ in said]):
        yield Finding(
            start=said[first][1].start,
            end=said[end - 1][1].end,
            reason=f"repeats itself {(end - first) // size} times",
            text=" ".join(word for word, _ in said[first : first + size]),
        )


def _doubts(segments: Sequence[Segment]) -> Iterator[Finding]:
    """Runs of words with a low probability: two or more, or one that is very low."""
    for segment in segments:
        run: list[Word] = []
        for word in (*segment.words, None):
            if word is not None and word.probability is not None and word.probability < LOW:
                run.append(word)
                continue
            if len(run) > 1 or (run and (run[0].probability or 0.0) < VERY_LOW):
                yield _doubt(run)
            run = []


def _doubt(run: Sequence[Word]) -> Finding:
    mean = sum(word.probability or 0.0 for word in run) / len(run)
    return Finding(
        start=run[0].start,
        end=run[-1].end,
        reason=f"mean word probability {mean:.2f}",
        text="".join(word.text for word in run).strip(),
    )


def _second_looks(readings: Sequence[Reading]) -> Iterator[SecondLook]:
    for reading in readings:
        if reading.tried:
            yield SecondLook(
                start=reading.window.start,
                end=reading.window.end,
                reasons=tuple(str(Reason(reason)) for reason in reading.doubts),
                tried=reading.tried,
                accepted=reading.remedy,
            )
