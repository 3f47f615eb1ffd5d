"""Who said it, corrected: new names, two speakers made one, talk given to another. All pure.

Corrections are an overlay: a list of edits that name speakers as the recognition labelled them,
kept beside its result and applied whenever it is shown. So nothing recognised is lost, and any edit
can be taken back by leaving it out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from hansard.errors import UnknownNameError, UsageError
from hansard.transcript.handover import (
    Handover,
    cut_at,
    given,
    join_turns,
    mend,
    speakers_heard,
    speakers_left,
)
from hansard.transcript.spans import Seconds, Span, merge, total
from hansard.transcript.values import Segment, Transcript


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameSpeaker:
    """Show a label as a name."""

    label: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeSpeakers:
    """All of these are the speaker `into`."""

    labels: tuple[str, ...]
    into: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReassignTime:
    """What is said from `start` to `end` is said by this speaker, or by nobody who is known."""

    start: Seconds
    end: Seconds
    speaker: str | None


SpeakerEdit = RenameSpeaker | MergeSpeakers | ReassignTime


def known_speakers(transcript: Transcript) -> tuple[str, ...]:
    """Everybody whom the transcript names anywhere, once each."""
    return tuple(dict.fromkeys((*transcript.speakers, *speakers_heard(transcript))))


def speaking_time(transcript: Transcript) -> Mapping[str, Seconds]:
    """How long each speaker talks, in seconds, by the turns; where there are none, by the segments.

    While two speak at once, the time counts for both.
    """
    said: dict[str, list[Span]] = {name: [] for name in known_speakers(transcript)}
    for turn in transcript.turns:
        said[turn.speaker].append(Span(turn.start, turn.end))
    if not transcript.turns:
        for segment in transcript.segments:
            if segment.speaker:
                said[segment.speaker].append(Span(segment.start, segment.end))
    return {name: total(merge(spans)) for name, spans in said.items()}


def rename(transcript: Transcript, names: Mapping[str, str]) -> Transcript:
    """The transcript with labels replaced by names, all at once, so that two may be swapped.

    Two labels that get one name become one speaker: their turns are joined where nothing but a
    breath parts them, and a sentence that they share is one segment again.

    Raises:
        UnknownNameError: a label is nobody's; the hint names those that are there.
        UsageError: a name is blank.
    """
    check_known(names, known_speakers(transcript))
    check_names(names.values())
    changed = {label: name for label, name in names.items() if label != name}
    if not changed:
        return transcript
    listed = tuple(changed.get(name, name) for name in known_speakers(transcript))
    segments = tuple(renamed_segment(segment, changed) for segment in transcript.segments)
    turns = tuple(
        replace(turn, speaker=changed.get(turn.speaker, turn.speaker)) for turn in transcript.turns
    )
    shared = {name for name in listed if listed.count(name) > 1}
    return replace(
        transcript,
        segments=mend(segments),
        turns=join_turns(turns, shared),
        speakers=tuple(dict.fromkeys(listed)),
    )


def merge_speakers(transcript: Transcript, labels: Iterable[str], into: str) -> Transcript:
    """The transcript with all of these made the one speaker `into`.

    Raises:
        UnknownNameError: one of them is nobody; the hint names those that are there.
        UsageError: `into` is blank.
    """
    return rename(transcript, dict.fromkeys(labels, into))


def reassign(transcript: Transcript, segment_ids: Iterable[int], speaker: str | None) -> Transcript:
    """The transcript with these segments said by this speaker, who may be a new one, or by nobody.

    Raises:
        UnknownNameError: there is no segment of that id.
        UsageError: the name is blank.
    """
    wanted = set(segment_ids)
    missing = wanted - {segment.id for segment in transcript.segments}
    if missing:
        last = max((segment.id for segment in transcript.segments), default=None)
        hint = "there are no segments" if last is None else f"the last one is {last}"
        raise UnknownNameError(f"no segment has the id {min(missing)}", hint=hint)
    check_names(() if speaker is None else (speaker,))
    mine = [segment for segment in transcript.segments if segment.id in wanted]
    segments = tuple(
        given(segment, speaker) if segment.id in wanted else segment
        for segment in transcript.segments
    )
    losers = {name for segment in mine for word in segment.words for name in word.speakers}
    losers |= {segment.speaker for segment in mine if segment.speaker}
    spans = merge(Span(segment.start, segment.end) for segment in mine)
    return Handover(spans=spans, speaker=speaker, losers=losers).apply(transcript, segments)


def reassign_time(
    transcript: Transcript, start: Seconds, end: Seconds, speaker: str | None
) -> Transcript:
    """The transcript with what is said from `start` to `end` said by this speaker, or by nobody.

    A word belongs to the stretch where its middle does. A segment of which only some words do is
    cut there; one whose words nobody knows belongs to it where its middle does.

    Raises:
        UsageError: the name is blank, or the stretch ends before it begins.
    """
    if not start <= end:
        raise UsageError(f"no stretch of time: {start:g} to {end:g}", hint="give the start first")
    check_names(() if speaker is None else (speaker,))
    span = Span(start, end)
    segments = tuple(
        piece for segment in transcript.segments for piece in cut_at(segment, span, speaker)
    )
    losers = known_speakers(transcript)
    return Handover(spans=(span,), speaker=speaker, losers=losers).apply(transcript, segments)


def apply_edits(transcript: Transcript, edits: Iterable[SpeakerEdit]) -> Transcript:
    """The transcript as its recognition labelled it, with all edits on top.

    Every label in an edit is one of the recognition's, whatever other edits call it, or a speaker
    whom a `ReassignTime` brought in. Speakers are made one, then named, then given their talk, so
    edits of different kinds may come in any order, and an edit that comes twice counts once. Among
    those that contradict each other the later one wins.

    Applied to its own result, a list changes nothing, save where it gives one speaker the label of
    another, so that labels no longer mean whom they meant, or where somebody whom it names has no
    talk left, so that he is nobody there.

    Raises:
        UnknownNameError: a label is nobody's; the hint names those that are there.
        UsageError: a name is blank, or a stretch ends before it begins.
    """
    edits = tuple(edits)
    final = final_names(edits)
    given_talk = [edit for edit in edits if isinstance(edit, ReassignTime)]
    known = known_speakers(transcript)
    brought = tuple(edit.speaker for edit in given_talk if edit.speaker is not None)
    check_known((label for label, name in final.items() if name not in known), (*known, *brought))
    check_names(final.values())
    named = rename(transcript, {label: name for label, name in final.items() if label in known})
    edited = named
    for edit in given_talk:
        speaker = None if edit.speaker is None else final.get(edit.speaker, edit.speaker)
        edited = reassign_time(edited, edit.start, edit.end, speaker)
    return replace(edited, speakers=speakers_left(named, edited))


def final_names(edits: Sequence[SpeakerEdit]) -> dict[str, str]:
    """What each label that is merged or renamed is called in the end."""
    into: dict[str, str] = {}
    for edit in edits:
        if isinstance(edit, MergeSpeakers):
            for label in edit.labels:
                if label != edit.into:
                    into.pop(label, None)  # so that the latest merge stands last
                    into[label] = edit.into
    names = {edit.label: edit.name for edit in edits if isinstance(edit, RenameSpeaker)}
    roots = {label: root_of(label, into) for label in (*names, *into)}
    return {label: names.get(root, root) for label, root in roots.items()}


def root_of(label: str, into: Mapping[str, str]) -> str:
    """Whom a label is merged into in the end; in a circle the latest merge has the last word."""
    path = [label]
    while (following := into.get(path[-1])) is not None:
        if following in path:
            circle = set(path[path.index(following) :])
            return into[next(each for each in reversed([*into]) if each in circle)]
        path.append(following)
    return path[-1]


def check_known(labels: Iterable[str], known: Sequence[str]) -> None:
    """Refuse a label that is nobody's."""
    for label in labels:
        if label not in known:
            hint = f"speakers: {', '.join(known)}" if known else "no speaker is known here"
            raise UnknownNameError(f"no speaker is called {label!r}", hint=hint)


def check_names(names: Iterable[str]) -> None:
    """Refuse a name that nobody could read."""
    if any(not name.strip() for name in names):
        raise UsageError("the name of a speaker is blank", hint="give a name")


def renamed_segment(segment: Segment, names: Mapping[str, str]) -> Segment:
    """The segment and its words under new names."""
    words = tuple(
        replace(
            word, speakers=tuple(dict.fromkeys(names.get(name, name) for name in word.speakers))
        )
        for word in segment.words
    )
    speaker = None if segment.speaker is None else names.get(segment.speaker, segment.speaker)
    return replace(segment, speaker=speaker, words=words)
