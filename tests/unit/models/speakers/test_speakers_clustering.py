"""Groups of embeddings."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansard.errors import UsageError
from hansard.models.speakers import SpeakerOptions
from hansard.models.speakers.clustering import MOST_AT_ONCE, Wanted, cluster, cluster_into, unit


def voices(count: int, points: int, *, noise: float = 0.05) -> tuple[np.ndarray, np.ndarray]:
    """Points around directions at random, and which each is around."""
    dice = np.random.default_rng(count)
    centres = unit(dice.normal(size=(count, 32)))
    owners = np.sort(np.arange(points) % count)
    dice.shuffle(owners[count:])
    return unit(centres[owners] + noise * dice.normal(size=(points, 32))), owners


def same_groups(labels: np.ndarray, owners: np.ndarray) -> bool:
    pairs = set(zip(labels.tolist(), owners.tolist(), strict=True))
    return len(pairs) == len(set(labels.tolist())) == len(set(owners.tolist()))


@pytest.mark.parametrize("count", [1, 2, 5, 20])
def test_plain_voices_are_counted(count: int) -> None:
    """Without a count, groups nearer than the threshold are one and others are not."""
    points, owners = voices(count, 200)
    labels = cluster(points, np.full(200, 1.5), Wanted(), 0.5)
    assert same_groups(labels, owners)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 30), st.integers(1, 12), st.integers(0, 10**6))
def test_an_exact_count_is_always_kept(points: int, count: int, seed: int) -> None:
    """There are as many groups as asked for, or as points, numbered as they appear."""
    dice = np.random.default_rng(seed)
    rows = unit(dice.normal(size=(points, 4)))
    labels = cluster(rows, dice.uniform(0.1, 9, points), Wanted(exact=count), 0.5)
    seen = list(dict.fromkeys(labels.tolist()))
    assert seen == list(range(min(points, count)))


def test_points_that_are_all_alike_can_be_counted() -> None:
    """Even of equal points as many groups are made as asked for."""
    labels = cluster(np.ones((9, 3), np.float32), np.ones(9), Wanted(exact=3), 0.5)
    assert set(labels.tolist()) == {0, 1, 2}


def test_a_second_of_noise_is_no_speaker() -> None:
    """A group of little speech joins the nearest, unless the count asks for it."""
    points, owners = voices(3, 90)
    stranger = unit(np.random.default_rng(9).normal(size=(1, 32)))
    rows, seconds = np.vstack([points, stranger]), np.append(np.full(90, 1.5), 1.0)
    assert same_groups(cluster(rows, seconds, Wanted(), 0.5)[:-1], owners)
    asked = cluster(rows, seconds, Wanted(exact=3), 0.5)
    assert same_groups(asked[:-1], owners)
    more = cluster(rows, seconds, Wanted(exact=4), 0.5)
    assert int(more.max()) == 3


@pytest.mark.parametrize(("least", "most", "found"), [(1, None, 5), (7, None, 7), (1, 3, 3)])
def test_bounds_are_kept(least: int, most: int | None, found: int) -> None:
    """Five plain voices are five, unless the bounds say otherwise."""
    points, _ = voices(5, 100)
    labels = cluster(points, np.full(100, 1.5), Wanted(None, least, most), 0.5)
    assert len(set(labels.tolist())) == found


def test_many_points_are_told_apart_from_a_sample() -> None:
    """Beyond what is clustered pair by pair, the others join their voices."""
    points, owners = voices(6, 3 * MOST_AT_ONCE)
    seconds = np.full(len(points), 1.5)
    assert same_groups(cluster(points, seconds, Wanted(), 0.5), owners)
    assert same_groups(cluster(points, seconds, Wanted(exact=6), 0.5), owners)


def test_several_counts_give_what_each_alone_gives() -> None:
    """Asking for several counts at once is only cheaper."""
    points, _ = voices(4, 60, noise=0.3)
    seconds = np.full(60, 1.5)
    for count, labels in zip((2, 3, 4), cluster_into(points, seconds, (2, 3, 4)), strict=True):
        alone = cluster(points, seconds, Wanted(exact=count), 0.0)
        assert labels.tolist() == alone.tolist()


def test_nothing_has_no_groups() -> None:
    """No points, no labels; one point, one label; what is not a number does no harm."""
    assert cluster(np.zeros((0, 4), np.float32), np.zeros(0), Wanted(exact=3), 0.5).shape == (0,)
    assert cluster(np.ones((1, 4), np.float32), np.ones(1), Wanted(), 0.5).tolist() == [0]
    odd = np.full((3, 4), np.nan, np.float32)
    assert set(cluster(odd, np.ones(3), Wanted(exact=1), 0.5).tolist()) == {0}


@pytest.mark.parametrize(
    "options",
    [
        SpeakerOptions(min_speakers=4, max_speakers=2),
        SpeakerOptions(num_speakers=5, max_speakers=2),
        SpeakerOptions(num_speakers=1, min_speakers=2),
    ],
)
def test_counts_that_contradict_are_refused(options: SpeakerOptions) -> None:
    """The request is wrong, and the hint says what to do."""
    with pytest.raises(UsageError) as caught:
        Wanted.of(options)
    assert caught.value.hint


def test_what_options_want() -> None:
    """Options without any count want at least one speaker."""
    assert Wanted.of(SpeakerOptions()) == Wanted(None, 1, None)
    assert Wanted.of(SpeakerOptions(num_speakers=3, min_speakers=2)) == Wanted(3, 2, None)
