"""Corrections by people, laid over a run that stays as the machine made it.

A correction says what one segment of one run really says, who says it, or both. An overlay is all
of them; `apply` gives the transcript that people see and models learn from. Later corrections of a
segment win, its text and its speaker each for themselves.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from hansard.errors import UsageError
from hansard.transcript.diff import edit_script
from hansard.transcript.handover import Handover, given, speakers_left
from hansard.transcript.placing import is_placed
from hansard.transcript.spans import Seconds, Span
from hansard.transcript.subtitles.scripts import is_unspaced, squeeze
from hansard.transcript.values import Segment, Transcript, Word

CORRECTED = "corrected"
"""The method of words whose times are shared out, as people said what was said but not when."""
LONGEST_TEXT = 20_000
"""Characters of a segment."""
LONGEST_NAME = 200
_LEAST: Seconds = 0.03
"""Seconds a new word gets at least; its neighbour gives up some of its own time for that."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,128}")
_PIECE = re.compile(r"(\s*)(\S+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What a person says of one segment."""

    segment: int
    """Its id in the run."""
    text: str | None = None
    """What is really said; empty = nothing is; None = the text is not corrected."""
    speaker: str | None = None
    """Who really says it; empty = nobody knows; None = that is not corrected."""
    at: float
    """When it was made, in seconds since 1970."""
    by: str
    """Who made it: the name of a key, or of a person."""
    run: str
    """The token of the run that is corrected; ids of segments mean nothing without it."""

    def __post_init__(self) -> None:
        """See that it says something, and nothing that cannot be kept.

        Raises:
            UsageError: it does not.
        """
        if self.segment < 0:
            raise UsageError(f"no segment has the id {self.segment}")
        if self.text is None and self.speaker is None:
            raise UsageError("a correction gives a text, a speaker, or both")
        if not math.isfinite(self.at) or self.at < 0:
            raise UsageError(f"no moment: {self.at!r}")
        if _TOKEN.fullmatch(self.run) is None:
            raise UsageError(f"{self.run[:100]!r} is no token of a run")
        for what, text, longest in (
            ("text", self.text or "", LONGEST_TEXT),
            ("speaker", self.speaker or "", LONGEST_NAME),
            ("by", self.by, LONGEST_NAME),
        ):
            _check_text(what, text, longest)


def _check_text(what: str, text: str, longest: int) -> None:
    if len(text) > longest:
        raise UsageError(f"{what} has {len(text)} characters", hint=f"at most {longest} are kept")
    if any("\ud800" <= c <= "\udfff" or c == "\0" for c in text):
        raise UsageError(f"{what} holds characters that no text has")


def encode(correction: Correction) -> str:
    """A correction as JSON, on one line."""
    return msgspec.json.encode(correction).decode()


def decode(line: str | bytes) -> Correction:
    """The correction that a line of JSON holds.

    Raises:
        UsageError: it holds none.
    """
    try:
        return msgspec.json.decode(line, type=Correction)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UsageError(f"no correction: {error}") from error


@dataclass(frozen=True, slots=True)
class Overlay:
    """Corrections, in the order in which they were written."""

    corrections: tuple[Correction, ...] = ()

    @property
    def runs(self) -> tuple[str, ...]:
        """The runs that they belong to, the one with the latest correction last."""
        ordered = sorted(self.corrections, key=lambda each: each.at)
        return tuple(reversed(dict.fromkeys(each.run for each in reversed(ordered))))

    def of_run(self, run: str) -> "Overlay":
        """Those of one run."""
        return Overlay(tuple(each for each in self.corrections if each.run == run))

    def final(self) -> Mapping[int, Correction]:
        """What counts in the end, by segment: the latest text and the latest speaker of each.

        Raises:
            UsageError: they belong to several runs, whose segments are not the same.
        """
        if len(self.runs) > 1:
            raise UsageError(
                f"corrections of {len(self.runs)} runs", hint="take those of one run with of_run"
            )
        final: dict[int, Correction] = {}
        for each in sorted(self.corrections, key=lambda each: each.at):
            before = final.get(each.segment, each)
            final[each.segment] = replace(
                each,
                text=before.text if each.text is None else each.text,
                speaker=before.speaker if each.speaker is None else each.speaker,
            )
        return final


def apply(transcript: Transcript, overlay: Overlay) -> Transcript:
    """The transcript of a run with its corrections; the ids of its segments stay as they are.

    A corrected text takes the place of the recognised one, which is kept as `raw`. Its words that
    were recognised keep their times, the others share the span of what they replace. A segment in
    which nothing is said after all is left out.

    Raises:
        UsageError: corrections of several runs, or of a segment that is not there.
    """
    final = overlay.final()
    missing = sorted(set(final) - {segment.id for segment in transcript.segments})
    if missing:
        raise UsageError(f"no segment has the id {missing[0]}")
    segments: list[Segment] = []
    for segment in transcript.segments:
        told = final.get(segment.id)
        if told is None:
            segments.append(segment)
        elif told.text is None or told.text.strip():
            segments.append(_corrected(segment, told))
    made = replace(transcript, segments=tuple(segments))
    for segment in transcript.segments:
        made = _handed_over(made, segment, final.get(segment.id))
    return replace(made, speakers=speakers_left(transcript, made)) if final else transcript


def _corrected(segment: Segment, told: Correction) -> Segment:
    if told.text is not None and squeeze(told.text) != squeeze(segment.text):
        segment = with_text(segment, told.text)
    return segment if told.speaker is None else given(segment, told.speaker or None)


def _handed_over(made: Transcript, before: Segment, told: Correction | None) -> Transcript:
    """The turns once a segment is said by another."""
    if told is None or told.speaker is None or not made.turns:
        return made
    losers = {name for word in before.words for name in word.speakers}
    losers |= {before.speaker} if before.speaker else set()
    span = Span(before.start, before.end)
    handover = Handover(spans=(span,), speaker=told.speaker or None, losers=losers)
    return replace(made, turns=handover.turns(made.turns, made.segments))


def with_text(segment: Segment, text: str) -> Segment:
    """The segment with another text; what was recognised stays in `raw`."""
    blank = segment.text[: len(segment.text) - len(segment.text.lstrip())]
    words = tuple(word for word in segment.words if is_placed(word))
    leads = bool(words) and words[0].text[:1].isspace()
    pieces = list(_pieces(squeeze(text), spaced=leads))
    return replace(
        segment,
        text=blank + squeeze(text),
        words=_retimed(words, pieces, Span(segment.start, segment.end)) if words else (),
        tokens=(),
        raw=segment.text if segment.raw is None else segment.raw,
    )


def _pieces(text: str, *, spaced: bool) -> Iterator[str]:
    """The text word by word, the space before each kept; scripts without spaces by character."""
    for index, match in enumerate(_PIECE.finditer(text)):
        lead = " " if (spaced if index == 0 else match[1]) else ""
        run = ""
        for character in match[2]:
            if run and (is_unspaced(character) or is_unspaced(run[-1])):
                yield lead + run
                lead, run = "", ""
            run += character
        yield lead + run


@dataclass(slots=True)
class _Group:
    """Recognised words, and the written ones in their place."""

    old: list[Word]
    new: list[str]
    kept: bool
    """They are the same word."""


def _retimed(old: Sequence[Word], new: Sequence[str], span: Span) -> tuple[Word, ...]:
    groups = _with_room(list(_groups(old, new)), span)
    words: list[Word] = []
    for index, group in enumerate(groups):
        if group.kept:
            words.append(replace(group.old[0], text=group.new[0]))
        elif group.new:
            like = group.old[0] if group.old else _neighbour(groups, index)
            words += _shared(group.new, _place(groups, index, span), like)
    return tuple(words)


def _groups(old: Sequence[Word], new: Sequence[str]) -> Iterator[_Group]:
    """Runs of changes between words that are kept."""
    script = edit_script([_folded(word.text) for word in old], [_folded(piece) for piece in new])
    pending = _Group([], [], kept=False)
    i = j = 0
    for letter in script:
        if letter == "=":
            if pending.old or pending.new:
                yield pending
                pending = _Group([], [], kept=False)
            yield _Group([old[i]], [new[j]], kept=True)
        else:
            pending.old += [old[i]] if letter != "I" else []
            pending.new += [new[j]] if letter != "D" else []
        i += letter != "I"
        j += letter != "D"
    if pending.old or pending.new:
        yield pending


def _folded(text: str) -> str:
    """A word without the case and punctuation that say nothing of when it was said."""
    letters = "".join(c for c in text.casefold() if c.isalnum())
    return letters or text.strip()


def _with_room(groups: list[_Group], span: Span) -> list[_Group]:
    """Groups that are too short for their words take in the word beside them."""
    index = 0
    while index < len(groups):
        group = groups[index]
        place = _place(groups, index, span)
        if group.kept or place.duration >= _LEAST * len(group.new) or len(groups) == 1:
            index += 1
            continue
        beside = index - 1 if index else 1
        first, second = sorted((beside, index))
        left, right = groups[first], groups[second]
        groups[first : second + 1] = [
            _Group(left.old + right.old, left.new + right.new, kept=False)
        ]
        index = first
    return groups


def _place(groups: Sequence[_Group], index: int, span: Span) -> Span:
    """The time of a group: that of its recognised words, or the gap where there are none."""
    if groups[index].old:
        old = groups[index].old
        return Span(min(word.start for word in old), max(word.end for word in old))
    before = max((w.end for group in groups[:index] for w in group.old), default=span.start)
    after = min((w.start for group in groups[index + 1 :] for w in group.old), default=span.end)
    return Span(before, max(before, after))


def _neighbour(groups: Sequence[_Group], index: int) -> Word:
    """The recognised word nearest to a group that has none; there is one."""
    near = sorted(range(len(groups)), key=lambda other: (abs(other - index), other))
    return next(groups[other].old[0] for other in near if groups[other].old)


def _shared(pieces: Iterable[str], place: Span, like: Word) -> list[Word]:
    """Words that share a span by their letters."""
    texts = list(pieces)
    weights = [max(1, len(text.strip())) for text in texts]
    ends = [sum(weights[: count + 1]) / sum(weights) for count in range(len(texts))]
    starts = [0.0, *ends[:-1]]
    return [
        Word(
            text=text,
            start=place.start + first * place.duration,
            end=place.start + last * place.duration,
            speakers=like.speakers,
            method=CORRECTED,
        )
        for text, first, last in zip(texts, starts, ends, strict=True)
    ]
