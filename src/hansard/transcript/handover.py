"""Segments and turns once talk has changed hands: cut where it does, joined where it does not."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter

from hansard.transcript.spans import Seconds, Span, intersect, merge, subtract
from hansard.transcript.subtitles.blocks import spell
from hansard.transcript.values import Segment, Transcript, Turn, Word

BREATH: Seconds = 0.5
"""Two turns of one speaker that lie at most so far apart are one turn, once they have one name."""


def given(segment: Segment, speaker: str | None) -> Segment:
    """The segment with all of its words said by this speaker."""
    named = () if speaker is None else (speaker,)
    words = tuple(replace(word, speakers=named) for word in segment.words)
    return replace(segment, speaker=speaker, words=words)


def cut_at(segment: Segment, span: Span, speaker: str | None) -> Iterator[Segment]:
    """The segment in pieces, those within the span given to the speaker."""
    inside = [lies_in(word, span) for word in segment.words] or [lies_in(segment, span)]
    spelt = spell(segment)
    if all(inside) or (spelt is None and 2 * sum(inside) > len(inside)):
        yield given(segment, speaker)
    elif spelt is None or not any(inside):
        yield segment
    else:
        texts = [(" " if spaced else "") + text for text, spaced in spelt]
        marked = zip(inside, segment.words, texts, strict=True)
        runs = [(mine, list(run)) for mine, run in groupby(marked, key=itemgetter(0))]
        for number, (mine, run) in enumerate(runs):
            piece = piece_of(segment, [word for _, word, _ in run], [text for *_, text in run])
            piece = ends_kept(segment, piece, first=number == 0, last=number == len(runs) - 1)
            yield given(piece, speaker) if mine else piece


def lies_in(said: Segment | Word, span: Span) -> bool:
    """Whether its middle lies in the span."""
    return span.start <= (said.start + said.end) / 2 < span.end


def piece_of(segment: Segment, words: list[Word], texts: list[str]) -> Segment:
    """Some words of a segment as one that continues it."""
    return replace(
        segment,
        text="".join(texts),
        start=words[0].start,
        end=words[-1].end,
        words=tuple(words),
        tokens=tuple(token for word in words for token in word.tokens),
        continues=True,
    )


def ends_kept(segment: Segment, piece: Segment, *, first: bool, last: bool) -> Segment:
    """A piece with the start of its segment where it is the first, the end where it is the last."""
    if first:
        blank = segment.text[: len(segment.text) - len(segment.text.lstrip())]
        text = blank + piece.text.lstrip()
        piece = replace(piece, start=segment.start, text=text, continues=segment.continues)
    return replace(piece, end=segment.end) if last else piece


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """Talk that changes hands."""

    spans: tuple[Span, ...]
    speaker: str | None
    losers: Collection[str]
    """Those who do not talk in the spans after all."""

    def apply(self, transcript: Transcript, segments: tuple[Segment, ...]) -> Transcript:
        """The transcript with these segments, and with turns and speakers that go with them."""
        turns = self.turns(transcript.turns, segments) if transcript.turns else ()
        segments = mend(segments, count=len(transcript.segments))
        edited = replace(transcript, segments=segments, turns=turns)
        return replace(edited, speakers=speakers_left(transcript, edited))

    def turns(self, turns: Sequence[Turn], segments: Sequence[Segment]) -> tuple[Turn, ...]:
        """The turns once all that the losers say in the spans is the speaker's."""
        talk = list(self.said(segments))
        own = merge(Span(turn.start, turn.end) for turn in turns if turn.speaker == self.speaker)
        kept: list[Turn] = []
        for turn in turns:
            whole = Span(turn.start, turn.end)
            if turn.speaker == self.speaker or turn.speaker not in self.losers:
                kept.append(turn)
                continue
            talk.append(whole)
            rest = subtract((whole,), self.spans)
            kept += [replace(turn, start=each.start, end=each.end) for each in rest if lasts(each)]
        if self.speaker is None:
            return tuple(kept)
        new = subtract(intersect(merge(talk), self.spans), own)
        kept += [
            Turn(speaker=self.speaker, start=each.start, end=each.end)
            for each in new
            if lasts(each)
        ]
        return join_turns(kept, {self.speaker})

    def said(self, segments: Iterable[Segment]) -> Iterator[Span]:
        """When the speaker says something, by the words, or by segments that have none."""
        for segment in segments:
            for said in segment.words or (segment,):
                names = said.speakers if isinstance(said, Word) else (said.speaker,)
                if names == (self.speaker,) and any(lies_in(said, span) for span in self.spans):
                    yield Span(said.start, said.end)


def speakers_heard(transcript: Transcript) -> tuple[str, ...]:
    """Everybody who says something, in the order in which they begin."""
    heard = [(turn.start, turn.speaker) for turn in transcript.turns]
    heard += [(each.start, each.speaker) for each in transcript.segments if each.speaker]
    heard += [(word.start, name) for word in transcript.words for name in word.speakers]
    return tuple(dict.fromkeys(name for _, name in sorted(heard)))


def speakers_left(before: Transcript, after: Transcript) -> tuple[str, ...]:
    """The speakers after talk changed hands: new ones at the end, without who lost all of it."""
    silenced = set(speakers_heard(before)) - set(heard := speakers_heard(after))
    return tuple(dict.fromkeys(name for name in (*before.speakers, *heard) if name not in silenced))


def lasts(span: Span) -> bool:
    """Whether it is more than the dust of cutting: a millisecond."""
    return span.duration >= 0.001


def join_turns(turns: Iterable[Turn], speakers: Collection[str]) -> tuple[Turn, ...]:
    """The turns in order of time, those of these speakers joined where only a breath parts them.

    A joined turn is as sure as the least sure of those that it is made of.
    """
    joined: list[Turn] = []
    last: dict[str, int] = {}
    for turn in sorted(turns, key=lambda each: (each.start, each.end)):
        place = last.get(turn.speaker)
        if place is not None and turn.speaker in speakers:
            before = joined[place]
            if turn.start - before.end <= BREATH:
                known = [c for c in (before.confidence, turn.confidence) if c is not None]
                end = max(before.end, turn.end)
                joined[place] = replace(before, end=end, confidence=min(known, default=None))
                continue
        last[turn.speaker] = len(joined)
        joined.append(turn)
    return tuple(joined)


def mend(segments: Sequence[Segment], *, count: int | None = None) -> tuple[Segment, ...]:
    """The segments with sentences that one speaker says whole made one segment again.

    They are numbered anew where there are not `count` of them.
    """
    mended: list[Segment] = []
    for segment in segments:
        if mended and segment.continues and mended[-1].speaker == segment.speaker:
            mended[-1] = joined_segment(mended[-1], segment)
        else:
            mended.append(segment)
    if len(mended) == (len(segments) if count is None else count):
        return tuple(mended)
    return tuple(replace(segment, id=index) for index, segment in enumerate(mended))


def joined_segment(left: Segment, right: Segment) -> Segment:
    """A segment and the one that continues it as one."""
    blank = left.text[: len(left.text) - len(left.text.lstrip())]
    return replace(
        left,
        text=blank + Transcript(segments=(left, right)).text,
        end=max(left.end, right.end),
        words=(*left.words, *right.words),
        tokens=(*left.tokens, *right.tokens),
    )
