"""Diarisation and Jaccard error rates."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.evaluation import diarisation_error_rate, jaccard_error_rate
from hansard.transcript import Span, Turn


def turn(speaker: str, start: float, end: float) -> Turn:
    """Somebody's turn."""
    return Turn(speaker=speaker, start=start, end=end)


def every_turn(names: str) -> st.SearchStrategy[list[Turn]]:
    """Turns of these speakers on a grid of hundredths, which floats add up almost exactly."""
    ticks = st.integers(min_value=0, max_value=2000)
    spans = st.tuples(st.sampled_from(names), ticks, ticks).filter(lambda span: span[1] < span[2])
    return st.lists(spans.map(lambda span: turn(span[0], span[1] / 100, span[2] / 100)), max_size=8)


def by_frames(reference: Sequence[Turn], hypothesis: Sequence[Turn]) -> tuple[int, int, int]:
    """Missed, false and total speech in hundredths, counted one by one."""
    missed = false = total = 0
    for tick in range(2000):
        moment = (tick + 0.5) / 100
        spoke, heard = (
            len({turn.speaker for turn in side if turn.start < moment < turn.end})
            for side in (reference, hypothesis)
        )
        missed += max(0, spoke - heard)
        false += max(0, heard - spoke)
        total += spoke
    return missed, false, total


def test_each_kind_of_error_is_counted_in_seconds() -> None:
    """Missed speech, false alarms and confusion are told apart, and the rate is their share."""
    reference = [turn("A", 0, 10), turn("B", 10, 20)]
    hypothesis = [turn("x", 0, 8), turn("y", 10, 15), turn("x", 15, 18), turn("x", 20, 21)]
    error = diarisation_error_rate(reference, hypothesis)
    assert (error.missed, error.false_alarm, error.confusion) == pytest.approx((4, 1, 3))
    assert error.total == pytest.approx(20)
    assert error.rate == pytest.approx(8 / 20)
    assert dict(error.mapping) == {"x": "A", "y": "B"}
    assert (error.reference_speakers, error.hypothesis_speakers) == (2, 2)


def test_speakers_are_matched_for_the_longest_agreement_in_all() -> None:
    """The mapping is the best of all, not the one that takes the longest agreement first."""
    reference = [turn("A", 0, 19), turn("B", 20, 29)]
    hypothesis = [turn("x", 0, 10), turn("y", 10, 19), turn("x", 20, 29)]
    error = diarisation_error_rate(reference, hypothesis)
    assert dict(error.mapping) == {"y": "A", "x": "B"}
    assert error.confusion == pytest.approx(10)


def test_overlapping_speech_counts_once_for_each_speaker() -> None:
    """Two who speak at once for 4 s are 8 s of speech, of which one heard speaker has half."""
    reference = [turn("A", 0, 4), turn("B", 0, 4)]
    error = diarisation_error_rate(reference, [turn("x", 0, 4)])
    assert (error.missed, error.total) == pytest.approx((4, 8))
    assert diarisation_error_rate(reference, [turn("x", 0, 4)], skip_overlap=True).rate is None


def test_a_speaker_overlapping_himself_is_one() -> None:
    """Turns of one speaker that touch or overlap are speech once."""
    reference = [turn("A", 0, 6), turn("A", 4, 8), turn("A", 8, 10)]
    error = diarisation_error_rate(reference, [turn("x", 0, 10)])
    assert (error.wrong, error.total) == pytest.approx((0, 10))


def test_a_collar_forgives_what_is_near_a_boundary() -> None:
    """With a quarter of a second on each side, turns that begin and end 0.2 s off are right."""
    reference = [turn("A", 1, 5), turn("B", 6, 9)]
    hypothesis = [turn("x", 0.8, 5.2), turn("y", 6.2, 8.8)]
    assert diarisation_error_rate(reference, hypothesis).wrong == pytest.approx(0.8)
    error = diarisation_error_rate(reference, hypothesis, collar=0.25)
    assert (error.wrong, error.total) == pytest.approx((0, 3.5 + 2.5))


def test_only_the_scored_time_counts() -> None:
    """What lies outside the spans that are given is neither right nor wrong, nor a speaker."""
    reference = [turn("A", 0, 10), turn("B", 90, 95)]
    hypothesis = [turn("x", 0, 10), turn("y", 50, 60)]
    error = diarisation_error_rate(
        reference, hypothesis, scored=[Span(5, 12), Span(4, 6), Span(55, 56)]
    )
    assert (error.false_alarm, error.total) == pytest.approx((1, 6))
    assert (error.reference_speakers, error.hypothesis_speakers) == (1, 2)


def test_without_speech_there_is_no_rate() -> None:
    """Nobody in the reference: false alarms in seconds, and None for both rates."""
    error = diarisation_error_rate([], [turn("x", 0, 2)])
    assert (error.false_alarm, error.total, error.rate) == (2, 0, None)
    assert jaccard_error_rate([], [turn("x", 0, 2)]) is None
    assert diarisation_error_rate([], []).rate is None


@given(every_turn("AB"), every_turn("xyz"))
def test_sums_are_those_of_counting_frames(reference: list[Turn], hypothesis: list[Turn]) -> None:
    """Missed, false and total speech are what a count in hundredths of a second gives."""
    error = diarisation_error_rate(reference, hypothesis)
    counted = by_frames(reference, hypothesis)
    sums = (error.missed, error.false_alarm, error.total)
    assert sums == pytest.approx([number / 100 for number in counted], abs=1e-6)
    heard = error.total - error.missed + error.false_alarm
    assert -1e-6 <= error.confusion <= heard + 1e-6


@given(every_turn("ABC"))
def test_names_do_not_matter(reference: list[Turn]) -> None:
    """The same turns under other names, in another order, have no errors."""
    renamed = [turn(f"speaker {one.speaker}", one.start, one.end) for one in reversed(reference)]
    error = diarisation_error_rate(reference, renamed, collar=0.1)
    assert error.wrong == 0
    assert jaccard_error_rate(reference, renamed) in (None, pytest.approx(0))


def test_every_speaker_weighs_alike_in_the_jaccard_rate() -> None:
    """Who speaks a second and is never found counts as much as who speaks a minute."""
    reference = [turn("A", 0, 60), turn("B", 60, 61)]
    hypothesis = [turn("x", 0, 61)]
    assert jaccard_error_rate(reference, hypothesis) == pytest.approx((1 / 61 + 1) / 2)
    assert jaccard_error_rate(reference, hypothesis, scored=[Span(0, 60)]) == pytest.approx(0)


def test_jaccard_is_time_apart_over_time_of_either() -> None:
    """5 of 10 s in common out of 15 s in which either speaks leave two thirds."""
    rate = jaccard_error_rate([turn("A", 0, 10)], [turn("x", 5, 15)])
    assert rate == pytest.approx(10 / 15)


def test_thousands_of_turns_are_scored_together() -> None:
    """Four hours of turns, a tenth of them given to another speaker, score a tenth."""
    dice = random.Random(3)
    names = "ABCDEFGH"
    reference = [turn(dice.choice(names), 3 * i, 3 * i + 2) for i in range(5000)]
    hypothesis = [
        turn("nobody else" if i % 10 == 0 else one.speaker.lower(), one.start, one.end)
        for i, one in enumerate(reference)
    ]
    error = diarisation_error_rate(reference, hypothesis, collar=0.25)
    assert error.rate == pytest.approx(0.1)
    assert error.hypothesis_speakers == 9
