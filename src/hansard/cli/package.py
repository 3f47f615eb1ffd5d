"""`hansard models package`, `register`, `promote` and `rollback`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from hansard.cli.clips import HERE, JsonFlag, ProjectFlag, QuietFlag, watching_clips
from hansard.cli.flags import with_options
from hansard.cli.main import set_up_logging
from hansard.cli.tables import print_facts, print_json, print_table, show_bytes
from hansard.models.hub.hub import Hub
from hansard.models.hub.registry import Registered, Switched, describe_switch, describe_version
from hansard.models.hub.registry_book import SHOWN, short, spelt
from hansard.settings import Options
from hansard.training.packaging.fidelity import Fidelity, describe
from hansard.training.packaging.making import Packaged
from hansard.training.packaging.options import Limits, PackageOptions
from hansard.training.project import Project
from hansard.wiring.fidelity import Converted
from hansard.work.package import PackageOrder
from hansard.work.package import package as do_package


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where things are."""

    project: ProjectFlag = HERE
    """The training project's folder."""
    out: Path | None = None
    """Where the package shall be; by default PROJECT/models/whisper/RUN/package."""
    clips: Path | None = None
    """A manifest of clips to compare on; by default that of the run's validation, else the
    recordings that come with Hansard."""


@dataclass(frozen=True, kw_only=True)
class Telling:
    """What is told, and how."""

    json_: JsonFlag = False
    """Write JSON."""
    quiet: QuietFlag = False
    """Say nothing but results and errors."""


USUAL, USUAL_LIMITS = PackageOptions(), Limits()


@with_options()
def package(
    run: str,
    /,
    *,
    places: Annotated[Places, Parameter(name="*")] = Places(),
    what: Annotated[PackageOptions, Parameter(name="*", negative_iterable="")] = USUAL,
    limits: Annotated[Limits, Parameter(name="*", group="Limits")] = USUAL_LIMITS,
    telling: Annotated[Telling, Parameter(name="*")] = Telling(),
    options: Options,
) -> None:
    """Make a trained model ready to serve, and prove that it hears the same.

    The package holds safetensors, CTranslate2 weights, a README, the run's manifest, the outcome of
    the comparison and a list of hashes. It appears whole or not at all.

    Parameters
    ----------
    run
        A run of the project, its folder, or any folder with a Whisper in Hugging Face's layout.
    """
    set_up_logging(verbose=False, quiet=telling.quiet)
    order = PackageOrder(
        run=run,
        project=Project(places.project),
        out=places.out,
        clips=places.clips,
        options=what,
        limits=limits,
        threads=options.threads,
    )
    with watching_clips("comparing", show=not telling.quiet) as watch:
        made = do_package(order, Converted(options).open, watch)
    if telling.json_:
        print_json(describe_package(made))
    else:
        _show(made)


@with_options("Models on disk")
def register(name: str, path: Path, /, *, json_: JsonFlag = False, options: Options) -> None:
    """Take a packaged model into the registry; it is what the name means from now on.

    Parameters
    ----------
    name
        What to call it; a name that is there already gets a new version.
    path
        A package, a run's folder with one, or a folder with CTranslate2 weights.
    json_
        Write JSON.
    """
    told = Hub(options).registry.register(name, path)
    if json_:
        print_json(describe_registered(told))
        return
    state = "registered" if told.new else "was registered already, and is what the name means"
    print(f"{told.name}@{told.version.digest[:SHOWN]} {state}: {told.path}")


@with_options("Models on disk")
def promote(name: str, /, *, alias: str, json_: JsonFlag = False, options: Options) -> None:
    """Have an alias stand for a registered model from now on; running jobs keep what they have.

    Parameters
    ----------
    name
        A registered name, which means its newest version, or NAME@DIGEST.
    alias
        The alias to switch; it is made if there is none.
    json_
        Write JSON.
    """
    hub = Hub(options)
    _tell_switch(hub.registry.promote(name, alias), options, json_=json_)


@with_options("Models on disk")
def rollback(alias: str, /, *, json_: JsonFlag = False, options: Options) -> None:
    """Have an alias stand for what it stood for before.

    Parameters
    ----------
    alias
        An alias that was promoted at least twice.
    json_
        Write JSON.
    """
    _tell_switch(Hub(options).registry.rollback(alias), options, json_=json_)


def _tell_switch(switched: Switched, options: Options, *, json_: bool) -> None:
    own = spelt(switched.alias, options.aliases)
    hidden = options.aliases[own] if own is not None else None
    if json_:
        print_json({**describe_switch(switched), "hidden_by_setting": hidden})
        return
    before = f" (before: {short(switched.before)})" if switched.before else ""
    print(f"{switched.alias} is {short(switched.target)}{before}")
    if hidden is not None:
        print(f"but the setting aliases says {hidden!r}, which is stronger")


def describe_registered(told: Registered) -> dict[str, Any]:
    """A registration, for programs."""
    return {
        "name": told.name,
        "version": f"{told.name}@{told.version.digest[:SHOWN]}",
        "path": told.path,
        "new": told.new,
        **describe_version(told.version),
    }


def describe_package(made: Packaged) -> dict[str, Any]:
    """A package, for programs."""
    chosen = made.chosen
    heads = None if chosen is None else {**chosen._asdict(), "measured": chosen.is_measured}
    return {
        "path": made.path,
        "digest": made.digest,
        "folders": dict(made.folders),
        "size": made.size,
        "alignment_heads": heads,
        "fidelity": [describe(one) for one in made.fidelities],
    }


def _show(made: Packaged) -> None:
    print_facts(
        {
            "package": made.path,
            "size": show_bytes(made.size),
            "digest": made.digest,
            "weights": ", ".join(f"{name} ({width})" for name, width in made.folders.items()),
        }
    )
    if made.fidelities:
        print_table(
            ("folder", "computed in", "clips", "same text", "WER between", "times", "words"),
            [_row(one) for one in made.fidelities],
        )


def _row(one: Fidelity) -> tuple[object, ...]:
    times, words = one.gather("times"), one.gather("words")
    return (
        one.trial.folder,
        one.trial.compute_type,
        len(one.clips),
        f"{one.same_text:.0%}",
        f"{one.wer:.3f}",
        f"{times.most:.2f} s" if times else "",
        f"{words.most:.2f} s" if words else "",
    )
