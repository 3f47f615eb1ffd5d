"""From speech probabilities to stretches of speech."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.models.vad import FRAME, VadOptions, hear
from hansard.transcript import Span
from hansard.transcript.spans import intersect, total

PLAIN = VadOptions(vad_min_silence_ms=0, vad_min_speech_ms=0)


def frames(*levels: float) -> np.ndarray:
    return np.array(levels, dtype=np.float32)


def bounds(count: int) -> Span:
    return Span(0.0, count * FRAME)


def test_speech_goes_on_just_below_the_threshold() -> None:
    """A stretch begins at the threshold and lasts until the probability falls well below it."""
    heard = hear(frames(0.1, 0.4, 0.6, 0.4, 0.36, 0.2, 0.4), bounds(7), PLAIN)
    assert heard.speech == (Span(2 * FRAME, 5 * FRAME),)


def test_short_pauses_do_not_end_speech() -> None:
    """Pauses below the minimum silence are bridged, longer ones are not."""
    pattern = [0.9] * 10 + [0.0] * 10 + [0.9] * 10 + [0.0] * 30 + [0.9] * 10
    heard = hear(frames(*pattern), bounds(70), VadOptions(vad_min_silence_ms=500))
    assert [round(span.duration / FRAME) for span in heard.speech] == [30, 10]


def test_what_is_too_short_is_doubtful() -> None:
    """A blip below the shortest speech is kept among the doubtful, not lost."""
    heard = hear(frames(0, 0.9, 0, 0, 0), bounds(5), VadOptions(vad_min_speech_ms=100))
    assert heard.speech == ()
    assert heard.doubtful == (Span(FRAME, 2 * FRAME),)


def test_middling_probability_is_doubtful_when_it_lasts() -> None:
    """Half a second at half the threshold is worth a notice."""
    heard = hear(frames(*[0.3] * 16, *[0.0] * 4), bounds(20), VadOptions())
    assert heard.speech == ()
    assert len(heard.doubtful) == 1


def test_the_last_frame_does_not_reach_beyond_the_sound() -> None:
    """Speech ends with the sound, though the last frame was padded."""
    heard = hear(frames(0.9, 0.9), Span(10.0, 10.05), PLAIN)
    assert heard.speech == (Span(10.0, 10.05),)


@given(st.lists(st.floats(0, 1, width=32), max_size=200), st.integers(0, 1000))
def test_speech_and_doubts_never_overlap(levels: list[float], silence: int) -> None:
    """Every frame at or above the threshold is in speech or doubtful, and in one of them only."""
    options = VadOptions(vad_min_silence_ms=silence)
    heard = hear(np.array(levels, dtype=np.float32), bounds(len(levels)), options)
    assert total(intersect(heard.speech, heard.doubtful)) == pytest.approx(0)
    for number, level in enumerate(levels):
        if level >= options.vad_threshold:
            middle = (number + 0.5) * FRAME
            assert any(a <= middle < b for a, b in (*heard.speech, *heard.doubtful))
