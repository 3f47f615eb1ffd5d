"""The sentences about what was noticed, and about what is refused."""

import math

import pytest

from hansard.audio.limits import check_channel, check_shape, check_shortest, hms, too_long
from hansard.audio.notes import MOST_DAMAGED_IN_A_ROW, Findings, tell
from hansard.audio.options import WHOLE
from hansard.audio.timeline import Timeline
from hansard.errors import MediaLimitError
from hansard.transcript.spans import Span


def test_a_sound_recording_has_no_notes() -> None:
    """A second more or less than announced is not worth a word."""
    findings = Findings(expected=100.0, frames=10)
    for end in (98.5, 100.0, 101.5):
        assert tell(findings, Timeline(origin=0.0, position=end), WHOLE) == ()


def test_each_finding_is_told_once() -> None:
    """Damage, an early end, gaps, jumps and samples that are no numbers are all named."""
    findings = Findings(expected=600.0, damaged=1, frames=5, non_finite=12)
    timeline = Timeline(origin=0.0, position=252.3, gaps=2, missing=4.2, jumps=1)
    assert tell(findings, timeline, WHOLE) == (
        "1 damaged packet left out",
        "ends early: 10:00.0 expected, 4:12.3 found",
        "2 gaps in the recording filled with 4.2 s of silence",
        "1 jump of the recording's clock ignored",
        "12 samples without a finite value made silent",
    )


def test_giving_up_comes_first() -> None:
    """When nothing more can be read, that is the first thing said."""
    findings = Findings(frames=1)
    for _ in range(MOST_DAMAGED_IN_A_ROW + 1):
        assert not findings.hopeless
        findings.fail()
    assert findings.hopeless
    assert tell(findings, Timeline(origin=0.0, position=5.0), WHOLE)[0].startswith("given up at")


def test_one_good_frame_brings_hope_back() -> None:
    """Only damage without a break ends the decoding."""
    findings = Findings()
    for _ in range(MOST_DAMAGED_IN_A_ROW):
        findings.fail()
    findings.succeed()
    findings.fail()
    assert not findings.hopeless


def test_damage_before_a_clip_counts_only_towards_giving_up() -> None:
    """What a clip does not hold is not told, but endless damage ends the search for it."""
    findings = Findings()
    for _ in range(MOST_DAMAGED_IN_A_ROW + 1):
        findings.fail(matters=False)
    assert findings.hopeless
    assert findings.damaged == 0


def test_a_clip_that_ends_in_time_says_nothing_about_the_rest() -> None:
    """What lies behind a clip was not looked at; a clip that reaches too far is told."""
    clip = Span(0.0, 10.0)
    timeline = Timeline(origin=0.0, position=8.2)
    assert tell(Findings(expected=600.0, stopped=True), timeline, clip) == ()
    assert tell(Findings(), timeline, clip) == ("the clip ends at 0:10.0, the recording at 0:08.2",)
    assert tell(Findings(), timeline, Span(0.0, math.inf)) == ()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00.0"), (9.96, "0:10.0"), (62.04, "1:02.0"), (3723.5, "1:02:03.5"),
     (86_400, "24:00:00.0")],
)  # fmt: skip
def test_times_are_written_as_people_read_them(seconds: float, text: str) -> None:
    """Hours appear only when there are some, and rounding carries over."""
    assert hms(seconds) == text


@pytest.mark.parametrize(("rate", "channels"), [(4_000, 1), (384_000, 16), (16_000, 2)])
def test_shapes_inside_the_bounds_pass(rate: int, channels: int) -> None:
    """The bounds themselves are accepted."""
    check_shape(rate, channels, "x")


@pytest.mark.parametrize(
    ("rate", "channels"), [(3_999, 1), (384_001, 1), (16_000, 0), (16_000, 17)]
)
def test_shapes_outside_the_bounds_are_refused(rate: int, channels: int) -> None:
    """One beyond a bound is an error that names the bound."""
    with pytest.raises(MediaLimitError) as caught:
        check_shape(rate, channels, "x")
    assert "accepted" in caught.value.hint


def test_the_limits_name_their_settings() -> None:
    """Whoever meets a limit reads which setting moves it."""
    assert "max_duration is 1:00.0" in str(too_long("x", 60.0))
    with pytest.raises(MediaLimitError, match=r"min_duration is 0\.1 s and 'x' yields 0\.020 s"):
        check_shortest(0.02, 0.1, "x")
    with pytest.raises(MediaLimitError, match="no channel 2") as caught:
        check_channel(2, 2, "x")
    assert caught.value.hint == "it has channels 0 to 1"
