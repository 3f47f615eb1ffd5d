"""Which attention heads follow the speech, and when tokens begin by them. Arrays alone."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hansard.training.packaging.heads import LEAST, choose_heads, share_on_path
from hansard.training.packaging.timing import STEP, crop, token_times, warp


def following(tokens: int, frames: int) -> "np.typing.NDArray[np.float32]":
    """A head that looks at each token's own stretch of frames."""
    made = np.zeros((tokens, frames), dtype=np.float32)
    edges = np.linspace(0, frames, tokens + 1).astype(int)
    for token, (first, last) in enumerate(pairwise(edges)):
        made[token, first:last] = 1 / (last - first)
    return made


def everywhere(tokens: int, frames: int) -> "np.typing.NDArray[np.float32]":
    """A head that looks at nothing in particular."""
    return np.full((tokens, frames), 1 / frames, dtype=np.float32)


def stuck(tokens: int, frames: int) -> "np.typing.NDArray[np.float32]":
    """A head that looks at one frame whatever is written."""
    made = np.zeros((tokens, frames), dtype=np.float32)
    made[:, frames // 2] = 1
    return made


def backwards(tokens: int, frames: int) -> "np.typing.NDArray[np.float32]":
    """A head that goes through the speech from its end."""
    return following(tokens, frames)[::-1]


def test_only_a_head_that_follows_speech_scores_high() -> None:
    """Following scores 1; looking everywhere, at one place or backwards about 1 in a token."""
    kinds = (following, everywhere, stuck, backwards)
    scores = share_on_path(np.stack([kind(20, 300) for kind in kinds]))
    assert scores[0] == pytest.approx(1.0)
    assert max(scores[1:]) <= 0.1 + 1e-6


@given(arrays(np.float32, (1, 3, 5), elements=st.floats(0, 1, width=32)))
def test_the_score_is_that_of_the_best_segmentation(
    attention: "np.typing.NDArray[np.float32]",
) -> None:
    """The search finds what trying every way to cut five frames into three stretches finds."""
    best = max(
        attention[0, 0, :a].sum() + attention[0, 1, a:b].sum() + attention[0, 2, b:].sum()
        for a, b in combinations(range(1, 5), 2)
    )
    assert share_on_path(attention)[0] == pytest.approx(float(best) / 3, abs=1e-5)


def test_fewer_frames_than_tokens_score_nothing() -> None:
    """A clip that is too short for its text says nothing about heads."""
    assert share_on_path(everywhere(5, 3)[None]).tolist() == [0.0]


def test_heads_near_the_best_are_taken() -> None:
    """Of two layers with two heads, those near the best one's mean score, in order."""
    scores = [np.array([0.1, 0.5, 0.8, 0.4]), np.array([0.1, 0.7, 0.8, 0.4])]
    chosen = choose_heads(scores, 2, 2)
    assert chosen.heads == ((0, 1), (1, 0))
    assert chosen.scores == (0.6, 0.8)
    assert (chosen.clips, chosen.is_measured) == (2, True)


@pytest.mark.parametrize("scores", [[], [np.full(6, LEAST / 2)]])
def test_where_nothing_follows_the_last_half_is_taken(
    scores: "list[np.typing.NDArray[np.float64]]",
) -> None:
    """Nothing to measure with, or no head that follows: the last half of three layers, told so."""
    chosen = choose_heads(scores, 3, 2)
    assert chosen.heads == ((1, 0), (1, 1), (2, 0), (2, 1))
    assert not chosen.is_measured


def test_tokens_begin_where_the_heads_look() -> None:
    """Four tokens of 0.5 s each, after two rows for language and task, before the end of text."""
    rows = np.concatenate([everywhere(2, 100), following(5, 100), everywhere(1, 100)])
    times = token_times(rows[None], skip=2)
    assert times == pytest.approx(np.arange(5) * 20 * STEP, abs=4 * STEP)


def test_a_path_goes_from_corner_to_corner() -> None:
    """Along cheap cells, one step at a time, never back."""
    cost = np.ones((3, 6))
    cost[0, :2] = cost[1, 2:4] = cost[2, 4:] = 0
    rows, columns = warp(cost)
    assert rows.tolist() == [0, 0, 1, 1, 2, 2]
    assert columns.tolist() == [0, 1, 2, 3, 4, 5]


def test_cropping_keeps_rows_whole() -> None:
    """What is cut off is made up for, so that each row sums to 1 again; a row of nothing stays."""
    cut = crop(np.array([[[0.2, 0.2, 0.6], [0.0, 0.0, 1.0]]], dtype=np.float32), 2)
    assert cut[0, 0].tolist() == [0.5, 0.5]
    assert cut[0, 1].tolist() == [0.0, 0.0]
