"""Corrections of who said it."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transcript_samples import patient

from hansard.errors import UnknownNameError, UsageError
from hansard.transcript import Segment, Transcript, Turn, Word
from hansard.transcript.speaking import (
    MergeSpeakers,
    ReassignTime,
    RenameSpeaker,
    SpeakerEdit,
    apply_edits,
    final_names,
    known_speakers,
    merge_speakers,
    reassign,
    reassign_time,
    rename,
    speaking_time,
)


def segment(id_: int, start: float, speaker: str | None, *texts: str, **more: Any) -> Segment:
    """A segment of words of a second each."""
    named = (speaker,) if speaker else ()
    words = tuple(
        Word(
            text=f" {text}",
            start=start + n,
            end=start + n + 1,
            speakers=named,
            tokens=(id_ * 10 + n,),
        )
        for n, text in enumerate(texts)
    )
    tokens = tuple(token for word in words for token in word.tokens)
    said = "".join(word.text for word in words)
    return Segment(
        id=id_, text=said, start=start, end=start + len(texts), words=words, speaker=speaker,
        tokens=tokens, **more,
    )  # fmt: skip


TALK = Transcript(
    segments=(
        segment(0, 0.0, "S1", "Are", "you"),
        segment(1, 2.0, "S2", "there?", continues=True),
        segment(2, 3.2, "S1", "Yes", "I", "am."),
        segment(3, 7.0, None, "Good."),
    ),
    turns=(
        Turn(speaker="S1", start=0.0, end=2.0, confidence=0.9),
        Turn(speaker="S2", start=2.0, end=3.0, confidence=0.4),
        Turn(speaker="S1", start=3.2, end=6.2),
    ),
    speakers=("S1", "S2"),
    duration=8.0,
)


def shape(transcript: Transcript) -> list[tuple[int, str | None, str]]:
    """Who says what, segment by segment."""
    return [(each.id, each.speaker, each.text.strip()) for each in transcript.segments]


def test_a_name_replaces_its_label_everywhere() -> None:
    """Words, segments, turns and the list of speakers, and nothing else."""
    named = rename(TALK, {"S1": "Ann"})
    assert named.speakers == ("Ann", "S2")
    assert [each.speaker for each in named.segments] == ["Ann", "S2", "Ann", None]
    assert [each.speaker for each in named.turns] == ["Ann", "S2", "Ann"]
    assert [word.speakers for word in named.words][:3] == [("Ann",), ("Ann",), ("S2",)]
    assert rename(named, {"Ann": "S1"}) == TALK


def test_two_names_can_be_swapped() -> None:
    """All labels change at once."""
    swapped = rename(TALK, {"S1": "S2", "S2": "S1"})
    assert [each.speaker for each in swapped.turns] == ["S2", "S1", "S2"]
    assert rename(swapped, {"S1": "S2", "S2": "S1"}) == TALK


def test_two_labels_of_one_name_become_one_speaker() -> None:
    """Turns are joined over a breath, and a sentence that was parted is one segment again."""
    merged = merge_speakers(TALK, ("S1", "S2"), "Ann")
    assert merged.speakers == ("Ann",)
    assert merged.turns == (Turn(speaker="Ann", start=0.0, end=6.2, confidence=0.4),)
    assert shape(merged) == [
        (0, "Ann", "Are you there?"),
        (1, "Ann", "Yes I am."),
        (2, None, "Good."),
    ]
    assert merged.segments[0].end == 3.0
    assert merged.segments[0].tokens == (0, 1, 10)
    assert merged.text == TALK.text


def test_a_word_of_two_who_are_one_has_one_speaker() -> None:
    """An overlap of somebody with himself is none."""
    both = Word(text=" Hi", start=0, end=1, speakers=("S1", "S2"))
    talk = Transcript(segments=(Segment(id=0, text=" Hi", start=0, end=1, words=(both,)),))
    assert rename(talk, {"S1": "Ann", "S2": "Ann"}).words[0].speakers == ("Ann",)


@pytest.mark.parametrize(
    "call",
    [
        lambda: rename(TALK, {"S3": "Ann"}),
        lambda: merge_speakers(TALK, ("S1", "S3"), "S1"),
        lambda: apply_edits(TALK, [RenameSpeaker(label="S3", name="Ann")]),
        lambda: apply_edits(TALK, [MergeSpeakers(labels=("S3",), into="Ann")]),
    ],
)
def test_an_unknown_label_names_those_that_are_there(call: Any) -> None:
    """A typo is told, not passed over."""
    with pytest.raises(UnknownNameError, match="no speaker is called 'S3'") as caught:
        call()
    assert caught.value.hint == "speakers: S1, S2"


@pytest.mark.parametrize(
    "call",
    [
        lambda: rename(TALK, {"S1": " "}),
        lambda: reassign(TALK, [0], ""),
        lambda: reassign_time(TALK, 0, 1, "\t"),
        lambda: reassign_time(TALK, 2, 1, "S1"),
        lambda: reassign_time(TALK, float("nan"), 1, "S1"),
        lambda: apply_edits(TALK, [RenameSpeaker(label="S1", name="")]),
    ],
)
def test_blank_names_and_times_that_end_first_are_refused(call: Any) -> None:
    """Wrong use is an error of its own kind."""
    with pytest.raises(UsageError):
        call()


def test_segments_are_given_to_another() -> None:
    """Their words and their turns go with them, and a speaker without talk is gone."""
    given = reassign(TALK, [1], "S1")
    assert shape(given)[0] == (0, "S1", "Are you there?")
    assert given.turns == (Turn(speaker="S1", start=0.0, end=6.2, confidence=0.9),)
    assert given.speakers == ("S1",)


def test_a_new_speaker_can_be_brought_in() -> None:
    """Whom the recognition missed is a speaker once somebody says so, with turns of his own."""
    given = reassign(TALK, [3], "Carol")
    assert given.speakers == ("S1", "S2", "Carol")
    assert given.turns[-1] == Turn(speaker="Carol", start=7.0, end=8.0)
    assert reassign(given, [3], None) == replace(TALK, turns=given.turns[:-1])


def test_who_speaks_at_the_same_time_keeps_his_turn() -> None:
    """Giving a segment away takes time from those who said it, and from nobody else."""
    other = Turn(speaker="S3", start=1.0, end=5.0)
    talk = replace(TALK, turns=(*TALK.turns, other), speakers=("S1", "S2", "S3"))
    assert other in reassign(talk, [2], "S2").turns


def test_an_unknown_segment_is_refused() -> None:
    """The hint names the last one."""
    with pytest.raises(UnknownNameError, match="no segment has the id 9") as caught:
        reassign(TALK, [0, 9], "S1")
    assert caught.value.hint == "the last one is 3"


def test_a_stretch_of_time_cuts_a_segment() -> None:
    """Only the words whose middle lies in it change hands; the sentence stays one in the text."""
    given = reassign_time(TALK, 4.0, 5.5, "S2")
    assert shape(given) == [
        (0, "S1", "Are you"),
        (1, "S2", "there?"),
        (2, "S1", "Yes"),
        (3, "S2", "I"),
        (4, "S1", "am."),
        (5, None, "Good."),
    ]
    assert [each.continues for each in given.segments] == [False, True, False, True, True, False]
    assert [each.tokens for each in given.segments[2:5]] == [(20,), (21,), (22,)]
    assert given.text == TALK.text
    assert [(turn.speaker, turn.start, turn.end) for turn in given.turns] == [
        ("S1", 0.0, 2.0),
        ("S2", 2.0, 3.0),
        ("S1", 3.2, 4.0),
        ("S2", 4.0, 5.5),
        ("S1", 5.5, 6.2),
    ]


def test_what_was_cut_is_whole_once_it_is_given_back() -> None:
    """Segments, words and their numbers are as they were."""
    back = reassign_time(reassign_time(TALK, 4.0, 5.5, "S2"), 4.0, 5.5, "S1")
    assert back == replace(TALK, turns=back.turns)
    assert speaking_time(back) == speaking_time(TALK)


def test_a_segment_whose_words_nobody_knows_goes_where_its_middle_is() -> None:
    """It cannot be cut, for nobody knows where."""
    said = Segment(id=7, text=" One two", start=0, end=4, speaker="S1")
    talk = Transcript(segments=(said,), speakers=("S1",))
    assert reassign_time(talk, 0, 1.5, "S2") == talk
    assert shape(reassign_time(talk, 1, 3, "S2")) == [(7, "S2", "One two")]


def test_speaking_time_counts_turns() -> None:
    """By turns, else by segments; who overlaps himself talks once, who is silent has 0."""
    assert speaking_time(TALK) == {"S1": pytest.approx(5.0), "S2": pytest.approx(1.0)}
    assert speaking_time(replace(TALK, turns=(), speakers=("S1", "S2", "S9"))) == {
        "S1": pytest.approx(5.0),
        "S2": pytest.approx(1.0),
        "S9": 0.0,
    }
    twice = (Turn(speaker="A", start=0, end=2), Turn(speaker="A", start=1, end=3))
    assert speaking_time(Transcript(segments=(), turns=twice)) == {"A": 3.0}


def test_edits_name_labels_of_the_recognition() -> None:
    """Whatever one edit calls a label, the others know it; who is merged has the other's name."""
    edits: list[SpeakerEdit] = [
        RenameSpeaker(label="S1", name="Ann"),
        MergeSpeakers(labels=("S2",), into="S1"),
        ReassignTime(start=7.0, end=8.0, speaker="S1"),
    ]
    edited = apply_edits(TALK, edits)
    assert edited.speakers == ("Ann",)
    assert {each.speaker for each in edited.segments} == {"Ann"}
    assert apply_edits(TALK, edits[::-1]) == edited


def test_a_speaker_who_was_brought_in_can_be_named() -> None:
    """A label of an edit is as good as one of the recognition."""
    edits = (
        RenameSpeaker(label="new", name="Carol"),
        ReassignTime(start=7.0, end=8.0, speaker="new"),
    )
    assert apply_edits(TALK, edits).speakers == ("S1", "S2", "Carol")


def test_the_later_edit_wins() -> None:
    """Of two names for one label the last one counts, and of two owners of one time."""
    edits = (
        RenameSpeaker(label="S1", name="Ann"),
        RenameSpeaker(label="S1", name="Anna"),
        ReassignTime(start=7.0, end=8.0, speaker="S1"),
        ReassignTime(start=7.0, end=8.0, speaker="S2"),
        MergeSpeakers(labels=("S1",), into="S2"),
        MergeSpeakers(labels=("S2",), into="S1"),
    )
    assert apply_edits(TALK, edits[:4]).segments[-1].speaker == "S2"
    assert apply_edits(TALK, edits).speakers == ("Anna",)


LABELS = ("S1", "S2", "S3", "S4")
NEW_NAMES = ("Ann", "Bo", "Cy")


@st.composite
def talks(draw: st.DrawFn) -> Transcript:
    """Talk of up to four, with turns that are those of the segments, or none."""
    segments = []
    clock = 0.0
    for index in range(draw(st.integers(1, 6))):
        clock += draw(st.sampled_from([0.0, 0.3, 2.0]))
        speaker = draw(st.sampled_from(LABELS))
        before = segments[-1].speaker if segments else speaker
        texts = draw(st.lists(st.sampled_from(["a", "b!", "\u4e00"]), min_size=1, max_size=3))
        continues = before != speaker and draw(st.booleans())
        segments.append(segment(index, clock, speaker, *texts, continues=continues))
        clock = segments[-1].end
    turns = [Turn(speaker=s.speaker or "", start=s.start, end=s.end) for s in segments]
    return Transcript(
        segments=tuple(segments),
        turns=tuple(turns) if draw(st.booleans()) else (),
        speakers=LABELS,
        duration=clock,
    )


RENAMES = st.builds(RenameSpeaker, label=st.sampled_from(LABELS), name=st.sampled_from(NEW_NAMES))
MERGES = st.builds(
    MergeSpeakers,
    labels=st.lists(st.sampled_from(LABELS), min_size=1, max_size=2).map(tuple),
    into=st.sampled_from(LABELS),
)
GIVEN = st.builds(
    lambda start, length, speaker: ReassignTime(start=start, end=start + length, speaker=speaker),
    st.integers(0, 12).map(float),
    st.sampled_from([0.0, 1.0, 2.5]),
    st.sampled_from([*LABELS, "new", None]),
)
EDITS = st.lists(RENAMES | MERGES | GIVEN, max_size=6)


@patient
@given(talks(), EDITS)
def test_edits_on_top_of_their_own_result_change_nothing(
    talk: Transcript, edits: list[SpeakerEdit]
) -> None:
    """Applied again, or given twice, a list means the same; the text is that of the recognition."""
    edited = apply_edits(talk, edits)
    assert apply_edits(talk, [*edits, *edits]) == edited
    if set(final_names(edits).values()) <= set(edited.speakers):
        assert apply_edits(edited, edits) == edited
    assert "".join(edited.text.split()) == "".join(talk.text.split())
    assert [word.text for word in edited.words] == [word.text for word in talk.words]
    assert set(known_speakers(edited)) <= set(edited.speakers)


@patient
@given(talks(), EDITS, st.randoms())
def test_edits_that_do_not_contradict_each_other_may_come_in_any_order(
    talk: Transcript, edits: list[SpeakerEdit], luck: Any
) -> None:
    """One name and one merge for each label, no merge in a circle, no time given twice."""
    chosen: dict[Any, SpeakerEdit] = {}
    for edit in edits:
        if isinstance(edit, RenameSpeaker):
            chosen["name", edit.label] = edit
        elif isinstance(edit, MergeSpeakers):
            if edit.labels[0] > edit.into:
                chosen["merge", edit.labels[0]] = replace(edit, labels=edit.labels[:1])
        elif not any(overlap(edit, each) for each in chosen.values()):
            chosen["time", edit.start] = edit
    in_order = list(chosen.values())
    shuffled = in_order.copy()
    luck.shuffle(shuffled)
    first, second = apply_edits(talk, in_order), apply_edits(talk, shuffled)
    assert second.segments == first.segments
    assert speaking_time(second) == pytest.approx(speaking_time(first))


def overlap(left: ReassignTime, right: SpeakerEdit) -> bool:
    """Whether two edits give the same time to somebody."""
    if not isinstance(right, ReassignTime):
        return False
    return left.start <= right.end and right.start <= left.end
