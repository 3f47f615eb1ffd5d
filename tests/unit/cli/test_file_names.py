"""Which files a transcription writes."""

import pytest

from hansard.cli.transcribe import choose_formats, name_files
from hansard.errors import UnknownNameError
from hansard.transcript.formats import NAMES


def test_formats_are_chosen_by_name_or_suffix() -> None:
    """Once each, in the order in which they were asked for; `all` is all."""
    assert choose_formats(["srt,VTT", ".words.json", "markdown", "srt"]) == (
        "srt", "vtt", "words", "md",
    )  # fmt: skip
    assert choose_formats(["all"]) == NAMES
    assert choose_formats(None) == ()


def test_an_unknown_format_names_the_choices() -> None:
    """`all` among them."""
    with pytest.raises(UnknownNameError, match="unknown format 'docx'") as caught:
        choose_formats(["docx"])
    assert caught.value.hint == f"formats: {', '.join(NAMES)}, all"


def test_files_have_the_suffixes_of_their_formats() -> None:
    """One file a format, below the name of its input."""
    (files,) = name_files(["talk"], ("srt", "sync", "podcast", "karaoke"))
    assert [str(file) for file in files] == [
        "talk.srt", "talk_sync.json", "talk.podcast.json", "talk.karaoke.vtt",
    ]  # fmt: skip


def test_no_file_lies_over_another() -> None:
    """A recording whose name ends like a suffix gets a number, for all of its files."""
    names = ["talk", "Talk_sync", "talk.words"]
    files = name_files(names, ("json", "sync", "words"))
    assert [str(each[0]) for each in files] == [
        "talk.json",
        "Talk_sync-2.json",
        "talk.words-2.json",
    ]
    flat = [str(file).casefold() for each in files for file in each]
    assert len(flat) == len(set(flat)) == 9
    assert [str(each[0]) for each in name_files(names, ("json",))] == [
        "talk.json", "Talk_sync.json", "talk.words.json",
    ]  # fmt: skip
