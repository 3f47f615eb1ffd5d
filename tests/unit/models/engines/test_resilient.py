"""An engine that survives a full memory."""

from dataclasses import replace
from pathlib import Path

import pytest

from hansard.errors import MemoryExhaustedError
from hansard.models.engines import Ask, DecodeOptions, Window
from hansard.models.engines.fake import INFO, FakeEngine
from hansard.models.engines.resilient import Resilient
from hansard.testing.sounds import make_noise, make_script

SCRIPT = make_script("one two three four five six seven eight", 0.0, pace=1.0)


def windows(folder: Path) -> list[Window]:
    sound = make_noise(8, folder)
    return [Window(sound, float(second), float(second + 1)) for second in range(8)]


def texts(engine: Resilient, chosen: list[Window]) -> list[str]:
    encoded = engine.encode(chosen)
    asks = [Ask(row) for row in range(len(chosen))]
    found = dict(encoded.decode(asks, DecodeOptions()))
    words = encoded.align(found)
    encoded.close()
    assert all(words[row][0].start == float(row) for row in found)
    return [found[row].text.strip() for row in sorted(found)]


def test_a_batch_that_fits_is_left_alone(tmp_path: Path) -> None:
    """With enough room nothing is tried twice."""
    engine = Resilient(FakeEngine(SCRIPT))
    assert texts(engine, windows(tmp_path)) == "one two three four five six seven eight".split()
    assert engine.attempts == []


@pytest.mark.parametrize("room", [1, 2, 3, 5])
def test_batches_are_halved_until_they_fit(tmp_path: Path, room: int) -> None:
    """Smaller and smaller batches give the same rows, and the next batch begins small."""
    engine = Resilient(FakeEngine(SCRIPT, room=room))
    assert texts(engine, windows(tmp_path)) == "one two three four five six seven eight".split()
    assert engine.attempts
    assert engine.info.batch <= max(room, 1)


def test_the_cpu_is_the_last_resort(tmp_path: Path) -> None:
    """When not even one window fits, the borrowed engine goes on, and the attempts say so."""
    spare = FakeEngine(SCRIPT, info=replace(INFO, device="cpu"))
    cramped = FakeEngine(SCRIPT, room=0, info=replace(INFO, device="cuda"))
    engine = Resilient(cramped, lambda: spare)
    assert texts(engine, windows(tmp_path)) == "one two three four five six seven eight".split()
    assert engine.info.device == "cpu"
    assert [attempt.split(",")[0] for attempt in engine.attempts] == ["cuda"] * 4
    assert cramped.asked == []


def test_an_exhausted_ladder_lists_its_attempts(tmp_path: Path) -> None:
    """With nothing left to try the error is typed and tells what was tried."""
    engine = Resilient(FakeEngine(SCRIPT, room=0))
    with pytest.raises(MemoryExhaustedError) as caught:
        texts(engine, windows(tmp_path))
    assert len(caught.value.attempts) == 4
    assert caught.value.hint
