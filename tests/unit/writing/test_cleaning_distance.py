"""How much of a text was changed, as a number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.transcript.diff import edit_script
from hansard.writing.language import distance
from hansard.writing.language.distance import edit_rate, slips


@pytest.mark.parametrize(
    ("before", "after", "rate"),
    [
        ("", "", 0.0),
        ("a", "", 1.0),
        ("", "abcd", 1.0),
        ("kitten", "sitting", 3 / 7),
        ("hello there", "Hello there.", 2 / 12),
        ("čekaj", "cekaj", 1 / 5),
    ],
)
def test_edit_rate_is_the_distance_over_the_longer(before: str, after: str, rate: float) -> None:
    """The rate is Levenshtein's distance of letters divided by the longer length."""
    assert edit_rate(before, after) == pytest.approx(rate)


@given(st.text(max_size=200), st.text(max_size=200))
def test_edit_rate_is_exact_and_symmetric(before: str, after: str) -> None:
    """It is what an independent reckoning of the distance gives, whichever text comes first."""
    longer = max(len(before), len(after), 1)
    steps = sum(step != "=" for step in edit_script(before, after))
    assert edit_rate(before, after) == pytest.approx(steps / longer)
    assert edit_rate(after, before) == pytest.approx(steps / longer)


def test_edit_rate_of_a_very_long_text() -> None:
    """A text of many hours is reckoned in pieces, and the rate is still right."""
    before = "so we said that the budget will grow next year " * 20_000
    after = "So we said that the budget will grow next year. "[:48] * 20_000
    assert len(before) * len(after) > 20 * distance.CELLS
    assert edit_rate(before, after) == pytest.approx(2 / 48, rel=0.02)


def test_slips_count_a_swap_once() -> None:
    """Two neighbours that changed places are one slip."""
    assert (slips("recieve", "receive"), slips("house", "horse"), slips("a", "a")) == (1, 1, 0)
