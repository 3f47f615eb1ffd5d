"""The powerset coding of who speaks: one class for each set of speakers. Pure.

A model for three local speakers, two at once, has seven classes: nobody, each alone, each pair.
Source: Plaquet and Bredin, "Powerset multi-class cross entropy loss for neural speaker
diarization", Interspeech 2023.
"""

from itertools import chain, combinations
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def members(speakers: int, at_once: int) -> "NDArray[np.float32]":
    """Who speaks in each class, as 0 or 1; shape (classes, speakers).

    Classes are ordered by how many speak, then by who: nobody, 0, 1, 2, 0+1, 0+2, 1+2.
    """
    sets = chain.from_iterable(combinations(range(speakers), n) for n in range(at_once + 1))
    rows = [[float(one in who) for one in range(speakers)] for who in sets]
    return np.array(rows, dtype=np.float32)


def activity(logs: "NDArray[np.float32]", table: "NDArray[np.float32]") -> "NDArray[np.float32]":
    """How probable it is that each speaks, 0 to 1; shape (frames, speakers).

    Args:
        logs: Log-probabilities of the classes; shape (frames, classes).
        table: `members` of these classes.
    """
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    return np.asarray(weights @ table, dtype=np.float32)


def decisions(logs: "NDArray[np.float32]", table: "NDArray[np.float32]") -> "NDArray[np.bool_]":
    """Who speaks in the most probable class of each frame; shape (frames, speakers)."""
    return np.asarray(table[logs.argmax(axis=1)] > 0, dtype=np.bool_)
