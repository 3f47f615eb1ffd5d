"""The table of accepted formats."""

import av
import pytest

from hansard.audio.formats import FORMATS, find_format, suffixes, whitelist


def test_ffmpeg_knows_every_reader_of_the_table() -> None:
    """No name in the whitelist is misspelt."""
    known = {name for each in av.formats_available for name in each.split(",")}
    assert {each.demuxer for each in FORMATS} <= known


@pytest.mark.parametrize(
    "reader",
    ["concat", "hls", "dash", "sdp", "image2", "image2pipe", "lavfi", "tty", "rtsp", "png_pipe",
     "imf", "sap", "rtp", "webm_dash_manifest", "ffmetadata", "srt", "data", "s16le"],
)  # fmt: skip
def test_readers_that_open_other_files_are_not_in_it(reader: str) -> None:
    """Playlists, pictures, devices and raw data are refused."""
    assert reader not in whitelist().split(",")


def test_names_and_endings_are_unique() -> None:
    """Each ending belongs to one format, in lower case and with its dot."""
    endings = [suffix for each in FORMATS for suffix in each.suffixes]
    assert len(endings) == len(set(endings)) == len(suffixes())
    assert all(ending == ending.lower() and ending.startswith(".") for ending in endings)
    assert len({each.name for each in FORMATS}) == len(FORMATS)


def test_a_format_is_found_by_any_of_its_readers_names() -> None:
    """FFmpeg's lists of names lead to the row."""
    assert find_format("mov,mp4,m4a,3gp,3g2,mj2") is next(f for f in FORMATS if f.name == "m4a")
    assert find_format("hls") is None
