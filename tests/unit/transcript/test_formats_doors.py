"""How formats are named, found, written and read, whichever they are."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from transcript_samples import OPTIONS, SAMPLES, one, patient, sample, transcripts

from hansard.errors import HansardError, UnknownNameError, UsageError
from hansard.transcript import Segment, Transcript, Word, formats
from hansard.transcript.subtitles import SubtitleOptions

READABLE = tuple(name for name in formats.NAMES if name != "md")
WITH_TEXT = tuple(name for name in READABLE if name != "rttm")
WITH_SPEAKERS = {"vtt", "json", "csv", "aud", "podcast", "ass", "karaoke", "words"}
NO_NUMBER = re.compile(r"\b(nan|inf|infinity)\b", re.IGNORECASE)


def test_the_names_are_those_of_the_design() -> None:
    """Fifteen formats, in the order in which they are offered, each with one line about it."""
    assert formats.NAMES == (
        "txt", "srt", "vtt", "tsv", "json", "md", "lrc", "csv",
        "rttm", "aud", "podcast", "ass", "karaoke", "words", "sync",
    )  # fmt: skip
    assert tuple(formats.describe()) == formats.NAMES
    assert all(about and "\n" not in about for about in formats.describe().values())


@pytest.mark.parametrize("name", ["docx", "", ".", "srt "])
def test_an_unknown_name_says_which_there_are(name: str) -> None:
    """The error names the choices, for writing, reading and suffixes alike."""
    for call in (
        lambda: formats.render(Transcript(segments=()), name),
        lambda: formats.read("", name),
        lambda: formats.read_cues("", name),
        lambda: formats.name_of(Path("talk" if name == "." else f"talk.{name}")),
    ):
        with pytest.raises(UnknownNameError) as caught:
            call()
        assert "txt srt vtt tsv json md lrc csv" in caught.value.hint


def test_a_suffix_finds_its_format() -> None:
    """Capital letters and long forms mean the same."""
    assert formats.name_of("talk.SRT") == "srt"
    assert formats.name_of(Path("a.b/talk.markdown")) == "md"
    assert formats.name_of("notes.text") == "txt"


@pytest.mark.parametrize("name", formats.NAMES)
def test_a_file_name_finds_its_format_again(name: str) -> None:
    """The longest suffix counts, so `talk.words.json` is no plain `json`."""
    file = formats.file_name("A talk.v2", name)
    assert file == "A talk.v2" + formats.suffixes()[name]
    assert formats.name_of(Path("some.folder") / file.upper()) == name
    assert formats.find(formats.suffixes()[name]).name == name
    assert formats.find(formats.suffixes()[name].lstrip(".")).name == name


@pytest.mark.parametrize(
    ("file", "name"),
    [("_sync.json", "json"), ("resync.json", "json"), ("words.json", "json"), ("a.b.vtt", "vtt")],
)
def test_a_name_that_only_looks_like_a_suffix_is_none(file: str, name: str) -> None:
    """Something must stand before a suffix, and the whole of it must be there."""
    assert formats.name_of(file) == name


def test_saving_goes_by_the_suffix(tmp_path: Path) -> None:
    """`Transcript.save` writes what `render` gives, in UTF-8 with plain line ends."""
    transcript = one("Grüße aus Zürich.")
    path = transcript.save(tmp_path / "talk.srt", SubtitleOptions(max_line_width=10))
    assert (
        path.read_bytes() == transcript.render("srt", SubtitleOptions(max_line_width=10)).encode()
    )
    assert b"\r" not in path.read_bytes()


@pytest.mark.parametrize("name", formats.NAMES)
def test_every_format_can_be_saved_by_its_suffix(name: str, tmp_path: Path) -> None:
    """Two formats of one recording never lie in one file."""
    transcript = one("Hello.")
    path = transcript.save(tmp_path / formats.file_name("talk", name))
    assert path.read_text("utf-8") == transcript.render(name)


def test_markdown_cannot_be_read_back() -> None:
    """The error says which formats can."""
    with pytest.raises(UsageError, match="md files cannot be read back") as caught:
        formats.read("text", "md")
    assert "txt, srt, vtt" in caught.value.hint


def test_only_subtitles_hold_cues() -> None:
    """A table has no cues to score."""
    with pytest.raises(UsageError, match="csv files hold no subtitles"):
        formats.read_cues("start,end,text", "csv")


@pytest.mark.parametrize("sample_name", SAMPLES)
@pytest.mark.parametrize("name", WITH_TEXT)
def test_the_samples_survive_every_format(sample_name: str, name: str) -> None:
    """Written and read back, the words are the same, and so is who said them."""
    transcript = sample(sample_name, speakers=name in WITH_SPEAKERS)
    back = formats.read(formats.render(transcript, name), name)
    assert " ".join(back.text.split()) == " ".join(transcript.text.split())
    assert back.speakers == transcript.speakers
    if name != "txt":
        assert back.segments[0].start == pytest.approx(0.4, abs=0.006)
        assert back.duration == pytest.approx(transcript.duration, abs=2)


@pytest.mark.parametrize("sample_name", ["podcast", "standup"])
@pytest.mark.parametrize("name", ["txt", "srt"])
def test_names_before_the_text_are_read_back(sample_name: str, name: str) -> None:
    """`Name: ` becomes the speaker again where most lines have one."""
    transcript = sample(sample_name)
    back = formats.read(formats.render(transcript, name), name)
    assert back.speakers == transcript.speakers
    assert " ".join(back.text.split()) == " ".join(transcript.text.split())


@patient
@given(transcripts(), OPTIONS)
def test_every_format_writes_whatever_comes_in(
    transcript: Transcript, options: SubtitleOptions
) -> None:
    """No transcript is too odd to write, and what was written can be read."""
    for name in formats.NAMES:
        text = formats.render(transcript, name, options)
        assert "\r" not in text
        assert not NO_NUMBER.search(text)
        if name in READABLE:
            assert formats.read(text, name).duration >= 0


@pytest.mark.parametrize("name", READABLE)
def test_an_empty_transcript_can_be_written_and_read(name: str) -> None:
    """Silence makes a file, and the file makes silence."""
    assert formats.read(formats.render(Transcript(segments=()), name), name).segments == ()


@pytest.mark.parametrize("name", READABLE)
@pytest.mark.parametrize("text", ["\0\1\2", "{", "-->", "%PDF-1.7\n%\xe2", "<html><body>"])
def test_nonsense_is_one_clear_error(name: str, text: str) -> None:
    """A file of another kind raises our own error with the line, never another one."""
    if name == "txt":
        assert formats.read(text, name).segments
        return
    with pytest.raises(HansardError, match=r"line 1"):
        formats.read(text, name)


def test_a_word_without_a_time_stands_with_its_neighbour_where_a_format_needs_times() -> None:
    """No format but JSON shows a time that nobody knows."""
    nowhere = float("nan")
    words = (
        Word(text="Good", start=1.0, end=1.4),
        Word(text=" bye", start=nowhere, end=nowhere, method="none"),
    )
    line = Segment(id=0, text="Good bye", start=1.0, end=1.4, words=words)
    made = Transcript(segments=(line,))
    assert "<00:01.00>Good bye" in made.render("lrc")
    assert '"start":null' in made.render("json")
