"""A recipe at work: clips in, changed clips out, on the fly.

    augmenter = Augmenter(read_recipe(path), seed=7)
    made = augmenter.apply(samples, key="clip-1", epoch=3)

What a clip becomes depends on the seed, the epoch and its key alone, whatever comes before it and
in whichever process.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hansard.audio import SAMPLE_RATE
from hansard.training.sounds import effects, stretching
from hansard.training.sounds.banks import Bank
from hansard.training.sounds.masking import mask
from hansard.training.sounds.recipes import (
    Bandwidth,
    Clipping,
    Codec,
    Gain,
    Noise,
    Pitch,
    Recipe,
    Room,
    Shift,
    SpecAugment,
    Speed,
    Telephone,
    Tempo,
)
from hansard.training.sounds.times import Move
from hansard.transcript import Seconds

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

LONGEST: Seconds = 30.0
"""A clip that a model can hear at once is never made longer than that."""


@dataclass(frozen=True, slots=True)
class Augmented:
    """A changed clip."""

    samples: "NDArray[np.float32]"
    """16 kHz, -1 to 1. Shape: (n,)."""
    speed: float
    """How much faster words follow each other: what was at t is at t / speed + offset."""
    applied: tuple[str, ...]
    """Which effects were used, in order."""
    offset: Seconds = 0.0
    """What `shift` put before the clip; below 0 where it took something away."""
    snr: float | None = None
    """Decibels of the last noise that was added; None where none was."""

    @property
    def move(self) -> Move:
        """Where the clip's words are now."""
        return Move(speed=self.speed, offset=self.offset)


class Augmenter:
    """Changes clips by a recipe; can be pickled, and used by one thread at a time."""

    def __init__(self, recipe: Recipe, seed: int = 0) -> None:
        """Look whether the recipe's folders are there.

        Raises:
            SettingError: one is not, or holds no recordings.
        """
        self.recipe = recipe
        self.seed = seed
        self._banks = {
            step.params.folder: Bank(Path(step.params.folder))
            for step in recipe.steps
            if step.prob and isinstance(step.params, Noise | Room) and step.params.folder
        }

    def apply(self, samples: "NDArray[np.float32]", key: str, epoch: int) -> Augmented:
        """A clip with the effects that the lot gives it; `samples` stays as it is.

        Args:
            samples: float32 at 16 kHz, -1 to 1; shape (n,).
            key: the clip's id.
            epoch: from 0; each epoch draws other lots.

        Raises:
            DataError: no file of a folder can be read.
        """
        made = Augmented(samples, 1.0, ())
        for number, step in enumerate(self.recipe.steps):
            if isinstance(step.params, SpecAugment):
                continue
            rng = self._draw(f"{number} {step.type}", key, epoch)
            if rng.random() >= step.prob or not len(made.samples):
                continue
            changed = _WAYS[type(step.params)](made, step.params, rng, self._banks)
            if changed is not None:
                made = replace(changed, applied=(*made.applied, step.type))
        peak = float(np.abs(made.samples).max(initial=0.0))
        if peak > 1:
            made = replace(made, samples=np.asarray(made.samples / np.float32(peak), np.float32))
        return made

    def mask(
        self,
        features: "NDArray[np.float32]",
        key: str,
        epoch: int,
        frames: int | None = None,
    ) -> "NDArray[np.float32]":
        """Features with SpecAugment's stripes, as the lot gives them; a new array where changed.

        Args:
            features: log-mel, shape (mels, all frames).
            key: the clip's id.
            epoch: from 0.
            frames: how many of the frames hold sound; None = all.
        """
        for number, step in enumerate(self.recipe.steps):
            if isinstance(step.params, SpecAugment):
                rng = self._draw(f"{number} {step.type}", key, epoch)
                if rng.random() < step.prob:
                    features = mask(features, step.params, rng, frames)
        return features

    def facts(self) -> list[Any]:
        """All that an outcome depends on, besides the clip: recipe, seed, files of folders."""
        folders = [bank.facts() for _, bank in sorted(self._banks.items())]
        return [self.seed, self.recipe.describe(), folders]

    def _draw(self, step: str, key: str, epoch: int) -> "Generator":
        text = f"{self.seed}\0{epoch}\0{step}\0{key}".encode("utf-8", "surrogatepass")
        digest = hashlib.blake2b(text, digest_size=16).digest()
        return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "little")))


Banks = Mapping[str, Bank]
Way = Callable[[Augmented, Any, "Generator", Banks], Augmented | None]
"""None where the effect would do nothing, or harm."""


def _noise(made: Augmented, wanted: Noise, rng: "Generator", banks: Banks) -> Augmented:
    snr = float(rng.uniform(wanted.min_snr, wanted.max_snr))
    count = len(made.samples)
    if wanted.folder:
        noise = banks[wanted.folder].stretch(count, rng)
    else:
        colours = wanted.colours or ("white", "pink", "brown")
        noise = effects.make_noise(count, colours[rng.integers(len(colours))], rng)
    return replace(made, samples=effects.add_noise(made.samples, noise, snr), snr=round(snr, 2))


def _room(made: Augmented, wanted: Room, rng: "Generator", banks: Banks) -> Augmented:
    if wanted.folder:
        response = effects.line_up(banks[wanted.folder].pick(rng))
    else:
        rt60 = float(rng.uniform(wanted.min_rt60, wanted.max_rt60))
        direct = float(rng.uniform(wanted.min_direct, wanted.max_direct))
        response = effects.make_response(rt60, direct, rng)
    return replace(made, samples=effects.reverberate(made.samples, response))


def _speed(made: Augmented, wanted: Speed, rng: "Generator", _banks: Banks) -> Augmented | None:
    rate = float(rng.uniform(wanted.min_rate, wanted.max_rate))
    if wanted.num_rates:
        rates = np.linspace(wanted.min_rate, wanted.max_rate, wanted.num_rates)
        rate = float(rates[rng.integers(len(rates))])
    ratio = stretching.near_ratio(rate)
    if ratio == 1 or _too_long(made, float(ratio)):
        return None
    samples = stretching.change_speed(made.samples, ratio)
    return _moved(made, samples, Move(speed=float(ratio)))


def _tempo(made: Augmented, wanted: Tempo, rng: "Generator", _banks: Banks) -> Augmented | None:
    rate = float(rng.uniform(wanted.min_rate, wanted.max_rate))
    if rate == 1 or _too_long(made, rate):
        return None
    return _moved(made, stretching.change_tempo(made.samples, rate), Move(speed=rate))


def _shift(made: Augmented, wanted: Shift, rng: "Generator", _banks: Banks) -> Augmented | None:
    count = round(float(rng.uniform(wanted.min_shift_ms, wanted.max_shift_ms)) * SAMPLE_RATE / 1000)
    count = max(count, -stretching.quiet_start(made.samples))
    longer = (len(made.samples) + count) / SAMPLE_RATE
    if not count or -count >= len(made.samples) or longer > LONGEST >= _seconds(made):
        return None
    samples = np.pad(made.samples, (count, 0)) if count > 0 else made.samples[-count:]
    return _moved(made, samples, Move(offset=count / SAMPLE_RATE))


def _pitch(made: Augmented, wanted: Pitch, rng: "Generator", _banks: Banks) -> Augmented:
    semitones = float(rng.uniform(wanted.min_semitones, wanted.max_semitones))
    return replace(made, samples=stretching.change_pitch(made.samples, semitones))


def _telephone(made: Augmented, wanted: Telephone, rng: "Generator", _banks: Banks) -> Augmented:
    laws = wanted.laws or ("none",)
    law = laws[rng.integers(len(laws))]
    return replace(made, samples=effects.telephone(made.samples, wanted.low, wanted.high, law))


def _codec(made: Augmented, wanted: Codec, rng: "Generator", _banks: Banks) -> Augmented:
    kept = float(rng.uniform(wanted.min_kept, wanted.max_kept))
    return replace(made, samples=effects.lose_detail(made.samples, kept))


def _bandwidth(made: Augmented, wanted: Bandwidth, rng: "Generator", _banks: Banks) -> Augmented:
    rate = wanted.rates[rng.integers(len(wanted.rates))]
    return replace(made, samples=effects.narrow_band(made.samples, rate))


def _gain(made: Augmented, wanted: Gain, rng: "Generator", _banks: Banks) -> Augmented:
    decibels = float(rng.uniform(wanted.min_gain, wanted.max_gain))
    return replace(made, samples=effects.amplify(made.samples, decibels))


def _clipping(made: Augmented, wanted: Clipping, rng: "Generator", _banks: Banks) -> Augmented:
    share = float(rng.uniform(wanted.min_share, wanted.max_share))
    return replace(made, samples=effects.clip_peaks(made.samples, share))


def _moved(made: Augmented, samples: "NDArray[np.float32]", by: Move) -> Augmented:
    both = made.move.then(by)
    return replace(made, samples=samples, speed=both.speed, offset=both.offset)


def _too_long(made: Augmented, rate: float) -> bool:
    return _seconds(made) / rate > LONGEST >= _seconds(made)


def _seconds(made: Augmented) -> Seconds:
    return len(made.samples) / SAMPLE_RATE


_WAYS: Final[Mapping[type, Way]] = {
    Noise: _noise,
    Room: _room,
    Speed: _speed,
    Tempo: _tempo,
    Pitch: _pitch,
    Telephone: _telephone,
    Codec: _codec,
    Bandwidth: _bandwidth,
    Gain: _gain,
    Clipping: _clipping,
    Shift: _shift,
}
