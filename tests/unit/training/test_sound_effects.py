"""What effects do to sound: measured, not looked at."""

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest

from hansard.audio import SAMPLE_RATE
from hansard.training.sounds import effects, stretching
from hansard.training.sounds.masking import mask
from hansard.training.sounds.recipes import SpecAugment

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

SECONDS = 3
LENGTH = SECONDS * SAMPLE_RATE


def tone(hertz: float, count: int = LENGTH) -> "Samples":
    turns = np.arange(count) * hertz / SAMPLE_RATE
    return (0.3 * np.sin(2 * np.pi * turns)).astype(np.float32)


def clicks(*places: int, count: int = LENGTH) -> "Samples":
    """Short bursts, and nothing between them."""
    sound = np.zeros(count, np.float32)
    for place in places:
        sound[place : place + 80] = tone(1000, 80)
    return sound


def pitch_of(samples: "Samples") -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * SAMPLE_RATE / len(samples)


def onsets(samples: "Samples") -> list[float]:
    """When bursts begin: where 5 ms are loud after 50 ms of quiet, in seconds."""
    loud = np.abs(samples) > 0.25 * np.abs(samples).max()
    found: list[float] = []
    last = -SAMPLE_RATE
    for place in np.flatnonzero(loud):
        if place - last > 0.05 * SAMPLE_RATE:
            found.append(float(place) / SAMPLE_RATE)
        last = int(place)
    return found


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def power(samples: "Samples") -> float:
    return float(np.mean(np.square(samples, dtype=np.float64)))


@pytest.mark.parametrize("colour", ["white", "pink", "brown"])
@pytest.mark.parametrize("snr", [0.0, 20.0])
def test_noise_is_as_far_below_speech_as_asked(colour: effects.Colour, snr: float) -> None:
    """The power of what was added is that of the speech, less the asked decibels."""
    clean = tone(300)
    noisy = effects.add_noise(clean, effects.make_noise(LENGTH, colour, rng()), snr)
    assert 10 * np.log10(power(clean) / power(noisy - clean)) == pytest.approx(snr, abs=0.1)


def test_noises_have_their_colours() -> None:
    """From 200 to 3200 Hz, pink noise falls by 3 dB an octave and brown noise by 6."""
    for colour, fall in (("white", 0.0), ("pink", 3.0), ("brown", 6.0)):
        noise = effects.make_noise(16 * SAMPLE_RATE, colour, rng(1))  # type: ignore[arg-type]
        spectrum = np.abs(np.fft.rfft(noise)) ** 2
        hertz = np.fft.rfftfreq(len(noise), 1 / SAMPLE_RATE)
        bands = [spectrum[(hertz >= f) & (hertz < 1.1 * f)].mean() for f in (200, 3200)]
        assert 10 * np.log10(bands[0] / bands[1]) / 4 == pytest.approx(fall, abs=0.3)


def test_pauses_do_not_count_as_speech() -> None:
    """A clip that is mostly silence gets noise by the level of its speech, not of its mean."""
    speech = np.concatenate([tone(300), np.zeros(9 * LENGTH, np.float32)])
    assert effects.speech_power(speech) == pytest.approx(power(tone(300)), rel=0.05)
    silence = np.zeros(LENGTH, np.float32)
    noisy = effects.add_noise(silence, effects.make_noise(LENGTH, "white", rng()), 10)
    assert 10 * np.log10(power(noisy)) == pytest.approx(-50, abs=0.1)


def test_a_room_keeps_the_times_and_adds_a_tail() -> None:
    """Bursts begin when they did, are as loud as before, and decay by 60 dB in the room's time."""
    dry = clicks(8000, 24000)
    wet = effects.reverberate(dry, effects.make_response(0.3, 6.0, rng()))
    assert len(wet) == len(dry)
    assert onsets(wet)[0] == onsets(dry)[0]
    assert np.abs(wet[:8000]).max() < 1e-4
    response = effects.make_response(0.4, 0.0, rng(3))
    late, later = power(response[1600:2400]), power(response[4800:5600])
    assert 10 * np.log10(late / later) == pytest.approx(60 * 0.2 / 0.4, abs=3)
    delayed = np.concatenate([np.zeros(500, np.float32), -0.5 * response])
    assert np.allclose(effects.line_up(delayed), response, atol=1e-6)


@pytest.mark.parametrize("law", ["mu", "a", "none"])
def test_a_telephone_has_a_narrow_band(law: effects.Law) -> None:
    """A tone in the band passes, in time; one above and one below it do not."""
    inside = effects.telephone(tone(1000), 300, 3400, law)
    assert power(inside) == pytest.approx(power(tone(1000)), rel=0.1)
    assert np.corrcoef(inside[500:-500], tone(1000)[500:-500])[0, 1] > 0.99
    for hertz in (60, 6000):
        both = effects.telephone(tone(1000) + tone(hertz), 300, 3400, law)
        rest = np.abs(np.fft.rfft(both[: 2 * SAMPLE_RATE]))
        assert rest[2 * hertz] < 0.05 * rest[2000]


def test_companding_is_finer_for_quiet_samples() -> None:
    """G.711's laws have at most 255 values, and err by a few per cent of each sample."""
    ramp = np.linspace(-1, 1, 20001, dtype=np.float32)
    for law in ("mu", "a"):
        coded = effects.compand(ramp, law)  # type: ignore[arg-type]
        assert len(np.unique(coded)) <= 255
        far = np.abs(ramp) > 0.02
        assert np.max(np.abs(coded - ramp)[far] / np.abs(ramp)[far]) < 0.08


def test_a_lower_rate_loses_what_is_above_its_half() -> None:
    """Through 8 kHz, 1 kHz stays and 6 kHz goes."""
    assert power(effects.narrow_band(tone(6000), 8000)) < 0.001 * power(tone(6000))
    assert power(effects.narrow_band(tone(1000), 11025)) == pytest.approx(
        power(tone(1000)), rel=0.02
    )


def test_lost_detail_keeps_what_is_loud() -> None:
    """Of a loud and a quiet tone, the loud one stays."""
    both = effects.lose_detail(tone(1000) + 0.01 * tone(3000), 0.01)
    spectrum = np.abs(np.fft.rfft(both[8000 : 8000 + SAMPLE_RATE]))
    assert spectrum[1000] > 1000
    assert spectrum[3000] < 0.001 * spectrum[1000]
    whole = effects.lose_detail(tone(1000), 1.0)
    assert np.allclose(whole[600:-600], tone(1000)[600:-600], atol=1e-4)


def test_gain_and_clipping() -> None:
    """6 dB double; what passes 1 is cut off; a share of samples is cut off."""
    assert np.allclose(effects.amplify(tone(300), 6.0206), 2 * tone(300), atol=1e-4)
    assert effects.amplify(tone(300), 40).max() == 1.0
    clipped = effects.clip_peaks(tone(300), 0.2)
    assert np.mean(np.abs(clipped) >= np.abs(clipped).max()) == pytest.approx(0.2, abs=0.02)


@pytest.mark.parametrize("rate", [0.8, 0.9, 1.25])
def test_speed_changes_length_pitch_and_times(rate: float) -> None:
    """At `rate`, everything happens so much earlier, and sounds so much higher."""
    ratio = stretching.near_ratio(rate)
    assert ratio == Fraction(rate).limit_denominator(64)
    faster = stretching.change_speed(tone(400), ratio)
    assert len(faster) == round(LENGTH / ratio)
    assert pitch_of(faster) == pytest.approx(400 * rate, abs=1)
    places = onsets(stretching.change_speed(clicks(8000, 24000, 40000), ratio))
    assert places == pytest.approx([t / rate for t in (0.5, 1.5, 2.5)], abs=0.002)


@pytest.mark.parametrize("rate", [0.8, 0.93, 1.25])
def test_tempo_keeps_the_pitch(rate: float) -> None:
    """Everything happens earlier or later, and sounds as high as before."""
    faster = stretching.change_tempo(tone(400), rate)
    assert len(faster) == round(LENGTH / rate)
    assert pitch_of(faster) == pytest.approx(400, abs=2)
    assert 10 * np.log10(power(faster) / power(tone(400))) == pytest.approx(0, abs=1.5)
    places = onsets(stretching.change_tempo(clicks(8000, 24000, 40000), rate))
    assert places == pytest.approx([t / rate for t in (0.5, 1.5, 2.5)], abs=0.025)


@pytest.mark.parametrize("semitones", [-4.0, 3.0])
def test_pitch_keeps_the_times(semitones: float) -> None:
    """Everything sounds higher or lower, and happens when it did."""
    higher = stretching.change_pitch(tone(400), semitones)
    assert len(higher) == LENGTH
    assert pitch_of(higher) == pytest.approx(400 * 2 ** (semitones / 12), rel=0.01)
    places = onsets(stretching.change_pitch(clicks(8000, 24000, 40000), semitones))
    assert places == pytest.approx([0.5, 1.5, 2.5], abs=0.02)


def test_spectra_give_the_sound_back() -> None:
    """Without a change between them, analysis and synthesis are one."""
    noise = rng().normal(0, 0.1, 12345).astype(np.float32)
    again = stretching.from_spectrum(stretching.to_spectrum(noise), len(noise))
    assert np.allclose(again, noise, atol=1e-5)


def test_masks_are_stripes_of_the_mean() -> None:
    """Each stripe is no wider than asked, lies in the used frames, and holds their mean."""
    features = rng().normal(0, 1, (80, 300)).astype(np.float32)
    wanted = SpecAugment(freq_masks=2, freq_width=10, time_masks=1, time_width=40, time_share=0.1)
    masked = mask(features, wanted, rng(4), 200)
    changed = masked != features
    assert changed.any()
    assert not changed[:, 200:].any()
    rows, columns = changed[:, :200].all(axis=1), changed[:, :200].all(axis=0)
    assert rows.sum() <= 20
    assert columns.sum() <= 20
    assert np.array_equal(changed[:, :200], rows[:, None] | columns[None, :])
    assert np.allclose(masked[changed], features[:, :200].mean())
    assert masked.dtype == features.dtype


def test_very_short_clips_pass_through_everything() -> None:
    """One sample, and a millisecond, are no reason to fail."""
    for count in (1, 16):
        short = tone(500, count) + np.float32(0.1)
        room = effects.make_response(0.2, 3.0, rng())
        for changed in (
            effects.add_noise(short, effects.make_noise(count, "pink", rng()), 10),
            effects.reverberate(short, room),
            effects.telephone(short, 300, 3400, "mu"),
            effects.narrow_band(short, 8000),
            effects.lose_detail(short, 0.1),
            effects.clip_peaks(short, 0.01),
            stretching.change_pitch(short, 2),
        ):
            assert len(changed) == count
            assert np.isfinite(changed).all()
