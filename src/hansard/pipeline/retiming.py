"""Times by forced alignment, in place of those that came with the text.

The aligner is told what was said, and looks for it near where it was said before. Texts never
change. A word that it cannot find keeps the times and the method that it had, cut to the room that
its neighbours leave: nothing is ever spread evenly over a stretch.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from math import inf

from hansard.audio import Sound
from hansard.errors import Cancelled
from hansard.models.alignment import Aligner
from hansard.transcript import Seconds, Segment, Span, Word

RUN: Seconds = 30.0
"""The longest stretch that is aligned at once."""
PAUSE: Seconds = 2.0
"""Segments further apart than this are aligned apart."""
BEYOND: Seconds = 1.0
"""How far outside its old times a stretch is looked for, where nobody else is timed."""
INTO: Seconds = 0.3
"""How far it may reach into the old times of its neighbours."""


def retime(
    segments: Sequence[Segment],
    sound: Sound,
    aligner: Aligner,
    *,
    cancelled: Callable[[], bool] = lambda: False,
    on_progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> tuple[Segment, ...]:
    """The same segments with their words timed by the aligner.

    A segment without words gets words if all of them are found, else it stays without. Where the
    aligner does not know a segment's language its times stay. `on_progress` is told how many of how
    many segments are done.

    Raises:
        Cancelled: `cancelled` said so between two stretches.
        EngineError: the aligner failed.
    """
    done: list[Segment] = []
    for run in _runs(segments):
        if cancelled():
            raise Cancelled
        before = done[-1].end if done else sound.start
        later = segments[len(done) + len(run) :]
        after = later[0].start if later else sound.end
        done += _retime(run, Span(before, after), sound, aligner)
        on_progress(len(done), len(segments))
    return tuple(done)


def _runs(segments: Sequence[Segment]) -> Iterator[list[Segment]]:
    """Neighbours in one language that are aligned together."""
    run: list[Segment] = []
    for segment in segments:
        if run and (
            segment.end - run[0].start > RUN
            or segment.start - run[-1].end > PAUSE
            or segment.language != run[0].language
        ):
            yield run
            run = []
        run.append(segment)
    if run:
        yield run


def _retime(
    run: Sequence[Segment], room: Span, sound: Sound, aligner: Aligner
) -> Iterator[Segment]:
    language = run[0].language
    known = aligner.info.languages
    texts = [split_words(segment) for segment in run]
    words = [text for part in texts for text in part]
    if not words or (known is not None and language is not None and language not in known):
        yield from run
        return
    found = iter(aligner.align(sound, _stretch(run, room), words, language))
    for segment, part in zip(run, texts, strict=True):
        yield _rewrite(segment, part, [next(found) for _ in part])


def _stretch(run: Sequence[Segment], room: Span) -> Span:
    """Where to look for a run: a little around its old times."""
    start, end = run[0].start, max(segment.end for segment in run)
    earliest = max(start - BEYOND, min(room.start, start) - INTO)
    latest = min(end + BEYOND, max(room.end, end) + INTO)
    return Span(earliest, latest)


def split_words(segment: Segment) -> tuple[str, ...]:
    """The texts of a segment's words; where it has none, its text cut up.

    Marks that stand alone go with the word before them, or with the first one. Scripts that are
    written without spaces are cut into their characters.
    """
    if segment.words:
        return tuple(word.text for word in segment.words)
    cut: list[str] = []
    for piece in re.findall(r"\s*\S+", segment.text):
        parts = _characters(piece) if UNSPACED.search(piece) else [piece]
        for part in parts:
            if cut and not (_has_letters(part) and _has_letters(cut[-1])):
                cut[-1] += part
            else:
                cut.append(part)
    return tuple(cut)


def _has_letters(text: str) -> bool:
    return any(letter.isalnum() for letter in text)


UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Thai, Lao, Burmese, Khmer, Japanese, Chinese."""


def _characters(piece: str) -> list[str]:
    """Each character that stands for itself, with the marks that belong to it."""
    return re.findall(r"\s*(?:[A-Za-z0-9']+|\S[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]*)", piece)


def _rewrite(segment: Segment, texts: Sequence[str], found: Sequence[Word | None]) -> Segment:
    if segment.words:
        words = _merge(segment.words, found)
    else:
        words = tuple(word for word in found if word is not None)
        if not words or len(words) < len(texts):
            return segment
    return replace(segment, words=words, start=words[0].start, end=max(word.end for word in words))


def _merge(old: Sequence[Word], found: Sequence[Word | None]) -> tuple[Word, ...]:
    """What was found in the times, and all else as it was."""
    merged: list[Word] = []
    for index, (word, place) in enumerate(zip(old, found, strict=True)):
        if place is not None:
            merged.append(
                replace(
                    word,
                    start=place.start,
                    end=place.end,
                    method=place.method,
                    confidence=place.confidence,
                )
            )
            continue
        earliest = merged[-1].end if merged else -inf
        latest = next((later.start for later in found[index + 1 :] if later is not None), inf)
        start = min(max(word.start, earliest), latest)
        merged.append(replace(word, start=start, end=max(start, min(word.end, latest))))
    return tuple(merged)
