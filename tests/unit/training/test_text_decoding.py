"""Text of unknown encoding, and files that hold transcripts."""

# ruff: noqa: RUF001 - Cyrillic letters
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.errors import DataError
from hansard.training.texts.decoding import decode_text
from hansard.training.texts.files import find_transcripts, normalised_path, read_lines

LATIN = "Šest žena čeka, a đak ćuti: „Što je?“"
PLAIN = "Šest žena čeka, a đak ćuti."
CYRILLIC = "Шест жена чека, а ђак ћути. Љубав, Његош и џеп."


@pytest.mark.parametrize(
    ("text", "encoding", "guessed"),
    [
        (LATIN, "utf-8", False), (LATIN, "utf-8-sig", False), (LATIN, "utf-16", False),
        (LATIN, "cp1250", True), (PLAIN, "iso-8859-2", True), (CYRILLIC, "cp1251", True),
        (CYRILLIC, "iso-8859-5", True), ("Žao mi je für München.", "cp1250", True),
    ],
)  # fmt: skip
def test_the_encoding_is_found(text: str, encoding: str, *, guessed: bool) -> None:
    """The text is read as it was written, and it is told where that was a guess."""
    decoded = decode_text(text.encode(encoding))
    assert (decoded.text, decoded.encoding, decoded.guessed) == (text, encoding, guessed)


@pytest.mark.parametrize(
    "data", [bytes(range(256)), b"\xff\xfe\x00\xd8", "日本語".encode("shift_jis"), b"a\x81\x90\x83"]
)
def test_what_is_no_text_is_refused(data: bytes) -> None:
    """Zero bytes, half of a character and letters of nowhere are told."""
    with pytest.raises(DataError):
        decode_text(data)


@given(st.binary(max_size=60))
def test_any_bytes_are_text_or_refused(data: bytes) -> None:
    """Bytes become text that is told apart by encoding, or a DataError."""
    try:
        decoded = decode_text(data)
    except DataError:
        return
    assert isinstance(decoded.text, str)
    assert decoded.encoding


def test_subtitles_are_read_as_such(tmp_path: Path) -> None:
    """Cues and times go, by the suffix or by how the text begins; what makes no sense is told."""
    srt = "1\n00:00:01,000 --> 00:00:02,000\nDobar\ndan.\n\n2\n00:00:02,000 --> 00:00:03,000\nDa.\n"
    assert read_lines(srt, tmp_path / "a.txt") == ("Dobar dan.\nDa.", True)
    assert read_lines("Dobar dan.", tmp_path / "a.txt") == ("Dobar dan.", False)
    vtt = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ana>Dobar dan.\n"
    assert read_lines(vtt, tmp_path / "a.vtt") == ("Dobar dan.", True)
    with pytest.raises(DataError, match="makes no sense as vtt"):
        read_lines("no subtitles at all", tmp_path / "a.vtt")


def test_transcripts_of_a_folder_are_found(tmp_path: Path) -> None:
    """Each name has one transcript; hidden, normalised and foreign files are passed over."""
    for name in ("a.txt", "a.srt", "b č.vtt", "c.norm.txt", ".d.txt", "e.wav", "gone/f.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    (tmp_path / "round").symlink_to(tmp_path)
    found, spare = find_transcripts(tmp_path, without=tmp_path / "gone")
    assert [path.name for path in found] == ["a.txt", "b č.vtt"]
    assert [path.name for path in spare] == ["a.srt"]
    assert normalised_path(found[1]).name == "b č.norm.txt"
