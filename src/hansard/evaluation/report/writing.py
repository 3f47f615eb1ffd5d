"""Making the folder of a report from an evaluation."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hansard.evaluation.report.clips import Sounds, gather_sounds
from hansard.evaluation.report.confusions import (
    Confusion,
    Matrix,
    list_confusions,
    locate,
    make_matrix,
)
from hansard.evaluation.report.duels import choose_pairs, make_duel
from hansard.evaluation.report.folders import PAGE, replacing
from hansard.evaluation.report.forest import draw_forest
from hansard.evaluation.report.group_tables import make_group_tables
from hansard.evaluation.report.heat import make_heat
from hansard.evaluation.report.histograms import draw_histogram, length_bars, rate_bars
from hansard.evaluation.report.measures import judge, summarise
from hansard.evaluation.report.payload import write_payload
from hansard.evaluation.report.rendering import read_script, read_style, render_page
from hansard.evaluation.report.rows import Row, match_rows, worst_rows
from hansard.evaluation.report.shades import legend
from hansard.evaluation.report.tallies import (
    Missed,
    Tally,
    never_right,
    tally_characters,
    tally_words,
)
from hansard.evaluation.report.vocabulary import make_alphabet
from hansard.evaluation.values import Evaluation

_LETTERS: Final = 28
_WORDS: Final = 16
_CONFUSIONS: Final = 80
_MISSED: Final = 120
_STATIC: Final = 25
"""Utterances that the page itself holds, for browsers without scripts and for paper."""


@dataclass(frozen=True, slots=True)
class _Mistakes:
    """What one model takes for what."""

    characters: Matrix
    words: Matrix
    confusions: tuple[Confusion, ...]
    kinds: int
    """Of mistakes there are in all."""
    tolerated: int
    missed: tuple[Missed, ...]
    never: int


def write_report(evaluation: Evaluation, folder: Path, *, copy_audio: bool = True) -> Path:
    """Write the pages of an evaluation into `folder`; returns the path of `index.html`.

    A report that is there already is replaced whole, once the new one is complete; other files in
    the folder stay. The page opens from a disk and asks no network. With `copy_audio`, clips of
    the worst utterances are cut into `audio/`, up to 500 and an hour in all; the sound of the
    others, and of all without it, is played from where it lies, as long as it lies there.

    Raises:
        OutputError: the folder or the disk refuses, or the folder holds other things under the
            names of a report's files.
    """
    rows = match_rows(evaluation.scores)
    order = worst_rows(rows)
    with replacing(folder) as fresh:
        target = folder.resolve()
        sounds = gather_sounds(rows, order, target, fresh / "audio" if copy_audio else None)
        models = [model.model for model in evaluation.scores]
        write_payload(fresh / "data", models, rows, sounds)
        _write(fresh / "report.css", read_style())
        _write(fresh / "report.js", read_script())
        _write(fresh / PAGE, render_page(_view(evaluation, rows, order[:_STATIC], sounds)))
    return folder / PAGE


def _write(path: Path, text: str) -> None:
    # names of files may hold what is no character; such a report is better than none
    path.write_text(text, encoding="utf-8", errors="replace")


def _view(
    evaluation: Evaluation, rows: Sequence[Row], worst: Sequence[int], sounds: Sounds
) -> dict[str, Any]:
    """What the templates show."""
    count = len(evaluation.scores)
    tallies = [tally_words(row.scored[model] for row in rows) for model in range(count)]
    families, missing = summarise(evaluation)
    lengths, unit = length_bars(rows)
    return {
        "evaluation": evaluation,
        "models": [model.model for model in evaluation.scores],
        "families": families,
        "missing": missing,
        "verdicts": [judge(each) for each in evaluation.comparisons],
        "forest": draw_forest(evaluation.scores),
        "groups": make_group_tables(evaluation.scores),
        "heat": make_heat(rows, count),
        "legend": legend(),
        "mistakes": [_mistakes(tally, rows, model) for model, tally in enumerate(tallies)],
        "histograms": [
            draw_histogram(rate_bars(rows, model), "Utterances by word error rate", "WER, %")
            for model in range(count)
        ],
        "lengths": draw_histogram(lengths, "Utterances by length", unit),
        "alphabet": make_alphabet(rows, count),
        "duels": [make_duel(evaluation, rows, tallies, p) for p in choose_pairs(evaluation)],
        "rows": rows,
        "worst": [(number, rows[number]) for number in worst],
        "sounds": sounds,
    }


def _mistakes(tally: Tally, rows: Sequence[Row], model: int) -> _Mistakes:
    missed, never = never_right(tally, _MISSED)
    return _Mistakes(
        characters=make_matrix(tally_characters(tally), _LETTERS),
        words=make_matrix(tally, _WORDS),
        confusions=tuple(locate(list_confusions(tally, _CONFUSIONS), rows, model)),
        kinds=len(tally.wrong),
        tolerated=sum(tally.tolerated.values()),
        missed=missed,
        never=never,
    )
