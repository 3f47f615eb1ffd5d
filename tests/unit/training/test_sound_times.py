"""Times of words in a sound that was cut, moved or played faster, and in files for front ends."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.audio import SAMPLE_RATE
from hansard.errors import DataError
from hansard.training.manifest import Stretch, TimedWord
from hansard.training.project import Project
from hansard.training.sounds.bases import (
    base_path,
    offset_of,
    read_base,
    rebase,
    span_of,
    write_base,
)
from hansard.training.sounds.times import Move, known_span, move
from hansard.training.sounds.trimming import choose
from hansard.transcript import Span


def stretch(*times: tuple[float, float]) -> Stretch:
    """A line with a word at each of these times."""
    words = tuple(TimedWord(word=f"w{n}", start=s, end=e) for n, (s, e) in enumerate(times))
    return Stretch(text="text", start=times[0][0], end=times[-1][1], words=words)


@given(
    st.lists(st.integers(0, 8000), min_size=2, max_size=8, unique=True).map(sorted),
    st.integers(0, 4000),
    st.integers(4001, 8000),
    st.floats(0, 0.4),
)
def test_a_word_keeps_its_samples(
    edges: list[int], heard_from: int, heard_to: int, pad: float
) -> None:
    """After trimming, the samples under each word are those that were under it before."""
    sound = np.arange(8000)
    times = [(a / SAMPLE_RATE, b / SAMPLE_RATE) for a, b in pairwise(edges)]
    lines = (stretch(*times),)
    speech = (Span(heard_from / SAMPLE_RATE, heard_to / SAMPLE_RATE),)
    kept = choose(len(sound), speech, known_span(lines), pad)
    cut = sound[kept.first : kept.last]
    by = Move(offset=-kept.first / SAMPLE_RATE)
    moved = move(lines, by, len(cut) / SAMPLE_RATE)
    for before, after in zip(lines[0].words, moved[0].words, strict=True):
        old = sound[round(before.start * SAMPLE_RATE) : round(before.end * SAMPLE_RATE)]
        new = cut[round(after.start * SAMPLE_RATE) : round(after.end * SAMPLE_RATE)]
        assert np.array_equal(old, new)


def test_what_is_outside_is_left_out() -> None:
    """A word that the cut goes through ends with the sound; one beyond it is gone."""
    lines = (stretch((0.0, 0.4), (0.8, 1.2), (2.0, 2.5)), stretch((3.0, 4.0)))
    moved = move(lines, Move(offset=-0.5), 0.6)
    assert [(w.word, w.start, w.end) for line in moved for w in line.words] == [
        ("w1", pytest.approx(0.3), 0.6)
    ]


def test_moves_follow_each_other() -> None:
    """Silence put before a clip is played faster with it."""
    both = Move(offset=0.5).then(Move(speed=2.0)).then(Move(offset=1.0))
    assert both.moment(3.0) == pytest.approx((3.0 + 0.5) / 2 + 1)


def test_no_speech_means_no_cut() -> None:
    """Where nothing was heard, all is kept."""
    assert choose(100, (), Span(0, 1), 0.2).last == 100
    assert not choose(100, (), None, 0.2).speech


def test_files_for_front_ends_are_moved_from_wherever_they_are(tmp_path: Path) -> None:
    """Moving is by the clip's first beginning, so that doing it again changes nothing."""
    word = {"word": "hi", "start": 1.0, "end": 1.5, "method": "ctc"}
    base = {"text": "hi", "segments": [{"text": "hi", "start": 1.0, "end": 1.5, "words": [word]}]}
    once = rebase(base, 0.75, 2.0)
    assert once["segments"][0]["words"] == [{**word, "start": 0.25, "end": 0.75}]
    assert offset_of(once) == 0.75
    assert rebase(once, 0.75, 2.0) == once
    assert rebase(once, 0.0, 4.0)["segments"] == base["segments"]
    assert span_of(once) == span_of(base) == Span(1.0, 1.5)
    path = base_path(Project(tmp_path), "../é")
    assert path.parent.parent == tmp_path / "outputs"
    write_base(path, once)
    assert read_base(path) == once
    assert path.with_suffix(".txt").read_text() == "hi\n"


@pytest.mark.parametrize("text", ["", "[]", '{"segments": [{"start": 1}]}', '{"segments": 3}'])
def test_other_files_are_refused(text: str, tmp_path: Path) -> None:
    """What does not hold segments with times is an error that names the file."""
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(DataError, match=r"x\.json"):
        read_base(path)
    path.write_text(json.dumps({"segments": []}))
    assert read_base(path) == {"segments": []}
    assert read_base(tmp_path / "none.json") is None
