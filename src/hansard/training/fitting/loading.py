"""Batches as tensors, made ahead in threads while the model learns from those before."""

import math
import threading
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import torch

from hansard.training.fitting.assembly import LONGEST, Augmenter, assemble
from hansard.training.fitting.batches import Batch
from hansard.training.fitting.clips import Clip
from hansard.training.fitting.features import FRAMES_PER_SECOND, Features, pad
from hansard.training.fitting.labels import IGNORED, Labels, make_labels
from hansard.training.fitting.shards import Shard
from hansard.training.fitting.vocabulary import Vocabulary
from hansard.training.fitting.windows import Window

_TOKENS = 16
"""Lengths of labels are rounded up to multiples of this, for few distinct shapes."""


@dataclass(frozen=True, slots=True)
class Tensors:
    """A batch that is ready."""

    features: Any
    """Shape: (rows, bands, frames)."""
    inputs: Any
    """Shape: (rows, tokens)."""
    targets: Any
    counted: int
    """Targets that count."""
    seconds: float
    """Of speech, without padding."""
    spelt: Any = None
    """Letters, their counts, and steps of the encoder that hold sound, for an auxiliary loss."""

    def to(self, device: Any) -> tuple[Any, ...]:
        """What the model takes, on a device."""
        plain = (self.features, self.inputs, self.targets)
        moved = tuple(tensor.to(device) for tensor in plain)
        if self.spelt is None:
            return moved
        return (*moved, tuple(tensor.to(device) for tensor in self.spelt))


@dataclass(frozen=True, kw_only=True)
class Kitchen:
    """What batches are made with."""

    shard: Shard
    vocabulary: Vocabulary
    features: Features
    task: str
    augmenter: Augmenter | None = None
    letters: Mapping[str, int] = field(default_factory=dict)
    """What an auxiliary loss spells with, from 1; empty where there is none."""
    both_paddings: bool = True
    """Fill half of the windows as openai-whisper does, the others as faster-whisper does."""
    _of_thread: threading.local = field(default_factory=threading.local, init=False, repr=False)

    def cook(self, batch: Batch, epoch: int) -> Tensors:
        """The tensors of a batch."""
        rows = [self._row(window, epoch) for window in batch.windows]
        # slower speech takes more room than was planned
        seconds = max(batch.seconds, *(math.ceil(row.seconds - 1e-6) for row in rows))
        longest = max(len(row.labels.inputs) for row in rows)
        width = -(-longest // _TOKENS) * _TOKENS
        inputs = torch.full((len(rows), width), self.vocabulary.end, dtype=torch.long)
        targets = torch.full((len(rows), width), IGNORED, dtype=torch.long)
        for place, row in enumerate(rows):
            count = len(row.labels.inputs)
            inputs[place, :count] = torch.tensor(row.labels.inputs)
            targets[place, :count] = torch.tensor(row.labels.targets)
        padded = [pad(row.features, seconds, quiet=row.quiet) for row in rows]
        return Tensors(
            features=torch.from_numpy(np.stack(padded)),
            inputs=inputs,
            targets=targets,
            counted=sum(row.labels.counted for row in rows),
            seconds=sum(row.seconds for row in rows),
            spelt=self._spell(rows) if self.letters else None,
        )

    def _spell(self, rows: "Sequence[_Row]") -> tuple[Any, Any, Any]:
        spelt = [[self.letters[c] for c in row.text if c in self.letters] for row in rows]
        letters = torch.zeros((len(rows), max(1, *map(len, spelt))), dtype=torch.long)
        for place, numbers in enumerate(spelt):
            letters[place, : len(numbers)] = torch.tensor(numbers)
        steps = [max(1, round(row.seconds * FRAMES_PER_SECOND / 2)) for row in rows]
        return letters, torch.tensor([len(one) for one in spelt]), torch.tensor(steps)

    def _row(self, window: Window, epoch: int) -> "_Row":
        key = f"{window.key} {epoch}"
        augmenter = self._own_augmenter()
        made = assemble(window, self.shard.read, augmenter, epoch)
        features = self.features.make(made.samples)
        if augmenter is not None:
            features = augmenter.mask(features, window.key, epoch)
        quiet = self.both_paddings and sha256(key.encode()).digest()[0] % 2 == 0
        labels = make_labels(made.window, self.vocabulary, self.task, key)
        text = " ".join(part.clip.text for part in made.window.parts).casefold()
        return _Row(features, labels, min(LONGEST, made.window.duration), quiet, text)

    def _own_augmenter(self) -> Augmenter | None:
        """The augmenter of this thread: they hold files, and serve one thread at a time."""
        if not hasattr(self._of_thread, "augmenter"):
            self._of_thread.augmenter = deepcopy(self.augmenter)
        own: Augmenter | None = self._of_thread.augmenter
        return own


class _Row(NamedTuple):
    features: Any
    labels: Labels
    seconds: float
    quiet: bool
    text: str


def letters_of(clips: Sequence[Clip]) -> dict[str, int]:
    """Every letter and digit that is written in these clips, and the space, numbered from 1."""
    written = {c for clip in clips for c in clip.text.casefold() if c.isalnum() or c == " "}
    return {letter: number for number, letter in enumerate(sorted(written), start=1)}


def serve(
    kitchen: Kitchen, batches: Sequence[tuple[Batch, int]], threads: int
) -> Generator[Tensors, None, None]:
    """The tensors of batches, each with its epoch, in order; `threads` work ahead (0 = none)."""
    if not threads:
        for batch, epoch in batches:
            yield kitchen.cook(batch, epoch)
        return
    rest = iter(batches)
    with ThreadPoolExecutor(threads, thread_name_prefix="features") as pool:
        ahead: list[Future[Tensors]] = [
            pool.submit(kitchen.cook, batch, epoch) for batch, epoch in islice(rest, threads + 1)
        ]
        try:
            while ahead:
                ready = ahead.pop(0).result()
                ahead += [pool.submit(kitchen.cook, b, epoch) for b, epoch in islice(rest, 1)]
                yield ready
        finally:
            for future in ahead:
                future.cancel()
