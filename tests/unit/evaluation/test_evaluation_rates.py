"""Word and character error rates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.errors import UnknownNameError
from hansard.evaluation import ErrorRate, character_error_rate, pool, word_error_rate

counts = st.integers(min_value=0, max_value=1000)
rates = st.builds(ErrorRate, hits=counts, substitutions=counts, deletions=counts, insertions=counts)


def test_words_are_counted_by_kind_of_error() -> None:
    """One replaced, one lost and one added word of five make a rate of 60 %."""
    rate = word_error_rate("the cat sat down there", "The bat, sat there now.")
    assert rate == ErrorRate(hits=3, substitutions=1, deletions=1, insertions=1)
    assert rate.rate == pytest.approx(0.6)
    assert (rate.errors, rate.reference_length, rate.hypothesis_length) == (3, 5, 5)


def test_characters_are_counted_with_single_spaces_between_words() -> None:
    """Two of seven characters differ in `one two` against `one  tea`."""
    rate = character_error_rate("one two", "One   tea!")
    assert rate == ErrorRate(hits=5, substitutions=2, deletions=0, insertions=0)
    assert rate.rate == pytest.approx(2 / 7)


def test_the_normaliser_decides_what_counts() -> None:
    """The same pair is right or wrong as the normaliser is strict or lenient."""
    said, heard = "Twenty-five colours", "25 colors"
    assert word_error_rate(said, heard, normaliser="english").rate == 0.0
    assert word_error_rate(said, heard, normaliser="none").rate == 1.0
    with pytest.raises(UnknownNameError):
        word_error_rate(said, heard, normaliser="french")
    with pytest.raises(UnknownNameError):
        character_error_rate(said, heard, normaliser="french")


def test_an_empty_reference_has_no_rate_unless_both_are_empty() -> None:
    """Nothing against nothing is perfect; something against nothing is counted and has no rate."""
    assert word_error_rate("", " ").rate == 0.0
    invented = word_error_rate("", "thanks for watching")
    assert (invented.rate, invented.errors) == (None, 3)
    assert word_error_rate("so it goes", "").rate == 1.0


def test_a_rate_may_exceed_one() -> None:
    """More inventions than words give more than 100 %."""
    assert word_error_rate("no", "no no no").rate == 2.0


@given(reference=st.text("ab c'", max_size=30), hypothesis=st.text("ab c'", max_size=30))
def test_lengths_follow_from_the_counts(reference: str, hypothesis: str) -> None:
    """The counts account for every word of both sides."""
    rate = word_error_rate(reference, hypothesis, normaliser="none")
    assert rate.reference_length == len(reference.split())
    assert rate.hypothesis_length == len(hypothesis.split())


@given(parts=st.lists(rates, max_size=5))
def test_a_corpus_weighs_every_word_alike(parts: list[ErrorRate]) -> None:
    """The pooled rate is all errors over all reference words."""
    whole = pool(parts)
    assert whole.errors == sum(part.errors for part in parts)
    assert whole.reference_length == sum(part.reference_length for part in parts)
    if whole.reference_length:
        assert whole.rate == whole.errors / whole.reference_length


def test_an_empty_corpus_is_without_fault() -> None:
    """No texts, no errors."""
    assert pool([]).rate == 0.0
