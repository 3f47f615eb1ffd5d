"""How good a model is while it learns: its loss, and what it hears."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from hansard.training.fitting.batches import Batch
from hansard.training.fitting.clips import Clip
from hansard.training.fitting.loading import Kitchen, serve
from hansard.training.fitting.shards import Shard

Judge = Callable[[Path, Sequence[Clip], Shard], Mapping[str, Any]]
"""Hears clips with an exported model; gives at least `wer`, 0 = every word right."""


def check_loss(learner: Any, kitchen: Kitchen, batches: Sequence[Batch], device: Any) -> float:
    """The mean loss of a token."""
    total, tokens = 0.0, 0
    learner.eval()
    with torch.no_grad():
        for made in serve(kitchen, [(batch, 0) for batch in batches], 0):
            total += float(learner(*made.to(device)))
            tokens += made.counted
    learner.train()
    return round(total / max(1, tokens), 6)
