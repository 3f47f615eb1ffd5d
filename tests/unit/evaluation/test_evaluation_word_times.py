"""How far the times of words are from the truth."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.evaluation import compare_word_times, match_words, word_time_errors
from hansard.transcript import Word


def words(*timed: tuple[str, float, float]) -> list[Word]:
    """Words with their times."""
    return [Word(text=f" {text}", start=start, end=end) for text, start, end in timed]


def test_errors_are_those_of_words_that_were_read_rightly() -> None:
    """Starts and ends are judged apart, with and without their sign."""
    reference = words(("Good", 0.0, 0.4), ("morning,", 0.4, 0.9), ("Emma.", 1.0, 1.5))
    hypothesis = words(("good", 0.1, 0.4), ("warning", 9, 9), ("Emma", 0.7, 1.6))
    errors = word_time_errors(reference, hypothesis)
    assert errors.start is not None
    assert errors.end is not None
    assert (errors.matched, errors.unmatched) == (2, 1)
    assert errors.start.mean == pytest.approx(0.2)
    assert errors.start.median == pytest.approx(0.2)
    assert errors.start.bias == pytest.approx(-0.1)
    assert errors.start.within_100ms == pytest.approx(0.5)
    assert errors.start.within_200ms == pytest.approx(0.5)
    assert errors.end.median == pytest.approx(0.05)
    assert errors.end.within_100ms == 1


def test_the_95th_percentile_is_of_absolute_errors() -> None:
    """A few words far too early show, however near the others are."""
    reference = words(*[(f"word{i}", i, i + 0.5) for i in range(101)])
    early = words(*[(f"word{i}", i - (2 if i % 10 == 0 else 0.02), i + 0.5) for i in range(101)])
    errors = word_time_errors(reference, early)
    assert errors.start is not None
    assert errors.start.p95 == pytest.approx(2)
    assert errors.start.median == pytest.approx(0.02)


def test_words_of_signs_alone_count_on_neither_side() -> None:
    """A dash is no word that could be lost."""
    reference = words(("yes", 0, 1), ("-", 1, 1), ("no", 2, 3))
    matched = match_words(reference, words(("yes", 0, 1), ("no", 2, 3), ("—", 3, 3)))
    assert [said.text for said, _ in matched.pairs] == [" yes", " no"]
    assert matched.unmatched == ()


def test_without_common_words_there_are_no_errors_to_state() -> None:
    """Nothing matched: None for both, and every word unmatched."""
    errors = word_time_errors(words(("yes", 0, 1)), words(("no", 0, 1)))
    assert (errors.start, errors.end, errors.matched, errors.unmatched) == (None, None, 0, 1)
    assert word_time_errors([], []).start is None


def test_recordings_can_be_judged_together() -> None:
    """Pairs of several recordings are compared as if they were of one."""
    one = match_words(words(("a", 0, 1)), words(("a", 0.3, 1)))
    other = match_words(words(("b", 0, 1), ("c", 1, 2)), words(("b", 0.1, 1)))
    both = type(one)(one.pairs + other.pairs, one.unmatched + other.unmatched)
    errors = compare_word_times(both)
    assert errors.start is not None
    assert (errors.matched, errors.unmatched) == (2, 1)
    assert errors.start.mean == pytest.approx(0.2)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 9)), min_size=1), st.floats(-1, 1))
def test_the_same_words_a_little_later_are_off_by_that(
    said: list[tuple[str, float]], shift: float
) -> None:
    """Every word matches itself, and all figures are the shift."""
    reference = words(*[(text, start, start + 1) for text, start in said])
    moved = words(*[(text, start + shift, start + 1 + shift) for text, start in said])
    errors = word_time_errors(reference, moved)
    assert errors.matched == len(said)
    for found in (errors.start, errors.end):
        assert found is not None
        assert (found.median, found.p95, found.mean) == pytest.approx([abs(shift)] * 3, abs=1e-9)
        assert found.bias == pytest.approx(shift, abs=1e-9)
