"""txt, tsv, csv, lrc and md."""

from dataclasses import replace

import pytest
from transcript_samples import one, said

from hansard.errors import UsageError
from hansard.transcript import Segment, Transcript, Word, formats


def talk(*texts: str, speaker: str | None = None) -> Transcript:
    """A transcript with one segment of a second for each text."""
    return Transcript(
        segments=tuple(
            Segment(id=index, text=text, start=index, end=index + 1, speaker=speaker)
            for index, text in enumerate(texts)
        )
    )


def test_txt_is_one_segment_a_line() -> None:
    """Line ends within a segment become spaces, and empty segments no line."""
    assert formats.render(talk(" One\ntwo.", " ", "Three."), "txt") == "One two.\nThree.\n"
    assert formats.render(talk("Hi.", speaker="Ann"), "txt") == "Ann: Hi.\n"


def test_txt_is_read_without_times() -> None:
    """Each line that is not blank is a segment at time 0."""
    back = formats.read("\ufeffOne.\r\n\r\nTwo.\r", "txt")
    assert [(each.text, each.start, each.end) for each in back.segments] == [
        ("One.", 0.0, 0.0),
        ("Two.", 0.0, 0.0),
    ]


def test_tsv_counts_milliseconds() -> None:
    """A header, whole milliseconds, and no tab in the text."""
    transcript = Transcript(segments=(Segment(id=0, text=" a\tb\nc ", start=0.0996, end=1.5),))
    assert formats.render(transcript, "tsv") == "start\tend\ttext\n100\t1500\ta b c\n"


def test_tsv_of_other_programs_is_read() -> None:
    """No header, seconds with a point, a tab in the text, CRLF."""
    back = formats.read("1.5\t2.25\tone\ttwo\r\n3000\t4000\tthree\r\n", "tsv")
    assert [(each.start, each.end, each.text) for each in back.segments] == [
        (1.5, 2.25, "one two"),
        (3.0, 4.0, "three"),
    ]


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "'=quoted", "''-twice", "'plain", "plain"]
)
def test_csv_cells_are_no_formulas_and_come_back(cell: str) -> None:
    """What a spreadsheet would run gets an apostrophe, which reading takes away again."""
    text = formats.render(talk(cell, speaker=cell), "csv")
    row = text.splitlines()[1]
    assert row.startswith("0.000,1.000,")
    for field in row.split(",")[2:]:
        assert field[0] not in "=+-@"
    (segment,) = formats.read(text, "csv").segments
    assert (segment.text, segment.speaker) == (cell, cell)


def test_csv_quotes_what_must_be_quoted() -> None:
    """Commas and quotation marks in the text do not make columns."""
    text = formats.render(talk('He said, "no"'), "csv")
    assert text == 'start,end,speaker,text\n0.000,1.000,,"He said, ""no"""\n'
    assert formats.read(text, "csv").text == 'He said, "no"'


def test_csv_of_whisper_cpp_is_read() -> None:
    """Whole numbers in all rows are milliseconds, and there may be no speaker."""
    back = formats.read(
        '\ufeffStart,End,Text\r\n0,1500, " Hello, you."\r\n1500,2000,"b"\r\n', "csv"
    )
    assert [(each.start, each.end, each.text) for each in back.segments] == [
        (0.0, 1.5, " Hello, you."),
        (1.5, 2.0, "b"),
    ]


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("tsv", "start\tend\ttext\n1\t2\ta\nx\ty\tb\n", 3),
        ("tsv", "2000\t1000\ta\n", 1),
        ("tsv", "1000\n", 1),
        ("csv", "start,end,text\n1.0,2.0,a\nsoon,late,b\n", 3),
        ("csv", "start,end,text\n2.0,1.0,a\n", 2),
        ("csv", "start,end,text\n1.0\n", 2),
        ("csv", "start,end,text\nnan,inf,a\n", 2),
        ("csv", "begin,finish,words\n1,2,a\n", 1),
        ("lrc", "[00:01.00]ok\nno time at all\n", 2),
        ("lrc", "[00:01.00]ok\n[00:99.00]bad\n", 2),
    ],
)
def test_nonsense_is_named_with_its_line(name: str, text: str, line: int) -> None:
    """The error counts lines as an editor does."""
    with pytest.raises(UsageError, match=f"line {line}$"):
        formats.read(text, name)


def test_lrc_times_each_word() -> None:
    """Enhanced LRC: tags, a time for the line and before each word, the end of the last one."""
    words = (
        Word(text=" Good", start=61.234, end=61.5),
        Word(text=" day", start=61.5, end=61.9),
        Word(text=",", start=61.9, end=62),
    )
    segment = Segment(id=0, text=" Good day,", start=61.234, end=62, words=words)
    transcript = Transcript(segments=(segment,), duration=125.4, versions={"title": "My talk"})
    assert formats.render(transcript, "lrc") == (
        "[ti:My talk]\n[length:02:05]\n[by:Hansard]\n"
        "[01:01.23] <01:01.23>Good <01:01.50>day<01:01.90>, <01:02.00>\n"
    )


def test_lrc_tells_what_is_known_of_the_song() -> None:
    """Title, artist and album are tags where they are known; a bracket cannot end one."""
    song = replace(talk("La."), versions={"title": "La [live]", "artist": "A\nB", "album": None})
    text = formats.render(song, "lrc")
    assert text.startswith("[ti:La (live)]\n[ar:A B]\n[length:00:00]\n[by:Hansard]\n")
    assert formats.read(text, "lrc").text == "La."


@pytest.mark.parametrize("text", ["[00:07.00]Hi", "at <00:07.00> sharp", "[ti:x]", "<9:5>"])
def test_lrc_takes_no_text_for_a_time(text: str) -> None:
    """What is said like a time gets a blank within, and times nothing."""
    for transcript in (talk(text), one(text, 1, 2)):
        (segment,) = formats.read(formats.render(transcript, "lrc"), "lrc").segments
        assert segment.text.replace(" ", "") == text.replace(" ", "")
        assert segment.start == transcript.segments[0].start


def test_lrc_without_word_times_times_the_line() -> None:
    """Where words have no times the text stands behind the line's."""
    assert formats.render(talk("No words."), "lrc").endswith("[00:00.00] No words.\n")


def test_lrc_comes_back_with_its_words() -> None:
    """Words, their times and their spaces survive to a hundredth of a second."""
    transcript = one("Every word has a time.", 1, 4)
    (segment,) = formats.read(formats.render(transcript, "lrc"), "lrc").segments
    assert [word.text for word in segment.words] == [" Every", " word", " has", " a", " time."]
    for got, want in zip(segment.words, transcript.words, strict=True):
        assert got.start == pytest.approx(want.start, abs=0.006)


def test_lrc_of_other_programs_is_read() -> None:
    """Tags, several times on a line, an offset, times with a colon, an end time, blank lines."""
    text = (
        "[ar:Someone]\r\n[offset:+500]\r\n[length: 01:00]\r\n"
        "[00:10.50][00:30.50]Chorus\r\n"
        "[00:20:50] <00:20.50> one <00:21.50> two <00:22.50>\r\n"
        "[00:40]\r\n"
    )
    back = formats.read(text, "lrc")
    assert [(each.start, each.end, each.text) for each in back.segments] == [
        (10.0, 20.0, "Chorus"),
        (20.0, 22.0, "one two"),
        (30.0, 39.5, "Chorus"),
    ]
    assert [(word.text, word.start, word.end) for word in back.segments[1].words] == [
        (" one", 20.0, 21.0),
        (" two", 21.0, 22.0),
    ]
    assert back.duration == 60.0


def test_md_has_paragraphs_with_bold_speakers() -> None:
    """Sentences of one speaker make a paragraph below the name and the times."""
    transcript = said(("One.", 0, 2), ("Two.", 2, 4), ("Three.", 3725, 3726))
    first, second, third = transcript.segments
    segments = (
        replace(first, speaker="Ann"),
        replace(second, speaker="Ann"),
        replace(third, speaker="Bo"),
    )
    assert formats.render(Transcript(segments=segments), "md") == (
        "**Ann** (0:00\u20130:04)\n\nOne. Two.\n\n**Bo** (1:02:05\u20131:02:06)\n\nThree.\n"
    )


def test_md_without_speakers_begins_a_paragraph_after_a_silence() -> None:
    """Two seconds of silence part paragraphs, and so does length."""
    assert formats.render(said(("A.", 0, 1), ("B.", 2.9, 4), ("C.", 6, 7)), "md") == (
        "(0:00\u20130:04)\n\nA. B.\n\n(0:06\u20130:07)\n\nC.\n"
    )
    long = [
        ("A sentence with some words in it. " * 4, float(index), index + 1.0) for index in range(20)
    ]
    assert formats.render(said(*long), "md").count("(") == 4


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("2 * 3 _or_ <b> [x](y) `c` #", r"2 \* 3 \_or\_ \<b\> \[x\](y) \`c\` \#"),
        ("1. First of all", r"1\. First of all"),
        ("- no list", r"\- no list"),
        ("well-known", "well-known"),
    ],
)
def test_md_shows_what_was_said_and_not_markup(said: str, written: str) -> None:
    """Characters that Markdown acts on are escaped."""
    assert formats.render(talk(said), "md").split("\n\n")[1].strip() == written
