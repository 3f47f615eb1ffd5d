"""What overlapping windows heard, joined."""

import numpy as np

from hansard.models.speakers.onnx_stitching import Heard, Named, Run, separate, smooth, vote


def heard(first: int, rows: list[list[float]]) -> Heard:
    return Heard(first, (np.array(rows) * 255).astype(np.uint8))


def named(labels: list[list[int]], speakers: int) -> Named:
    return Named(
        np.array(labels), np.full((len(labels), len(labels[0])), 0.5, np.float32), speakers
    )


def spans(runs: list[Run]) -> list[tuple[int, int, int]]:
    return [(run.label, run.first, run.last) for run in runs]


def test_windows_join_under_different_local_names() -> None:
    """A speaker who is first in one window and second in the next stays one speaker."""
    windows = [heard(0, [[1, 0]] * 40), heard(20, [[0, 1]] * 40)]
    runs = vote(windows, named([[0, -1], [-1, 0]], 1), 60)
    assert spans(runs) == [(0, 0, 60)]
    assert abs(runs[0].margin / 60 - 0.5) < 1e-3


def test_two_at_once_are_both_kept() -> None:
    """Overlapping speech gives overlapping runs."""
    rows = [[1.0, 0.0]] * 20 + [[1.0, 1.0]] * 20 + [[0.0, 1.0]] * 20
    assert spans(vote([heard(0, rows)], named([[0, 1]], 2), 60)) == [(0, 0, 40), (1, 20, 60)]


def test_speech_is_kept_where_windows_disagree_about_whose_it_is() -> None:
    """If each window names another speaker, one of them gets it, and not nobody."""
    windows = [heard(0, [[1.0]] * 60), heard(0, [[1.0]] * 60)]
    runs = vote(windows, named([[0], [1]], 2), 60)
    assert sum(run.last - run.first for run in runs) == 60


def test_runs_go_on_across_blocks() -> None:
    """Long recordings are voted on in blocks, and their seams do not show."""
    windows = [heard(at, [[1.0]] * 1000) for at in range(0, 40_000, 500)]
    assert spans(vote(windows, named([[0]] * 80, 1), 40_500)) == [(0, 0, 40_500)]


def test_locals_of_one_window_are_different_people() -> None:
    """Two voices of one window that fell into one group are parted, the nearer one stays."""
    labels = np.array([0, 0, 1])
    nearness = np.array([[0.9, 0.1], [0.8, 0.6], [0.1, 0.9]], dtype=np.float32)
    assert separate(labels, nearness, np.array([0, 0, 1])).tolist() == [0, 1, 1]
    only = nearness[:, :1]
    assert separate(np.zeros(3, int), only, np.array([0, 0, 1])).tolist() == [0, 0, 0]


def test_pauses_are_filled_and_blips_left_out() -> None:
    """Short pauses of one speaker go; a short turn goes too, unless it is all they say."""
    runs = [Run(0, 0, 10, 5), Run(0, 12, 20, 4), Run(0, 50, 51, 1), Run(1, 30, 31, 1)]
    assert spans(list(smooth(runs, gap=5, shortest=3))) == [(0, 0, 20), (1, 30, 31)]
