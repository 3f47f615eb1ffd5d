"""Every accepted container and codec, made by script and decoded."""

import io
import shutil
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from hansard.audio.media import open_sound, probe
from hansard.audio.sound import Sound
from hansard.testing.media import RECIPES, Recipe, amr_wide, id3_with_cover, make, speex, tone, wav


def _pitch_and_level(sound: Sound) -> tuple[float, float]:
    """The strongest frequency in Hz and the root mean square, away from the edges."""
    samples = sound.read(0.5, sound.end - 0.5)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size)))
    hz = float(np.argmax(spectrum)) * 16_000 / samples.size
    return hz, float(np.sqrt(np.mean(samples.astype(np.float64) ** 2)))


@pytest.mark.parametrize("name", RECIPES)
def test_each_kind_of_file_is_decoded(tmp_path: Path, name: str) -> None:
    """Length, pitch and level of a tone survive every container and codec."""
    recipe = RECIPES[name]
    path = make(tmp_path / name, recipe, tone(3.0, recipe.rate, recipe.channels))
    opened = open_sound(path, tmp_path)
    assert opened.sound.duration == pytest.approx(3.0, abs=0.05)
    assert opened.notes == ()
    hz, level = _pitch_and_level(opened.sound)
    assert hz == pytest.approx(440, abs=2)
    # AMR models a voice, not a tone, and LAME turns the level down by 5 %.
    assert level == pytest.approx(0.5 / 2**0.5, rel=0.2 if "amr" in recipe.codec else 0.06)
    assert (opened.info.sample_rate, opened.info.channels) == (recipe.rate, recipe.channels)
    assert opened.info.has_video == (recipe.video is not None)


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 32_000, 44_100, 96_000, 192_000, 384_000])
@pytest.mark.parametrize("codec", ["pcm_s16le", "pcm_f32le"])
def test_each_sample_rate_keeps_time_and_pitch(tmp_path: Path, rate: int, codec: str) -> None:
    """Resampling loses neither the tail nor the pitch; the length is right to a sample or two."""
    recipe = Recipe(container="wav", codec=codec, rate=rate, channels=1)
    opened = open_sound(make(tmp_path / "a.wav", recipe, tone(3.0, rate)), tmp_path)
    assert abs(opened.sound.samples - 48_000) <= 2
    hz, level = _pitch_and_level(opened.sound)
    assert hz == pytest.approx(440, abs=1)
    assert level == pytest.approx(0.5 / 2**0.5, rel=0.02)


@pytest.mark.parametrize("channels", range(1, 17))
@pytest.mark.parametrize(("container", "codec"), [("wav", "pcm_s24le"), ("wv", "wavpack")])
def test_each_number_of_channels_is_mixed_to_its_level(
    tmp_path: Path, channels: int, container: str, codec: str
) -> None:
    """From 1 to 16 channels, packed or planar, the same tone in all comes out at its level."""
    recipe = Recipe(container=container, codec=codec, channels=channels)
    opened = open_sound(make(tmp_path / "a", recipe, tone(2.0, 48_000, channels)), tmp_path)
    hz, level = _pitch_and_level(opened.sound)
    assert hz == pytest.approx(440, abs=2)
    assert level == pytest.approx(0.5 / 2**0.5, rel=0.02)


@pytest.mark.parametrize(
    ("content", "codec", "seconds"), [(amr_wide(150), "amrwb", 3.0), (speex(100), "speex", 2.0)]
)
def test_codecs_without_an_encoder_are_decoded(
    tmp_path: Path, content: bytes, codec: str, seconds: float
) -> None:
    """AMR wide band and Speex, put together byte by byte, have their length."""
    opened = open_sound(io.BytesIO(content), tmp_path)
    assert opened.info.codec == codec
    assert opened.sound.duration == pytest.approx(seconds, abs=0.05)


@pytest.mark.parametrize("name", ["layer3.mp3", "film.mp4", "opus.ogg", "adts.aac", "narrow.amr"])
def test_content_decides_and_not_the_name(tmp_path: Path, name: str) -> None:
    """A file whose ending is wrong is decoded all the same."""
    recipe = RECIPES[name]
    right = make(tmp_path / name, recipe, tone(1.0, recipe.rate, recipe.channels))
    wrong = tmp_path / "talk.wav"
    shutil.move(right, wrong)
    assert open_sound(wrong, tmp_path).sound.duration == pytest.approx(1.0, abs=0.05)


def test_a_recording_at_16_khz_comes_through_unchanged(tmp_path: Path) -> None:
    """Audio that has the right shape already is copied sample by sample."""
    pcm = np.random.default_rng(1).integers(-32_768, 32_767, 40_000).astype("<i2")
    opened = open_sound(io.BytesIO(wav(pcm.tobytes())), tmp_path)
    assert np.array_equal(np.fromfile(opened.sound.path, "<i2", offset=opened.sound.offset), pcm)


def test_cover_art_is_neither_video_nor_audio(tmp_path: Path) -> None:
    """An MP3 with a picture inside is a sound without video, and starts at the same sample."""
    recipe = RECIPES["layer3.mp3"]
    plain = make(tmp_path / "a.mp3", recipe, tone(2.0, recipe.rate, 2)).read_bytes()
    cover = id3_with_cover(b"\x89PNG\r\n\x1a\n" + bytes(50_000))
    opened = open_sound(io.BytesIO(cover + plain), tmp_path)
    assert not opened.info.has_video
    bare = open_sound(io.BytesIO(plain), tmp_path)
    assert np.array_equal(opened.sound.read(0, 2), bare.sound.read(0, 2))


def test_the_first_of_several_sounds_is_taken(tmp_path: Path) -> None:
    """Of a film in two languages the first is decoded, and its language is told."""
    path = tmp_path / "two.mkv"
    with av.open(str(path), "w") as file:
        streams = [file.add_stream("flac", rate=16_000, layout="mono") for _ in range(2)]
        packets = []
        for stream, language, hz in zip(streams, ("deu", "fra"), (300.0, 700.0), strict=True):
            stream.metadata["language"] = language
            samples = (tone(2.0, 16_000, hz=hz) * 32_767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 16_000, 0, Fraction(1, 16_000)
            packets += [*stream.encode(frame), *stream.encode(None)]
        file.mux(packets)
    opened = open_sound(path, tmp_path)
    assert (opened.info.audio_streams, opened.info.language) == (2, "deu")
    assert _pitch_and_level(opened.sound)[0] == pytest.approx(300, abs=2)


def test_probing_tells_what_the_headers_say(tmp_path: Path) -> None:
    """Names, shapes, lengths and tags are known without decoding."""
    recipe = RECIPES["film.mkv"]
    path = make(
        tmp_path / "film.mkv", recipe, tone(3.0, 48_000, 2), tags={"title": "T", "artist": "A"}
    )
    info = probe(path)
    assert (info.name, info.path, info.size) == (str(path), path, path.stat().st_size)
    assert (info.format, info.format_long) == ("matroska,webm", "Matroska / WebM")
    assert (info.codec, info.sample_rate, info.channels) == ("opus", 48_000, 2)
    assert info.layout == "stereo"
    assert info.duration == pytest.approx(3.0, abs=0.05)
    assert (info.audio_streams, info.has_video) == (1, True)
    assert (info.title, info.artist, info.language) == ("T", "A", None)
    assert info.bit_rate


def test_tags_in_another_encoding_do_not_hinder(tmp_path: Path) -> None:
    """A title in Latin-1 is shown with marks for what cannot be read."""
    title = b"INAM" + (8).to_bytes(4, "little") + b"Gr\xfc\xdfe\0\0\0"
    tags = b"LIST" + (len(title) + 4).to_bytes(4, "little") + b"INFO" + title
    opened = open_sound(io.BytesIO(wav(bytes(32_000)) + tags), tmp_path)
    assert opened.info.title == "Gr\ufffd\ufffde"
    assert opened.sound.duration == 1.0
