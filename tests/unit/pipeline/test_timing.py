"""Word times that agree with what can be heard."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hansard.audio import SAMPLE_RATE
from hansard.audio.media import open_sound
from hansard.models.engines import Hypothesis, Piece, Placement, Window
from hansard.models.engines.faster_whisper import SPEC
from hansard.models.hub.hub import Hub
from hansard.models.hub.options import HubOptions
from hansard.pipeline.timing import fit, settle
from hansard.testing.sounds import make_sound
from hansard.transcript import Seconds, Span, Word
from hansard.work.demonstrate import find_sample


def burst(*loud: tuple[Seconds, Seconds], seconds: Seconds, folder: Path) -> Window:
    """A window of near silence in which some stretches are loud."""
    dice = np.random.default_rng(0)
    samples = dice.normal(0, 1e-4, round(seconds * SAMPLE_RATE)).astype(np.float32)
    for start, end in loud:
        first, last = round(start * SAMPLE_RATE), round(end * SAMPLE_RATE)
        samples[first:last] += dice.normal(0, 0.2, last - first).astype(np.float32)
    return Window(make_sound(samples, folder), 0.0, seconds)


def said(*words: tuple[str, Seconds, Seconds]) -> list[Word]:
    return [Word(text=" " + text, start=start, end=end) for text, start, end in words]


def test_words_begin_and_end_where_sound_does(tmp_path: Path) -> None:
    """Words that were stretched across pauses are cut to what is loud, at both ends."""
    window = burst((0.5, 0.9), (1.6, 2.0), (2.7, 3.1), seconds=4.0, folder=tmp_path)
    words = fit(said(("eight", 0.1, 1.2), ("seven", 1.2, 2.4), ("three", 2.4, 3.9)), window)
    found = [(word.start, word.end) for word in words]
    truth = [(0.5, 0.9), (1.6, 2.0), (2.7, 3.1)]
    np.testing.assert_allclose(found, truth, atol=0.05)


def test_bunched_words_share_the_speech_by_their_letters(tmp_path: Path) -> None:
    """Words that attention put on one spot take the loud stretch that is theirs, the long more."""
    window = burst((0.5, 2.0), seconds=2.5, folder=tmp_path)
    words = fit(said(("it", 0.4, 0.5), ("is", 0.5, 0.5), ("extraordinary", 0.5, 1.9)), window)
    assert words[0].start == pytest.approx(0.5, abs=0.05)
    assert words[-1].end == pytest.approx(2.0, abs=0.05)
    assert words[2].end - words[2].start > 3 * (words[1].end - words[1].start)
    assert all(before.end <= after.start for before, after in pairwise(words))


def test_a_sentence_ends_before_the_pause(tmp_path: Path) -> None:
    """A full stop says on which side of a pause a word lies."""
    window = burst((0.5, 1.4), (2.1, 3.0), seconds=3.5, folder=tmp_path)
    words = said(("one", 0.5, 0.8), ("more.", 0.8, 1.2), ("Then", 1.2, 2.4), ("this", 2.4, 3.0))
    found = fit(words, window)
    assert found[1].end == pytest.approx(1.4, abs=0.06)
    assert found[2].start == pytest.approx(2.1, abs=0.06)


def test_speech_without_words_may_be_left_over(tmp_path: Path) -> None:
    """Where a word is missing in the text, the others do not spread over its sound."""
    window = burst((0.5, 0.9), (1.5, 4.0), (4.6, 5.0), seconds=5.5, folder=tmp_path)
    words = fit(said(("eight.", 0.5, 0.9), ("Seven.", 4.6, 5.0)), window)
    found = [(word.start, word.end) for word in words]
    np.testing.assert_allclose(found, [(0.5, 0.9), (4.6, 5.0)], atol=0.06)


def test_confidence_is_lower_where_less_is_known(tmp_path: Path) -> None:
    """Words that attention put on one spot are less sure than where it agrees with the sound."""
    window = burst((0.5, 0.9), (1.6, 3.6), seconds=4.0, folder=tmp_path)
    agreed = [("word", 1.6 + 0.25 * i, 1.85 + 0.25 * i) for i in range(8)]
    bunched = [("word", 1.6, 1.6) for _ in range(8)]
    sure = [word.confidence for word in fit(said(("alone", 0.5, 0.9), *agreed), window)]
    unsure = [word.confidence for word in fit(said(("alone", 0.5, 0.9), *bunched), window)]
    for more, less in zip(sure, unsure, strict=True):
        assert more is not None
        assert less is not None
        assert 0 <= less < more <= 1


def test_without_pauses_nothing_is_claimed(tmp_path: Path) -> None:
    """In steady noise and in silence words keep attention's times, without a confidence."""
    words = said(("one", 0.5, 0.9), ("two", 0.9, 1.4))
    for window in (
        burst((0, 2), seconds=2.0, folder=tmp_path),
        Window(make_sound(np.zeros(2 * SAMPLE_RATE, np.float32), tmp_path), 0.0, 2.0),
    ):
        assert fit(words, window) == tuple(words)
    assert fit([], window) == ()


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    times=st.lists(st.floats(-1.0, 5.0), min_size=1, max_size=12),
    texts=st.lists(st.sampled_from(["a", "word", "sentence.", "1984", "—", "Well,"]), min_size=12),
)
def test_whatever_attention_says(times: list[float], texts: list[str], tmp_path: Path) -> None:
    """Words come out in order, inside the window, none without length, and with their texts."""
    window = burst((0.5, 1.5), (2.0, 3.5), seconds=4.0, folder=tmp_path)
    given_words = [
        Word(text=" " + text, start=start, end=start + 0.2, probability=0.5, tokens=(7,))
        for text, start in zip(texts, times, strict=False)
    ]
    words = fit(given_words, window)
    assert [word.text for word in words] == [word.text for word in given_words]
    assert all(word.tokens == (7,) and word.probability == 0.5 for word in words)
    assert all(0 <= word.start < word.end <= 4.0 + 1e-9 for word in words)
    assert all(before.end <= after.start + 1e-9 for before, after in pairwise(words))


def test_settle_trims_to_speech() -> None:
    """Without the sound, a word stretched over a pause keeps the larger part of speech."""
    words = said(("first", 0.0, 2.0), ("second", 2.0, 9.0))
    found = settle(words, (Span(1.5, 3.0),))
    assert [(word.start, word.end) for word in found] == [(1.5, 2.0), (2.0, 3.0)]


def test_a_text_that_was_given_is_timed(tmp_path: Path) -> None:
    """The default engine times a text that it did not write itself, as exactly as its own."""
    place = Placement(
        device="cpu", device_index=0, compute_type="int8", threads=1, workers=1, batch=1
    )
    engine = SPEC.load(Hub(HubOptions(data_dir=tmp_path / "data")).find("demo"), place)
    sample = find_sample("note")
    sound = open_sound(sample.path, tmp_path).sound
    window = Window(sound, 0.0, sound.end)
    text = " " + sample.text
    piece = Piece(text=text, start=0.0, end=sound.end)
    encoded = engine.encode([window])
    given_words = encoded.align({0: Hypothesis(pieces=(piece,), language="en")})[0]
    encoded.close()
    engine.close()
    words = fit(given_words, window)
    assert "".join(word.text for word in words) == text
    assert words[0].start == pytest.approx(sample.segments[0].start, abs=0.1)
    assert words[-1].end == pytest.approx(sample.segments[0].end, abs=0.1)
    assert all(word.confidence is not None for word in words)
