"""The old and the new model on the same clips, as both are served."""

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from hansard.evaluation.report import write_report
from hansard.evaluation.scoring import evaluation_of, score
from hansard.evaluation.tables import describe_evaluation
from hansard.evaluation.values import Scores
from hansard.storage.files import write_whole
from hansard.training.journal import Journal
from hansard.training.manifest import Entry
from hansard.training.nightly import Trial
from hansard.training.nightly.deciding import LEVEL
from hansard.training.project import Project
from hansard.training.watching import Watch
from hansard.work.evaluate import Bench, hear, read_entries
from hansard.work.lending import Workshop
from hansard.work.options import TranscribeOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """Two models, and what they are heard with."""

    project: Project
    run: str
    old: tuple[str, str]
    """A model, and what it is called in reports."""
    new: tuple[str, str]
    options: TranscribeOptions
    workshop: Callable[[], AbstractContextManager[Workshop]]
    watch: Watch


def judge(judging: Judging, manifest: Path, part: str = "") -> Trial:
    """Have both models hear a manifest; the figures go to `manifests/eval_<run>.json` and a report.

    What was heard before a stop is not heard again.

    Raises:
        ManifestError: the manifest cannot be read.
        DataError: nothing in it can be used.
        HansardError: as `hear`.
        OutputError: something cannot be written.
    """
    entries, _ = read_entries(manifest)
    name = f"{judging.run}-{part}" if part else judging.run
    path = judging.project.journals / f"evaluate_{name}.jsonl"
    with judging.workshop() as workshop, Journal(path) as journal:
        bench = Bench(judging.options, workshop, journal, judging.watch, manifest.parent)
        old, new = (_hear(one, entries, bench) for one in (judging.old, judging.new))
    evaluation = evaluation_of(name, (old, new), level=LEVEL)
    told = {"manifest": str(manifest), **describe_evaluation(evaluation)}
    text = json.dumps(told, indent=1, ensure_ascii=False, default=str)
    write_whole(judging.project.manifests / f"eval_{name}.json", text + "\n")
    write_report(evaluation, judging.project.reports / name)
    return Trial(old=old, new=new, comparison=evaluation.comparisons[0])


def _hear(model: tuple[str, str], entries: Sequence[Entry], bench: Bench) -> Scores:
    name, shown = model
    heard = hear(name, entries, bench)
    facts = {**heard.facts, "name": name}
    return score(shown, heard.utterances, digest=heard.digest, facts=facts)
