"""Words that were lost, and words that were made up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.evaluation import LostWord, invented_words, lost_words, split_words
from hansard.transcript import Span, Word

seconds = st.floats(min_value=0, max_value=100)


def word(start: float, end: float) -> Word:
    """A word at this time."""
    return Word(text=" word", start=start, end=end)


def test_words_away_from_speech_are_invented() -> None:
    """A word counts when its middle is farther from all speech than the tolerance."""
    speech = [Span(50.0, 60.0), Span(10.0, 20.0)]
    inside, near, far, after = word(12, 13), word(20.2, 20.8), word(20.4, 20.8), word(99, 100)
    found = invented_words([inside, near, far, after], speech, 120.0)
    assert found.words == (far, after)
    assert found.silence == pytest.approx(100.0)
    assert found.per_hour == pytest.approx(2 * 36)


def test_without_speech_every_word_is_invented() -> None:
    """Ten words in a minute of silence are six hundred an hour."""
    found = invented_words([word(i, i + 0.5) for i in range(10)], [], 60.0)
    assert found.per_hour == pytest.approx(600.0)


def test_nothing_invented_is_a_rate_of_zero_even_without_silence() -> None:
    """A recording that is all speech leaves no room for inventions inside it."""
    assert invented_words([word(1, 2)], [Span(0.0, 10.0)], 10.0).per_hour == 0.0


def test_words_beyond_a_recording_that_is_all_speech_have_no_hourly_rate() -> None:
    """They are counted, but there is no silence to spread them over."""
    found = invented_words([word(30, 31)], [Span(0.0, 10.0)], 10.0)
    assert (len(found.words), found.per_hour) == (1, None)


@given(
    times=st.lists(seconds, max_size=20),
    speech=st.lists(st.tuples(seconds, seconds), max_size=8),
    tolerance=st.floats(min_value=0, max_value=5),
)
def test_each_word_is_judged_by_its_own_middle(
    times: list[float], speech: list[tuple[float, float]], tolerance: float
) -> None:
    """The search over merged spans agrees with asking every span."""
    spans = [Span(min(pair), max(pair)) for pair in speech if pair[0] != pair[1]]
    words = [word(time, time) for time in times]
    found = invented_words(words, spans, 100.0, tolerance=tolerance)
    alone = [
        item
        for item in words
        if not any(span.start - tolerance <= item.start <= span.end + tolerance for span in spans)
    ]
    assert list(found.words) == alone


def test_lost_words_are_found_with_their_places() -> None:
    """A dropped word and a misheard one are both lost, and the report says what stood instead."""
    reference = split_words("Speech at the very end is kept")
    hypothesis = split_words("speech at very end was kept, thanks")
    assert lost_words(reference, hypothesis) == (
        LostWord(position=2, text="the", heard=None),
        LostWord(position=5, text="is", heard="was"),
    )


@given(
    reference=st.lists(st.sampled_from("abcdef"), min_size=1, max_size=30),
    cut=st.integers(min_value=0, max_value=30),
)
def test_a_cut_tail_is_lost_word_for_word(reference: list[str], cut: int) -> None:
    """As many words are reported lost as were cut off the end."""
    kept = reference[: max(0, len(reference) - cut)]
    assert len(lost_words(reference, kept)) == len(reference) - len(kept)
