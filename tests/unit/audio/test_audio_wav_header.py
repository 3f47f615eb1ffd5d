"""The header of the spool file."""

import io
import struct
import wave
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from hansard.audio import wav
from hansard.audio.media import probe
from hansard.audio.sound import Sound


@given(st.integers(0, 100_000), st.sampled_from([8_000, 16_000, 48_000]))
def test_other_readers_understand_it(samples: int, rate: int) -> None:
    """The standard library reads the header of a small file with its JUNK chunk."""
    head = wav.header(samples, rate)
    assert len(head) == wav.HEADER_BYTES
    with wave.open(io.BytesIO(head + bytes(2 * samples))) as reader:
        assert reader.getparams()[:4] == (1, 2, rate, samples)


def test_the_largest_plain_file_is_one_sample_below_four_gibibytes() -> None:
    """The change to RF64 comes exactly where the 32-bit size would overflow."""
    most = (0xFFFF_FFFF - (wav.HEADER_BYTES - 8)) // 2
    assert wav.header(most, 16_000)[:4] == b"RIFF"
    larger = wav.header(most + 1, 16_000)
    assert larger[:4] == b"RF64"
    assert struct.unpack("<4sIQQQ", larger[12:44]) == (
        b"ds64", 28, 2 * (most + 1) + 72, 2 * (most + 1), most + 1,
    )  # fmt: skip


def test_a_file_beyond_four_gibibytes_is_read_to_its_end(tmp_path: Path) -> None:
    """FFmpeg finds 37 hours in an RF64, and a Sound reads its last second."""
    samples = 2**31 + 160_000
    path = tmp_path / "large.wav"
    with path.open("wb") as file:
        file.write(wav.header(samples, 16_000))
        file.truncate(wav.HEADER_BYTES + 2 * samples)  # a hole: no disk space is needed
        file.seek(-32_000, io.SEEK_END)
        file.write(b"\x00\x20" * 16_000)
    assert probe(path).duration == samples / 16_000
    sound = Sound(path, wav.HEADER_BYTES, samples)
    assert (sound.read(sound.end - 1, sound.end) == 0.25).all()
    path.unlink()
