"""srt and vtt: the shape that players expect, and files of other programs."""

from dataclasses import replace

import pytest
from transcript_samples import one, said

from hansard.errors import UsageError
from hansard.transcript import Segment, Transcript, formats

TALK = Transcript(
    segments=(
        Segment(id=0, text=" Hello there.", start=0.5, end=2.0, speaker="Ann"),
        Segment(id=1, text=" 1 < 2 & 3 --> 4", start=3661.25, end=3664.0, speaker="Bo"),
    )
)
NAMELESS = replace(TALK, segments=tuple(replace(each, speaker=None) for each in TALK.segments))


def test_srt_has_numbers_commas_and_names() -> None:
    """Numbers from 1, hours always, a comma before milliseconds, no arrow in the text."""
    assert formats.render(TALK, "srt") == (
        "1\n00:00:00,500 --> 00:00:02,000\nAnn: Hello there.\n\n"
        "2\n01:01:01,250 --> 01:01:04,000\nBo: 1 < 2 & 3 -> 4\n\n"
    )


def test_vtt_has_a_header_voices_and_escapes() -> None:
    """Hours only above 0, a point before milliseconds, speakers as voices, markup escaped."""
    assert formats.render(TALK, "vtt") == (
        "WEBVTT\n\n"
        "00:00.500 --> 00:02.000\n<v Ann>Hello there.\n\n"
        "01:01:01.250 --> 01:01:04.000\n<v Bo>1 &lt; 2 &amp; 3 -> 4\n\n"
    )


def test_a_nameless_talk_has_no_labels() -> None:
    """Where nobody knows who speaks, the text stands alone."""
    assert "\nHello there.\n" in formats.render(NAMELESS, "srt")
    assert "<v" not in formats.render(NAMELESS, "vtt")


def test_vtt_survives_the_way_back() -> None:
    """Escapes and voices are undone."""
    back = formats.read(formats.render(TALK, "vtt"), "vtt")
    assert [each.text for each in back.segments] == ["Hello there.", "1 < 2 & 3 -> 4"]
    assert back.speakers == ("Ann", "Bo")
    assert (back.segments[1].start, back.duration) == (3661.25, 3664.0)


def test_a_name_with_markup_is_a_name() -> None:
    """`<v>` cannot be broken out of."""
    odd = replace(TALK, segments=(replace(TALK.segments[0], speaker="A <b> & C\nD"),))
    text = formats.render(odd, "vtt")
    assert "<v A &lt;b&gt; &amp; C D>Hello there.\n" in text
    assert formats.read(text, "vtt").speakers == ("A <b> & C D",)


@pytest.mark.parametrize("arrow", ["-->", "--->", "---->", "-- -->"])
def test_no_arrow_in_the_text_survives(arrow: str) -> None:
    """However many dashes it has, an arrow in the text does not begin a cue."""
    for name in ("srt", "vtt"):
        text = formats.render(one(f"this {arrow} that"), name)
        assert text.count("-->") == 1
        assert len(formats.read(text, name).segments) == 1


FOREIGN_SRT = (
    "\ufeff1\r\n0:00:01,5 --> 0:00:03.250 X1:10 X2:20\r\n<i>Hello</i>\r\n{\\an8}world\r\n\r\n"
    '00:04,000 --> 00:05,000\r\n<font color="#fff">No number</font>\r\n'
    "3\r\n00:00:06,000-->00:00:07,000\r\n\r\nA blank line before\r\n\r\nand within\r\n\r\n\r\n"
    "7\r\n00:00:08,000 --> 00:00:09,000\r\n\r\n"
    "8\r\n00:00:09,000 --> 00:00:09,000\r\n42\r\n"
)


def test_srt_of_other_programs_is_read() -> None:
    """Byte order mark, CRLF, missing numbers and hours, points, tags, blank lines, empty cues."""
    segments = formats.read(FOREIGN_SRT, "srt").segments
    assert [(each.start, each.end, each.text) for each in segments] == [
        (1.5, 3.25, "Hello world"),
        (4.0, 5.0, "No number"),
        (6.0, 7.0, "A blank line before and within"),
        (9.0, 9.0, "42"),
    ]
    assert [each.id for each in segments] == [0, 1, 2, 3]


FOREIGN_VTT = (
    "\ufeffWEBVTT - a title\nKind: captions\n\nNOTE\nmany --\nlines\n\n"
    "STYLE\n::cue { color: red }\n\n"
    "intro\n00:01.000 --> 00:02.500 align:start position:0%\n"
    "<v.loud Mary Ann>Tom &amp; Jerry</v>\n<c.yellow>yellow</c>\n\n"
    "NOTE done\n\n00:00:03.000 --> 00:00:04.000\n<v Bo>one\n<v Cy>two\n\n"
    "100:00:05.000 --> 100:00:06.000\nword<00:00:05.500><c> by</c> word\n"
)


def test_vtt_of_other_programs_is_read() -> None:
    """Titles, notes, styles, identifiers, settings, classes and times within are understood."""
    segments = formats.read(FOREIGN_VTT, "vtt").segments
    assert [(each.start, each.text, each.speaker) for each in segments] == [
        (1.0, "Tom & Jerry yellow", "Mary Ann"),
        (3.0, "one two", None),
        (360005.0, "word by word", None),
    ]


def test_vtt_without_its_header_is_read() -> None:
    """A file that begins with a cue is what its suffix says."""
    assert formats.read("00:01.000 --> 00:02.000\nHi.\n", "vtt").text == "Hi."


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("srt", "1\n00:00:01,000 --> 00:00:02,000\nA\n\n2\n00:00:0x,000 --> 1\nB\n", 6),
        ("srt", "1\n00:00:05,000 --> 00:00:02,000\nA\n", 2),
        ("srt", "1\n00:00:61,000 --> 00:01:02,000\nA\n", 2),
        ("srt", "1\n00:99:01,000 --> 01:99:02,000\nA\n", 2),
        ("srt", "\nDear Sir or Madam,\n1\n00:00:01,000 --> 00:00:02,000\nA\n", 2),
        ("vtt", "WEBVTT\n\n00:01.000 --> soon\nA\n", 3),
        ("vtt", "\nSome words\nwithout times\n", 2),
    ],
)
def test_nonsense_is_named_with_its_line(name: str, text: str, line: int) -> None:
    """The error counts lines as an editor does."""
    with pytest.raises(UsageError, match=f"line {line}$"):
        formats.read(text, name)


def test_one_plain_colon_makes_no_speaker() -> None:
    """`Note: ...` is text unless most subtitles begin with a name."""
    text = formats.render(said(("Note: it rains.", 0, 2), ("And it pours today.", 2, 4)), "srt")
    back = formats.read(text, "srt")
    assert back.speakers == ()
    assert back.segments[0].text == "Note: it rains."


def test_names_in_brackets_are_speakers() -> None:
    """WhisperX writes `[SPEAKER_00]: ` before each text."""
    text = (
        "1\n00:00:00,000 --> 00:00:01,000\n[SPEAKER_00]: Hi.\n\n"
        "2\n00:00:01,000 --> 00:00:02,000\n[SPEAKER_01]: Hello.\n\n"
    )
    cues = formats.read_cues(text, "srt")
    assert [(cue.speaker, cue.text) for cue in cues] == [
        ("SPEAKER_00", "Hi."),
        ("SPEAKER_01", "Hello."),
    ]
    assert cues[0].lines == ("[SPEAKER_00]: Hi.",)


def test_lines_of_chinese_are_joined_without_a_space() -> None:
    """A subtitle that was broken where the script has no space becomes one text again."""
    text = "1\n00:00:00,000 --> 00:00:04,000\n这是一个比较长的\n中文字幕\n\n"
    assert formats.read(text, "srt").segments[0].text == "这是一个比较长的中文字幕"
