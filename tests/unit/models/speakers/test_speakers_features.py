"""What the baseline hears of a voice."""

from pathlib import Path

import numpy as np
import pytest

from hansard.audio import SAMPLE_RATE
from hansard.errors import Cancelled
from hansard.models.speakers import Watch
from hansard.models.speakers.features import BLOCK, CEPSTRA, FRAME, listen
from hansard.models.speakers.features_units import NUMBERS, STEP, UNIT, cut, describe
from hansard.testing.sounds import make_noise, make_sound
from hansard.transcript import Span


def buzz(hertz: float, seconds: float) -> np.ndarray:
    """A sound with all harmonics of a pitch, as vocal folds make it."""
    phase = np.arange(round(seconds * SAMPLE_RATE)) * hertz / SAMPLE_RATE
    return (0.4 * np.exp(-8 * (phase % 1)) - 0.05).astype(np.float32)


@pytest.mark.parametrize("hertz", [70, 105, 160, 230, 330])
def test_pitch_is_heard(hertz: float, tmp_path: Path) -> None:
    """The pitch of a voice is heard within a hundredth, and as harmonic."""
    sound = make_sound(buzz(hertz, 1.0), tmp_path)
    frames = listen(sound, [Span(0.1, 0.9)], Watch())
    assert np.allclose(np.exp(frames.pitch), hertz, rtol=0.01)
    assert frames.harmonicity.min() > 0.8


def test_noise_has_no_pitch(tmp_path: Path) -> None:
    """White noise is hardly harmonic."""
    frames = listen(make_noise(2.0, tmp_path, level=0.1), [Span(0.0, 2.0)], Watch())
    assert frames.harmonicity.max() < 0.5


def test_loudness_is_not_heard(tmp_path: Path) -> None:
    """A voice twice as loud is the same voice."""
    loud = buzz(120, 1.0)
    frames = [
        listen(make_sound(level * loud, tmp_path), [Span(0.0, 1.0)], Watch()) for level in (0.5, 1)
    ]
    assert np.abs(frames[0].cepstra - frames[1].cepstra).max() < 0.3


def test_only_speech_is_heard(tmp_path: Path) -> None:
    """Frames are those whose middle lies in speech, on the recording's clock, clipped to it."""
    sound = make_noise(3.0, tmp_path)
    spans = [Span(-1.0, 0.1), Span(0.5, 1.0), Span(2.9, 9.0)]
    frames = listen(sound, spans, Watch())
    middles = (frames.index + 0.5) * FRAME
    expected = [(i + 0.5) * FRAME for i in range(150)]
    assert middles.tolist() == [m for m in expected if any(a <= m < b for a, b in spans)]
    later = type(sound)(sound.path, sound.offset, sound.samples, start=100.0)
    moved = listen(later, [Span(a + 100, b + 100) for a, b in spans], Watch())
    assert moved.index.tolist() == frames.index.tolist()


def test_blocks_leave_no_trace(tmp_path: Path) -> None:
    """Frames beside the seam of two blocks are as if the sound began elsewhere."""
    dice = np.random.default_rng(3)
    samples = dice.normal(0, 0.1, round((BLOCK * FRAME + 2) * SAMPLE_RATE)).astype(np.float32)
    sound = make_sound(samples, tmp_path)
    whole = listen(sound, [Span(0.0, sound.duration)], Watch(), threads=2)
    cutoff = round(1.0 * SAMPLE_RATE)
    tail = make_sound(samples[cutoff:], tmp_path)
    moved = listen(tail, [Span(0.0, tail.duration)], Watch())
    shift = round(1.0 / FRAME)
    inner = slice(10, -10)
    assert np.array_equal(whole.cepstra[shift:][inner], moved.cepstra[inner])


def test_progress_reaches_one_and_cancels(tmp_path: Path) -> None:
    """Progress grows to 1, told at least once a minute of sound; a stop is obeyed."""
    sound = make_noise(61.0, tmp_path)
    told: list[float] = []
    listen(sound, [Span(0.0, 61.0)], Watch(told.append))
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) >= 2
    with pytest.raises(Cancelled):
        listen(sound, [Span(0.0, 61.0)], Watch(cancelled=lambda: True))


def test_no_sound_has_no_frames(tmp_path: Path) -> None:
    """Nothing, or nobody speaking, gives no frames and no units."""
    empty = make_sound(np.zeros(0, np.float32), tmp_path)
    assert len(listen(empty, [], Watch())) == 0
    assert len(listen(make_noise(1.0, tmp_path), [], Watch())) == 0
    assert len(cut(np.zeros(0, np.int64))) == 0


def test_units_cover_every_stretch() -> None:
    """Each frame lies in a unit, no unit crosses a pause, and long stretches have many."""
    index = np.concatenate([np.arange(40), np.arange(100, 500)])
    units = cut(index)
    covered = np.zeros(len(index), dtype=bool)
    for (first, last), stretch in zip(units.places, units.stretch, strict=True):
        covered[first:last] = True
        assert index[last - 1] - index[first] == last - first - 1
        assert stretch == (first >= 40)
    assert covered.all()
    assert units.places[0].tolist() == [0, 40]
    assert np.diff(units.places[1:, 0]).max() <= STEP
    assert set(np.diff(units.places[1:]).ravel()) == {UNIT}


def test_units_are_described_by_their_voice(tmp_path: Path) -> None:
    """A description holds the mean pitch, and numbers throughout, for noise too."""
    sound = make_sound(np.concatenate([buzz(150, 2.0), np.zeros(32_000, np.float32)]), tmp_path)
    frames = listen(sound, [Span(0.0, 1.5), Span(2.5, 4.0)], Watch())
    rows = describe(frames, cut(frames.index))
    assert rows.shape == (2, NUMBERS)
    assert abs(np.exp(rows[0, CEPSTRA]) - 150) < 2
    assert np.isfinite(rows).all()
