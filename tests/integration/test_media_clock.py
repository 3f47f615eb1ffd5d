"""Times: late starts, gaps, clips, channels and streams that change on the way."""

import io
from pathlib import Path

import numpy as np
import pytest

from hansard.audio.media import open_sound
from hansard.audio.options import AudioOptions
from hansard.audio.sound import Sound
from hansard.errors import MediaLimitError, SettingError
from hansard.testing.media import RECIPES, Recipe, Samples, beep, make, make_with_gap, tone, wav


def _heard(sound: Sound) -> tuple[float, float]:
    """From when to when something is heard, on the recording's clock."""
    loud = np.flatnonzero(np.abs(sound.read(sound.start, sound.end)) > 0.1)
    return sound.start + loud[0] / 16_000, sound.start + loud[-1] / 16_000


@pytest.mark.parametrize("name", RECIPES)
def test_a_beep_is_heard_when_it_was_made(tmp_path: Path, name: str) -> None:
    """Encoder delays are taken off, or are too short to matter to a word's time."""
    recipe = RECIPES[name]
    sound = beep(3.0, recipe.rate, recipe.channels, start=1.0, end=1.5)
    opened = open_sound(make(tmp_path / name, recipe, sound), tmp_path)
    assert _heard(opened.sound) == pytest.approx((1.0, 1.5), abs=0.05)


@pytest.mark.parametrize(
    ("container", "codec", "video"),
    [
        ("matroska", "aac", "mpeg4"),
        ("mp4", "aac", "mpeg4"),
        ("mov", "pcm_s16le", "mpeg4"),
        ("webm", "libopus", "libvpx"),
        ("mpegts", "aac", "mpeg2video"),
        ("vob", "ac3", "mpeg2video"),
    ],
)
@pytest.mark.parametrize("delay", [0.06, 2.0])
def test_sound_that_starts_after_the_picture_starts_there(
    tmp_path: Path, container: str, codec: str, video: str, delay: float
) -> None:
    """Silence stands where a film has no sound yet, so that times are those of the film."""
    recipe = Recipe(container=container, codec=codec, video=video, delay=delay)
    sound = beep(3.0, 48_000, 2, start=1.0, end=1.5)
    opened = open_sound(make(tmp_path / "film", recipe, sound), tmp_path)
    assert _heard(opened.sound) == pytest.approx((1.0 + delay, 1.5 + delay), abs=0.01)
    assert opened.sound.duration == pytest.approx(3.0 + delay, abs=0.03)
    assert opened.notes == ()


@pytest.mark.parametrize("container", ["matroska", "webm", "mp4", "mpegts"])
def test_a_gap_is_filled_with_silence(tmp_path: Path, container: str) -> None:
    """Where a stream leaves time out, what follows keeps its place on the clock."""
    sound = beep(3.0, 48_000, start=1.0, end=1.5)
    opened = open_sound(
        make_with_gap(tmp_path / "gap", container, sound, 48_000, (0.5, 2.5)), tmp_path
    )
    assert _heard(opened.sound) == pytest.approx((3.0, 3.5), abs=0.01)
    assert opened.sound.duration == pytest.approx(5.0, abs=0.03)
    assert opened.notes == ("1 gap in the recording filled with 2.0 s of silence",)


@pytest.mark.parametrize("name", ["layer3.mp3", "opus.ogg", "vorbis.ogg", "adts.aac", "film.ts"])
def test_joined_recordings_follow_one_another(tmp_path: Path, name: str) -> None:
    """Two files in one, whose clock starts again, lose nothing."""
    recipe = RECIPES[name]
    sound = beep(3.0, recipe.rate, recipe.channels, start=1.0, end=1.5)
    once = make(tmp_path / name, recipe, sound).read_bytes()
    opened = open_sound(io.BytesIO(once + once), tmp_path)
    first, last = _heard(opened.sound)
    assert first == pytest.approx(1.0, abs=0.05)
    assert last == pytest.approx(4.5, abs=0.12)
    assert opened.sound.duration == pytest.approx(6.0, abs=0.12)


def test_a_change_of_rate_and_channels_on_the_way_is_followed(tmp_path: Path) -> None:
    """A stream that goes on at another rate, in mono, keeps its pitch."""
    recipe = RECIPES["layer3.mp3"]
    slow = Recipe(container="mp3", codec="libmp3lame", rate=22_050, channels=1)
    first = make(tmp_path / "a.mp3", recipe, tone(3.0, recipe.rate, 2)).read_bytes()
    second = make(tmp_path / "b.mp3", slow, tone(3.0, 22_050)).read_bytes()
    sound = open_sound(io.BytesIO(first + second), tmp_path).sound
    assert sound.duration == pytest.approx(6.0, abs=0.1)
    for start in (0.5, 3.5):
        samples = sound.read(start, start + 2)
        hz = np.argmax(np.abs(np.fft.rfft(samples))) / 2
        assert hz == pytest.approx(440, abs=2)


@pytest.mark.parametrize("name", RECIPES)
def test_a_clip_is_the_same_part_of_the_whole(tmp_path: Path, name: str) -> None:
    """Cutting while decoding gives what cutting afterwards gives, to half a millisecond."""
    recipe = RECIPES[name]
    path = make(tmp_path / name, recipe, _murmur(8.0, recipe))
    whole = open_sound(path, tmp_path).sound
    opened = open_sound(path, tmp_path, AudioOptions(clip="4.25-5.75"))
    assert (opened.sound.start, opened.sound.duration, opened.notes) == (4.25, 1.5, ())
    part = opened.sound.read(4.3, 5.7)
    # Stamps in whole milliseconds (Matroska, ASF, FLV) allow no closer match.
    likeness = [
        np.corrcoef(part, whole.read(4.3 + lag / 16_000, 5.7 + lag / 16_000))[0, 1]
        for lag in range(-8, 9)
    ]
    assert max(likeness) > 0.98


def _murmur(seconds: float, recipe: Recipe) -> Samples:
    """Noise in the lower half of the speech band, which correlates with nothing but itself."""
    length = round(seconds * recipe.rate)
    spectrum = np.fft.rfft(np.random.default_rng(7).normal(size=length))
    spectrum[np.fft.rfftfreq(length, 1 / recipe.rate) > 1500] = 0
    noise = np.fft.irfft(spectrum, length)
    return np.tile((0.3 * noise / np.abs(noise).max()).astype(np.float32), (recipe.channels, 1))


def test_open_ends_of_a_clip_are_the_ends_of_the_recording(tmp_path: Path) -> None:
    """Without a start it begins at zero, without an end it goes to the end."""
    media = wav(bytes(320_000))
    for clip, start, length in (("-3", 0.0, 3.0), ("7-", 7.0, 3.0), ("0:07-0:09.5", 7.0, 2.5)):
        sound = open_sound(io.BytesIO(media), tmp_path, AudioOptions(clip=clip)).sound
        assert (sound.start, sound.duration) == (start, length)


def test_a_clip_that_reaches_too_far_is_cut_and_told(tmp_path: Path) -> None:
    """What there is of a clip is given, with a note on what is missing."""
    opened = open_sound(io.BytesIO(wav(bytes(320_000))), tmp_path, AudioOptions(clip="8-20"))
    assert (opened.sound.start, opened.sound.duration) == (8.0, 2.0)
    assert opened.notes == ("the clip ends at 0:20.0, the recording at 0:10.0",)


def test_a_clip_outside_the_recording_is_refused(tmp_path: Path) -> None:
    """A clip that begins after the end says where the end is, and leaves nothing."""
    with pytest.raises(MediaLimitError, match=r"starts at 0:20\.0 and 'recording' ends at 0:10\.0"):
        open_sound(io.BytesIO(wav(bytes(320_000))), tmp_path, AudioOptions(clip="20-30"))
    assert not list(tmp_path.iterdir())


def test_the_longest_duration_is_that_of_the_clip(tmp_path: Path) -> None:
    """Of a recording that is too long a part may be taken."""
    media = wav(bytes(320_000))
    options = AudioOptions(clip="2-4", max_duration=2.0)
    assert open_sound(io.BytesIO(media), tmp_path, options).sound.duration == 2.0
    with pytest.raises(MediaLimitError, match="max_duration"):
        open_sound(io.BytesIO(media), tmp_path, AudioOptions(clip="2-4.5", max_duration=2.0))


@pytest.mark.parametrize("name", ["s24.wav", "layer3.mp3", "pack16.wv", "f64.wav", "alac.m4a"])
@pytest.mark.parametrize("channel", ["left", "1"])
def test_one_channel_is_taken_alone(tmp_path: Path, name: str, channel: str) -> None:
    """Each channel of a recording can be had without the others."""
    recipe = RECIPES[name]
    sound = np.zeros((recipe.channels, 2 * recipe.rate), dtype=np.float32)
    sound[0] = tone(2.0, recipe.rate, hz=300)[0]
    sound[1] = tone(2.0, recipe.rate, hz=700)[0]
    path = make(tmp_path / name, recipe, sound)
    samples = open_sound(path, tmp_path, AudioOptions(channel=channel)).sound.read(0.5, 1.5)
    spectrum = np.abs(np.fft.rfft(samples))
    assert np.argmax(spectrum) == pytest.approx(300 if channel == "left" else 700, abs=2)
    assert samples.max() == pytest.approx(0.5, abs=0.05)


def test_a_channel_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A mono recording has no right side."""
    media = io.BytesIO(wav(bytes(32_000)))
    with pytest.raises(MediaLimitError, match="no channel 1"):
        open_sound(media, tmp_path, AudioOptions(channel="right"))
    with pytest.raises(SettingError, match="channel"):
        open_sound(media, tmp_path, AudioOptions(channel="centre"))
    assert not list(tmp_path.iterdir())
