"""`hansard train nightly`."""

import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from hansard.cli.clips import HERE, JsonFlag, ProjectFlag, QuietFlag
from hansard.cli.fit_options import DEFAULTS, check_options, choose_options
from hansard.cli.flags import with_options
from hansard.cli.main import set_up_logging
from hansard.cli.progress import Downloads, show_progress
from hansard.cli.tables import print_facts, print_json
from hansard.cli.train import find_start, open_augmenter, stopping_politely
from hansard.cli.training_view import TrainingView
from hansard.errors import UsageError
from hansard.models.hub.hub import Hub
from hansard.models.hub.registry_book import short, spelt
from hansard.models.vad.silero import Silero
from hansard.settings import Options
from hansard.training.checks import Limits, Means
from hansard.training.checks.tokens import Estimate
from hansard.training.nightly import Gate, moment_of
from hansard.training.project import Project
from hansard.training.texts.normalising import NormaliseOptions
from hansard.training.watching import Watch
from hansard.wiring.fidelity import Converted
from hansard.wiring.judging import EngineJudge
from hansard.wiring.stores import open_store
from hansard.wiring.workshop import LocalWorkshop
from hansard.work.fine_tune import Helpers
from hansard.work.learn import NightMeans, NightOrder, learn
from hansard.work.lending import Workshop


@dataclass(frozen=True, kw_only=True)
class Learning:
    """What is learnt from."""

    start: str = ""
    """The model to begin with; by default the one that the alias stands for. The first night needs
    it."""
    recipe: Path | None = None
    """A TOML file with options of hansard train run."""
    mix: Annotated[Path | None, Parameter(negative="")] = None
    """A manifest that is learnt from beside the corrections, so that nothing is forgotten."""
    script: Literal["keep", "latin", "cyrillic"] = "keep"
    """The script of Bosnian, Croatian, Montenegrin and Serbian transcripts."""
    min_corrections: int = 50
    """A night is spent once so many segments were corrected since the last one."""
    since: str = ""
    """Count corrections from this date on as new, such as 2026-11-20; by default those that the
    last night did not know."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What a model must achieve."""

    guard: Annotated[Path | None, Parameter(negative="")] = None
    """A manifest of other speech, on which the new model must not be worse."""
    p: float = 0.05
    """The new model must be better on what is held out, with less than this chance of luck."""
    tolerance: float = 0.02
    """By how much the word error rate may grow in any one language, source or speaker."""


@dataclass(frozen=True, kw_only=True)
class Telling:
    """Where the project is, and what is told."""

    project: ProjectFlag = HERE
    """The folder of the training project."""
    dry_run: Annotated[bool, Parameter(negative="")] = False
    """Tell what would be done, and do nothing."""
    request_id: str = ""
    """Stands in every line of the log; made up where it is not given."""
    json_: JsonFlag = False
    """Write what came of it as JSON."""
    quiet: QuietFlag = False
    """Say nothing but results and errors."""


@with_options("Models on disk", "Machine")
def nightly(
    *,
    alias: str,
    name: str = "",
    learning: Annotated[Learning, Parameter(name="*", group="Learning")] = Learning(),
    judged: Annotated[Judged, Parameter(name="*", group="Judging")] = Judged(),
    telling: Annotated[Telling, Parameter(name="*", group="Reporting")] = Telling(),
    options: Options,
) -> None:
    """Learn from corrections, and promote the result if it is better.

    Corrections become clips; a fifth of the recordings is held out, the same ones every night. The
    model that the alias stands for is trained on the rest, packaged, and compared with the old one
    on what is held out. Only one that is better, by more than chance and worse nowhere, becomes
    what the alias stands for; else the old one stays, which is no failure. A night that was
    stopped goes on with the same command. For a timer: with nothing new it ends at once.

    Parameters
    ----------
    alias
        The alias whose model learns, and which is switched.
    name
        What new models are registered as; by default as that which the alias stands for.
    """
    set_up_logging(verbose=False, quiet=telling.quiet)
    _check_alias(alias, options)
    order = NightOrder(
        project=Project(telling.project.absolute()),
        alias=alias,
        name=name,
        start=learning.start,
        mix=_manifest(learning.mix),
        guard=_manifest(judged.guard),
        min_corrections=_at_least_one(learning.min_corrections),
        since=moment_of(learning.since) if learning.since else None,
        gate=_gate(judged),
        fit=choose_options({}, learning.recipe, DEFAULTS, ()),
        texts=NormaliseOptions(script=learning.script),
        dry_run=telling.dry_run,
        command=" ".join(["hansard", *sys.argv[1:]]),
        request_id=telling.request_id or uuid.uuid4().hex,
    )
    with TrainingView("night") as view, _stopping(telling) as cancelled:
        told = learn(order, _means(options, view, cancelled, quiet=telling.quiet))
    if telling.json_:
        print_json(told)
    else:
        _show(told)


def _means(
    options: Options, view: TrainingView, cancelled: Callable[[], bool], *, quiet: bool
) -> NightMeans:
    def tell(step: str) -> None:
        if not quiet:
            print(f"night: {step}", file=sys.stderr)

    return NightMeans(
        hub=Hub(options),
        fetch=lambda name: find_start(name, options),
        store=open_store(options),
        options=options,
        workshop=lambda: _workshop(options),
        open_engine=Converted(options).open,
        checks=lambda: Means(
            detector=Silero(threads=options.threads or 1),
            counter=Estimate(),
            limits=Limits(),
            vad=options,
        ),
        restore=check_options,
        helpers=Helpers(
            judge=EngineJudge(options),
            watch=Watch(advance=view.advance, cancelled=cancelled),
            tell=(lambda _stage, _facts: None) if quiet else view.tell,
            augmenter=open_augmenter,
        ),
        tell=tell,
    )


@contextmanager
def _workshop(options: Options) -> Iterator[Workshop]:
    with show_progress(wanted=True, bytes_too=True) as progress:
        workshop = LocalWorkshop(options, on_download=Downloads(progress))
        with closing(workshop):
            yield workshop


@contextmanager
def _stopping(telling: Telling) -> Iterator[Callable[[], bool]]:
    """Ctrl-C writes a checkpoint; a dry run has none to write."""
    if telling.dry_run:
        yield lambda: False
        return
    with stopping_politely() as cancelled:
        yield cancelled


def _check_alias(alias: str, options: Options) -> None:
    own = spelt(alias, options.aliases)
    if own is not None:
        raise UsageError(
            f"the setting aliases says that {own!r} is {options.aliases[own]!r}, and is stronger "
            "than what is promoted",
            hint="take it out of the settings, or choose another --alias",
        )


def _manifest(path: Path | None) -> Path | None:
    if path is not None and not path.is_file():
        raise UsageError(f"there is no manifest {str(path)!r}")
    return path


def _at_least_one(number: int) -> int:
    if number < 1:
        raise UsageError(f"min_corrections = {number}", hint="give at least 1")
    return number


def _gate(judged: Judged) -> Gate:
    if not 0 < judged.p <= 1 or not 0 <= judged.tolerance <= 1:
        raise UsageError(
            f"p = {judged.p:g} and tolerance = {judged.tolerance:g}",
            hint="p is above 0 and at most 1, tolerance 0 to 1",
        )
    return replace(Gate(), p=judged.p, tolerance=judged.tolerance)


def _show(told: Mapping[str, Any]) -> None:
    facts = {
        "night": told["run"] or "none",
        "outcome": told["state"],
        "why": told["reason"],
        told["alias"]: _target(told["after"]),
        "corrections": f"{told['corrections']['new']} new of {told['corrections']['all']}",
    }
    if "would" in told:
        facts["would"] = told["would"]
    if told.get("held_out"):
        held = told["held_out"]
        facts["held out"] = f"{held['clips']} clips, WER {_rates(held)}"
    print_facts(facts)


def _target(target: str | None) -> str:
    if target is None:
        return "stands for nothing yet"
    return short(target) if "@" in target else target


def _rates(trial: Mapping[str, Any]) -> str:
    rates = (trial["wer_before"], trial["wer_after"])
    return " to ".join("-" if rate is None else f"{rate:.1%}" for rate in rates)
