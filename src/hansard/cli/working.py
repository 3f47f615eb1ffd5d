"""A workshop with a bar for one deed, as most commands need them."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from hansard.cli.progress import Downloads, show_progress, watching
from hansard.settings import Options
from hansard.wiring.workshop import LocalWorkshop
from hansard.work.wires import Wires


@contextmanager
def at_work(name: str, options: Options, *, show: bool) -> Iterator[tuple[LocalWorkshop, Wires]]:
    """A workshop, closed at the end, and wires to a bar of this name, if `show` wants it seen."""
    with show_progress(wanted=show) as progress:
        workshop = LocalWorkshop(options, on_download=Downloads(progress))
        with closing(workshop), watching(progress, name) as wires:
            yield workshop, wires
