"""From frame labels to turns."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hansard.models.speakers.turns import (
    NOBODY,
    Stretch,
    drop_islands,
    relabel,
    runs,
    turns_of,
)

LABELS = st.lists(st.integers(NOBODY, 3), max_size=60)


def frames(*labels: int) -> np.ndarray:
    return np.array(labels, dtype=np.int64)


def test_labels_are_numbered_in_order_of_appearance() -> None:
    """The first label heard becomes 0, the next new one 1; silence stays silence."""
    assert relabel(frames(5, NOBODY, 2, 5, 9)).tolist() == [0, NOBODY, 1, 0, 2]


@given(LABELS)
def test_numbering_again_changes_nothing(labels: list[int]) -> None:
    """Numbered labels keep their numbers, and who is one with whom never changes."""
    once = relabel(frames(*labels))
    assert relabel(once).tolist() == once.tolist()
    assert len(set(zip(labels, once.tolist(), strict=True))) == len(set(labels))


@given(LABELS)
def test_runs_cover_all_frames(labels: list[int]) -> None:
    """Runs follow each other without gaps, differ from their neighbours and rebuild the labels."""
    table = runs(frames(*labels))
    rebuilt = [label for first, last, label in table.tolist() for _ in range(first, last)]
    assert rebuilt == labels
    assert all(a[2] != b[2] and a[1] == b[0] for a, b in pairwise(table.tolist()))


def test_an_island_goes_to_the_longer_neighbour() -> None:
    """A stretch below the limit becomes the speaker's who surrounds it most."""
    assert drop_islands(frames(0, 0, 1, 2, 2, 2), 2).tolist() == [0, 0, 2, 2, 2, 2]


def test_a_word_between_pauses_is_no_island() -> None:
    """A short stretch with silence on both sides keeps its speaker."""
    labels = frames(0, 0, 0, NOBODY, 1, NOBODY, 0, 0, 0)
    assert drop_islands(labels, 3).tolist() == labels.tolist()


@given(LABELS, st.integers(1, 10))
def test_no_island_is_left_and_no_speech_lost(labels: list[int], shortest: int) -> None:
    """Afterwards all short stretches stand alone, and silence is where it was."""
    before = frames(*labels)
    after = drop_islands(before, shortest)
    assert ((after == NOBODY) == (before == NOBODY)).all()
    table = runs(after).tolist()
    for index, (first, last, label) in enumerate(table):
        beside = table[max(0, index - 1) : index] + table[index + 1 : index + 2]
        touched = any(other[2] != NOBODY for other in beside)
        assert label == NOBODY or last - first >= shortest or not touched


def test_turns_are_named_by_first_start() -> None:
    """Whoever is heard first is SPEAKER_00, whatever the label, and turns come in order."""
    turns = turns_of([Stretch(7, 2.0, 3.0), Stretch(4, 0.0, 1.0), Stretch(7, 5.0, 6.0)])
    assert [(turn.speaker, turn.start) for turn in turns] == [
        ("SPEAKER_00", 0.0),
        ("SPEAKER_01", 2.0),
        ("SPEAKER_01", 5.0),
    ]


def test_near_stretches_of_one_speaker_become_one_turn() -> None:
    """Gaps up to the limit close, and confidences are averaged by time."""
    (turn,) = turns_of([Stretch(0, 0.0, 1.0, 0.2), Stretch(0, 1.2, 4.2, 0.6)], gap=0.25)
    assert (turn.start, turn.end) == (0.0, 4.2)
    assert turn.confidence is not None
    assert abs(turn.confidence - 0.5) < 1e-9


def test_turns_of_different_speakers_may_overlap() -> None:
    """Overlap between speakers is kept, overlap of one speaker with itself is not."""
    turns = turns_of([Stretch(0, 0.0, 2.0), Stretch(1, 1.0, 3.0), Stretch(0, 1.5, 4.0)])
    assert [(turn.speaker, turn.start, turn.end) for turn in turns] == [
        ("SPEAKER_00", 0.0, 4.0),
        ("SPEAKER_01", 1.0, 3.0),
    ]
    assert turns[0].confidence is None


def test_what_has_no_length_is_no_turn() -> None:
    """Empty stretches are left out and name nobody."""
    assert turns_of([Stretch(3, 1.0, 1.0)]) == ()
