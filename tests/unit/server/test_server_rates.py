"""Each key may make so many requests a minute."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.errors import RateLimitedError
from hansard.server import rates
from hansard.server.rates import Rates


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_minute_of_requests_then_a_wait() -> None:
    """The error says when one more is let through, and it is."""
    clock = Clock()
    book = Rates(3, clock)
    for _ in range(3):
        book.take("a")
    with pytest.raises(RateLimitedError) as caught:
        book.take("a")
    assert caught.value.after == pytest.approx(20)
    book.take("b")
    clock.now += caught.value.after + 0.01
    book.take("a")


def test_a_key_may_have_a_limit_of_its_own() -> None:
    """It stands in place of the service's; none at all means any number."""
    book = Rates(0, Clock())
    for _ in range(1000):
        book.take("free")
    book.take("tight", 1)
    with pytest.raises(RateLimitedError):
        book.take("tight", 1)


@given(
    st.integers(1, 100),
    st.lists(st.floats(0, 30, allow_nan=False), min_size=1, max_size=200),
)
def test_no_more_than_promised(limit: int, pauses: list[float]) -> None:
    """Over any stretch, no more get through than the bucket held plus what flowed in."""
    clock = Clock()
    book = Rates(limit, clock)
    through = 0
    waits: list[float] = []
    for pause in pauses:
        clock.now += pause
        try:
            book.take("a")
        except RateLimitedError as error:
            waits.append(error.after)
        else:
            through += 1
    assert all(0 < wait <= 60 for wait in waits)
    assert through <= limit + sum(pauses) * limit / 60 + 1


def test_buckets_of_keys_long_gone_are_forgotten() -> None:
    """Memory is bounded, and forgetting a full bucket changes nothing."""
    clock = Clock()
    book = Rates(10, clock)
    for number in range(rates.MOST):
        book.take(str(number))
    clock.now += 3600
    book.take("one more")
    assert len(book._buckets) == 1
