"""`hansard data convert`."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from hansard.audio.names import printable
from hansard.cli.clips import HERE, JsonFlag, ProjectFlag, QuietFlag, watching_clips
from hansard.cli.main import DONE, FAILED, set_up_logging
from hansard.cli.tables import print_facts, print_json
from hansard.training.project import Project
from hansard.training.shapes import Conversion, ConvertOptions, Kind, Metadata
from hansard.training.shapes import convert as do_convert
from hansard.training.shapes.report import describe, write_report

LISTED = 20
"""Failures of a kind that are listed; the rest are counted."""


@dataclass(frozen=True, kw_only=True)
class Kinds:
    """What is read, and what is written."""

    from_: Annotated[Kind | None, Parameter(name="--from")] = None
    """What kind of manifest it is; told by its name and fields unless said."""
    to: Kind | None = None
    """What kind to make; Hansard's own where the name ends with .jsonl and another is read."""


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How it is done."""

    metadata: Metadata = "jsonl"
    """How an audiofolder tells what is said; csv cannot hold times of words."""
    link: Annotated[bool, Parameter(negative="")] = False
    """Link audio into an audiofolder instead of copying it: hard links, or symbolic ones."""
    skip_bad: Annotated[bool, Parameter(negative="")] = False
    """Leave lines out that cannot be used, and tell them."""
    force: Annotated[bool, Parameter(negative="")] = False
    """Replace what is there: a file, or a folder that holds a manifest, with all that is in it."""
    dry_run: Annotated[bool, Parameter(negative="")] = False
    """Only tell what would come of it; no sound is looked at."""


@dataclass(frozen=True, kw_only=True)
class Telling:
    """What is told about the work, and where."""

    project: ProjectFlag = HERE
    """The folder of the training project, for the report and for measurements."""
    json_: JsonFlag = False
    """Write the report to standard output."""
    quiet: QuietFlag = False
    """Say nothing but what is lost and what failed."""


def convert(
    source: Path,
    target: Path,
    /,
    *,
    kinds: Annotated[Kinds, Parameter(name="*", group="Kinds")] = Kinds(),
    manner: Annotated[Manner, Parameter(name="*", group="Manner")] = Manner(),
    telling: Annotated[Telling, Parameter(name="*", group="Reporting")] = Telling(),
) -> int:
    """Change a manifest into NeMo's, Lhotse's, Hugging Face's, Kaldi's or Hansard's own.

    What the target cannot hold is told. Clips whose sound is needed and cannot be had are left out
    and told.

    Parameters
    ----------
    source
        The manifest: a file, or the folder of a lhotse, audiofolder or kaldi data set, or one with
        train.jsonl, test.jsonl and the like.
    target
        The new one: a file for hansard, nemo and whisper-finetune, a new folder for the others.
    """
    set_up_logging(verbose=False, quiet=telling.quiet)
    options = ConvertOptions(
        from_=kinds.from_,
        to=kinds.to,
        metadata=manner.metadata,
        link=manner.link,
        skip_bad=manner.skip_bad,
        force=manner.force,
        dry_run=manner.dry_run,
    )
    project = Project(telling.project)
    with watching_clips("converting", show=not telling.quiet) as watch:
        made = do_convert(source, target, options, project, watch)
    report = describe(made, source, target)
    if not manner.dry_run:
        write_report(project, report)
    for line in comments(made):
        print(line, file=sys.stderr)
    if telling.json_:
        print_json(report)
    elif not telling.quiet:
        print_facts(_facts(report, dry_run=manner.dry_run))
    return FAILED if made.faults or made.failures else DONE


def _facts(report: dict[str, Any], *, dry_run: bool) -> dict[str, object]:
    shown = {
        "from": f"{report['from']}, {printable(report['source'])}",
        "to": f"{report['to']}, {printable(report['target'])}",
        "clips": report["read"] if dry_run else report["written"],
    }
    return {**shown, "dry run": "nothing is written"} if dry_run else shown


def comments(made: Conversion) -> Iterator[str]:
    """What people are told besides, a line each."""
    yield from _list("error", [printable(str(fault)) for fault in made.faults])
    yield from _list("error", [f"{printable(f.id)}: {printable(f.message)}" for f in made.failures])
    yield from _list("warning", [f"there is no file '{printable(p)}'" for p in made.missing])
    for loss in made.losses:
        entries = "1 clip loses it" if loss.entries == 1 else f"{loss.entries} clips lose it"
        yield f"note: {made.to} cannot hold {printable(loss.field)}: {entries}"
    for note in made.notes:
        yield f"note: {printable(note)}"


def _list(how: str, lines: list[str]) -> Iterator[str]:
    for line in lines[:LISTED]:
        yield f"{how}: {line}"
    if len(lines) > LISTED:
        yield f"{how}: {len(lines) - LISTED} more"
