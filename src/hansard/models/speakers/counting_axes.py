"""Directions in which speakers differ, learnt from the recording itself.

Linear discriminant analysis (Fisher, 1936) without labels: units that follow each other are mostly
of one speaker, so what differs between them is mostly not the speaker. The largest differences are
left out, because they are changes of speaker.
"""

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.linalg import eigh

from hansard.models.speakers.clustering import unit
from hansard.models.speakers.features_units import Units

if TYPE_CHECKING:
    from numpy.typing import NDArray

AXES: Final = 12
"""Directions kept."""
KEPT: Final = 0.7
"""The share of neighbours that are taken for one speaker."""
BELIEF: Final = 100
"""How many neighbours the fixed deviations count for, in a short recording above all."""
ROUNDS: Final = 3

# How far units of one speaker lie apart: the mean standard deviation over DEV_VOICES of
# hansard.testing and flite's voices, in quiet, noisy and reverberant rooms. Cepstra 1 to 19 and
# log pitch: of their means first, of their deviations then. Those of pitch were 0.05 and 0.07;
# they are made 0.15, because people sing more than these voices.
WITHIN: Final = np.array(
    [
        *(0.91, 0.70, 1.02, 0.79, 0.58, 0.61, 0.47, 0.41, 0.43, 0.38, 0.33, 0.31, 0.28, 0.26),
        *(0.26, 0.23, 0.21, 0.22, 0.23, 0.15),
        *(0.63, 0.39, 0.53, 0.45, 0.34, 0.34, 0.27, 0.25, 0.23, 0.22, 0.19, 0.17, 0.16, 0.15),
        *(0.15, 0.12, 0.12, 0.12, 0.13, 0.15),
    ]
)


def discriminate(rows: "NDArray[np.float64]", units: Units) -> "NDArray[np.float32]":
    """Where each unit lies in the directions that tell speakers apart, seen from their middle.

    `rows` are what `describe` says of `units`. Shape of the result: (n, `AXES`), rows of length 1.
    """
    scaled = (rows - rows.mean(axis=0)) / WITHIN
    within = _within(_steps(scaled, units))
    values, vectors = eigh(scaled.T @ scaled / len(scaled), within)
    return unit(scaled @ vectors[:, np.argsort(values)[::-1][:AXES]])


def _steps(scaled: "NDArray[np.float64]", units: Units) -> "NDArray[np.float64]":
    """What differs from each unit to the next that shares no frame with it, within a stretch.

    Where people pause another may go on, so pauses are not stepped over.
    """
    after = np.searchsorted(units.places[:, 0], units.places[:, 1])
    here = np.flatnonzero(after < len(units))
    here = here[units.stretch[here] == units.stretch[after[here]]]
    return np.asarray(scaled[after[here]] - scaled[here], dtype=np.float64)


def _within(differences: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """How units of one speaker vary, as a covariance; differences have twice that."""
    size = differences.shape[1]
    spread = np.eye(size)
    if not len(differences):
        return spread
    for _ in range(ROUNDS):
        far = np.einsum("ij,ij->i", differences @ np.linalg.inv(spread), differences)
        near = differences[far <= np.quantile(far, KEPT)]
        found = near.T @ near / 2
        # A voice that varies more than those that the constants come from stretches all of them.
        stretch = max(1.0, float(np.trace(found)) / len(near) / size)
        spread = (found + BELIEF * stretch * np.eye(size)) / (len(near) + BELIEF)
    return spread
