"""What commands on training data share: where the project is, and a bar over its clips."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hansard.cli.progress import show_progress
from hansard.training.watching import Watch

ProjectFlag = Annotated[Path, Parameter(name="--project")]
"""The folder of the training project; here unless said otherwise."""
JsonFlag = Annotated[bool, Parameter(name="--json", negative="")]
QuietFlag = Annotated[bool, Parameter(name=["--quiet", "-q"], negative="")]
HERE = Path()


@contextmanager
def watching_clips(deed: str, *, show: bool = True) -> Iterator[Watch]:
    """A bar over the items of a deed, for as long as the block lasts."""
    with show_progress(wanted=show) as progress:
        task = progress.add_task(deed, total=None, stage="")

        def advance(done: int, total: int, name: str) -> None:
            progress.update(task, completed=done, total=total, stage=name[-40:])

        yield Watch(advance=advance)
