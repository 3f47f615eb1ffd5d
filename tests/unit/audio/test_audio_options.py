"""What a caller may write for `clip` and `channel`."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.audio.options import AudioOptions, parse_channel, parse_clip
from hansard.errors import SettingError
from hansard.transcript.spans import Span


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("10-20", Span(10, 20)),
        ("0-0.5", Span(0, 0.5)),
        ("1:30-2:00", Span(90, 120)),
        ("1:02:03.5-1:02:04", Span(3723.5, 3724)),
        ("90-", Span(90, math.inf)),
        ("-30", Span(0, 30)),
        (" 5 - 6 ", Span(5, 6)),
        (".25-.5", Span(0.25, 0.5)),
        ("100-1:41", Span(100, 101)),
    ],
)
def test_a_clip_is_read_in_each_way_of_writing_it(text: str, span: Span) -> None:
    """Seconds, minutes and hours may be mixed, and either side may be left out."""
    assert parse_clip(text) == span


@pytest.mark.parametrize(
    "text",
    ["", "-", "10", "20-10", "5-5", "-0", "a-b", "1-2-3", "1:75-2:00", "1:61:00-", "1e3-",
     "nan-inf", "-5--3", "٣-٤", "10:-20", "1:2:3:4-", "0x1-2", "1_0-20"],
)  # fmt: skip
def test_nonsense_is_refused_with_an_example(text: str) -> None:
    """A clip that cannot be understood is an error whose hint shows how to write one."""
    with pytest.raises(SettingError) as caught:
        parse_clip(text)
    assert "START-END" in caught.value.hint


@given(st.integers(0, 100_000_000), st.integers(1, 1_000_000))
def test_seconds_and_clock_times_mean_the_same(start: int, length: int) -> None:
    """Milliseconds written as seconds and as h:mm:ss.mmm give the same span."""

    def clock(ms: int) -> str:
        seconds, ms = divmod(ms, 1000)
        return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{ms:03d}"

    plain = parse_clip(f"{start / 1000:.3f}-{(start + length) / 1000:.3f}")
    clocked = parse_clip(f"{clock(start)}-{clock(start + length)}")
    assert plain.start == pytest.approx(clocked.start, abs=1e-6)
    assert plain.end == pytest.approx(clocked.end, abs=1e-6)


@given(st.text())
def test_any_text_is_a_span_or_a_setting_error(text: str) -> None:
    """No text makes the reader fail in another way, and a span never runs backwards."""
    try:
        span = parse_clip(text)
    except SettingError:
        return
    assert 0 <= span.start < span.end


@pytest.mark.parametrize(
    ("text", "index"), [("left", 0), ("RIGHT", 1), ("0", 0), (" 1 ", 1), ("15", 15)]
)
def test_a_channel_is_a_side_or_an_index_from_zero(text: str, index: int) -> None:
    """Sides and numbers both work."""
    assert parse_channel(text) == index


@pytest.mark.parametrize("text", ["", "middle", "-1", "1.5", "123", "²"])
def test_other_channels_are_refused(text: str) -> None:
    """Anything else is a setting error."""
    with pytest.raises(SettingError, match="channel"):
        parse_channel(text)


def test_the_defaults_ask_for_everything() -> None:
    """Without options the whole recording with all channels is meant, up to a day long."""
    assert AudioOptions() == AudioOptions(
        channel=None, clip=None, min_duration=0.1, max_duration=86_400.0
    )
