"""The sound of a window: its clips, changed by augmentation, with silence between them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from hansard.audio import SAMPLE_RATE
from hansard.training.fitting.windows import Part, Window
from hansard.training.manifest import Stretch
from hansard.transcript import Seconds

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST: Seconds = 30.0
_NOISE_DB = (-75.0, -25.0)
"""Levels of generated noise, relative to full scale."""


class Augmented(Protocol):
    """Samples after augmentation: what was at t is at t / speed + offset now."""

    @property
    def samples(self) -> "NDArray[np.float32]":
        """Shape: (n,)."""
        ...

    @property
    def speed(self) -> float:
        """How many times as fast they are as before."""
        ...

    @property
    def offset(self) -> Seconds:
        """How much later they begin."""
        ...


class _Piece(NamedTuple):
    part: Part
    samples: "NDArray[np.float32]"
    speed: float = 1.0
    offset: Seconds = 0.0


class Augmenter(Protocol):
    """Changes sound and features at random; the same for the same key and epoch."""

    def apply(self, samples: "NDArray[np.float32]", key: str, epoch: int) -> Augmented:
        """Change the sound of a clip."""
        ...

    def mask(self, features: "NDArray[np.float32]", key: str, epoch: int) -> "NDArray[np.float32]":
        """Hide parts of log-mel features, shape (mels, frames)."""
        ...


@dataclass(frozen=True, slots=True)
class Assembled:
    """A window's sound, and the window as it is now: speed moves its times."""

    window: Window
    samples: "NDArray[np.float32]"


def assemble(
    window: Window,
    read: Callable[[str], "NDArray[np.float32]"],
    augmenter: Augmenter | None,
    epoch: int,
) -> Assembled:
    """Put a window together. `read` gives the samples of a clip by its id.

    Where slowing down would make it longer than 30 s it stays as it was.
    """
    if not window.parts:
        return Assembled(window, _silence(window, epoch))
    if augmenter is not None:
        made = _put_together(window, list(_change(window, read, augmenter, epoch)))
        if made.window.duration <= LONGEST:
            return made
    return _put_together(window, [_Piece(part, read(part.clip.id)) for part in window.parts])


def _change(
    window: Window,
    read: Callable[[str], "NDArray[np.float32]"],
    augmenter: Augmenter,
    epoch: int,
) -> Iterator[_Piece]:
    for part in window.parts:
        changed = augmenter.apply(read(part.clip.id), part.clip.id, epoch)
        yield _Piece(part, changed.samples, changed.speed, changed.offset)


def _put_together(window: Window, pieces: Sequence[_Piece]) -> Assembled:
    sounds: list[NDArray[np.float32]] = []
    parts: list[Part] = []
    at = 0
    before: Part | None = None
    for piece in pieces:
        part, samples = piece.part, piece.samples
        if before is not None:
            gap = max(0.0, part.start - before.start - before.clip.duration)
            silence = np.zeros(round(gap * SAMPLE_RATE), dtype=np.float32)
            sounds.append(silence)
            at += len(silence)
        parts.append(_retimed(piece, at / SAMPLE_RATE))
        sounds.append(samples)
        at += len(samples)
        before = part
    whole = sounds[0] if len(sounds) == 1 else np.concatenate(sounds)
    return Assembled(replace(window, parts=tuple(parts), duration=at / SAMPLE_RATE), whole)


def _retimed(piece: _Piece, start: Seconds) -> Part:
    length = len(piece.samples) / SAMPLE_RATE

    def move(seconds: Seconds) -> Seconds:
        return min(max(seconds / piece.speed + piece.offset, 0.0), length)

    clip = piece.part.clip
    stretches = tuple(
        Stretch(text=one.text, start=move(one.start), end=move(one.end)) for one in clip.segments
    )
    return Part(replace(clip, duration=length, segments=stretches), start)


def _silence(window: Window, epoch: int) -> "NDArray[np.float32]":
    """Digital silence, or white or brown noise, by the window's key and the epoch."""
    seed = int.from_bytes(sha256(f"{window.key} {epoch}".encode()).digest()[:8])
    dice = np.random.default_rng(seed)
    count = round(window.duration * SAMPLE_RATE)
    kind = dice.integers(3)
    if kind == 0:
        return np.zeros(count, dtype=np.float32)
    noise = dice.standard_normal(count)
    if kind == 2:
        noise = np.cumsum(noise - noise.mean())
    noise *= 10 ** (dice.uniform(*_NOISE_DB) / 20) / max(1e-9, float(np.sqrt(np.mean(noise**2))))
    return np.clip(noise, -1, 1).astype(np.float32)
