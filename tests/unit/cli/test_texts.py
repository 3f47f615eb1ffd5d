"""Transcripts as commands are given them."""

from pathlib import Path

import pytest

from hansard.cli.texts import READABLE, is_text, read_text
from hansard.errors import UsageError
from hansard.transcript import Segment, Transcript
from hansard.transcript.formats import read
from hansard.work.demonstrate import find_sample


def test_sound_and_text_are_told_apart_by_their_bytes() -> None:
    """A recording on standard input is not taken for a text, nor a text for a recording."""
    assert not is_text(find_sample("note").path.read_bytes())
    assert is_text("Dobar dan, čovječe!".encode())
    assert is_text("wide".encode("utf-16"))
    assert is_text(b"")
    assert is_text(("š" * 4095).encode())  # a letter is cut at the end of what is looked at


def test_a_suffix_that_nobody_knows_means_plain_text(tmp_path: Path) -> None:
    """`notes.org` is read line by line."""
    file = tmp_path / "notes.org"
    file.write_bytes("Jedan.\nDva.\n".encode("utf-16"))
    assert [segment.text for segment in read_text(file).segments] == ["Jedan.", "Dva."]
    assert "srt" in READABLE


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"caf\xe9"])
def test_what_is_no_text_is_told(tmp_path: Path, content: bytes) -> None:
    """A wrong encoding names the byte; a file that is not there is told, too."""
    file = tmp_path / "talk.txt"
    file.write_bytes(content)
    with pytest.raises((UsageError, UnicodeDecodeError)):
        read_text(file)
    with pytest.raises(UsageError, match="no such file"):
        read_text(tmp_path / "nothing.txt")


def test_the_text_before_clean_up_is_kept_by_json() -> None:
    """`raw` is written where clean-up changed a segment, and read back."""
    segments = (
        Segment(id=0, text="Hello, Ana.", start=0.0, end=1.0, raw="hello ana"),
        Segment(id=1, text="Yes.", start=1.0, end=2.0),
    )
    before = Transcript(segments=segments, duration=2.0)
    after = read(before.render("json"), "json")
    assert [segment.raw for segment in after.segments] == ["hello ana", None]
    assert after.raw_text == "hello ana\nYes."
    assert after.text == "Hello, Ana.\nYes."
