"""Saying why a file cannot be read."""

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.audio.diagnosis import explain


def _box(kind: bytes, size: int = 8) -> bytes:
    return struct.pack(">I4s", size, kind) + bytes(size - 8)


_LARGE_BOX = struct.pack(">I4sQ", 1, b"mdat", 24) + bytes(8)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (bytes(5000), "zero bytes"),
        (b"Dear all,\nplease find attached", "is text"),
        (b"\xef\xbb\xbf#EXTM3U\n", "playlist"),
        (b"ffconcat version 1.0\n", "playlist"),
        (b"v=0\r\no=-", "session description"),
        (b"<!doctype html><html>", "web page"),
        (b"PK\x03\x04abc", "archive"),
        (b"%PDF-1.7", "PDF"),
        (b"\x89PNG\r\n\x1a\n\x00", "picture"),
        (_box(b"ftyp", 24) + _box(b"mdat", 100), "moov"),
        (_box(b"ftyp", 24) + _box(b"mdat", 100) + _box(b"moov", 50), "damaged"),
        (_box(b"ftyp", 24) + _LARGE_BOX + _box(b"moov"), "damaged"),
        (_box(b"ftyp", 24) + struct.pack(">I4s", 0, b"mdat") + bytes(100), "moov"),
        (b"\x01\x02\x03\xff\xfe", "damaged"),
    ],
)  # fmt: skip
def test_the_reason_is_named(content: bytes, words: str) -> None:
    """What a person would see on looking into the file is what is said."""
    assert words in explain(io.BytesIO(content))


@given(st.binary(max_size=200), st.sampled_from([b"", b"\x00\x00\x00\x18ftyp"]))
def test_any_bytes_have_an_explanation(content: bytes, start: bytes) -> None:
    """No content makes the explanation itself fail."""
    assert explain(io.BytesIO(start + content))
