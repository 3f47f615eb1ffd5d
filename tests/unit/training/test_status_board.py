"""The curves of a training for TensorBoard."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from hansard.training.fitting.board import Board

pytestmark = [
    pytest.mark.torch,
    pytest.mark.skipif(
        find_spec("tensorboard") is None or find_spec("torch") is None,
        reason="TensorBoard and PyTorch are not installed",
    ),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


def curves(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """What TensorBoard itself reads."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = EventAccumulator(str(folder))
    found.Reload()
    return {
        tag: [(event.step, round(event.value, 4)) for event in found.Scalars(tag)]
        for tag in found.Tags()["scalars"]
    }


def train(board: Board, first: int, last: int, loss: float) -> None:
    for step in range(first, last + 1):
        facts = {"step": step, "loss": loss, "lr": 0.5, "memory": 900, "gpu_utilisation": None}
        board.tell("train", facts)


def test_every_figure_becomes_a_curve(tmp_path: Path) -> None:
    """What a machine cannot tell has none."""
    board = Board(tmp_path / "board")
    board.tell("begin", {"total": 4})
    train(board, 1, 2, 3.0)
    board.tell("evaluate", {"step": 2, "loss": 2.0, "wer": 0.5, "cer": 0.25, "clips": 4})
    board.close()
    found = curves(tmp_path / "board")
    assert found == {
        "train/loss": [(1, 3.0), (2, 3.0)],
        "train/learning_rate": [(1, 0.5), (2, 0.5)],
        "machine/memory_mb": [(1, 900.0), (2, 900.0)],
        "validation/loss": [(2, 2.0)],
        "validation/wer": [(2, 0.5)],
        "validation/cer": [(2, 0.25)],
    }


def test_what_came_after_a_checkpoint_is_taken_back(tmp_path: Path) -> None:
    """When a killed training goes on from it, no step is drawn twice."""
    board = Board(tmp_path / "board")
    train(board, 1, 9, 3.0)
    board.close()
    board = Board(tmp_path / "board")
    board.tell("resume", {"checkpoint": "step-000006"})
    train(board, 7, 8, 1.0)
    board.close()
    drawn = curves(tmp_path / "board")["train/loss"]
    assert drawn == [(step, 3.0) for step in range(1, 7)] + [(7, 1.0), (8, 1.0)]


def test_nothing_is_written_where_nothing_is_told(tmp_path: Path) -> None:
    """As in the other processes of a training."""
    board = Board(tmp_path / "board")
    board.tell("begin", {"total": 4})
    board.close()
    assert not (tmp_path / "board").exists()
