"""Which windows make a batch."""

from collections import Counter
from itertools import islice

import pytest
from fit_cases import PLAIN, make_clip
from hypothesis import given
from hypothesis import strategies as st

from hansard.training.fitting.batches import FULL, SHORT_CONTEXTS, Lengths, plan_batches
from hansard.training.fitting.windows import Window, plan_windows

SERVED = Lengths(served=SHORT_CONTEXTS)
SHORT = Lengths(served=SHORT_CONTEXTS, short=True, served_share=0.25)


def windows_of(*lengths: float) -> list[Window]:
    clips = [make_clip(str(n), duration=length) for n, length in enumerate(lengths)]
    return list(plan_windows(clips, PLAIN, 0, 0))


@given(
    st.lists(st.floats(0.1, 30.01), min_size=1, max_size=200),
    st.floats(1, 400),
    st.sampled_from([Lengths(), SERVED, SHORT, Lengths(short=True, served_share=0.0)]),
    st.text(max_size=3),
)
def test_every_window_is_in_one_batch_that_it_fits(
    lengths: list[float], batch_seconds: float, padding: Lengths, seed: str
) -> None:
    """No window is lost, none is cut, and no batch but that of one window is too large."""
    windows = windows_of(*lengths)
    batches = plan_batches(windows, batch_seconds, padding, seed)
    found = Counter(window.key for batch in batches for window in batch.windows)
    assert found == Counter(window.key for window in windows)
    for batch in batches:
        assert batch.seconds <= FULL
        assert batch.seconds >= min(FULL, max(window.duration for window in batch.windows)) - 1e-6
        assert len(batch.windows) == 1 or batch.seconds * len(batch.windows) <= batch_seconds
    assert plan_batches(windows, batch_seconds, padding, seed) == batches


def test_the_seed_decides_the_order() -> None:
    """Another epoch has its batches in another order."""
    windows = windows_of(*(n % 20 + 1 for n in range(300)))
    assert plan_batches(windows, 60, SHORT, "0 0") != plan_batches(windows, 60, SHORT, "0 1")


@pytest.mark.parametrize(
    ("lengths", "duration", "padded"),
    [
        (Lengths(), 1.0, 30.0),
        (SERVED, 1.0, 10.5),
        (SERVED, 10.5, 10.5),
        (SERVED, 10.6, 20.0),
        (SERVED, 20.1, 30.0),
        (SERVED, 30.01, 30.0),
        (SHORT, 0.2, 1.0),
        (SHORT, 4.0, 4.0),
        (SHORT, 4.001, 5.0),
        (SHORT, 30.01, 30.0),
    ],
)
def test_windows_are_padded_as_when_serving_or_to_whole_seconds(
    lengths: Lengths, duration: float, padded: float
) -> None:
    """Each length that a model is served with, and each whole second where it may be short."""
    assert lengths.of(windows_of(duration)[0], draw=0.99) == padded


def test_some_windows_are_padded_as_when_serving_all_the_same() -> None:
    """A quarter of them, so that the model stays used to it."""
    window = windows_of(4.0)[0]
    assert SHORT.of(window, draw=0.24) == 10.5
    assert SHORT.of(window, draw=0.25) == 4.0
    batches = plan_batches(windows_of(*[4.0] * 2000), 120, SHORT, "s")
    shares = Counter[float]()
    for batch in batches:
        shares[batch.seconds] += len(batch.windows)
    assert set(shares) == {4.0, 10.5}
    assert shares[10.5] / 2000 == pytest.approx(0.25, abs=0.03)


def test_little_of_a_batch_is_padding_and_shapes_are_few() -> None:
    """Windows of like length go together: under a tenth is padding, in at most 30 lengths."""
    lengths = [1 + (n * 7919 % 1000) / 50 for n in range(3000)]
    batches = plan_batches(windows_of(*lengths), 120, Lengths(short=True, served_share=0.0), "seed")
    computed = sum(batch.seconds * len(batch.windows) for batch in batches)
    assert sum(lengths) / computed > 0.9
    assert len({batch.seconds for batch in batches}) <= 30


def test_batches_are_mixed() -> None:
    """An epoch does not go from short to long."""
    lengths = [1 + (n * 7919 % 1000) / 50 for n in range(3000)]
    batches = plan_batches(windows_of(*lengths), 60, SHORT, "seed")
    first = [batch.seconds for batch in islice(batches, 100)]
    assert first != sorted(first)
    assert max(first) - min(first) > 15
