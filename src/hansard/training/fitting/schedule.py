"""How the learning rate goes, and when to stop."""

import math
from dataclasses import replace

from hansard.training.fitting.checkpoints import Progress
from hansard.training.fitting.options import LearnOptions


def rate_at(step: int, total: int, options: LearnOptions, highest: float) -> float:
    """The learning rate of a step, from 0: it rises in a straight line, then falls."""
    rising = max(1, round(total * options.warmup)) if options.warmup else 0
    if step < rising:
        return highest * (step + 1) / rising
    if options.schedule == "constant":
        return highest
    done = min(1.0, (step - rising) / max(1, total - rising))
    if options.schedule == "linear":
        return highest * (1 - done)
    return highest * (1 + math.cos(math.pi * done)) / 2


def take_figure(progress: Progress, figure: float) -> Progress:
    """Progress after an evaluation, whose `figure` is the better the lower; NaN never is."""
    if not math.isnan(figure) and (progress.best is None or figure < progress.best):
        return replace(progress, best=figure, best_step=progress.step, worse=0)
    return replace(progress, worse=progress.worse + 1)


def is_exhausted(progress: Progress, patience: int | None) -> bool:
    """Whether nothing has become better for too long."""
    return patience is not None and progress.worse >= patience
