"""How a given text fits a recording: what was found, what is in only one of them. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hansard.pipeline.anchoring import FORCED, Hole, Laid, find_holes
from hansard.pipeline.guard import cover
from hansard.pipeline.matching import tokens_of
from hansard.transcript import Finding, Seconds, Segment, Span, TrustReport, Word
from hansard.transcript.placing import is_placed
from hansard.transcript.spans import intersect, subtract, total

NOTABLE = 2
"""So many words in a row that are in the text or the sound alone are reported."""
BLINK: Seconds = 0.01
"""What a heard word lasts at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Words that are in the text alone, or in the sound alone."""

    start: Seconds
    """Where they were said, or where they are missing: between two words of the sound."""
    end: Seconds
    words: int
    text: str
    line: int | None = None
    """The line of the text, counted from 1; None for speech that is not in the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How a text fits a recording; every word of the text is in exactly one class."""

    lines: int
    touched: int
    """Lines that were aligned; the others kept what they had."""
    words: int
    """Words of the lines that were aligned."""
    matched: int
    """... that were recognised,"""
    forced: int
    """... that were misheard, and timed from the text,"""
    unplaced: int
    """... and that have no time."""
    heard: int
    """Words that were recognised, and compared with the text."""
    extra: int
    """... of which so many are not in it."""
    skipped: tuple[Passage, ...] = ()
    """Text that was not heard."""
    unwritten: tuple[Passage, ...] = ()
    """Speech that is not in the text."""

    def notes(self) -> tuple[str, ...]:
        """What a reader should know, a line each."""
        told: list[str] = []
        if self.unplaced:
            told.append(f"{self.unplaced} of {self.words} words of the text have no time")
        if self.skipped:
            told.append(f"text that was not heard: {count(len(self.skipped), 'passage')}")
        if self.unwritten:
            told.append(f"speech that is not in the text: {count(len(self.unwritten), 'passage')}")
        return tuple(told)


@dataclass(frozen=True, slots=True)
class Part:
    """Lines in a row that were aligned."""

    first: int
    """The place of the first of them in the text."""
    segments: tuple[Segment, ...]
    laid: Laid
    bounds: Span


def report(lines: Sequence[Segment], parts: Sequence[Part]) -> Report:
    """What became of every word of `parts`, out of so many `lines`."""
    words = [word for part in parts for word in part.laid.words]
    forced = sum(1 for word in words if word and word.method.startswith(FORCED))
    timed = sum(1 for word in words if word)
    return Report(
        lines=len(lines),
        touched=sum(len(part.segments) for part in parts),
        words=len(words),
        matched=timed - forced,
        forced=forced,
        unplaced=len(words) - timed,
        heard=sum(len(part.laid.heard) for part in parts),
        extra=sum(len(run) for part in parts for run in _unsaid(part.laid)),
        skipped=tuple(p for part in parts for p in _skipped(part)),
        unwritten=tuple(p for part in parts for p in _unwritten(part)),
    )


def _skipped(part: Part) -> Iterator[Passage]:
    for hole, text in _missing(part.laid, part.bounds):
        if len(hole.words) >= NOTABLE or _is_line(part.laid, hole):
            yield Passage(
                start=hole.span.start,
                end=hole.span.end,
                words=len(hole.words),
                text=text,
                line=part.first + part.laid.given[hole.words.start].line + 1,
            )


def _is_line(laid: Laid, hole: Hole) -> bool:
    """Whether nothing of a line was placed."""
    line = laid.given[hole.words.start].line
    around = (hole.words.start - 1, hole.words.stop)
    return all(not 0 <= n < len(laid.given) or laid.given[n].line != line for n in around)


def _unwritten(part: Part) -> Iterator[Passage]:
    for run in _unsaid(part.laid):
        if len(run) >= NOTABLE:
            text = "".join(word.text for word in run).strip()
            yield Passage(start=run[0].start, end=run[-1].end, words=len(run), text=text)


def account(
    heard: TrustReport | None,
    segments: Sequence[Segment],
    speech: Sequence[Span],
    fit: Report,
) -> TrustReport:
    """Where each second of speech went, now that the words are those of the text."""
    words = tuple(word for line in segments for word in line.words if is_placed(word))
    in_words = intersect(tuple(speech), cover(words))
    rest = total(subtract(tuple(speech), in_words))
    return TrustReport(
        speech=total(speech),
        in_words=total(in_words),
        decoded_again=0.0,
        unexplained=rest,
        gaps=tuple(_finding(p, "speech that is not in the text") for p in fit.unwritten),
        doubts=tuple(_finding(p, f"not heard: line {p.line} of the text") for p in fit.skipped),
        notes=(*(heard.notes if heard else ()), *fit.notes()),
    )


def _finding(passage: Passage, reason: str) -> Finding:
    return Finding(start=passage.start, end=passage.end, reason=reason, text=passage.text)


def _missing(laid: Laid, bounds: Span) -> Iterator[tuple[Hole, str]]:
    """Every run of words that has no time, with its text."""
    for hole in find_holes(laid, bounds):
        yield hole, "".join(laid.given[n].text for n in hole.words).strip()


def _unsaid(laid: Laid) -> Iterator[list[Word]]:
    """Runs of heard words that are not in the text, and not where misheard words of it are."""
    forced = [
        Span(word.start, word.end)
        for word in laid.words
        if word is not None and word.method.startswith(FORCED)
    ]
    run: list[Word] = []
    place = 0
    for number, word in enumerate(laid.heard):
        while place < len(forced) and forced[place].end <= word.start:
            place += 1
        misheard = place < len(forced) and forced[place].start < max(word.end, word.start + BLINK)
        if number in laid.used or misheard:
            if run:
                yield run
            run = []
        elif tokens_of(word.text):
            run.append(word)
    if run:
        yield run


def count(number: int, noun: str) -> str:
    """The number with its noun, as one says it."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
