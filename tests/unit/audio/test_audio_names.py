"""Names that strangers choose, shown without harm."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.audio.names import LONGEST_NAME, printable


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("talk.mp3", "talk.mp3"),
        ("Gespräch über Öl 会議.mp3", "Gespräch über Öl 会議.mp3"),
        ("a\nb\r.wav", "a\\nb\\r.wav"),
        ("evil\u202e3pm.exe", "evil\\u202e3pm.exe"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\u2066x\u2069\u200f", "\\u2066x\\u2069\\u200f"),
        (b"caf\xe9.wav", "caf\\xe9.wav"),
        (Path("../up.wav"), "../up.wav"),
        ("--help", "--help"),
        ("line\u2028sep", "line\\u2028sep"),
    ],
)
def test_deceptive_characters_become_escapes(name: str | bytes | Path, shown: str) -> None:
    """Readable names stay as they are; what could deceive is written out."""
    assert printable(name) == shown


def test_a_long_name_keeps_its_beginning_and_its_end() -> None:
    """Of 255 characters the middle is left out, so that the ending can be seen."""
    shown = printable("a" * 251 + ".wav")
    assert len(shown) == LONGEST_NAME
    assert shown.startswith("aaa")
    assert shown.endswith("a.wav")
    assert "..." in shown


@given(st.text(st.characters()) | st.binary())
def test_every_name_becomes_one_printable_line(name: str | bytes) -> None:
    """Whatever the name, what is shown is printable, encodable and not too long."""
    shown = printable(name)
    assert shown.isprintable()
    assert len(shown) <= LONGEST_NAME
    shown.encode()
