"""Forced alignment against a plain search, and on what real texts are."""

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.models.alignment.ctc import OUTSIDE_COST, STAR, STAR_COST, force

BLANK = 0


def peaks(frames: int, letters: int, at: dict[int, int]) -> np.ndarray:
    """Log-probabilities that are sure of a letter in some frames, and of the blank elsewhere."""
    sure = np.full((frames, letters), 0.02 / letters)
    for frame in range(frames):
        sure[frame, at.get(frame, BLANK)] = 0.98
    return np.log(sure / sure.sum(axis=1, keepdims=True)).astype(np.float32)


def score(log_probs: np.ndarray, tokens: list[int], path: list[int]) -> float:
    """What a way costs; states are blank, token, blank, token ... blank."""
    last, total = 2 * len(tokens), 0.0
    for frame, state in enumerate(path):
        row = log_probs[frame]
        if state in {0, last}:
            total += max(row[BLANK], row.max() - OUTSIDE_COST)
        elif state % 2 == 0:
            total += row[BLANK]
        else:
            token = tokens[state // 2]
            total += row.max() - STAR_COST if token == STAR else row[token]
    return total


def every_path(frames: int, tokens: list[int]) -> list[list[int]]:
    """All ways that CTC allows, written out."""
    last = 2 * len(tokens)
    ways = [[0], [1]]
    for _ in range(frames - 1):
        longer = []
        for way in ways:
            here = way[-1]
            following = [here, here + 1]
            if here % 2 and here + 2 < last:
                one, other = tokens[here // 2], tokens[here // 2 + 1]
                if one != other and STAR not in {one, other}:
                    following.append(here + 2)
            longer += [[*way, state] for state in following if state <= last]
        ways = longer
    return [way for way in ways if way[-1] >= last - 1]


@given(
    st.integers(1, 7),
    st.lists(st.sampled_from([STAR, 1, 2, 3]), min_size=1, max_size=3),
    st.integers(0, 10_000),
)
def test_finds_the_likeliest_way(frames: int, tokens: list[int], seed: int) -> None:
    """No way that CTC allows is likelier than the one that is found."""
    drawn = np.random.default_rng(seed).dirichlet(np.full(4, 0.4), frames)
    log_probs = np.log(drawn + 1e-6).astype(np.float32)
    ways = every_path(frames, tokens)
    found = force(log_probs, tokens, BLANK)
    if not ways:
        assert found is None
        return
    best = max(ways, key=lambda way: score(log_probs, tokens, way))
    assert found is not None
    spans = [(place.first, place.last) for place in found]
    same = [way for way in ways if spans_of(way, len(tokens)) == spans]
    assert same
    assert score(log_probs, tokens, same[0]) == pytest.approx(
        score(log_probs, tokens, best), abs=1e-3
    )


def spans_of(way: list[int], count: int) -> list[tuple[int, int]]:
    found, frame = {}, 0
    for state, run in groupby(way):
        length = len(list(run))
        found[state] = (frame, frame + length)
        frame += length
    return [found[2 * index + 1] for index in range(count)]


def test_letters_lie_where_they_are_heard() -> None:
    """Each letter's frames are those in which the model was sure of it, with its posterior."""
    at = {3: 1, 4: 1, 9: 2, 12: 2, 20: 3}
    found = force(peaks(30, 5, at), [1, 2, 2, 3], BLANK)
    assert found is not None
    assert [(place.first, place.last) for place in found] == [(3, 5), (9, 10), (12, 13), (20, 21)]
    assert all(place.score > 0.9 for place in found)


def test_a_star_takes_no_neighbours_time() -> None:
    """A word without letters takes what lies between its neighbours, and leaves them theirs."""
    at = {3: 1, 6: 2, 10: 3, 11: 4, 13: 3, 20: 1, 23: 2}
    found = force(peaks(30, 6, at), [1, 2, STAR, 1, 2], BLANK)
    assert found is not None
    assert [place.first for place in found] == [3, 6, 10, 20, 23]
    assert found[2].last == 14
    assert found[2].score == 0


def test_speech_around_the_text_stays_outside() -> None:
    """Letters before and after the text are no part of it."""
    at = {2: 3, 5: 4, 12: 1, 15: 2, 22: 4, 25: 3}
    found = force(peaks(30, 6, at), [1, 2], BLANK)
    assert found is not None
    assert [(place.first, place.last) for place in found] == [(12, 13), (15, 16)]


def test_too_few_frames() -> None:
    """A text that cannot be said in so many frames is not aligned; an empty one is trivially."""
    assert force(peaks(3, 5, {}), [1, 1, 2], BLANK) is None
    assert force(peaks(3, 5, {}), [], BLANK) == ()


def test_long_texts_are_followed() -> None:
    """Minutes of letters, more than are held in memory at once, are found where they are."""
    count, step = 2300, 3
    letters = 1 + np.random.default_rng(0).integers(0, 20, count)
    at = {5 + step * index: int(letter) for index, letter in enumerate(letters)}
    found = force(peaks(5 + step * count, 21, at), [int(letter) for letter in letters], BLANK)
    assert found is not None
    assert [place.first for place in found] == [5 + step * index for index in range(count)]
