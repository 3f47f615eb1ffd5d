"""Words that reached the right speaker."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.errors import UnknownNameError
from hansard.evaluation import (
    NOBODY,
    speaker_texts,
    speaker_word_error_rate,
    turn_word_error_rate,
    word_error_rate,
)
from hansard.transcript import Segment

texts = st.lists(st.sampled_from("one two three four".split()), max_size=6).map(" ".join)


def said(speaker: str | None, start: float, end: float, text: str) -> Segment:
    """A segment."""
    return Segment(id=0, text=text, start=start, end=end, speaker=speaker)


def test_each_speakers_words_become_one_text() -> None:
    """Segments are joined by speaker, and those without one are nobody's."""
    segments = [
        said("A", 0, 1, " Hello there."),
        said(None, 1, 2, "Hm."),
        said("B", 2, 3, "Hi."),
        said("A", 3, 4, "How are you?"),
    ]
    assert speaker_texts(segments) == {
        "A": "Hello there. How are you?",
        NOBODY: "Hm.",
        "B": "Hi.",
    }


def test_names_do_not_matter_but_who_said_it_does() -> None:
    """The best matching counts, so only words given to another speaker are errors."""
    reference = {"Maria": "good morning everyone", "David": "the budget is ready"}
    right = {"S1": "The budget is ready.", "S2": "Good morning, everyone!"}
    assert speaker_word_error_rate(reference, right).rate == 0
    swapped = {"S1": "the budget is", "S2": "good morning everyone ready"}
    errors = speaker_word_error_rate(reference, swapped)
    assert (errors.counts.deletions, errors.counts.insertions) == (1, 1)
    assert dict(errors.mapping) == {"S2": "Maria", "S1": "David"}


def test_speakers_without_a_match_are_lost_or_invented_words() -> None:
    """One speaker too few deletes the words of the other, one too many inserts them."""
    both, one = {"A": "a b c", "B": "d e"}, {"x": "a b c"}
    few, many = speaker_word_error_rate(both, one), speaker_word_error_rate(one, both)
    assert (few.counts.deletions, few.counts.errors) == (2, 2)
    assert (many.counts.insertions, many.counts.errors) == (2, 2)
    assert dict(few.mapping) == {"x": "A"}
    assert speaker_word_error_rate({}, {}).rate == 0
    assert speaker_word_error_rate({}, one).rate is None


def test_an_unknown_normaliser_is_refused() -> None:
    """Its name is no normaliser's."""
    with pytest.raises(UnknownNameError):
        speaker_word_error_rate({"A": "a"}, {"x": "a"}, normaliser="none such")


@given(st.lists(texts, max_size=4), st.lists(texts, max_size=4))
def test_no_way_to_match_speakers_has_fewer_errors(
    reference: list[str], hypothesis: list[str]
) -> None:
    """The errors are the least of all permutations, tried one by one."""
    size = max(len(reference), len(hypothesis))
    known = reference + [""] * (size - len(reference))
    found = hypothesis + [""] * (size - len(hypothesis))
    least = min(
        sum(word_error_rate(*pair).errors for pair in zip(known, order, strict=True))
        for order in permutations(found)
    )
    counted = speaker_word_error_rate(
        {str(i): text for i, text in enumerate(reference)},
        {str(i): text for i, text in enumerate(hypothesis)},
    )
    assert counted.counts.errors == least
    assert counted.counts.reference_length == sum(len(text.split()) for text in reference)


def test_a_turn_is_compared_with_the_one_that_shares_most_time() -> None:
    """Segments of one speaker in a row are one turn, and the longest common time decides."""
    reference = [
        said("A", 0, 4, "we need two"),
        said("A", 5, 8, "more days"),
        said("B", 9, 12, "I agree with you"),
    ]
    hypothesis = [said("x", 0, 8.5, "we need two more days"), said("y", 8.6, 12, "I agree with")]
    errors = turn_word_error_rate(reference, hypothesis)
    assert (errors.errors, errors.words, errors.turns, errors.unmatched) == (1, 9, 2, 0)
    assert errors.rate == pytest.approx(1 / 9)


def test_a_turn_has_at_most_as_many_errors_as_words() -> None:
    """A long hypothesis costs a turn no more than all its words, and no hypothesis as much."""
    reference = [said("A", 0, 2, "one two three"), said("B", 50, 52, "four five six")]
    errors = turn_word_error_rate(reference, [said("x", 0, 9, "not a word of it is right here")])
    assert (errors.errors, errors.words, errors.unmatched) == (6, 6, 1)
    assert errors.rate == 1


def test_short_turns_do_not_count() -> None:
    """Turns of fewer than three words are left out; where none is left there is no rate."""
    errors = turn_word_error_rate([said("A", 0, 1, "Oh yes.")], [])
    assert (errors.turns, errors.words, errors.rate) == (0, 0, None)
    assert turn_word_error_rate([said("A", 0, 1, "Oh yes.")], [], shortest=2).rate == 1
