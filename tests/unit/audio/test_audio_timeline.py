"""Where audio belongs on the recording's clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.audio.timeline import LONGEST_GAP, Timeline


def test_steady_stamps_leave_no_gap() -> None:
    """Stamps rounded to milliseconds, as in Matroska, are no gaps."""
    timeline = Timeline(origin=0.0)
    for number in range(10_000):
        assert timeline.gap_before(round(number * 1024 / 44_100, 3)) == 0.0
        timeline.position += 1024 / 44_100
    assert (timeline.gaps, timeline.jumps) == (0, 0)


def test_missing_time_is_a_gap_of_its_length() -> None:
    """A stamp ahead of the samples says how much silence belongs between."""
    timeline = Timeline(origin=1.4, position=2.0)
    assert timeline.gap_before(1.4 + 5.0) == pytest.approx(3.0)
    assert timeline.position == pytest.approx(5.0)
    assert (timeline.gaps, timeline.missing) == (1, pytest.approx(3.0))


def test_a_slow_drift_is_made_up_for_when_it_can_be_heard() -> None:
    """Samples that fall behind their stamps are brought back within a tenth of a second."""
    timeline = Timeline(origin=0.0)
    for number in range(2000):
        timeline.gap_before(number * 0.0201)
        timeline.position += 0.02
    assert abs(timeline.position - 2000 * 0.0201) <= 0.11
    assert timeline.gaps >= 1


def test_a_clock_that_jumps_back_loses_no_audio() -> None:
    """Joined recordings start again at zero; the second follows on the first."""
    timeline = Timeline(origin=0.0, position=60.0)
    assert timeline.gap_before(0.0) == 0.0
    timeline.position += 1.0
    assert timeline.gap_before(1.0) == 0.0
    assert (timeline.position, timeline.jumps) == (61.0, 1)


@pytest.mark.parametrize(("until", "stamp"), [(100.0, 500.0), (None, LONGEST_GAP + 11.0)])
def test_an_absurd_leap_is_not_believed(until: float | None, stamp: float) -> None:
    """A stamp behind the end of the recording makes no silence."""
    timeline = Timeline(origin=0.0, until=until, position=10.0)
    assert timeline.gap_before(stamp) == 0.0
    assert (timeline.position, timeline.jumps, timeline.gaps) == (10.0, 1, 0)


def test_a_late_beginning_is_kept_to_the_sample() -> None:
    """Sound that starts 60 ms after the picture starts there, though no gap is that short."""
    timeline = Timeline(origin=0.5)
    timeline.begin(0.56)
    assert timeline.position == pytest.approx(0.06)


def test_an_absurd_beginning_is_taken_for_zero() -> None:
    """A stream that claims to start after the end of its file starts at zero."""
    timeline = Timeline(origin=0.0, until=10.0)
    timeline.begin(5000.0)
    assert timeline.position == 0.0
    assert timeline.gap_before(5000.0) == 0.0


@given(
    st.lists(st.none() | st.floats(-1e6, 1e6), max_size=50),
    st.floats(0, 1000) | st.none(),
)
def test_the_position_never_runs_back_nor_past_the_end(
    stamps: list[float | None], until: float | None
) -> None:
    """Whatever the stamps say, time goes forward, and silence stays inside the recording."""
    timeline = Timeline(origin=0.0, until=until)
    for stamp in stamps:
        before = timeline.position
        gap = timeline.gap_before(stamp)
        assert timeline.position == before + gap >= before
        assert gap == 0 or timeline.position <= (
            before + LONGEST_GAP if until is None else until + 1
        )
        timeline.position += 0.02
