"""`hansard data validate`, `dedupe`, `split` and `audit`."""

import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from hansard.cli.clips import HERE, JsonFlag, ProjectFlag, QuietFlag, watching_clips
from hansard.cli.flags import with_options
from hansard.cli.main import DONE, FAILED, set_up_logging
from hansard.cli.tables import print_facts, print_json, print_table
from hansard.cli.working import at_work
from hansard.errors import UsageError
from hansard.models.hub.hub import Hub
from hansard.models.vad.silero import Silero
from hansard.settings import Options
from hansard.training.checks.auditing import audit as do_audit
from hansard.training.checks.counsel import Target
from hansard.training.checks.deduping import describe as describe_duplicates
from hansard.training.checks.deduping import resolve, search, write_reports
from hansard.training.checks.grouping import By
from hansard.training.checks.moving import finish
from hansard.training.checks.parting import part
from hansard.training.checks.report import describe, write_report
from hansard.training.checks.splitting import Wanted
from hansard.training.checks.tokens import Estimate, TokenCounter, Tokenizer
from hansard.training.checks.validating import Means
from hansard.training.checks.validating import validate as do_validate
from hansard.training.checks.values import Limits
from hansard.training.journal import Journal
from hansard.training.manifest import Entry, read_leniently, write_manifest
from hansard.training.project import Project
from hansard.work.score_clips import scoring_clips

Score = Literal["none", "engine", "ctc"]
Output = Annotated[Path | None, Parameter(name=["--output", "-o"])]
LimitFlags = Annotated[Limits, Parameter(name="*", group="Limits")]
LIMITS = Limits()
SHOWN = 3
SEVERITIES = ("errors", "warnings", "notes")


@dataclass(frozen=True, kw_only=True)
class Telling:
    """What is told, and where the project is."""

    project: ProjectFlag = HERE
    """The folder of the training project; here unless said otherwise."""
    json_: JsonFlag = False
    """Write the report to standard output."""
    quiet: QuietFlag = False
    """Say nothing but results and errors."""


TellingFlags = Annotated[Telling, Parameter(name="*", group="Reporting")]
TELLING = Telling()


@dataclass(frozen=True, kw_only=True)
class Validating:
    """What else is looked at, and what is done about it."""

    score: Score = "none"
    """Compare each transcript with its sound: `engine` transcribes it with --model, `ctc` looks for
    the words with --align-model."""
    fix: Annotated[bool, Parameter(negative="")] = False
    """In what is written, put right what has one right answer: an end after the recording's,
    control characters, a language's name instead of its code."""


VALIDATING = Validating()


@with_options(
    "Model", "Language", "Word time model", "Voice activity", "Machine", "Models on disk",
    "Models in memory",
)  # fmt: skip
def validate(
    manifest: Path,
    /,
    *,
    output: Output = None,
    how: Annotated[Validating, Parameter(name="*", group="Checks")] = VALIDATING,
    limits: LimitFlags = LIMITS,
    telling: TellingFlags = TELLING,
    options: Options,
) -> int:
    """Decode every clip of a manifest, and find what would spoil a training.

    The report is manifests/validation_report.json. The exit code is 1 where a clip cannot be
    learnt from. With --model, transcripts are counted in that model's tokens.

    Parameters
    ----------
    manifest
        A file of JSON lines; hansard data manifest makes one.
    output
        Write the entries without errors here, with their measured lengths.
    """
    set_up_logging(verbose=False, quiet=telling.quiet)
    if how.fix and output is None:
        raise UsageError("--fix needs a file to write to", hint="add -o good.jsonl")
    project = Project(telling.project)
    with ExitStack() as stack:
        scorer = None
        if how.score != "none":
            loading = at_work("loading the model", options, show=not telling.quiet)
            with_scorer = stack.enter_context(loading)
            scorer = stack.enter_context(scoring_clips(how.score, options, *with_scorer))
        means = Means(
            detector=Silero(threads=options.threads or 1),
            counter=_counter(options),
            limits=limits,
            vad=options,
            scorer=scorer,
        )
        journal = stack.enter_context(Journal(project.journals / "validate.jsonl"))
        watch = stack.enter_context(watching_clips("validating", show=not telling.quiet))
        checked = do_validate(manifest, means, journal, watch, fix=how.fix)
    if output is not None:
        write_manifest(output, [one.entry for one in checked if one.entry and one.is_good])
    facts = describe(manifest, checked)
    written = write_report(project.manifests, facts)
    _tell(facts, written, telling)
    return FAILED if facts["errors"] else DONE


def _counter(options: Options) -> TokenCounter:
    if options.model is None:
        return Estimate()
    files = Hub(options).find(options.model)
    return Tokenizer(files.path / "tokenizer.json", f"{files.name} {files.digest[:12]}")


def _tell(facts: Mapping[str, Any], written: Path, telling: Telling) -> None:
    if telling.json_:
        print_json(facts)
        return
    if facts["by_kind"]:
        rows = [
            (kind, *(one[name] or "" for name in SEVERITIES), ", ".join(one["examples"][:SHOWN]),
             one["advice"])
            for kind, one in facts["by_kind"].items()
        ]  # fmt: skip
        print_table(("what", *SEVERITIES, "for example", "what to do"), rows)
    names = ("checked", "good", *SEVERITIES)
    print_facts({**{name: facts[name] for name in names}, "report": written})


@contextmanager
def _journal(project: Project, name: str, *, dry: bool) -> Iterator[Journal]:
    """A journal; of a dry run one that leaves nothing behind."""
    if not dry:
        with Journal(project.journals / name) as journal:
            yield journal
        return
    with tempfile.TemporaryDirectory() as folder, Journal(Path(folder) / name) as journal:
        yield journal


@dataclass(frozen=True, kw_only=True)
class Deduping:
    """How duplicates are looked for, and what is done about them."""

    acoustic: Annotated[bool, Parameter(negative="")] = False
    """Find other encodings of a recording too, by ear; needs the program fpcalc."""
    force: Annotated[bool, Parameter(negative="")] = False
    """Move, or drop, even those whose transcripts say different things."""
    dry_run: Annotated[bool, Parameter(negative="")] = False
    """Change nothing, tell what would be done."""


DEDUPING = Deduping()


def dedupe(
    manifest: Path | None = None,
    /,
    *,
    output: Output = None,
    how: Annotated[Deduping, Parameter(name="*", group="Duplicates")] = DEDUPING,
    telling: TellingFlags = TELLING,
) -> int:
    """Move recordings that are there twice to uploads/duplicates, and tell what was moved.

    The same bytes and the same samples in another container are found; with --acoustic, other
    encodings too. Kept is the one with a transcript, else the better, the longer, the older one.
    The report is manifests/duplicates_report.json; its `undo` lists every move.

    Parameters
    ----------
    manifest
        Its recordings are compared, too; its entries are written with each sound once.
    output
        Where the thinned manifest goes; by default beside it, as NAME.unique.jsonl.
    """
    set_up_logging(verbose=False, quiet=telling.quiet)
    project = Project(telling.project)
    entries, faulty = _entries(manifest)
    if manifest is None and output is not None:
        raise UsageError("-o is for a manifest, and none is given", hint="name it first")
    before = None if how.dry_run else finish(Project(telling.project.absolute()))
    with (
        _journal(project, "dedupe.jsonl", dry=how.dry_run) as journal,
        watching_clips("comparing", show=not telling.quiet) as watch,
    ):
        found = search(project, entries, journal, watch, acoustic=how.acoustic)
    outcome = resolve(found, entries, project, before, force=how.force)
    if how.dry_run:
        facts = describe_duplicates(outcome, Project(telling.project.absolute()))
    else:
        if manifest is not None:
            target = output or manifest.with_name(f"{manifest.stem}.unique.jsonl")
            write_manifest(target, outcome.thinned.entries)
        facts = write_reports(outcome, Project(telling.project.absolute()))
    _tell_duplicates(facts, telling, dry=how.dry_run)
    return FAILED if faulty or facts["unreadable"] or facts["failed"] else DONE


def _entries(manifest: Path | None) -> tuple[tuple[Entry, ...], int]:
    """A manifest's entries, and how many of its lines are none."""
    if manifest is None:
        return (), 0
    read = read_leniently(manifest)
    _tell_faulty(len(read.faults))
    return read.entries, len(read.faults)


def _tell_faulty(lines: int) -> None:
    if lines:
        told = f"{lines} lines of the manifest cannot be used and were left out"
        print(f"warning: {told}; hansard data validate tells why", file=sys.stderr)


def _tell_duplicates(facts: Mapping[str, Any], telling: Telling, *, dry: bool) -> None:
    if telling.json_:
        print_json(facts)
        return
    rows = [
        (twin["path"], twin["how"], twin["likeness"], group["kept"],
         "transcripts differ" if twin["conflict"] else "")
        for group in facts["groups"]
        for twin in group["twins"]
    ]  # fmt: skip
    if rows:
        print_table(("duplicate", "same", "likeness", "of", ""), rows)
    for one in facts["unreadable"]:
        print(f"error: {one['why']}", file=sys.stderr)
    for one in facts["failed"]:
        print(f"error: {one['from']} was not moved: {one['why']}", file=sys.stderr)
    moves = facts["planned"] if dry else facts["moved"]
    counts = {name: facts[name] for name in ("checked", "duplicates", "conflicts")}
    dropped = len(facts["manifest"]["dropped"])
    links = len(facts["links"])
    print_facts({**counts, "links left alone": links, "entries dropped": dropped,
                 "would be moved" if dry else "moved": len(moves)})  # fmt: skip


def split(
    manifest: Path,
    /,
    *,
    validation: float = 0.1,
    test: float = 0.1,
    seed: int = 0,
    by: By = "speaker",
    telling: TellingFlags = TELLING,
) -> int:
    """Part a manifest for training, validation and test, no speaker in two of them.

    The same entries and seed give the same parts, whatever the order of the lines. Recordings stay
    whole, and the same text stays in one part as far as that is possible; languages and lengths are
    alike in all parts. Written are manifests/splits/{train,validation,test}.jsonl and split.json.

    Parameters
    ----------
    manifest
        A file of JSON lines.
    validation
        The share of all sound that training is watched with.
    test
        The share of all sound that is kept for the end; 0 = none.
    seed
        Another number, other parts.
    by
        What no two parts may share: speakers, sources, or nothing but recordings (`none`).
    """
    set_up_logging(verbose=False, quiet=telling.quiet)
    wanted = Wanted(validation=validation, test=test, seed=seed, by=by)
    facts = part(manifest, Project(telling.project), wanted)
    _tell_faulty(facts["faulty_lines"])
    if telling.json_:
        print_json(facts)
    else:
        columns = ("part", "clips", "hours", "speakers", "languages")
        print_table(columns, [_row(name, facts) for name in facts["counts"]])
        for line in facts["notes"]:
            print(f"note: {line}")
        leaks = {name: count for name, count in facts["leakage"].items() if count}
        shown = ", ".join(f"{count} {name}" for name, count in leaks.items()) or "nothing"
        print(f"in two parts: {shown}")
    return FAILED if facts["faulty_lines"] else DONE


def _row(name: str, facts: Mapping[str, Any]) -> Sequence[object]:
    languages = ", ".join(f"{code} {hours:g} h" for code, hours in facts["languages"][name].items())
    hours, speakers = facts["hours"][name], facts["speakers"][name]
    return (name, facts["counts"][name], f"{hours:.3f}", speakers, languages)


def audit(
    manifest: Path,
    /,
    *,
    splits: Path | None = None,
    target_hours: float = 10.0,
    telling: TellingFlags = TELLING,
) -> int:
    """Tell how balanced a manifest is, and what is missing, with numbers.

    The report is manifests/dataset_balance.json. Noise comes from the last hansard data validate;
    what that has not seen is listened to.

    Parameters
    ----------
    manifest
        A file of JSON lines.
    splits
        A folder with train.jsonl and others: which of their words does training never see?
    target_hours
        Hours of each language that are aimed at.
    """
    set_up_logging(verbose=False, quiet=telling.quiet)
    if target_hours <= 0:
        raise UsageError(f"target_hours is {target_hours:g}", hint="give a number above 0")
    project = Project(telling.project)
    with (
        Journal(project.journals / "audit.jsonl") as journal,
        watching_clips("listening", show=not telling.quiet) as watch,
    ):
        facts = do_audit(
            manifest, project, journal, watch, target=Target(target_hours), splits=splits
        )
    if telling.json_:
        print_json(facts)
    else:
        _tell_balance(facts)
    return FAILED if facts["faulty_lines"] or facts["unreadable"] else DONE


def _tell_balance(facts: Mapping[str, Any]) -> None:
    speakers = facts["speakers"]
    groups = {
        **{n: facts[n] for n in ("languages", "dialects", "scripts", "sources", "licences")},
        "speakers": speakers["by_name"],
        "noise": facts["noise"],
    }
    rows = [
        (title if not number else "", name, one["clips"], f"{one['hours']:.3f}",
         f"{100 * one['share']:.0f} %")
        for title, shares in groups.items()
        for number, (name, one) in enumerate(shares.items())
    ]  # fmt: skip
    print_table(("by", "", "clips", "hours", "share"), rows)
    histogram = facts["lengths"]["histogram"]
    print_table(("length", "clips"), [(name, count) for name, count in histogram.items() if count])
    words = facts["words"]
    print_facts({
        "clips": facts["clips"],
        "hours": facts["hours"],
        "speakers": f"{speakers['count']}, Gini {speakers['gini']}",
        **{f"words of {code}": f"{one['words']}, {one['vocabulary']} different"
           for code, one in words.items()},
        "characters": facts["characters"]["characters"],
    })  # fmt: skip
    for line in facts["advice"]:
        print(f"advice: {line}")
