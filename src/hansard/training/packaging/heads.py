"""Which attention heads tell when words are said, by measurement. Pure arrays.

Word times need heads that follow the speech: the decoder looks at the frames of the word that it
writes. A head is scored by the share of its attention that lies on the best monotonic segmentation:
the clip's frames are cut into as many stretches as there are tokens, in order, so that the
attention of each token to its own stretch adds up to the most (the search of Kim et al. 2020,
"Glow-TTS", arXiv 2005.11129, section 3.1). A head that follows speech comes near 1; one that looks
everywhere, or always at one place, gets about 1 divided by the number of tokens.
"""

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Head = tuple[int, int]
"""Layer and head of the decoder, counted from 0."""
NEAR = 0.7
"""Heads with at least this share of the best one's score are taken."""
LEAST = 0.15
"""A best score below this means that no head follows the speech."""
MOST = 16


class Choice(NamedTuple):
    """Heads, and how they were chosen."""

    heads: tuple[Head, ...]
    scores: tuple[float, ...]
    """One for each, 0 to 1; empty where they were not measured."""
    clips: int
    """How many clips were measured."""

    @property
    def is_measured(self) -> bool:
        """False where they are only the usual guess."""
        return bool(self.scores)


def share_on_path(attention: "NDArray[np.float32]") -> "NDArray[np.float64]":
    """The score of each head on one clip.

    Shapes: (heads, tokens, frames) to (heads,). Rows are where the decoder looked as it wrote each
    token of the text; attention to what lies beyond the clip is cut off, so rows may sum to less
    than 1. With fewer frames than tokens there is no segmentation, and the scores are 0.
    """
    heads, tokens, frames = attention.shape
    if not tokens or frames < tokens:
        return np.zeros(heads)
    best = np.full((heads, tokens), -np.inf)
    best[:, 0] = 0.0
    first = True
    for frame in range(frames):
        moved = np.concatenate([np.full((heads, 1), -np.inf), best[:, :-1]], axis=1)
        before = best if first else np.maximum(best, moved)
        best = before + attention[:, :, frame]
        first = False
    scores: NDArray[np.float64] = best[:, -1] / tokens
    return scores


def choose_heads(scores: Sequence["NDArray[np.float64]"], layers: int, heads: int) -> Choice:
    """The heads whose mean score over all clips comes near the best one's.

    Each entry of `scores` has shape (layers * heads,). Where nothing was measured, or nothing
    follows the speech, they are all heads of the last half of the layers, as transformers and
    CTranslate2 take them.
    """
    places = list(product(range(layers), range(heads)))
    if scores:
        mean = np.mean(np.stack(list(scores)), axis=0)
        best = float(mean.max())
        if best >= LEAST:
            order = np.argsort(-mean, kind="stable")[:MOST]
            taken = sorted(int(one) for one in order if mean[one] >= NEAR * best)
            return Choice(
                tuple(places[one] for one in taken),
                tuple(round(float(mean[one]), 4) for one in taken),
                len(scores),
            )
    return Choice(tuple(place for place in places if place[0] >= layers // 2), (), 0)
