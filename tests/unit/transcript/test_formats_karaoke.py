"""Files that light words as they are sung: ass, karaoke, words, sync, and lrc beside them."""

import json
import re
from itertools import pairwise

import pysubs2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transcript_samples import OPTIONS, one, patient, transcripts

from hansard.errors import UsageError
from hansard.transcript import Segment, Transcript, Word, formats
from hansard.transcript.subtitles import SubtitleOptions, cues_of
from hansard.transcript.subtitles.highlight import spoken_lines

SONG = Transcript(
    segments=(
        Segment(
            id=0,
            text=" Good day, moon",
            start=61.0,
            end=63.0,
            speaker="Ann",
            words=(
                Word(text=" Good", start=61.0, end=61.4),
                Word(text=" day", start=61.55, end=61.9),
                Word(text=",", start=61.9, end=61.9),
                Word(text=" moon", start=62.0, end=63.0),
            ),
        ),
        Segment(id=1, text=" La <la> {la}", start=64.0, end=66.0),
    ),
    duration=70.0,
    versions={"title": "My\nsong"},
)
FILL = re.compile(r"\{\\kf?(\d+)\}")


def test_karaoke_vtt_times_each_word() -> None:
    """The first word begins with its cue, each later one behind its time; other text stays."""
    assert formats.render(SONG, "karaoke") == (
        "WEBVTT\n\n00:01:01.000 --> 00:01:03.000\n"
        "<v Ann><c>Good</c> <00:01:01.550><c>day</c><00:01:01.900><c>,</c> "
        "<00:01:02.000><c>moon</c>\n\n"
        "00:01:04.000 --> 00:01:06.000\nLa &lt;la> {la}\n\n"
    )


def test_karaoke_vtt_comes_back_with_its_words() -> None:
    """A word lasts until the next one begins, the last one as long as its cue."""
    back = formats.read(formats.render(SONG, "karaoke"), "karaoke")
    assert [(word.text, word.start, word.end) for word in back.words] == [
        ("Good", 61.0, 61.55),
        (" day", 61.55, 61.9),
        (",", 61.9, 62.0),
        (" moon", 62.0, 63.0),
    ]
    assert [(each.text, each.speaker) for each in back.segments] == [
        ("Good day, moon", "Ann"),
        ("La <la> {la}", None),
    ]


def test_karaoke_vtt_of_others_is_read() -> None:
    """Captions may give the first word no class, and put the space into it."""
    text = (
        "WEBVTT\n\n00:01.000 --> 00:03.000 align:start\n"
        "so<00:00:01.500><c> this</c><00:02.000><c>\nis</c>\n"
    )
    assert [(word.text, word.start, word.end) for word in formats.read(text, "karaoke").words] == [
        ("so", 1.0, 1.5),
        (" this", 1.5, 2.0),
        (" is", 2.0, 3.0),
    ]


@patient
@given(transcripts(), OPTIONS)
def test_times_within_a_cue_are_in_order(transcript: Transcript, options: SubtitleOptions) -> None:
    """As WebVTT asks, each lies after the one before it and within its cue."""
    text = formats.render(transcript, "karaoke", options)
    cues = formats.read_cues(text, "karaoke")
    bodies = [block for block in text.split("\n\n") if "-->" in block]
    assert len(bodies) == len(cues)
    for cue, body in zip(cues, bodies, strict=True):
        stamps = re.findall(r"<(\d+):(\d\d):(\d\d\.\d{3})>", body)
        times = [int(hour) * 3600 + int(minute) * 60 + float(rest) for hour, minute, rest in stamps]
        inside = [cue.start, *times, cue.end]
        assert all(left < right for left, right in pairwise(inside))


def test_ass_fills_each_word_in_its_speakers_colour() -> None:
    """Waits are `k`, words `kf`, in hundredths of a second; braces cannot be commands."""
    head, _, events = formats.render(SONG, "ass").partition("[Events]\n")
    assert "Title: My song\n" in head
    assert "Style: Voice1,Arial,64,&H0066E0FF,&H00FFFFFF," in head
    _, sung, said = events.splitlines()
    assert sung == (
        r"Dialogue: 0,0:01:01.00,0:01:03.00,Voice1,Ann,0,0,0,,"
        r"{\kf40}Good{\k15} {\kf35}day{\kf0},{\k10} {\kf100}moon"
    )
    assert said == "Dialogue: 0,0:01:04.00,0:01:06.00,Default,,0,0,0,,La <la> \uff5bla\uff5d"


def test_ass_comes_back_with_its_words() -> None:
    """Words, times, speakers and braces survive to a hundredth of a second."""
    back = formats.read(formats.render(SONG, "ass"), "ass")
    assert [(word.text, word.start, word.end) for word in back.words] == [
        ("Good", 61.0, 61.4),
        (" day", 61.55, 61.9),
        (",", 61.9, 61.9),
        (" moon", 62.0, 63.0),
    ]
    assert [(each.text, each.speaker) for each in back.segments] == [
        ("Good day, moon", "Ann"),
        ("La <la> {la}", None),
    ]


def test_the_ninth_speaker_shares_a_colour() -> None:
    """There are at most eight styles for speakers; a name keeps its own field, without a comma."""
    names = ["Lee, Ann", *"BCDEFGHI"]
    segments = tuple(
        Segment(id=index, text="Hi.", start=index, end=index + 1, speaker=name)
        for index, name in enumerate(names)
    )
    text = formats.render(Transcript(segments=segments, speakers=tuple(names)), "ass")
    assert text.count("Style: Voice") == 8
    file = pysubs2.SSAFile.from_string(text)
    assert [(event.style, event.name) for event in file][::8] == [
        ("Voice1", "Lee; Ann"),
        ("Voice1", "I"),
    ]


def test_ass_of_others_is_read() -> None:
    """Other fields, comments, drawings, overrides, hard spaces and lines out of order."""
    text = (
        "\ufeff; a comment\r\n[Script Info]\r\nScriptType: v4.00\r\n\r\n[Events]\r\n"
        "Format: Marked, Start, End, Actor, Text\r\n"
        "Dialogue: 0,0:00:05.00,0:00:06.00,Bo,{\\i1}two,\\hthree\\Nfour{\\i0}\r\n"
        "Comment: 0,0:00:00.00,0:00:01.00,,hidden\r\n"
        "Dialogue: 0,0:00:01.00,0:00:02.00,,{\\an8\\k50}o{\\K50}ne\r\n"
        "Dialogue: 0,0:00:01.00,0:00:02.00,,{\\p1}m 0 0 l 9 9{\\p0}\r\n"
    )
    back = formats.read(text, "ass")
    assert [(each.start, each.text, each.speaker) for each in back.segments] == [
        (1.0, "one", None),
        (5.0, "two, three four", "Bo"),
    ]
    assert [(word.text, word.start, word.end) for word in back.words] == [
        ("o", 1.0, 1.5),
        ("ne", 1.5, 2.0),
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Hello\n", 1),
        ("[Events]\nDialogue: 0,soon,late,,,,,,,Hi\n", 2),
        ("[Events]\nDialogue: 0,0:00:02.00,0:00:01.00,,,,,,,Hi\n", 2),
    ],
)
def test_nonsense_is_named_with_its_line(text: str, line: int) -> None:
    """The error counts lines as an editor does."""
    with pytest.raises(UsageError, match=f"line {line}$"):
        formats.read(text, "ass")


HOSTILE = st.sampled_from(
    ["a", "Grüße", "{b}", "{\\k20}", "\\N", "\\h", "\\", "}", "{", "<b>", "<c>", "&lt;", ",", "",
     "<00:00:01.000>", "\U0001f600", "\u05e9\u05dc\u05d5\u05dd", "Dialogue:", "[Events]", "x\\n"]
)  # fmt: skip


@st.composite
def songs(draw: st.DrawFn) -> Transcript:
    """Lines of odd words, in order of time."""
    segments: list[Segment] = []
    clock = 0.0
    for index in range(draw(st.integers(0, 4))):
        words = []
        start = clock
        for text in draw(st.lists(HOSTILE, max_size=8)):
            begin = clock + draw(st.sampled_from([0.0, 0.07, 1.0]))
            clock = begin + draw(st.sampled_from([0.11, 0.5]))
            words.append(Word(text=f" {text}", start=begin, end=clock))
        said = "".join(word.text for word in words)
        speaker = draw(st.sampled_from([None, "Ann", "Bo Li"]))
        segments.append(
            Segment(
                id=index, text=said, start=start, end=clock, words=tuple(words), speaker=speaker
            )
        )
    return Transcript(segments=tuple(segments), duration=clock)


def bare(text: str) -> str:
    """The text without white space."""
    return "".join(text.split())


@patient
@given(songs(), st.sampled_from(["ass", "karaoke", "words", "sync", "json"]))
def test_words_and_text_survive(song: Transcript, name: str) -> None:
    """Whatever is sung comes back, with the time of each word, and no time goes backwards."""
    back = formats.read(formats.render(song, name), name)
    assert bare(back.text) == bare(song.text)
    sung = [word for word in song.words if word.text.strip()]
    got = [word for word in back.words if word.text.strip()]
    assert bare("".join(word.text for word in got)) == bare(song.text)
    if name in {"words", "sync", "json"}:
        assert [(word.start, word.end) for word in got] == [
            (pytest.approx(word.start, abs=0.00051), pytest.approx(word.end, abs=0.00051))
            for word in sung
        ]
    assert all(left.start <= right.start for left, right in pairwise(got))


@patient
@given(songs())
def test_pysubs2_reads_the_same_subtitles(song: Transcript) -> None:
    """Another reader finds the same lines, and karaoke that never outlasts its line."""
    text = formats.render(song, "ass")
    file = pysubs2.SSAFile.from_string(text)
    cues = cues_of(song)
    assert len(file) == len(cues)
    for event, cue in zip(file, cues, strict=True):
        assert abs(event.start - cue.start * 1000) <= 5.001
        assert event.plaintext.translate({0xFF5B: "{", 0xFF5D: "}", 0x2060: None}) == "\n".join(
            cue.lines
        )
        filled = sum(int(length) for length in FILL.findall(event.text))
        assert filled <= (event.end - event.start) / 10 + 1e-9


@patient
@given(transcripts(), OPTIONS)
def test_pieces_are_the_lines_of_their_cue(
    transcript: Transcript, options: SubtitleOptions
) -> None:
    """Joined, gaps and texts are the line; the shares of each word make one whole word."""
    for cue in cues_of(transcript, options, labels=True):
        lines = spoken_lines(cue)
        assert tuple("".join(each.gap + each.text for each in line) for line in lines) == cue.lines
        for word in cue.words:
            shares = [each.share for line in lines for each in line if each.word is word]
            repeated = sum(1 for other in cue.words if other is word)
            if shares:
                assert sum(shares) == pytest.approx(repeated)


def test_words_has_the_shape_that_pages_read() -> None:
    """Text, segments, words with the space before them; nobody's segment names no speaker."""
    document = json.loads(formats.render(SONG, "words"))
    assert list(document) == ["text", "segments"]
    assert document["text"] == "Good day, moon\nLa <la> {la}"
    first, second = document["segments"]
    assert list(first) == ["text", "start", "end", "speaker", "words"]
    assert first["words"][1] == {"word": " day", "start": 61.55, "end": 61.9}
    assert second == {"text": "La <la> {la}", "start": 64.0, "end": 66.0, "words": []}


def test_sync_has_the_shape_that_karaoke_pages_read() -> None:
    """A list of lines, each with its time in seconds and as LRC writes it."""
    first, second = json.loads(formats.render(SONG, "sync"))
    assert (first["timestamp"], first["end"]) == (61.0, 63.0)
    assert (first["lrc_format"], first["text"]) == ("[01:01.00]", "Good day, moon")
    assert first["words"][0] == {"word": " Good", "start": 61.0, "end": 61.4}
    assert second == {
        "timestamp": 64.0, "end": 66.0, "lrc_format": "[01:04.00]", "text": "La <la> {la}",
    }  # fmt: skip


def test_sync_of_others_is_read() -> None:
    """Lines may have no end and no words; other JSON under the same name is read as what it is."""
    text = (
        '[{"timestamp": 1.5, "lrc_format": "[00:01.50]", "text": "one"},'
        ' {"timestamp": 3, "text": "two"}]'
    )
    assert [(each.start, each.end, each.text) for each in formats.read(text, "sync").segments] == [
        (1.5, 3.0, "one"),
        (3.0, 3.0, "two"),
    ]
    weekly = formats.render(one("A talk called weekly sync."), "json")
    assert formats.read(weekly, "sync").text == "A talk called weekly sync."
    with pytest.raises(UsageError, match=r"missing required field `text`.*\[1\]"):
        formats.read('[{"timestamp": 1, "text": ""}, {"timestamp": 2}]', "sync")
