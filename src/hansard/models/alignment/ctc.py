"""Forced alignment: the likeliest way of a known text through the letters that a model heard.

Viterbi over the states of CTC (Graves et al. 2006, "Connectionist temporal classification",
section 4.1): the text's tokens, with a blank before, between and after them. Beyond that:

* a *star* stands for a word that the model has no letters for: it takes what frames say best, at a
  small price, so that neither neighbour has to cover its time;
* the blanks at both ends may pass over other speech at a price, so that a stretch may be a
  little wider than its text;
* only so many states around the best one are kept, and the way back is computed block by block from
  stored costs, so that the memory for an hour is no larger than for a minute.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

STAR = -1
"""The token of a word without letters."""
BLOCK = 3000
"""Frames whose way back is held in memory at once: a minute."""
BAND = 4096
"""States that are followed at once."""
STAR_COST = 0.1
"""What a frame of a star costs beside the frame's likeliest token."""
OUTSIDE_COST = 0.7
"""What a frame of other speech before or after the text costs beside its likeliest token."""
IMPOSSIBLE = np.float32(-1e30)


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a token lies."""

    first: int
    """Its first frame."""
    last: int
    """The frame after its last one."""
    score: float
    """The mean posterior of the token over its frames, 0 to 1."""


def force(log_probs: "Floats", tokens: Sequence[int], blank: int) -> tuple[Placed, ...] | None:
    """The frames and posteriors of each token on the likeliest way; None where frames are too few.

    Args:
        log_probs: natural logarithms of the model's posteriors; shape (frames, letters).
        tokens: indices of letters, or `STAR`, in order.
        blank: the index of the blank.
    """
    if not tokens:
        return ()
    states = _States(tokens, blank)
    if len(log_probs) < states.fewest:
        return None
    path = _Trellis(log_probs, states).search()
    return _collect(path, log_probs, states)


class _States:
    """Blank, token, blank, token, ... blank."""

    def __init__(self, tokens: Sequence[int], blank: int) -> None:
        self.count = 2 * len(tokens) + 1
        self.letters = np.full(self.count, blank, np.intp)
        self.letters[1::2] = tokens
        self.stars = self.letters == STAR
        self.letters[self.stars] = blank
        self.blank = blank
        same = np.zeros(self.count, bool)
        same[3::2] = self.letters[3::2] == self.letters[1:-2:2]
        same[3::2] |= self.stars[3::2] | self.stars[1:-2:2]
        self.skips = np.zeros(self.count, bool)
        """States that may follow the token before without a blank between."""
        self.skips[3::2] = ~same[3::2]
        self.fewest = len(tokens) + int(same.sum())


class _Trellis:
    """Costs of being in each state at each frame; a block of frames at a time."""

    def __init__(self, log_probs: "Floats", states: _States) -> None:
        self.log_probs = log_probs
        self.states = states
        self.frames = len(log_probs)
        self.band = min(states.count, BAND)
        best = log_probs.max(axis=1)
        self.star = best - STAR_COST
        self.outside = np.maximum(log_probs[:, states.blank], best - OUTSIDE_COST)

    def search(self) -> "NDArray[np.intp]":
        """The state of each frame; shape (frames,)."""
        scores = np.full(self.band, IMPOSSIBLE, np.float32)
        low = 0
        kept = []
        starts = range(0, self.frames, BLOCK)
        for start in starts:
            kept.append((scores, low))
            scores, low, moves, lows = self._run(scores, low, start)
        last = self.states.count - 1 - low
        reachable = [s for s in (last, last - 1) if 0 <= s < self.band]
        state = low + max(reachable, key=lambda s: scores[s], default=self.band - 1)
        path = np.empty(self.frames, np.intp)
        for index in range(len(starts) - 1, -1, -1):
            if index < len(starts) - 1:
                _, _, moves, lows = self._run(*kept[index], starts[index])
            for offset in range(len(moves) - 1, -1, -1):
                path[starts[index] + offset] = state
                state -= int(moves[offset, state - lows[offset]])
        return path

    def _run(
        self, scores: "Floats", low: int, start: int
    ) -> tuple["Floats", int, "NDArray[np.int8]", list[int]]:
        """Costs after a block, the first state that they are of, and the moves in the block."""
        stop = min(start + BLOCK, self.frames)
        moves = np.zeros((stop - start, self.band), np.int8)
        lows = []
        for frame in range(start, stop):
            if frame == 0:
                scores = scores.copy()
                scores[:2] = self._emit(0, 0)[:2]
                lows.append(0)
                continue
            shifted = self._follow(scores, low)
            scores, moves[frame - start] = self._step(scores, shifted - low, shifted)
            low = shifted
            scores = scores + self._emit(frame, low)
            lows.append(low)
        return scores, low, moves, lows

    def _follow(self, scores: "Floats", low: int) -> int:
        """The first state of the band, moved so that the best one stays in its middle."""
        if self.band == self.states.count:
            return 0
        middle = low + int(scores.argmax()) - self.band // 2
        return max(low, min(middle, self.states.count - self.band))

    def _step(self, scores: "Floats", shift: int, low: int) -> tuple["Floats", "NDArray[np.int8]"]:
        """The best of staying, coming from the state before, and from the one before that."""
        padded = np.full(self.band + shift + 2, IMPOSSIBLE, np.float32)
        padded[2 : 2 + self.band] = scores
        here = padded[2 + shift :][: self.band]
        before = padded[1 + shift :][: self.band]
        skipped = padded[shift:][: self.band]
        skipped = np.where(self.states.skips[low : low + self.band], skipped, IMPOSSIBLE)
        move = (before > here).astype(np.int8)
        best = np.maximum(here, before)
        move[skipped > best] = 2
        return np.maximum(best, skipped), move

    def _emit(self, frame: int, low: int) -> "Floats":
        states, high = self.states, low + self.band
        emitted = self.log_probs[frame][states.letters[low:high]]
        emitted = np.where(states.stars[low:high], self.star[frame], emitted)
        if low == 0:
            emitted[0] = self.outside[frame]
        if high == states.count:
            emitted[-1] = self.outside[frame]
        return np.asarray(emitted, np.float32)


def _collect(
    path: "NDArray[np.intp]", log_probs: "Floats", states: _States
) -> tuple[Placed, ...] | None:
    """Frames by token; None where the way did not pass all of them."""
    tokens = np.arange(1, states.count, 2)
    firsts = np.searchsorted(path, tokens, side="left")
    lasts = np.searchsorted(path, tokens, side="right")
    if (firsts == lasts).any():
        return None
    placed = []
    for state, first, last in zip(tokens, firsts, lasts, strict=True):
        heard = np.exp(log_probs[first:last, states.letters[state]])
        score = 0.0 if states.stars[state] else float(heard.mean())
        placed.append(Placed(int(first), int(last), score))
    return tuple(placed)
