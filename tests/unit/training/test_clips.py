"""The sound of entries."""

from pathlib import Path

import numpy as np
import pytest
from shape_entries import make_wav

from hansard.errors import Cancelled, MediaLimitError, MediaNotFoundError, UnreadableMediaError
from hansard.training.clips import reading_clips
from hansard.training.manifest import Entry
from hansard.training.watching import Watch


def entry(audio: Path, start: float = 0.0, end: float | None = None) -> Entry:
    return Entry(id="a", audio=audio, transcript="da", start=start, end=end)


def test_a_clip_is_a_part_of_its_recording(tmp_path: Path) -> None:
    """A clip holds the samples from its start to its end, an open one those to the file's end."""
    audio = make_wav(tmp_path / "a.wav")
    with reading_clips() as clips:
        whole = clips.read(entry(audio))
        assert whole.shape == (32_000,)
        np.testing.assert_array_equal(clips.read(entry(audio, 0.5, 1.0)), whole[8_000:16_000])
        np.testing.assert_array_equal(clips.read(entry(audio, 1.5)), whole[24_000:])
        np.testing.assert_array_equal(clips.read(entry(audio, 1.5, 99.0)), whole[24_000:])


def test_a_clip_outside_its_recording_is_refused(tmp_path: Path) -> None:
    """Where there is no sound, there is an error rather than an empty clip."""
    audio = make_wav(tmp_path / "a.wav")
    with reading_clips() as clips, pytest.raises(MediaLimitError, match=r"recording of 2 s"):
        clips.read(entry(audio, 2.0, 3.0))


def test_a_bad_file_does_not_spoil_the_next_one(tmp_path: Path) -> None:
    """After a file that is missing or no media, others are read as if nothing had been."""
    good = make_wav(tmp_path / "a.wav")
    bad = tmp_path / "empty.wav"
    bad.touch()
    with reading_clips() as clips:
        assert len(clips.read(entry(good))) == 32_000
        with pytest.raises(UnreadableMediaError):
            clips.read(entry(bad))
        with pytest.raises(MediaNotFoundError):
            clips.read(entry(tmp_path / "none.wav"))
        assert len(clips.read(entry(good))) == 32_000


def test_only_one_recording_lies_decoded_and_none_afterwards(tmp_path: Path) -> None:
    """Going through many recordings does not fill the disk."""
    with reading_clips() as clips:
        for name in ("a.wav", "b.wav", "c.wav"):
            sound = clips.sound(entry(make_wav(tmp_path / name, rate=8_000)))
            folder = sound.path.parent
            assert list(folder.iterdir()) == [sound.path]
            assert clips.sound(entry(tmp_path / name)).path == sound.path
    assert not folder.exists()


def test_a_watch_tells_each_item_and_stops_when_asked() -> None:
    """Progress counts what is done; a cancel comes before the next item."""
    told: list[tuple[int, int, str]] = []
    watch = Watch(advance=lambda *step: told.append(step))
    assert list(watch.through([1, 2], lambda n: f"no {n}")) == [1, 2]
    assert told == [(0, 2, "no 1"), (1, 2, "no 2"), (2, 2, "")]
    seen: list[int] = []
    items = Watch(cancelled=lambda: bool(seen)).through([1, 2, 3])
    seen.append(next(items))
    with pytest.raises(Cancelled):
        next(items)
    assert seen == [1]
