"""Windows: no longer than allowed, cut at silence, nothing dropped."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hansard.audio import Sound
from hansard.audio.levels import measure_levels
from hansard.models.vad import VadOptions, hear
from hansard.pipeline.plan import Plan, halve, measure_quietness, plan
from hansard.testing.sounds import ScriptedDetector, make_noise
from hansard.transcript import Span
from hansard.transcript.spans import merge, subtract, total


def make_plan(
    sound: Sound, speech: list[Span], longest: float = 30.0, options: VadOptions | None = None
) -> Plan:
    options = options or VadOptions()
    probabilities = ScriptedDetector(speech).probabilities(sound, lambda: False)
    heard = hear(probabilities, Span(sound.start, sound.end), options)
    quiet = measure_quietness(heard, measure_levels(sound))
    return plan(sound, heard, quiet, longest, options)


@pytest.fixture(scope="module")
def two_minutes(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    return make_noise(120, tmp_path_factory.mktemp("sounds"))


def test_short_neighbours_share_a_window(two_minutes: Sound) -> None:
    """Two sentences with a short pause between them are decoded in one window."""
    made = make_plan(two_minutes, [Span(5, 8), Span(9, 12)])
    assert len(made.windows) == 1
    assert made.windows[0].start == pytest.approx(4.6, abs=0.05)
    assert made.windows[0].end == pytest.approx(12.4, abs=0.05)


def test_far_islands_get_windows_of_their_own(two_minutes: Sound) -> None:
    """Islands of speech with long silence between them do not share a window."""
    made = make_plan(two_minutes, [Span(5, 8), Span(20, 21), Span(110, 119.9)])
    assert len(made.windows) == 3
    assert made.windows[-1].end == pytest.approx(120, abs=0.05)


def test_long_speech_is_cut_at_its_pause(two_minutes: Sound) -> None:
    """A stretch too long for a window is cut in its short pause, and that is no seam."""
    made = make_plan(two_minutes, [Span(10, 31), Span(31.3, 52)])
    assert len(made.windows) == 2
    assert 31 <= made.windows[0].end <= 31.3
    assert made.seams == ()


def test_speech_without_a_pause_leaves_a_seam(two_minutes: Sound) -> None:
    """Where speech has no pause the cut is reported as a seam."""
    made = make_plan(two_minutes, [Span(10, 75)])
    assert len(made.seams) == len(made.windows) - 1
    assert made.seams[0].start == made.windows[0].end


def test_without_vad_everything_is_decoded(two_minutes: Sound) -> None:
    """With voice activity detection off the windows cover the whole recording."""
    made = make_plan(two_minutes, [Span(5, 8)], options=VadOptions(vad=False))
    covered = merge(Span(w.start, w.end) for w in made.windows)
    assert covered == (Span(0.0, 120.0),)
    assert total(made.windows[0].speech) == pytest.approx(3, abs=0.1)


def test_a_blip_is_reported_and_not_decoded(two_minutes: Sound) -> None:
    """A blip too short to be a word is accounted for as doubtful."""
    made = make_plan(two_minutes, [Span(50, 50.2)], options=VadOptions(vad_min_speech_ms=300))
    assert made.windows == ()
    assert [round(found.start) for found in made.doubtful] == [50]


def test_half_windows_join_where_it_is_quiet(two_minutes: Sound) -> None:
    """A window that is cut in two is cut in its pause."""
    made = make_plan(two_minutes, [Span(10, 14), Span(14.4, 20)])
    probabilities = ScriptedDetector([Span(10, 14), Span(14.4, 20)]).probabilities(
        two_minutes, lambda: False
    )
    heard = hear(probabilities, Span(0, 120), VadOptions())
    quiet = measure_quietness(heard, measure_levels(two_minutes))
    first, second = halve(made.windows[0], quiet)
    assert first.end == second.start
    assert 13.9 <= first.end <= 14.5


stretches = st.lists(st.tuples(st.floats(0.2, 6.0), st.floats(0.1, 40.0)), min_size=0, max_size=12)


@given(stretches, st.floats(2.0, 30.0))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_plan_keeps_its_promises(
    two_minutes: Sound, pairs: list[tuple[float, float]], longest: float
) -> None:
    """Windows are in order, apart, within the recording, never too long, and hold all speech."""
    speech: list[Span] = []
    at = 0.0
    for pause, length in pairs:
        start = at + pause
        end = min(start + length, 120.0)
        if start >= 119.5:
            break
        speech.append(Span(start, end))
        at = end
    made = make_plan(two_minutes, speech, longest)
    probabilities = ScriptedDetector(speech).probabilities(two_minutes, lambda: False)
    heard = hear(probabilities, Span(0, 120), VadOptions())
    windows = [Span(w.start, w.end) for w in made.windows]
    assert all(w.duration <= longest + 1e-6 for w in windows)
    assert all(0 <= w.start < w.end <= 120 for w in windows)
    assert all(a.end <= b.start + 1e-9 for a, b in pairwise(windows))
    assert total(subtract(heard.speech, merge(windows))) == pytest.approx(0, abs=1e-6)


def test_levels_of_silence_and_of_a_loud_tone(tmp_path: Path) -> None:
    """Digital silence measures -100 dB and a full-scale sine about -3 dB."""
    from hansard.testing.sounds import make_sound

    tone = np.sin(2 * np.pi * 440 * np.arange(16000) / 16000).astype(np.float32)
    sound = make_sound(np.concatenate([np.zeros(15872, np.float32), tone]), tmp_path)
    levels = measure_levels(sound)
    assert levels[0] == -100
    assert levels[40] == pytest.approx(-3.01, abs=0.1)
