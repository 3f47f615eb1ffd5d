"""What all tests share: nothing asserts a time, not even a property test's deadline."""

import logging

import pytest
from hypothesis import settings

settings.register_profile("hansard", deadline=None)
settings.load_profile("hansard")


@pytest.fixture(autouse=True)
def logging_untouched() -> None:
    """Commands that ran in this process have set how much is logged, which other tests look at."""
    logging.getLogger("hansard").setLevel(logging.NOTSET)
