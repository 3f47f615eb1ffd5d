"""Writing the spool file."""

import math
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansard.audio.options import WHOLE
from hansard.audio.spool import Spool
from hansard.errors import MediaLimitError, OutputError
from hansard.transcript.spans import Span


def _pcm(first: int, count: int) -> memoryview:
    return memoryview((np.arange(first, first + count) % 32_767 + 1).astype("<i2").tobytes())


@settings(max_examples=40)
@given(
    steps=st.lists(st.tuples(st.integers(0, 40_000), st.integers(0, 40_000)), max_size=6),
    start=st.integers(0, 100_000),
    length=st.integers(1, 100_000) | st.none(),
)
def test_the_file_is_the_clip_of_what_was_written(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[int, int]],
    start: int,
    length: int | None,
) -> None:
    """Samples and silences land at their places, and only those inside the clip are kept."""
    folder = tmp_path_factory.mktemp("spool")
    end = math.inf if length is None else (start + length) / 16_000
    model = np.zeros(0, dtype=np.int16)
    with Spool(folder, Span(start / 16_000, end), 3600, "x") as spool:
        for silence, samples in steps:
            spool.silence_until(spool.index + silence)
            pcm = _pcm(spool.index, samples)
            spool.write(pcm)
            model = np.concatenate([model, np.zeros(silence, np.int16), np.frombuffer(pcm, "<i2")])
        sound = spool.finish()
    expected = model[start : None if length is None else start + length]
    assert (sound.samples, sound.start) == (expected.size, start / 16_000)
    assert np.array_equal(np.fromfile(sound.path, "<i2", offset=sound.offset), expected)
    with wave.open(str(sound.path)) as reader:
        assert (reader.getframerate(), reader.getnframes()) == (16_000, expected.size)


def test_a_long_silence_takes_no_disk_space(tmp_path: Path) -> None:
    """An hour of silence is a hole in the file."""
    with Spool(tmp_path, WHOLE, 86_400, "x") as spool:
        spool.silence_until(3600 * 16_000)
        spool.write(_pcm(0, 16_000))
        sound = spool.finish()
    assert sound.duration == 3601
    assert sound.path.stat().st_size > 115_000_000
    assert sound.path.stat().st_blocks * 512 < 2_000_000
    assert not sound.read(3599, 3600).any()


def test_failing_leaves_nothing(tmp_path: Path) -> None:
    """Whatever is raised while the file grows, it is gone afterwards."""

    def interrupted() -> None:
        with Spool(tmp_path, WHOLE, 60, "x") as spool:
            spool.write(_pcm(0, 100_000))
            assert list(tmp_path.iterdir())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not list(tmp_path.iterdir())


def test_the_longest_duration_counts_what_is_kept(tmp_path: Path) -> None:
    """Time before the clip is free; one sample more than allowed is an error."""

    def fill(samples: int) -> None:
        with Spool(tmp_path, Span(100.0, math.inf), 1.0, "x") as spool:
            spool.silence_until(101 * 16_000)
            assert spool.seconds == 1.0
            spool.write(_pcm(0, samples))
            spool.finish()

    fill(0)
    with pytest.raises(MediaLimitError, match="max_duration"):
        fill(1)


def test_a_missing_folder_is_an_output_error(tmp_path: Path) -> None:
    """Where no file can be made the error names the folder."""
    with pytest.raises(OutputError, match="nowhere"):
        Spool(tmp_path / "nowhere", WHOLE, 60, "x")
