"""How the learning rate goes, when a training stops, and what options suggest."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest

from hansard.training.fitting.checkpoints import Progress
from hansard.training.fitting.options import FitOptions, shorten, suggest_learning_rate
from hansard.training.fitting.schedule import is_exhausted, rate_at, take_figure


def curve(total: int = 100, **options: object) -> list[float]:
    chosen = FitOptions(**options)  # type: ignore[arg-type]
    return [rate_at(step, total, chosen, 1e-3) for step in range(total)]


def test_the_rate_rises_in_a_straight_line_and_falls_in_one() -> None:
    """It reaches its highest where warming up ends, and nearly nothing at the last step."""
    rates = curve()
    assert rates[0] == pytest.approx(1e-4)
    assert rates[9] == max(rates) == 1e-3
    steps = [right - left for left, right in pairwise(rates[10:])]
    assert steps == pytest.approx([steps[0]] * len(steps))
    assert 0 < rates[-1] < 2e-5


def test_a_cosine_is_half_way_down_in_the_middle() -> None:
    """It falls slowly, fast, and slowly again."""
    rates = curve(110, schedule="cosine", warmup=10 / 110)
    assert rates[10] == 1e-3
    assert rates[60] == pytest.approx(5e-4)
    assert rates[35] == pytest.approx(1e-3 * (2 + 2**0.5) / 4)
    assert all(left >= right for left, right in pairwise(rates[10:]))


def test_a_constant_rate_stays_and_no_warmup_begins_high() -> None:
    """After warming up nothing changes; without it the first step has the full rate."""
    assert set(curve(schedule="constant", warmup=0.0)) == {1e-3}
    assert curve(warmup=0.0)[0] == 1e-3
    assert curve(warmup=1.0)[-1] == 1e-3


@pytest.mark.parametrize("total", [1, 2, 3])
@pytest.mark.parametrize("warmup", [0.0, 0.1, 1.0])
def test_short_trainings_learn_in_every_step(total: int, warmup: float) -> None:
    """Even a single step has a rate above nothing."""
    assert all(0 < rate <= 1e-3 for rate in curve(total, warmup=warmup))


def test_patience_counts_evaluations_since_the_best_one() -> None:
    """A better figure begins the count anew; an equal one is no better."""
    progress = Progress(step=10)
    for step, figure, worse, best in ((10, 0.5, 0, 10), (20, 0.5, 1, 10), (30, 0.4, 0, 30)):
        progress = take_figure(replace(progress, step=step), figure)
        assert (progress.worse, progress.best_step) == (worse, best)
    assert progress.best == 0.4
    assert not is_exhausted(progress, 1)
    progress = take_figure(progress, 0.6)
    assert is_exhausted(progress, 1)
    assert not is_exhausted(progress, 2)
    assert not is_exhausted(progress, None)


def test_what_is_no_number_is_never_the_best() -> None:
    """A training that fell apart neither hides a good model nor is taken for one."""
    lost = take_figure(Progress(step=1), math.nan)
    assert (lost.best, lost.worse) == (None, 1)
    assert take_figure(lost, 0.5).best == 0.5
    assert take_figure(Progress(step=2, best=0.5, best_step=1), math.nan).best_step == 1


def test_larger_models_are_given_smaller_rates() -> None:
    """OpenAI's sizes, and the demo model, which is smaller than all of them."""
    sizes = [5e6, 39e6, 74e6, 244e6, 769e6, 1550e6]
    rates = [suggest_learning_rate(round(size), "full") for size in sizes]
    assert rates == [3e-4, 3.75e-5, 2.5e-5, 1.25e-5, 6.25e-6, 5e-6]
    assert suggest_learning_rate(39_000_000, "frozen-encoder") == 3.75e-5
    assert suggest_learning_rate(1_550_000_000, "lora") == 1e-3


def test_a_run_that_only_shows_that_it_works_is_short() -> None:
    """Few clips and steps, with a checkpoint and an evaluation in them; the rest stays."""
    chosen = shorten(FitOptions(method="lora", epochs=90, max_clips=5))
    assert (chosen.method, chosen.max_clips) == ("lora", 5)
    assert shorten(FitOptions()).max_clips == 8
    assert chosen.max_steps is not None
    assert chosen.save_every <= chosen.max_steps
    assert chosen.evaluate_every <= chosen.max_steps
