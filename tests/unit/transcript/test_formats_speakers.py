"""Who said it, in files that tell: rttm, aud, podcast, and the others."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transcript_samples import patient

from hansard.errors import UsageError
from hansard.transcript import Segment, Transcript, Turn, Word, formats
from hansard.transcript.formats.rttm import read_recordings

TALK = Transcript(
    segments=(
        Segment(id=0, text=" Are you", start=0.5, end=1.25, speaker="Ann Lee"),
        Segment(id=1, text=" there? Yes.", start=1.25, end=3.0, speaker="Bo", continues=True),
        Segment(id=2, text=" Good.", start=3.5, end=4.0),
    ),
    turns=(
        Turn(speaker="Ann Lee", start=0.5, end=1.3, confidence=0.5),
        Turn(speaker="Bo", start=1.25, end=3.0004),
    ),
    speakers=("Ann Lee", "Bo"),
    duration=4.0,
)


def test_rttm_is_a_line_a_turn() -> None:
    """Ten fields, start and length in seconds, no blank within a field."""
    named = replace(TALK, versions={"title": "Weekly call", "source": "x"})
    assert formats.render(named, "rttm") == (
        "SPEAKER Weekly_call 1 0.500 0.800 <NA> <NA> Ann_Lee <NA> <NA>\n"
        "SPEAKER Weekly_call 1 1.250 1.750 <NA> <NA> Bo <NA> <NA>\n"
    )


def test_rttm_of_segments_where_nobody_told_the_turns() -> None:
    """Segments whose speaker is known are turns, and a recording without a name is `recording`."""
    assert formats.render(replace(TALK, turns=()), "rttm").splitlines() == [
        "SPEAKER recording 1 0.500 0.750 <NA> <NA> Ann_Lee <NA> <NA>",
        "SPEAKER recording 1 1.250 1.750 <NA> <NA> Bo <NA> <NA>",
    ]


def test_rttm_of_others_is_read() -> None:
    """Comments, other kinds of lines, tabs and turns out of order are understood."""
    back = formats.read(
        ";; made by hand\nSPKR-INFO a 1 <NA> <NA> <NA> unknown Bo <NA> <NA>\n\n"
        "SPEAKER\ta\t1\t2.5\t1\t<NA>\t<NA>\tBo\t0.9\n"
        "SPEAKER a 1 .1 0.2 <NA> <NA> Ann <NA> <NA>\r\n",
        "rttm",
    )
    assert back.turns == (
        Turn(speaker="Ann", start=0.1, end=0.3),
        Turn(speaker="Bo", start=2.5, end=3.5),
    )
    assert (back.segments, back.speakers, back.duration) == ((), ("Ann", "Bo"), 3.5)


def test_rttm_of_several_recordings_is_read_apart() -> None:
    """One transcript cannot hold the turns of two recordings, so their line is named."""
    text = "SPEAKER a 1 0 1 <NA> <NA> X <NA> <NA>\nSPEAKER b 1 0 2 <NA> <NA> Y <NA> <NA>\n"
    with pytest.raises(UsageError, match="turns of 'b' after those of 'a' in line 2"):
        formats.read(text, "rttm")
    assert {file: turns[0].speaker for file, turns in read_recordings(text).items()} == {
        "a": "X",
        "b": "Y",
    }


NAMES = st.text(max_size=12) | st.sampled_from(
    ["Ann Lee", "a\tb", "\u05d3\u05e0\u05d4", "<NA>", ";;"]
)
TURNS = st.lists(
    st.builds(
        lambda speaker, start, length: Turn(speaker=speaker, start=start, end=start + length),
        NAMES,
        st.floats(0, 1e5),
        st.floats(0, 1e3),
    ),
    max_size=6,
).map(tuple)


@patient
@given(TURNS)
def test_rttm_keeps_what_it_can_hold(turns: tuple[Turn, ...]) -> None:
    """Every turn with a name and a length comes back to the millisecond, in order of time."""
    back = formats.read(formats.render(Transcript(segments=(), turns=turns), "rttm"), "rttm")
    expected = sorted(
        (round(turn.start, 3), round(turn.end, 3), "_".join(turn.speaker.split()))
        for turn in turns
        if turn.speaker.split() and round(turn.end * 1000) > round(turn.start * 1000)
    )
    assert sorted((turn.start, turn.end, turn.speaker) for turn in back.turns) == [
        (pytest.approx(start), pytest.approx(end), name) for start, end, name in expected
    ]


def test_aud_is_a_label_a_segment() -> None:
    """Seconds with six decimals, and the name in double brackets as whisperX writes it."""
    assert formats.render(TALK, "aud") == (
        "0.500000\t1.250000\t[[Ann Lee]]Are you\n"
        "1.250000\t3.000000\t[[Bo]]there? Yes.\n"
        "3.500000\t4.000000\tGood.\n"
    )


def test_aud_of_audacity_is_read() -> None:
    """Point labels, empty labels and frequencies are understood."""
    back = formats.read("1.0\t2.5\tHi\tyou\n\\\t100.0\t200.0\n3\t3\t\n4\t5\n", "aud")
    assert [(each.start, each.end, each.text) for each in back.segments] == [
        (1.0, 2.5, "Hi you"),
        (3.0, 3.0, ""),
        (4.0, 5.0, ""),
    ]


def test_podcast_has_the_shape_of_the_namespace() -> None:
    """A version, and segments with a body; nobody's segment names no speaker."""
    assert json.loads(formats.render(TALK, "podcast")) == {
        "version": "1.0.0",
        "segments": [
            {"speaker": "Ann Lee", "startTime": 0.5, "endTime": 1.25, "body": "Are you"},
            {"speaker": "Bo", "startTime": 1.25, "endTime": 3.0, "body": "there? Yes."},
            {"startTime": 3.5, "endTime": 4.0, "body": "Good."},
        ],
    }


def test_podcast_of_others_is_read_under_either_name() -> None:
    """Publishers call the file `.json`, and may leave out ends and speakers."""
    text = '{"version": "1.0.0", "segments": [{"startTime": 1, "body": "Hi", "speaker": ""}]}'
    for name in ("podcast", "json"):
        (segment,) = formats.read(text, name).segments
        assert (segment.start, segment.end, segment.text, segment.speaker) == (1.0, 1.0, "Hi", None)


def test_podcast_says_what_is_wrong() -> None:
    """A segment without a time is refused with its place."""
    with pytest.raises(UsageError, match=r"missing required field `startTime`.*\[0\]"):
        formats.read('{"segments": [{"body": "Hi"}]}', "podcast")


PIECES = st.sampled_from(
    ["a", "Grüße", "x\ny", "-->", "{b}", "\\N", "\\", "\t", "\U0001f600", "\u05e9\u05dc\u05d5",
     "[[x]]", "]]", "[[", '"q"', ",", "", " ", "<v Bo>", "&amp;", "1.5", "\\\t1\t2"]
)  # fmt: skip
SAID = st.lists(PIECES, max_size=5).map(" ".join)
SEGMENTS = st.lists(
    st.builds(
        lambda text, start, length, speaker: Segment(
            id=0, text=text, start=start, end=start + length, speaker=speaker
        ),
        SAID,
        st.floats(0, 1e5),
        st.floats(0, 60),
        st.sampled_from([None, "Ann", "Bo\tLi", "\u05d3\u05e0\u05d4", 'a "b", c']),
    ),
    max_size=5,
).map(lambda each: tuple(replace(one, id=index) for index, one in enumerate(each)))


def bare(text: str | None) -> str:
    """The text with white space as single spaces."""
    return " ".join((text or "").split())


@patient
@given(SEGMENTS, st.sampled_from(["aud", "podcast", "words", "csv"]))
def test_rows_keep_times_names_and_text(segments: tuple[Segment, ...], name: str) -> None:
    """Whatever is said, and whoever says it, comes back, white space as single spaces."""
    if name == "podcast":
        segments = tuple(each for each in segments if each.text.split())
    back = formats.read(formats.render(Transcript(segments=segments), name), name)
    assert [(each.text, bare(each.speaker)) for each in back.segments] == [
        (bare(each.text), bare(each.speaker)) for each in segments
    ]
    for got, want in zip(back.segments, segments, strict=True):
        assert got.start == pytest.approx(want.start, abs=0.00051)
        assert got.end == pytest.approx(want.end, abs=0.00051)


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("rttm", "SPEAKER a 1 0 1 <NA> <NA>\n", 1),
        ("rttm", "\nSPEAKER a 1 0 soon <NA> <NA> X <NA> <NA>\n", 2),
        ("rttm", "SPEAKER a 1 0 -1 <NA> <NA> X <NA> <NA>\n", 1),
        ("rttm", "SPEAKER a 1 nan 1 <NA> <NA> X <NA> <NA>\n", 1),
        ("rttm", "SPEAKER\n", 1),
        ("rttm", "Dear Sir,\n", 1),
        ("aud", "1.0\t2.0\ta\nsoon\tlate\tb\n", 2),
        ("aud", "2.0\t1.0\ta\n", 1),
    ],
)
def test_nonsense_is_named_with_its_line(name: str, text: str, line: int) -> None:
    """The error counts lines as an editor does."""
    with pytest.raises(UsageError, match=f"line {line}$"):
        formats.read(text, name)


def test_a_sentence_of_two_is_two_lines_with_names_and_one_line_of_text() -> None:
    """Files for readers name who says which part; the text alone keeps the sentence whole."""
    assert formats.render(TALK, "txt") == "Ann Lee: Are you\nBo: there? Yes.\nGood.\n"
    assert "\nAnn Lee: Are you\n" in formats.render(TALK, "srt")
    assert "\n<v Bo>there? Yes.\n" in formats.render(TALK, "vtt")
    assert "**Ann Lee** (0:00\u20130:01)\n\nAre you\n\n**Bo**" in formats.render(TALK, "md")
    assert json.loads(formats.render(TALK, "json"))["text"] == "Are you there? Yes.\nGood."


def test_no_cue_mixes_two_speakers() -> None:
    """Words of another speaker within a segment begin a cue of their own."""
    said = (
        Word(text=" Well,", start=0.0, end=0.3, speakers=("Ann",)),
        Word(text=" yes", start=0.3, end=0.6, speakers=("Bo", "Ann")),
        Word(text=" no", start=0.6, end=2.0, speakers=("Bo",)),
    )
    segment = Segment(id=0, text=" Well, yes no", start=0, end=2, words=said, speaker="Ann")
    for name in ("srt", "vtt", "karaoke", "ass"):
        cues = formats.read_cues(formats.render(Transcript(segments=(segment,)), name), name)
        assert [(cue.speaker, cue.text) for cue in cues] == [("Ann", "Well, yes"), ("Bo", "no")]


def test_words_of_two_speakers_name_both_in_json_alone() -> None:
    """JSON has both; where only one name has room, the first is there."""
    said = Word(text=" Hi", start=0.0, end=1.0, speakers=("Ann", "Bo"))
    segment = Segment(id=0, text=" Hi", start=0, end=1, words=(said,), speaker="Ann")
    both = Transcript(segments=(segment,))
    assert json.loads(formats.render(both, "json"))["segments"][0]["words"][0]["speakers"] == [
        "Ann",
        "Bo",
    ]
    assert formats.render(both, "txt") == "Ann: Hi\n"
    assert "<v Ann>" in formats.render(both, "vtt")
