"""The sound of a window."""

from typing import TYPE_CHECKING

import numpy as np
import pytest
from fit_cases import make_clip, make_window

from hansard.audio import SAMPLE_RATE
from hansard.training.fitting.assembly import Assembled, assemble
from hansard.training.fitting.clips import Clip
from hansard.training.fitting.windows import Window
from hansard.training.manifest import Stretch
from hansard.training.sounds.augmenting import Augmenter
from hansard.training.sounds.recipes import parse_recipe

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]


def read(ident: str) -> "Samples":
    """The samples of a clip that is named after its length: noise of its own."""
    seconds, _, seed = ident.partition(" ")
    dice = np.random.default_rng(int(seed or 0))
    return dice.normal(0, 0.1, round(float(seconds) * SAMPLE_RATE)).astype(np.float32)


def clip(seconds: float, seed: int = 0, *segments: Stretch) -> Clip:
    return make_clip(f"{seconds} {seed}", duration=seconds, segments=segments)


def augmenter(text: str) -> Augmenter:
    return Augmenter(parse_recipe(text), seed=3)


def test_clips_stand_where_the_plan_says_with_silence_between() -> None:
    """Each sample of each clip is in its place, and nothing else is."""
    window = make_window(clip(1.5, 1), clip(0.75, 2), clip(2.0, 3), gap=0.25)
    made = assemble(window, read, None, 0)
    assert len(made.samples) == round(4.75 * SAMPLE_RATE)
    heard = made.samples.copy()
    for part in window.parts:
        first = round(part.start * SAMPLE_RATE)
        own = read(part.clip.id)
        np.testing.assert_array_equal(heard[first : first + len(own)], own)
        heard[first : first + len(own)] = 0
    assert not heard.any()
    assert made.window == window
    assert made.samples.dtype == np.float32


def test_a_window_of_one_clip_is_that_clip() -> None:
    """With its real length, whatever was planned."""
    made = assemble(make_window(clip(1.2, 5)), read, None, 0)
    np.testing.assert_array_equal(made.samples, read("1.2 5"))
    assert made.window.duration == 1.2


def test_speed_and_shift_move_the_times_of_a_clip() -> None:
    """A word that was said at t is said at t / speed + offset, and what follows moves along."""
    said = Stretch(text="a", start=0.4, end=1.0)
    window = make_window(clip(2.0, 1, said), clip(1.0, 2, said), gap=0.5)
    recipe = (
        "- {type: speed, prob: 1.0, params: {min_rate: 1.25, max_rate: 1.25}}\n"
        "- {type: shift, prob: 1.0, params: {min_shift_ms: 100, max_shift_ms: 100}}\n"
    )
    made = assemble(window, read, augmenter(recipe), 0)
    first, second = made.window.parts
    assert first.clip.duration == pytest.approx(2.0 / 1.25 + 0.1, abs=0.002)
    assert second.start == pytest.approx(first.clip.duration + 0.5, abs=1e-3)
    for part in (first, second):
        (moved,) = part.clip.segments
        assert moved.start == pytest.approx(0.4 / 1.25 + 0.1, abs=1e-3)
        assert moved.end == pytest.approx(min(1.0 / 1.25 + 0.1, part.clip.duration), abs=1e-3)
    assert made.window.duration == pytest.approx(len(made.samples) / SAMPLE_RATE)


def test_where_a_word_is_heard_is_where_its_time_says() -> None:
    """The loud part of a slowed clip lies between the times of its segment."""
    quiet = np.zeros(2 * SAMPLE_RATE, np.float32)
    first, last = round(0.5 * SAMPLE_RATE), round(1.1 * SAMPLE_RATE)
    quiet[first:last] = read("0.6")[: last - first]
    window = make_window(clip(2.0, 0, Stretch(text="a", start=0.5, end=1.1)))
    recipe = "- {type: speed, prob: 1.0, params: {min_rate: 0.8, max_rate: 0.8}}\n"
    made = assemble(window, lambda _: quiet, augmenter(recipe), 0)
    (moved,) = made.window.parts[0].clip.segments
    loud = np.flatnonzero(np.abs(made.samples) > 0.05) / SAMPLE_RATE
    assert loud[0] == pytest.approx(moved.start, abs=0.02)
    assert loud[-1] == pytest.approx(moved.end, abs=0.02)


def test_a_window_that_would_outgrow_30_seconds_stays_as_it_was() -> None:
    """Slow speech that no longer fits is heard at its own speed."""
    window = make_window(clip(14.0, 1), clip(14.0, 2), gap=0.5)
    recipe = "- {type: speed, prob: 1.0, params: {min_rate: 0.8, max_rate: 0.8}}\n"
    made = assemble(window, read, augmenter(recipe), 0)
    plain = assemble(window, read, None, 0)
    np.testing.assert_array_equal(made.samples, plain.samples)
    assert made.window == plain.window
    short = make_window(clip(10.0, 1), clip(10.0, 2), gap=0.5)
    assert assemble(short, read, augmenter(recipe), 0).window.duration == pytest.approx(25.5, 0.01)


def test_the_same_clip_and_epoch_sound_the_same() -> None:
    """Whatever window it is in; another epoch draws other lots."""
    recipe = "- {type: noise, prob: 1.0, params: {min_snr: 10, max_snr: 20}}\n"
    one, other = augmenter(recipe), augmenter(recipe)
    alone = assemble(make_window(clip(1.0, 1)), read, one, 2).samples
    joined = assemble(make_window(clip(1.0, 2), clip(1.0, 1), gap=0.5), read, other, 2).samples
    np.testing.assert_array_equal(joined[-SAMPLE_RATE:], alone)
    later = assemble(make_window(clip(1.0, 1)), read, one, 3).samples
    assert not np.array_equal(later, alone)
    assert not np.array_equal(alone, read("1.0 1"))


def silence(number: int, epoch: int) -> Assembled:
    window = Window(key=f"silence {number}", parts=(), duration=2.0 + number / 10)
    return assemble(window, read, None, epoch)


def test_silence_is_nothing_or_noise_of_many_levels() -> None:
    """As long as was planned, in bounds, the same for the same epoch and no other."""
    made = [silence(number, 0).samples for number in range(40)]
    assert [len(one) for one in made] == [round((2.0 + n / 10) * SAMPLE_RATE) for n in range(40)]
    assert all(one.dtype == np.float32 and np.abs(one).max() <= 1.0 for one in made)
    nothing = [one for one in made if not one.any()]
    levels = [20 * np.log10(np.sqrt(np.mean(one**2))) for one in made if one.any()]
    assert 5 <= len(nothing) <= 25
    assert min(levels) > -76
    assert max(levels) < -24
    assert max(levels) - min(levels) > 20
    np.testing.assert_array_equal(silence(7, 0).samples, made[7])
    kinds = {silence(0, epoch).samples.any() for epoch in range(12)}
    assert kinds == {True, False}
