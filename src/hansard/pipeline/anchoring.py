"""Times for a given text from words that were heard, and the judgement of forced times: pure.

    lay ─ match ─ place ─ find_holes ─ plan_stretches ─ (an aligner) ─ accept ─ assemble

A word that cannot be placed has no time: its start and end are no numbers, its method is `none`.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from hansard.pipeline.guard import weigh
from hansard.pipeline.matching import Match, split_words, tokens_of
from hansard.transcript import Seconds, Segment, Span, Turn, Word
from hansard.transcript.placing import UNPLACED, is_placed
from hansard.transcript.spans import intersect, total
from hansard.transcript.subtitles import scripts

FORCED = "forced "
"""Stands before the method of a word that was misheard, and timed from the text."""
EDGE: Seconds = 0.15
"""By how much the edges of heard words may be off."""
FASTEST = 32.0
"""Letters a second of speech above which a text cannot have been said."""
SLOWEST = 0.7
"""Seconds and ..."""
PER_LETTER = 0.15
"""... seconds a letter above which a forced word has been stretched over something else."""
CONTEXT = 3
"""Words known already, on either side of a hole, that an aligner places again, as a test of it."""
PAUSE: Seconds = 1.0
"""A silence at which context ends."""
AGREE: Seconds = 0.4
"""By how much the middle of such a word may move."""
FLOOR = 0.05
"""The probability (or confidence, of an aligner that tells none) below which it was not said."""
BRIEF = 3
"""Up to so many words may be misheard as anything; more must have been heard as something alike."""
RESEMBLES = 0.45
"""The share of letters that is then in common; unrelated English texts share about a third."""
MOST = 0.5
"""The share of a hole's letters, and of the context's words, that must be borne out."""


Resembles = Callable[[str, str], float]
"""The share of letters that two texts have in common, 0 to 1."""


@dataclass(frozen=True, slots=True)
class GivenWord:
    """A word of the given text."""

    text: str
    """As written, with the space before it."""
    line: int


@dataclass(frozen=True, slots=True)
class Laid:
    """A text's words, each with its time where one is known."""

    given: tuple[GivenWord, ...]
    words: tuple[Word | None, ...]
    heard: tuple[Word, ...] = ()
    """What was recognised, in order."""
    used: frozenset[int] = frozenset()
    """Which of these are in the text."""


@dataclass(frozen=True, slots=True)
class Hole:
    """Words in a row without times, and the time between their neighbours."""

    words: range
    span: Span


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words in a row, some of them placed already, that are given to an aligner at once."""

    words: range
    span: Span
    holes: tuple[Hole, ...]


def lay(texts: Sequence[str]) -> tuple[GivenWord, ...]:
    """The words of lines of text, in order."""
    return tuple(
        GivenWord(word, number) for number, text in enumerate(texts) for word in split_words(text)
    )


def place(given: Sequence[GivenWord], heard: Sequence[Word], matches: Sequence[Match]) -> Laid:
    """The given words at the times of the heard ones.

    Where several given words were heard as one, they become one word in scripts without spaces, and
    stay without a time in others: nothing is spread evenly.
    """
    words: list[GivenWord] = []
    times: list[Word | None] = []
    used: set[int] = set()
    done = 0
    latest: Seconds = -math.inf
    for match in matches:
        words += given[done : match.given.start]
        times += [None] * (match.given.start - done)
        done = match.given.stop
        said = _joined(given[match.given.start : done])
        used.update(match.heard)
        if said is None:
            words += given[match.given.start : done]
            times += [None] * len(match.given)
            continue
        word = _timed(said, heard[match.heard.start : match.heard.stop], match.likeness, latest)
        latest = word.start
        words.append(said)
        times.append(word)
    words += given[done:]
    times += [None] * (len(given) - done)
    return Laid(tuple(words), tuple(times), tuple(heard), frozenset(used))


def _joined(words: Sequence[GivenWord]) -> GivenWord | None:
    """Words as one; None where they may not become one."""
    if len(words) == 1:
        return words[0]
    together = all(word.line == words[0].line for word in words)
    if not together or not all(_is_unspaced(word.text) for word in words):
        return None
    return GivenWord("".join(word.text for word in words), words[0].line)


def _is_unspaced(text: str) -> bool:
    return any(scripts.is_unspaced(character) for character in text)


def _timed(said: GivenWord, heard: Sequence[Word], likeness: float, latest: Seconds) -> Word:
    known = [word.probability for word in heard if word.probability is not None]
    sure = sum(known) / len(known) if known else None
    timing = heard[0].confidence if len(heard) == 1 else None
    same = "".join(word.text for word in heard).strip() == said.text.strip()
    start = max(heard[0].start, latest)
    return Word(
        text=said.text,
        start=start,
        end=max(start, heard[-1].end),
        probability=sure,
        speakers=heard[0].speakers,
        method=heard[0].method,
        confidence=_share(likeness, sure if timing is None else timing),
        tokens=tuple(token for word in heard for token in word.tokens) if same else (),
    )


def _share(likeness: float, sure: float | None) -> float | None:
    """How sure a time is: as sure as that of the heard word, and as alike as the two are."""
    if sure is None:
        return None if likeness == 1.0 else likeness
    return likeness * sure


def find_holes(laid: Laid, bounds: Span) -> tuple[Hole, ...]:
    """Every run of words without times, with the time that their neighbours leave them."""
    holes: list[Hole] = []
    for missing, run in groupby(range(len(laid.words)), key=lambda n: laid.words[n] is None):
        if missing:
            numbers = list(run)
            words = range(numbers[0], numbers[-1] + 1)
            before = laid.words[words.start - 1] if words.start else None
            after = laid.words[words.stop] if words.stop < len(laid.words) else None
            start = before.end if before else bounds.start
            holes.append(Hole(words, Span(start, max(start, after.start if after else bounds.end))))
    return tuple(holes)


def plan_stretches(
    laid: Laid, bounds: Span, speech: Sequence[Span], longest: Seconds, resembles: Resembles
) -> tuple[Stretch, ...]:
    """What an aligner is asked: holes whose words can have been said there, with their context.

    Left out are holes with too little speech for their words, those whose speech goes on for longer
    than `longest`, and those in which something else was heard. Holes that are near each other
    share a stretch.
    """
    others = [word for number, word in enumerate(laid.heard) if number not in laid.used]
    starts = [word.start for word in others]
    planned: list[Stretch] = []
    for hole in find_holes(laid, bounds):
        first, last = (bisect_left(starts, time) for time in hole.span)
        if not _may_be(laid, hole, others[first:last], resembles):
            continue
        narrowed = _narrow(laid, hole, speech)
        if narrowed is None or narrowed.span.duration > longest - 2 * EDGE:
            continue
        stretch = _with_context(laid, narrowed, longest)
        if planned and stretch.words.start <= planned[-1].words.stop:
            both = _both(planned[-1], stretch)
            if both.span.duration <= longest:
                planned[-1] = both
                continue
        planned.append(stretch)
    return tuple(planned)


def _may_be(laid: Laid, hole: Hole, others: Sequence[Word], resembles: Resembles) -> bool:
    """Whether what was heard in a hole can be its words, misheard."""
    if not others or max(len(others), len(hole.words)) <= BRIEF:
        return True
    here = "".join(token for n in hole.words for token in tokens_of(laid.given[n].text))
    there = "".join(token for word in others for token in tokens_of(word.text))
    return resembles(here, there) >= RESEMBLES


def _narrow(laid: Laid, hole: Hole, speech: Sequence[Span]) -> Hole | None:
    """The hole kept to its speech; None where its words cannot have been said in it."""
    room = Span(hole.span.start - EDGE, hole.span.end + EDGE)
    heard = _between(speech, room)
    letters = weigh("".join(laid.given[n].text for n in hole.words))
    if not heard or letters > FASTEST * total(heard):
        return None
    start, end = heard[0].start, heard[-1].end
    return replace(hole, span=Span(max(hole.span.start, start), min(hole.span.end, end)))


def _between(speech: Sequence[Span], room: Span) -> tuple[Span, ...]:
    """The speech in a stretch of time."""
    last = bisect_left(speech, (room.end,))
    first = last
    while first and speech[first - 1].end > room.start:
        first -= 1
    return intersect((room,), speech[first:last])


def _with_context(laid: Laid, hole: Hole, longest: Seconds) -> Stretch:
    first, last = hole.words.start, hole.words.stop
    start, end = hole.span
    for _ in range(CONTEXT):
        word = laid.words[first - 1] if first else None
        if word is None or start - word.end > PAUSE or end - word.start > longest - 2 * EDGE:
            break
        first, start = first - 1, min(start, word.start)
    for _ in range(CONTEXT):
        word = laid.words[last] if last < len(laid.words) else None
        if word is None or word.start - end > PAUSE or word.end - start > longest - 2 * EDGE:
            break
        last, end = last + 1, max(end, word.end)
    return Stretch(range(first, last), Span(max(0.0, start - EDGE), end + EDGE), (hole,))


def _both(left: Stretch, right: Stretch) -> Stretch:
    span = Span(left.span.start, max(left.span.end, right.span.end))
    words = range(left.words.start, max(left.words.stop, right.words.stop))
    return Stretch(words, span, (*left.holes, *right.holes))


def accept(
    laid: Laid, stretch: Stretch, found: Sequence[Word | None], speech: Sequence[Span]
) -> dict[int, Word]:
    """Those forced times that the sound bears out, by the number of the word.

    `found` is one for each word of the stretch. The words known before must come out where they
    are, most of a hole must be believable, and so must each word: its confidence, its length, and
    speech where it stands.
    """
    if not _agrees(laid, stretch, found):
        return {}
    accepted: dict[int, Word] = {}
    for hole in stretch.holes:
        first = stretch.words.start
        said = {n: _believed(found[n - first], hole, speech) for n in hole.words}
        texts = {n: weigh(laid.given[n].text) for n in hole.words}
        borne_out = sum(texts[n] for n, word in said.items() if word)
        if borne_out < MOST * sum(texts.values()):
            continue
        latest = hole.span.start
        for n, word in said.items():
            if word is not None and word.end > max(word.start, latest):
                start = max(word.start, latest)
                accepted[n] = replace(word, text=laid.given[n].text, start=start)
                latest = word.end
    return accepted


def _agrees(laid: Laid, stretch: Stretch, found: Sequence[Word | None]) -> bool:
    known = [
        (before, after)
        for before, after in zip(
            laid.words[stretch.words.start : stretch.words.stop], found, strict=True
        )
        if before is not None
    ]
    same = sum(
        1
        for before, after in known
        if after and abs(before.start + before.end - after.start - after.end) <= 2 * AGREE
    )
    return same >= MOST * len(known)


def _believed(word: Word | None, hole: Hole, speech: Sequence[Span]) -> Word | None:
    """A forced word within its hole; None where it was not said."""
    if word is None:
        return None
    sure = word.confidence if word.probability is None else word.probability
    start, end = max(word.start, hole.span.start), min(word.end, hole.span.end)
    span = Span(start, end)
    if (sure is not None and sure < FLOOR) or end <= start:
        return None
    if span.duration > SLOWEST + PER_LETTER * weigh(word.text):
        return None
    if total(_between(speech, Span(start - EDGE, end + EDGE))) < MOST * span.duration:
        return None
    confidence = sure if word.confidence is None else word.confidence
    method = f"{FORCED}{word.method}"
    return replace(word, start=start, end=end, confidence=confidence, method=method)


def assemble(lines: Sequence[Segment], laid: Laid, bounds: Span) -> tuple[Segment, ...]:
    """The lines with their words and times; their text, order and speakers stay as given.

    A line of which nothing could be placed keeps the times that it had if its neighbours leave
    room for them; else it stands where they meet, with no length.
    """
    made: list[Segment] = []
    words: list[list[Word]] = [[] for _ in lines]
    for given, word in zip(laid.given, laid.words, strict=True):
        known = word or Word(
            text=given.text, start=math.nan, end=math.nan, method=UNPLACED, confidence=0.0
        )
        speaker = lines[given.line].speaker
        named = (speaker,) if speaker and speaker not in known.speakers else known.speakers
        words[given.line].append(replace(known, speakers=named))
    spans = [_span_of(line) for line in words]
    following = _following(spans, bounds.end)
    latest = bounds.start
    for number, line in enumerate(lines):
        span = spans[number] or _boundary(line, Span(latest, max(latest, following[number])))
        latest = max(latest, span.end)
        made.append(_line(line, span, words[number]))
    return tuple(made)


def _following(spans: Sequence[Span | None], end: Seconds) -> list[Seconds]:
    """For each line, when the next line that has a time begins."""
    found: list[Seconds] = []
    for span in reversed(spans):
        found.append(end)
        end = span.start if span else end
    return found[::-1]


def _boundary(line: Segment, room: Span) -> Span:
    """Where a line stands of which no word could be placed."""
    fits = room.start <= line.start < line.end <= room.end
    return Span(line.start, line.end) if fits else Span(room.start, room.start)


def _line(line: Segment, span: Span, words: Sequence[Word]) -> Segment:
    """The line anew; scores of the recogniser that belonged to its old words go."""
    return Segment(
        id=line.id,
        text=line.text,
        start=span.start,
        end=span.end,
        words=tuple(words),
        speaker=line.speaker,
        language=line.language,
        continues=line.continues,
    )


def _span_of(words: Sequence[Word]) -> Span | None:
    timed = [word for word in words if is_placed(word)]
    if not timed:
        return None
    return Span(timed[0].start, max(word.end for word in timed))


def turns_of(segments: Sequence[Segment]) -> tuple[Turn, ...]:
    """Who talks from when to when, by the speakers that the text names."""
    turns: list[Turn] = []
    for segment in segments:
        if not segment.speaker or segment.end <= segment.start:
            continue
        if turns and turns[-1].speaker == segment.speaker:
            turns[-1] = replace(turns[-1], end=max(turns[-1].end, segment.end))
        else:
            turns.append(Turn(speaker=segment.speaker, start=segment.start, end=segment.end))
    return tuple(turns)
