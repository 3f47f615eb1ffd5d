"""`hansard evaluate`."""

import json
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter
from rich.progress import TaskID

from hansard.audio.names import printable
from hansard.cli.clips import HERE, JsonFlag, ProjectFlag, QuietFlag
from hansard.cli.flags import with_options
from hansard.cli.main import DONE, FAILED, set_up_logging
from hansard.cli.progress import Downloads, show_progress
from hansard.cli.tables import print_json, print_table
from hansard.errors import DataError, UsageError
from hansard.evaluation.alternations import alternates
from hansard.evaluation.batch import add_columns, name_columns, read_table, write_table
from hansard.evaluation.predictions import write_predictions
from hansard.evaluation.reading import name_models, read_pairs
from hansard.evaluation.scoring import evaluation_of, score
from hansard.evaluation.tables import (
    describe_evaluation,
    more_figures,
    percent,
    percent_interval,
    say,
)
from hansard.evaluation.values import Evaluation, Level, Scores, Utterance
from hansard.settings import Options
from hansard.storage.files import write_whole
from hansard.training.journal import Journal
from hansard.training.manifest import Entry
from hansard.training.project import Project
from hansard.training.watching import Watch
from hansard.transcript.languages import find_language
from hansard.wiring.workshop import LocalWorkshop, choose_model
from hansard.work.evaluate import Bench, Heard, entries_of, hear, read_entries

TABLE: Final = ".tsv"
SHOWN: Final = 10
"""Failures that are listed; the rest are counted."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """Transcripts that are there already."""

    reference: Path | None = None
    """What was really said: a text, a transcript or subtitles, JSON lines, or a folder of such
    files."""
    hypothesis: Annotated[tuple[Path, ...], Parameter(negative="")] = ()
    """What was heard, of the same kind; several are compared. JSON lines with `pred_text` beside
    `text` need none."""
    lines: Annotated[bool, Parameter(negative="")] = False
    """Compare plain texts line by line."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """What is transcribed, and where results go."""

    models: Annotated[tuple[str, ...], Parameter(negative="")] = ()
    """The models to score: names, aliases or folders; may be given several times. By default that
    of --model."""
    run: str = ""
    """The name of the evaluation; by default that of the manifest."""
    project: ProjectFlag = HERE
    """The folder of the training project, with manifests/ and reports/."""
    output: Annotated[Path | None, Parameter(alias="-o")] = None
    """Write the table with transcripts here."""
    in_place: Annotated[bool, Parameter(negative="")] = False
    """Write transcripts into the table that was given."""


@dataclass(frozen=True, kw_only=True)
class Telling:
    """How results are told."""

    level: Level = "normalised"
    """At which level models are compared: raw (as written), normalised, or tolerant (variants of
    the Bosnian, Croatian and Serbian standards count as one)."""
    bootstrap: int = 1000
    """How often utterances are drawn for the intervals; 0 = none."""
    seed: int = 0
    """What random draws begin with."""
    report: Annotated[Path | None, Parameter(negative="")] = None
    """Write pages for a browser into this folder; for a manifest reports/RUN by default."""
    no_report: Annotated[bool, Parameter(name="--no-report", negative="")] = False
    """Write no pages."""
    json_: JsonFlag = False
    """Write all figures to standard output as JSON; `wer` is that of normalised words."""
    quiet: QuietFlag = False
    """Say nothing but results and errors."""


@with_options(
    "Model", "Language", "Sound", "Speakers", "Word times", "Prompts", "Windows", "Search",
    "Guards", "Speaker models", "Word time model", "Voice activity", "Machine", "Models on disk",
    "Models in memory",
)  # fmt: skip
def evaluate(
    data: Path | None = None,
    /,
    *,
    given: Annotated[Given, Parameter(name="*", group="Transcripts")] = Given(),
    work: Annotated[Work, Parameter(name="*", group="Models and results")] = Work(),
    telling: Annotated[Telling, Parameter(name="*", group="Reporting")] = Telling(),
    options: Options,
) -> int:
    """Score transcripts, or models, against what was really said.

    Give --reference and --hypothesis for transcripts that are there. Give a manifest (JSON lines)
    to transcribe it with each of --models; the same command goes on where it was stopped. Give a
    table (.tsv with the columns audio_path and txt) to have transcripts written into it.

    Parameters
    ----------
    data
        A manifest of clips, or a table of recordings.
    """
    set_up_logging(verbose=False, quiet=telling.quiet)
    _check(data, given, work, telling)
    if data is None and given.reference is not None:
        return _score_files(given.reference, given, telling, options)
    if data is None:
        raise UsageError("nothing was named to evaluate", hint="hansard evaluate --help")
    if data.suffix.lower() == TABLE:
        return _score_table(data, work, telling, options)
    return _score_manifest(data, work, telling, options)


def _check(data: Path | None, given: Given, work: Work, telling: Telling) -> None:
    """Refuse what does not go together.

    Raises:
        UsageError: two ways at once, or a value that makes no sense.
    """
    texts = given.reference is not None or given.hypothesis or given.lines
    wrong = {
        "--hypothesis needs --reference FILE": given.hypothesis and given.reference is None,
        "--reference scores transcripts; it takes no manifest": texts and data is not None,
        "--models transcribe a manifest or a table; name one": work.models and data is None,
        "--output and --in-place are for tables (.tsv)": (work.output or work.in_place)
        and (data is None or data.suffix.lower() != TABLE),
        "--output and --in-place go not together": work.output and work.in_place,
        "--report and --no-report go not together": telling.report and telling.no_report,
        f"--bootstrap is {telling.bootstrap}; it must be 0 to 100000": not 0
        <= telling.bootstrap
        <= 100_000,
        f"--seed is {telling.seed}; it must not be negative": telling.seed < 0,
        f"--run {work.run!r} is no name for a folder": not _names_folder(work.run),
    }
    for message, is_wrong in wrong.items():
        if is_wrong:
            raise UsageError(message, hint="hansard evaluate --help")


def _names_folder(name: str) -> bool:
    return name not in {".", ".."} and not set(name) & set("/\\\0") and len(name) <= 200


def _score_files(reference: Path, given: Given, telling: Telling, options: Options) -> int:
    if options.language and not alternates(options.language):
        find_language(options.language)
    pairs = read_pairs(reference, given.hypothesis, lines=given.lines, language=options.language)
    scores = [_score(name, utterances, telling) for name, utterances in pairs.items()]
    evaluation = _compare(reference.stem, scores, telling)
    page = None if telling.report is None else _write_report(evaluation, telling.report)
    _tell(evaluation, telling, page)
    return DONE


def _score_manifest(path: Path, work: Work, telling: Telling, options: Options) -> int:
    entries, faults = read_entries(path)
    _warn([f"line {fault.line}: {fault.message}" for fault in faults])
    project, run = Project(work.project), work.run or path.stem
    scores = [
        _score(each.model, each.utterances, telling, each)
        for each in _hear(entries, path, work, telling, options)
    ]
    evaluation = _compare(run, scores, telling)
    folder = telling.report or project.reports / run
    write_predictions(evaluation, folder / "predictions.jsonl")
    told = {"manifest": str(path), **describe_evaluation(evaluation)}
    written = json.dumps(told, indent=1, ensure_ascii=False, default=str) + "\n"
    write_whole(project.manifests / f"eval_{run}.json", written)
    page = None if telling.no_report else _write_report(evaluation, folder)
    failures = _warn_of(scores)
    _tell(evaluation, telling, page)
    return FAILED if faults or failures else DONE


def _score_table(path: Path, work: Work, telling: Telling, options: Options) -> int:
    """Write transcripts into a table, and score the rows that tell what was said."""
    target = path if work.in_place else work.output
    if target is None:
        raise UsageError(
            f"transcripts of {str(path)!r} need a place",
            hint="name a file with --output, or write into the table with --in-place",
        )
    table = read_table(path)
    entries = entries_of(table, path, options.language)
    if not entries:
        raise DataError(f"{str(path)!r} names no recordings")
    heard = _hear(entries, path, work, telling, options)
    columns = name_columns([each.model for each in heard])
    texts = [[one.hypothesis for one in each.utterances] for each in heard]
    write_table(target, add_columns(table, dict(zip(columns, texts, strict=True))))
    scores = [
        _score(each.model, [one for one in each.utterances if one.reference], telling, each)
        for each in heard
    ]
    failures = _warn_of(heard)
    if not scores[0].scored:
        _tell_table(target, heard, telling)
        return FAILED if failures else DONE
    evaluation = _compare(work.run or path.stem, scores, telling)
    page = None if telling.report is None else _write_report(evaluation, telling.report)
    _tell(evaluation, telling, page)
    return FAILED if failures else DONE


def _hear(
    entries: Sequence[Entry], path: Path, work: Work, telling: Telling, options: Options
) -> list[Heard]:
    """What each model makes of the entries; models stay loaded between clips."""
    models = list(dict.fromkeys(work.models)) or [choose_model(options)]
    journals, folder = Project(work.project).journals, path.absolute().parent
    name = work.run or path.stem
    found: list[Heard] = []
    with show_progress(wanted=not telling.quiet) as progress:
        workshop = LocalWorkshop(options, on_download=Downloads(progress))
        with closing(workshop), Journal(journals / f"evaluate_{name}.jsonl") as journal:
            for model, shown in zip(models, name_models(models), strict=True):
                task = progress.add_task(shown, total=None, stage="")

                def advance(done: int, total: int, clip: str, task: TaskID = task) -> None:
                    progress.update(task, completed=done, total=total, stage=clip[-40:])

                bench = Bench(options, workshop, journal, Watch(advance=advance), folder)
                found.append(replace(hear(model, entries, bench), model=shown))
                progress.remove_task(task)
    if not telling.quiet:
        for each in found:
            if each.resumed:
                print(
                    f"{each.model}: {each.resumed} of {len(entries)} were transcribed before",
                    file=sys.stderr,
                )
    return found


def _score(
    name: str, utterances: Sequence[Utterance], telling: Telling, heard: Heard | None = None
) -> Scores:
    return score(
        name,
        utterances,
        digest="" if heard is None else heard.digest,
        facts={} if heard is None else heard.facts,
        bootstrap=telling.bootstrap,
        seed=telling.seed,
    )


def _compare(run: str, scores: Sequence[Scores], telling: Telling) -> Evaluation:
    return evaluation_of(
        run, scores, level=telling.level, bootstrap=telling.bootstrap, seed=telling.seed
    )


def _write_report(evaluation: Evaluation, folder: Path) -> Path:
    from hansard.evaluation.report import write_report

    return write_report(evaluation, folder)


def _tell(evaluation: Evaluation, telling: Telling, page: Path | None) -> None:
    if telling.json_:
        print_json(describe_evaluation(evaluation))
    else:
        _print_models(evaluation)
        _print_languages(evaluation)
        for comparison in evaluation.comparisons:
            print(say(comparison))
    if page is not None and not telling.quiet:
        print(f"report: {printable(page)}", file=sys.stderr)


def _tell_table(target: Path, heard: Sequence[Heard], telling: Telling) -> None:
    """What was done, where nothing could be scored."""
    told = {
        "output": str(target),
        "models": [
            {
                "model": each.model,
                "rows": len(each.utterances),
                "failed": sum(bool(one.failure) for one in each.utterances),
            }
            for each in heard
        ],
    }
    if telling.json_:
        print_json(told)
    elif not telling.quiet:
        print(f"{len(heard[0].utterances)} transcripts written to {printable(target)}")


def _print_models(evaluation: Evaluation) -> None:
    columns = (
        "model", "WER", "95 %", "raw", "tolerant", "CER", "sub", "del", "ins", "words", "RTFx",
        "failed",
    )  # fmt: skip
    rows = []
    for each in evaluation.scores:
        words, counts = each.words, each.words["normalised"]
        rows.append(
            (
                each.model,
                percent(counts.rate),
                percent_interval(each.intervals["normalised"]),
                percent(words["raw"].rate),
                percent(words["tolerant"].rate),
                percent(each.characters["normalised"].rate),
                counts.substitutions,
                counts.deletions,
                counts.insertions,
                counts.reference_length,
                "" if each.rtfx is None else f"{each.rtfx:.1f}",
                each.failed or "",
            )
        )
    print_table(columns, rows)
    for each in evaluation.scores:
        for line in more_figures(each):
            print(f"{each.model}: {line}")


def _print_languages(evaluation: Evaluation) -> None:
    """Word error rates of each language, where there are several."""
    tables = [
        {group.value: group for group in each.groups.get("language", ())}
        for each in evaluation.scores
    ]
    names = list(dict.fromkeys(name for table in tables for name in table))
    if len(names) < 2:
        return
    rows = [
        (
            name,
            tables[0][name].utterances,
            *(percent(table[name].words["normalised"].rate) for table in tables),
        )
        for name in names
    ]
    print_table(("language", "utterances", *(each.model for each in evaluation.scores)), rows)


def _warn_of(results: Sequence[Heard] | Sequence[Scores]) -> int:
    """Tell which clips failed; returns how many."""
    failures = [
        f"{each.model}: {one.id}: {one.failure}"
        for each in results
        for one in (
            each.utterances
            if isinstance(each, Heard)
            else [scored.utterance for scored in each.scored]
        )
        if one.failure
    ]
    _warn(failures)
    return len(failures)


def _warn(messages: Sequence[str]) -> None:
    for message in messages[:SHOWN]:
        print(f"warning: {message}", file=sys.stderr)
    if len(messages) > SHOWN:
        print(f"warning: {len(messages) - SHOWN} more like these", file=sys.stderr)
