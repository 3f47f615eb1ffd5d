"""What all tests share: nothing asserts a time, not even a property test's deadline."""

import logging
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("hansard", deadline=None)
settings.load_profile("hansard")


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Commands that run in this process set how much is logged, which other tests look at."""
    logger = logging.getLogger("hansard")
    before = logger.level
    yield
    logger.setLevel(before)
