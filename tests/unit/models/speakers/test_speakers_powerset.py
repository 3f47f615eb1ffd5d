"""The powerset coding of who speaks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hansard.models.speakers.powerset import activity, decisions, members


def test_pyannotes_seven_classes_are_in_pyannotes_order() -> None:
    """Three speakers, two at once: nobody, each alone, then each pair."""
    assert members(3, 2).astype(int).tolist() == [
        [0, 0, 0],
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
        [1, 1, 0],
        [1, 0, 1],
        [0, 1, 1],
    ]


@pytest.mark.parametrize(("speakers", "at_once", "classes"), [(1, 1, 2), (2, 1, 3), (4, 2, 11)])
def test_other_models_have_other_classes(speakers: int, at_once: int, classes: int) -> None:
    """The number of classes follows from the model's metadata."""
    assert members(speakers, at_once).shape == (classes, speakers)


def test_a_sure_class_is_its_speakers() -> None:
    """Where one class is certain its speakers have probability 1, the others 0."""
    logs = np.full((1, 7), -50, dtype=np.float32)
    logs[0, 5] = 0
    assert np.allclose(activity(logs, members(3, 2)), [[1, 0, 1]])
    assert decisions(logs, members(3, 2)).tolist() == [[True, False, True]]


@given(arrays(np.float32, (5, 7), elements=st.floats(-60, 0, width=32)))
def test_probabilities_stay_probabilities(logs: np.ndarray) -> None:
    """Whatever the model says, each speaker's activity is 0 to 1, and at most two are sure."""
    heard = activity(logs, members(3, 2))
    assert heard.shape == (5, 3)
    assert (heard >= 0).all()
    assert (heard <= 1 + 1e-5).all()
    assert (heard.sum(axis=1) <= 2 + 1e-5).all()
    assert (decisions(logs, members(3, 2)).sum(axis=1) <= 2).all()
