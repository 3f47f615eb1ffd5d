"""What came of a sweep: a row for each trial, the best one, as JSON and as a table."""

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hansard.storage.files import write_whole
from hansard.training.sweeps.space import Value
from hansard.training.sweeps.study import State, Trial

JSON, TABLE, FILE = "sweep.json", "sweep.tsv", "sweep.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A trial."""

    trial: int
    run: str
    state: State
    figure: float | None
    """What is compared, the lower the better: the word error rate, else the loss."""
    wer: float | None
    loss: float | None
    """On the validation clips: the lowest one of the evaluations with the best figure."""
    step: int | None
    """The first step with the best figure; that model is kept."""
    options: Mapping[str, Value]
    seconds: float | None
    """Of wall time, over all starts."""
    error: str | None


def make_rows(trials: Sequence[Trial]) -> list[Row]:
    """A row for each trial, in the order in which they were begun."""
    return [
        Row(
            trial=trial.number,
            run=str(trial.facts.get("run", "")),
            state=trial.state,
            figure=trial.figure,
            wer=trial.facts.get("wer"),
            loss=trial.facts.get("loss"),
            step=trial.facts.get("step"),
            options=trial.options,
            seconds=trial.facts.get("seconds"),
            error=trial.facts.get("error"),
        )
        for trial in trials
    ]


def find_best(rows: Sequence[Row]) -> Row | None:
    """The finished trial with the lowest figure; of equal ones that with the lowest loss."""
    done = [row for row in rows if row.state == "done" and row.figure is not None]
    return min(done, key=_merit, default=None)


def _merit(row: Row) -> tuple[float, float]:
    return (
        math.inf if row.figure is None else row.figure,
        math.inf if row.loss is None else row.loss,
    )


def rank(rows: Sequence[Row]) -> list[Row]:
    """Best first; those that were ended early, failed or still run come last."""
    order = {"done": 0, "pruned": 1, "running": 2, "failed": 3}
    return sorted(rows, key=lambda row: (order[row.state], *_merit(row), row.trial))


def write_results(folder: Path, about: Mapping[str, Any], rows: Sequence[Row]) -> dict[str, Any]:
    """Write `sweep.json` and `sweep.tsv`; returns what is in the former.

    Raises:
        OutputError: the folder refuses.
    """
    told = {**about, "trials": [asdict(row) for row in rows]}
    write_whole(folder / JSON, json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    write_whole(folder / TABLE, _as_table(rows))
    return told


def _as_table(rows: Sequence[Row]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row.options))
    sink = io.StringIO()
    writer = csv.writer(sink, delimiter="\t", lineterminator="\n")
    writer.writerow(
        ["trial", "run", "state", "figure", "wer", "loss", "step", "seconds", *names, "error"]
    )
    for row in rank(rows):
        values = [row.options.get(name) for name in names]
        writer.writerow(
            [row.trial, row.run, row.state, row.figure, row.wer, row.loss, row.step, row.seconds,
             *values, (row.error or "").replace("\t", " ").replace("\n", " ")]
        )  # fmt: skip
    return sink.getvalue()


def read_results(folder: Path) -> dict[str, Any] | None:
    """What the `sweep.json` of a sweep says; None where there is none that can be read."""
    try:
        told = json.loads((folder / JSON).read_bytes())
    except (OSError, ValueError):
        return None
    return told if isinstance(told, dict) and "trials" in told else None


def is_sweep(folder: Path) -> bool:
    """Whether a sweep was begun in this folder."""
    return (folder / FILE).exists()
