"""Figures of a clip's samples: level, clipping, bandwidth, noise, channels, missing ends."""

import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from hansard.training.checks.endings import missing_end
from hansard.training.checks.hearing import CLEAN, measure
from hansard.training.checks.recordings import compare_channels

RATE = 16_000
Samples = NDArray[np.float32]


def bursts(level: float = 0.1, *, seed: int = 0) -> Samples:
    """Four seconds in which half a second of noise and half a second of nothing take turns."""
    rng = np.random.default_rng(seed)
    gate = np.repeat(np.tile([0.0, 1.0], 4), RATE // 2)
    return (rng.normal(0, level, 4 * RATE) * gate).astype(np.float32)


def test_the_level_is_that_of_a_sine() -> None:
    """A sine of half the full scale is 9 dB below it."""
    sine = 0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)
    assert measure(sine.astype(np.float32)).level == pytest.approx(-9.0, abs=0.1)


def test_silence_has_the_lowest_level_and_no_noise() -> None:
    """Digital silence is told as -100 dB, without speech, bandwidth or noise."""
    heard = measure(np.zeros(RATE, dtype=np.float32))
    assert (heard.level, heard.speech, heard.bandwidth, heard.snr) == (-100.0, 0.0, 0.0, None)


def test_an_empty_clip_can_be_measured() -> None:
    """A clip without samples has no seconds and no speech."""
    heard = measure(np.zeros(0, dtype=np.float32))
    assert (heard.seconds, heard.speech_share) == (0.0, 0.0)


@pytest.mark.parametrize("ratio", [0.0, 10.0, 20.0])
def test_noise_is_measured_in_the_pauses(ratio: float) -> None:
    """Noise added at a known ratio is measured within 2 dB."""
    speech = bursts()
    noise = np.random.default_rng(1).normal(0, 0.1 / 10 ** (ratio / 20), len(speech))
    heard = measure((speech + noise).astype(np.float32), _spoken(speech))
    assert heard.snr == pytest.approx(ratio, abs=2.0)


def test_a_clean_recording_has_the_highest_ratio() -> None:
    """Where the pauses are digital silence the ratio is the highest that is told."""
    speech = bursts()
    assert measure(speech, _spoken(speech)).snr == CLEAN


def test_the_same_is_told_without_a_detector() -> None:
    """By their level alone the same frames are found, so the ratio is the same within 3 dB."""
    noise = np.random.default_rng(1).normal(0, 0.01, 4 * RATE)
    noisy = (bursts() + noise).astype(np.float32)
    assert measure(noisy).snr == pytest.approx(20.0, abs=3.0)


def test_cut_off_tops_are_counted() -> None:
    """Four times too loud, a share of samples lies at full scale; as it was, none does."""
    speech = bursts(0.2)
    assert measure(speech).full_scale == 0.0
    loud = np.clip(speech * 8, -1, 1)
    assert measure(loud).full_scale == pytest.approx((np.abs(speech * 8) >= 0.999).mean(), abs=1e-6)


def test_tops_that_were_cut_off_before_are_seen_too() -> None:
    """Cut off and then made quieter, many samples lie at the clip's own peak."""
    quieter = 0.3 * np.clip(bursts(0.2) * 8, -1, 1)
    heard = measure(quieter.astype(np.float32))
    assert heard.full_scale == 0.0
    assert heard.flat > 0.1


@pytest.mark.parametrize("edge", [3400, 4000, 5500, 7000])
def test_the_bandwidth_is_where_the_sound_ends(edge: int) -> None:
    """Sound that was cut off at a frequency is told to end there, within 150 Hz."""
    spectrum = np.fft.rfft(bursts())
    spectrum[round(edge * 4) :] = 0
    narrow = np.fft.irfft(spectrum).astype(np.float32)
    assert measure(narrow).bandwidth == pytest.approx(edge, abs=150)


def test_a_full_recording_reaches_8_khz() -> None:
    """Noise of all frequencies is told to reach as far as can be told."""
    assert measure(bursts()).bandwidth == 8000.0


@given(st.floats(-0.5, 0.5))
def test_an_offset_is_told_and_changes_nothing_else(offset: float) -> None:
    """The mean is measured, and neither noise nor speech is judged by it."""
    speech = bursts(0.05)
    plain, moved = measure(speech), measure((speech + offset).astype(np.float32))
    assert moved.dc == pytest.approx(plain.dc + offset, abs=1e-3)
    assert moved.speech == plain.speech


def test_a_silent_channel_is_told() -> None:
    """Where only one channel speaks, the other is named."""
    speech = bursts()
    (found,) = compare_channels(speech, np.zeros_like(speech))
    assert (found.kind, found.severity) == ("channels", "warning")
    assert "right" in found.message


def test_channels_that_cancel_each_other_are_an_error() -> None:
    """Opposite phase leaves nothing of the mix."""
    speech = bursts()
    (found,) = compare_channels(speech, -speech)
    assert (found.kind, found.severity) == ("channels", "error")


def test_usual_stereo_is_no_finding() -> None:
    """Channels that are alike, or independent, are as they should be."""
    assert not [*compare_channels(bursts(), bursts(0.05))]
    assert not [*compare_channels(bursts(seed=1), bursts(seed=2))]
    assert not [*compare_channels(np.zeros(0, np.float32), np.zeros(0, np.float32))]


def test_a_wav_file_that_was_cut_off_is_told(tmp_path: Path) -> None:
    """A header that announces more bytes than there are tells; the whole file does not."""
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(bytes(20_000))
    assert missing_end(path) is None
    path.write_bytes(path.read_bytes()[:9000])
    assert missing_end(path) == "20000 bytes of sound are announced, 8956 are there"


def test_what_is_no_media_has_no_end_that_could_miss(tmp_path: Path) -> None:
    """Empty files, texts and paths without a file say nothing about an end."""
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "text").write_text("RIFF of a text")
    names = ("empty", "text", "nothing")
    assert [missing_end(tmp_path / name) for name in names] == [None] * 3


def test_an_ogg_file_ends_with_a_marked_page(tmp_path: Path) -> None:
    """The last page is whole and marked; half a page, or none that is marked, tells."""

    def page(flags: int, body: bytes) -> bytes:
        return b"OggS\0" + bytes([flags]) + bytes(20) + b"\x01" + bytes([len(body)]) + body

    path = tmp_path / "a.ogg"
    path.write_bytes(page(2, b"a" * 9) + page(4, b"b" * 9))
    assert missing_end(path) is None
    path.write_bytes(page(2, b"a" * 9) + page(0, b"b" * 9))
    assert missing_end(path) == "its last page is not marked as such"
    path.write_bytes((page(2, b"a" * 9) + page(4, b"b" * 9))[:-3])
    assert missing_end(path) == "its last page is incomplete"


def _spoken(speech: Samples) -> NDArray[np.bool_]:
    frames = speech[: len(speech) // 512 * 512].reshape(-1, 512)
    return np.asarray(np.abs(frames).max(axis=1) > 0)
