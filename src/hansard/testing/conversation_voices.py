"""Voices for made conversations, in two sets that share no variant of espeak-ng.

Variants that whisper, buzz or echo are left out, and of those that sound nearly alike (mean
cepstrum and pitch of the same text) one set has them all or only one is kept.
"""

import random
from collections.abc import Sequence
from math import exp, log2
from typing import Final

from hansard.errors import UsageError
from hansard.testing.espeak import EspeakVoice, FliteVoice, Sex, Voice

_ACCENTS: Final = (
    "en-us",
    "en-gb-x-rp",
    "en-gb-scotland",
    "en",
    "en-029",
    "en-us-nyc",
    "en-gb-x-gbclan",
)
_PITCHES: Final = (25, 32, 39, 46, 53, 60, 67, 74)
_RATES: Final = (150, 157, 164, 171, 178)
_RANGES: Final = (35, 50, 65)
_PITCH_STEP: Final = 0.0087
"""By how much one step of espeak-ng's pitch raises a voice, as a logarithm; measured."""

# Variant and the pitch of its voice in hertz, measured at espeak-ng's pitch 50.
_DEV_FEMALE: Final = "f1 178, f3 205, f5 203, Andrea 242, anika 262, grandma 201, shelby 178"
_DEV_MALE: Final = (
    "m1 96, m3 105, m4 96, m8 86, Andy 97, Lee 95, Diogo 103, Hugo 108, miguel 109, Gene 95, "
    "Nguyen 147, Storm 88, boris 105, iven 99, marcelo 102, gustave 114, kaukovalta 103, adam 101, "
    "edward 100, paul 89, rob 132"
)
_TEST_FEMALE: Final = "f2 190, f4 176, Alicia 246, Annie 232, linda 225, steph3 182, zac 340"
_TEST_MALE: Final = (
    "m2 100, m6 101, m7 107, Alex 103, Denis 98, Jacky 114, Marco 127, Mario 119, Mike 92, "
    "antonio 110, pedro 103, john 101, david 76, ed 124, sandro 98, travis 105, victor 95, "
    "norbert 101, robert 113, pablo 116"
)


def _spread(female: str, male: str) -> tuple[EspeakVoice, ...]:
    """Two voices of each variant, of different accents, pitches and rates."""
    sexes: tuple[tuple[Sex, str], ...] = (("female", female), ("male", male))
    rows = [(sex, entry) for sex, listed in sexes for entry in listed.split(", ")]
    return tuple(
        _make_voice(entry, sex, row, side)
        for side in (0, 1)
        for row, (sex, entry) in enumerate(rows)
    )


def _make_voice(entry: str, sex: Sex, row: int, side: int) -> EspeakVoice:
    variant, hertz = entry.split()
    pitch = _PITCHES[(3 * row + 4 * side) % len(_PITCHES)]
    return EspeakVoice(
        accent=_ACCENTS[(2 * row + 3 * side) % len(_ACCENTS)],
        variant=variant,
        rate=_RATES[(row + 2 * side) % len(_RATES)],
        pitch=pitch,
        range=_RANGES[(row + side) % len(_RANGES)],
        sex=sex,
        hertz=round(float(hertz) * exp(_PITCH_STEP * (pitch - 50)), 1),
    )


DEV_VOICES: Final = _spread(_DEV_FEMALE, _DEV_MALE)
"""For building and tuning: 56 voices of 28 variants."""
TEST_VOICES: Final = _spread(_TEST_FEMALE, _TEST_MALE)
"""For measuring only: 54 voices of 27 variants."""
FLITE_VOICES: Final = (
    FliteVoice(name="slt", sex="female", hertz=165),
    FliteVoice(name="kal", sex="male", hertz=89),
    FliteVoice(name="awb", sex="male", hertz=125),
    FliteVoice(name="rms", sex="male", hertz=103),
)
"""Recorded people, put together anew; they have no word times."""


def choose_voices(voices: Sequence[Voice], count: int, seed: int) -> tuple[Voice, ...]:
    """`count` of the voices, well apart: other variants, both sexes in turn, other pitches.

    Raises:
        UsageError: there are not so many variants among them.
    """
    dice = random.Random(f"voices {seed}")
    rest = list(voices)
    chosen: list[Voice] = []
    while len(chosen) < count:
        if not rest:
            raise UsageError(
                f"{len(chosen)} different voices are too few for {count} speakers",
                hint="give more voices, or ask for fewer speakers",
            )
        fitting = [voice for voice in rest if not chosen or voice.sex != chosen[-1].sex] or rest
        drawn = dice.sample(fitting, min(6, len(fitting)))
        best = max(drawn, key=lambda voice: _distance(voice, chosen))
        chosen.append(best)
        rest = [voice for voice in rest if _variant(voice) != _variant(best)]
    return tuple(chosen)


def _variant(voice: Voice) -> str:
    return voice.variant if isinstance(voice, EspeakVoice) else voice.name


def _distance(voice: Voice, others: Sequence[Voice]) -> float:
    """Semitones to the nearest of the others."""
    return min((12 * abs(log2(voice.hertz / other.hertz)) for other in others), default=0.0)
