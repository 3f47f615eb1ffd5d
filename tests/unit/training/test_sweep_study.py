"""The study of a sweep: a file that outlives its process."""

from pathlib import Path

import pytest

from hansard.errors import OutputError, UsageError
from hansard.training.sweeps.results import find_best, is_sweep, make_rows, rank, write_results
from hansard.training.sweeps.results import read_results as read
from hansard.training.sweeps.space import Choice, Range, Space, Value
from hansard.training.sweeps.study import Pruning, Study, Trial

pytest.importorskip("optuna", reason="Optuna is not installed")

SPACE: Space = {
    "learning_rate": Range(low=1e-5, high=1e-2, log=True),
    "accumulate": Choice((1, 2, 4)),
    "lora_rank": Range(low=4, high=32, step=4),
}


def study(folder: Path, seed: int = 1, spare: int = 1) -> Study:
    folder.mkdir(exist_ok=True)
    return Study(folder / "sweep.db", SPACE, seed, Pruning(spare=spare))


def finish(held: Study, trial: Trial, figure: float, loss: float = 1.0) -> None:
    held.note(trial.number, figure=figure, wer=figure, loss=loss, run=f"t-{trial.number:03d}")
    held.finish(trial.number, "done")


def go(folder: Path, starts: int) -> list[dict[str, Value]]:
    """What is suggested in six trials, over so many starts."""
    seen: list[dict[str, Value]] = []
    for start in range(starts):
        with study(folder) as held:
            held.suggest_first({"learning_rate": 1e-3, "accumulate": 1, "lora_rank": 8})
            for _ in range(6 // starts):
                trial = held.ask()
                seen.append(dict(trial.options))
                finish(held, trial, float(trial.options["learning_rate"]))
            assert len(held.list()) == (start + 1) * (6 // starts)
    return seen


def test_what_is_suggested_does_not_depend_on_stops(tmp_path: Path) -> None:
    """A sweep in three starts tries what a sweep in one start tries, the usual settings first."""
    whole = go(tmp_path / "one", 1)
    assert go(tmp_path / "three", 3) == whole
    assert whole[0] == {"learning_rate": 1e-3, "accumulate": 1, "lora_rank": 8}
    assert len({str(one) for one in whole}) == 6
    assert all(SPACE[name].holds(value) for one in whole for name, value in one.items())


def test_a_trial_outlives_its_process(tmp_path: Path) -> None:
    """It is still running in the next start, with its options and what was noted of it."""
    with study(tmp_path) as held:
        begun = held.ask()
        held.note(begun.number, log_offset=12)
        assert not held.report(begun.number, 0.5, 3)
    with study(tmp_path) as held:
        (found,) = held.list()
        assert (found.state, found.options) == ("running", begun.options)
        assert held.take_up(1).facts["log_offset"] == 12
        assert not held.report(1, 0.4, 3)
        finish(held, found, 0.4)
        assert held.list()[0].state == "done"


def test_what_is_worse_than_the_others_is_ended(tmp_path: Path) -> None:
    """After the spared trials, at the same share of the training."""
    with study(tmp_path) as held:
        good = held.ask()
        assert not held.report(good.number, 0.2, 5)
        finish(held, good, 0.2)
        bad = held.ask()
        assert not held.report(bad.number, 0.9, 4)
        assert held.report(bad.number, 0.9, 5)
        held.finish(bad.number, "pruned")
        assert [one.state for one in held.list()] == ["done", "pruned"]


def test_without_pruning_nothing_is_ended(tmp_path: Path) -> None:
    """However bad it is."""
    with Study(tmp_path / "sweep.db", SPACE, 0, Pruning(wanted=False, spare=1)) as held:
        good = held.ask()
        held.report(good.number, 0.2, 5)
        finish(held, good, 0.2)
        assert not held.report(held.ask().number, 0.9, 5)


def test_what_failed_is_tried_again_once(tmp_path: Path) -> None:
    """With the same options, in the next start, and not once more after that."""
    with study(tmp_path) as held:
        first = held.ask()
        held.finish(first.number, "failed")
    with study(tmp_path) as held:
        assert held.retry_failed() == 1
        assert held.retry_failed() == 0
        again = held.ask()
        assert again.options == first.options
        finish(held, again, 0.1)
    with study(tmp_path) as held:
        assert held.retry_failed() == 0


def test_a_sweep_is_about_one_thing(tmp_path: Path) -> None:
    """The same facts go on; others are refused, and both are named."""
    with study(tmp_path) as held:
        held.agree({"data": "a.jsonl", "fixed": {"epochs": 2.0}})
    with study(tmp_path) as held:
        held.agree({"data": "a.jsonl", "fixed": {"epochs": 2.0}})
        with pytest.raises(UsageError, match=r"b\.jsonl"):
            held.agree({"data": "b.jsonl", "fixed": {"epochs": 2.0}})


def test_a_file_that_is_no_study_is_refused(tmp_path: Path) -> None:
    """With its name."""
    (tmp_path / "sweep.db").write_bytes(b"no database" * 100)
    with pytest.raises(OutputError, match=r"sweep\.db"):
        study(tmp_path)


def test_any_folder_name_will_do(tmp_path: Path) -> None:
    """Even one with signs that mean something in the address of a database."""
    folder = tmp_path / "50 % of Čakovec?#"
    with study(folder) as held:
        held.ask()
    assert (folder / "sweep.db").exists()
    assert is_sweep(folder)


def test_results_are_ranked_and_written(tmp_path: Path) -> None:
    """The lowest figure wins; of equal ones the lower loss; others come after those."""
    with study(tmp_path, spare=9) as held:
        finish(held, held.ask(), 0.2, loss=2.0)
        finish(held, held.ask(), 0.1, loss=2.0)
        finish(held, held.ask(), 0.1, loss=1.0)
        failed = held.ask()
        held.note(failed.number, error="no\tmemory")
        held.finish(failed.number, "failed")
        held.ask()
        rows = make_rows(held.list())
    best = find_best(rows)
    assert best is not None
    assert best.trial == 3
    assert [row.trial for row in rank(rows)] == [3, 2, 1, 5, 4]
    told = write_results(tmp_path, {"sweep": "t"}, rows)
    assert read(tmp_path) == told
    lines = (tmp_path / "sweep.tsv").read_text().splitlines()
    assert len(lines) == 6
    assert {line.count("\t") for line in lines} == {11}
    assert lines[1].startswith("3\tt-003\tdone\t0.1\t")
