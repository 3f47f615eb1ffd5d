"""`hansard train run` and `hansard train resume`."""

import os
import signal
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

from cyclopts import Parameter

from hansard.cli.fit_options import (
    DEFAULTS,
    REPORTING,
    Fit,
    Given,
    Reported,
    choose_options,
    wants_given,
)
from hansard.cli.flags import with_options
from hansard.cli.main import set_up_logging
from hansard.cli.progress import Downloads, show_progress
from hansard.cli.tables import print_json
from hansard.cli.training_view import TrainingView
from hansard.errors import ManifestError
from hansard.models.hub import ModelFiles
from hansard.models.hub.hub import Hub
from hansard.settings import Options
from hansard.training.fitting.copies import restore
from hansard.training.fitting.options import FitOptions, shorten
from hansard.training.fitting.records import RunFolder
from hansard.training.project import Project
from hansard.training.sounds.augmenting import Augmenter
from hansard.training.sounds.recipes import read_recipe
from hansard.training.watching import Watch
from hansard.wiring.judging import EngineJudge
from hansard.work.fine_tune import Helpers, Order, fine_tune
from hansard.work.fine_tune import resume as do_resume

GROUPS = ("Models on disk", "Machine")


@wants_given
@with_options(*GROUPS)
def run(  # noqa: PLR0913 - the command line's own flags
    data: Path,
    /,
    *,
    run_: Annotated[str, Parameter(name="--run")],
    start: str = "demo",
    recipe: Path | None = None,
    fast_dev_run: Annotated[bool, Parameter(negative="")] = False,
    reported: Reported = REPORTING,
    fit: Fit = DEFAULTS,
    given: Given = (),
    options: Options,
) -> None:
    """Train a model on a manifest.

    Ctrl-C writes a checkpoint and stops; `hansard train resume` goes on. On several GPUs or
    processes: accelerate launch --num_processes 2 -m hansard train run ...

    Parameters
    ----------
    data
        A manifest, or a folder with train.jsonl and validation.jsonl.
    run_
        What to call this training.
    start
        The model to begin with: a name, an id at the hub, or a folder in Hugging Face's layout.
    recipe
        A TOML file with options of this command; flags are stronger.
    fast_dev_run
        Only a few steps on a few clips, to see that everything works.
    """
    chosen = choose_options({}, recipe, fit, given)
    order = Order(
        project=Project(reported.project),
        run=run_,
        data=data,
        start=find_start(start, options),
        options=shorten(chosen) if fast_dev_run else chosen,
        command=" ".join(["hansard", *sys.argv[1:]]),
        request_id=reported.request_id or uuid.uuid4().hex,
    )
    _train(fine_tune, order, options, json_=reported.json_)


@wants_given
@with_options(*GROUPS)
def resume(
    name: str,
    /,
    *,
    reported: Reported = REPORTING,
    fit: Fit = DEFAULTS,
    given: Given = (),
    options: Options,
) -> None:
    """Go on with a training that was stopped or killed, from its newest checkpoint.

    Options are those it began with; flags given here are stronger.

    Parameters
    ----------
    name
        What the training is called.
    """
    project = Project(reported.project)
    if "copy_to" in given and not RunFolder(project, name).exists:
        restore(fit.copy_to, project.runs / name)
    told = RunFolder(project, name).read()
    missing = [key for key in ("data", "start", "options") if key not in told]
    if missing:
        raise ManifestError(
            f"run {name!r} cannot go on: its manifest lacks {', '.join(missing)}",
            hint="begin a new run",
        )
    order = Order(
        project=project,
        run=name,
        data=Path(told["data"]),
        start=find_start(told["start"]["name"], options),
        options=choose_options(told["options"], None, fit, given),
        request_id=reported.request_id or uuid.uuid4().hex,
    )
    _train(do_resume, order, options, json_=reported.json_)


def find_start(name: str, options: Options) -> ModelFiles:
    """The model to begin with, fetched if need be, in Hugging Face's layout."""
    folder = Path(name).expanduser()
    if folder.is_dir():  # a run is resumed from anywhere
        name = str(folder.absolute())
    with show_progress(wanted=True, bytes_too=True) as progress:
        return Hub(options).fetch(name, Downloads(progress), layout="transformers")


def _train(
    deed: Callable[[Order, Helpers], dict[str, Any]],
    order: Order,
    options: Options,
    *,
    json_: bool,
) -> None:
    set_up_logging(verbose=False)
    with TrainingView(order.run) as view, stopping_politely() as cancelled:
        helpers = Helpers(
            judge=EngineJudge(options),
            watch=Watch(advance=view.advance, cancelled=cancelled),
            tell=view.tell,
            augmenter=open_augmenter,
        )
        told = deed(order, helpers)
    if json_ and told:  # nothing in processes that only help
        print_json(told)


def open_augmenter(fit: FitOptions) -> Augmenter | None:
    """What changes clips while a model learns; None where no recipe is named."""
    return None if fit.augment is None else Augmenter(read_recipe(fit.augment), fit.seed)


@contextmanager
def stopping_politely() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C or SIGTERM came, so that a checkpoint can be written; a second one stops."""
    asked = False

    def note(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        os.write(2, b"finishing this step, then writing a checkpoint\n")  # print may be under way

    before = {one: signal.signal(one, note) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: asked
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
