"""A voice as a vector, without trained weights: the mean spectrum of its voiced sounds, its pitch.

Embeddings are centred and scaled by constants, so that the cosine of two voices says how alike
they are among voices.
"""

from typing import TYPE_CHECKING, Final

import numpy as np

from hansard.errors import VoiceError
from hansard.models.speakers.clustering import unit
from hansard.models.speakers.features import CEPSTRA, FRAME, Frames
from hansard.models.speakers.features_units import FEWEST, VOICED
from hansard.models.speakers.protocol import Embedding

if TYPE_CHECKING:
    from numpy.typing import NDArray

THRESHOLD: Final = 0.8
"""Cosine from which on two voices are taken for one: above that of equal errors, since a stranger
with somebody's name does more harm than a friend without. Measured on DEV_VOICES (10 s against 5 to
10 s), missed friends and accepted strangers: 0 % and 1.0 % in one quiet room, 15 % and 0.7 % in
noise, 50 % and 0.3 % between a quiet room and a noisy, echoing one."""
LEAST_SECONDS: Final = 1.0
"""Speech without which no voice is learnt."""
VOICED_SHARE: Final = (0.2, 0.97)
"""Shares of voiced frames that speech has: noise has fewer, tones and music more."""
LIVELY: Final = 0.8
"""How much the cepstra of voiced frames deviate at least, on average; those of hums do not."""

# Mean and scale of cepstra 1 to 19 and log pitch over 60 voices (DEV_VOICES of hansard.testing and
# flite's), four clips each, quiet ones and noisy ones with echoes. Scale = (b^2 + 2 w^2) / b, where
# b is the deviation between voices and w that between clips of one voice, so that what varies
# within a voice counts less.
MEAN: Final = np.array(
    [
        *(-2.42, 1.22, 2.24, 0.06, -1.23, -0.85, -1.42, -0.66, -0.59, 0.07),
        *(-0.09, -0.43, 0.02, 0.12, -0.38, -0.22, -0.14, -0.28, -0.06, 4.80),
    ]
)
SCALE: Final = np.array(
    [
        *(6.86, 2.03, 3.38, 2.29, 1.63, 1.27, 1.67, 1.14, 0.99, 0.89),
        *(0.82, 0.74, 0.88, 0.85, 0.65, 0.69, 0.67, 0.48, 0.45, 0.34),
    ]
)


def embed(frames: Frames, chosen: "NDArray[np.bool_]") -> Embedding:
    """The voice of the chosen frames, whatever it is; at least one must be chosen."""
    voiced = chosen & (frames.harmonicity > VOICED)
    used = voiced if np.count_nonzero(voiced) >= FEWEST else chosen
    row = np.empty(CEPSTRA + 1)
    row[:CEPSTRA] = frames.cepstra[used].mean(axis=0, dtype=np.float64)
    row[CEPSTRA] = frames.pitch[used].mean(dtype=np.float64)
    (vector,) = unit(((row - MEAN) / SCALE)[None])
    return tuple(float(number) for number in vector)


def check(frames: Frames) -> None:
    """Refuse what no voice can be learnt from.

    Raises:
        VoiceError: it is too short, or nothing like a voice.
    """
    seconds = len(frames) * FRAME
    if seconds < LEAST_SECONDS:
        raise VoiceError(
            f"{seconds:.1f} s of speech are too little to learn a voice from",
            hint="give some ten seconds in which one person speaks",
        )
    voiced = frames.harmonicity > VOICED
    share = float(voiced.mean())
    lively = (
        float(frames.cepstra[voiced].std(axis=0, dtype=np.float64).mean()) if voiced.any() else 0.0
    )
    if not VOICED_SHARE[0] <= share <= VOICED_SHARE[1] or lively < LIVELY:
        raise VoiceError(
            f"nothing like a voice is heard in {seconds:.1f} s of sound",
            hint="give a clip in which one person speaks, without music or noise",
        )
